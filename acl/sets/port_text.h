// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

/// `[PROTOCOL:]PORT[-PORT]`, `icmp:NAME`, `icmp:TYPE/CODE`, `PROTOCOL:0`: the ports of ipset(8).
namespace sluice::acl::sets {

struct PortWord {
    std::uint8_t protocol = 0;
    std::uint16_t first = 0;
    std::uint16_t last = 0;
};

[[nodiscard]] tl::expected<PortWord, std::string> parse_port_word(std::string_view text, bool ipv6);

[[nodiscard]] std::string port_word_text(std::uint8_t protocol, std::uint16_t port);

}  // namespace sluice::acl::sets
