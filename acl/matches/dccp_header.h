// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "acl/matches/packet_bytes.h"

namespace sluice::acl {

/// Where the options of a DCCP packet lie, from the IP header on.
struct DccpOptions {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// The bytes of the header that each type has in front of its options (RFC 4340, sections 5.1 to 5.6).
[[nodiscard]] constexpr std::size_t dccp_header_bytes(unsigned type, bool has_long_sequence) noexcept {
    constexpr std::array<std::uint8_t, 16> kBehindBasic = {4, 12, 0,  8,  8,  8,  8,  12,
                                                           8, 8,  12, 12, 12, 12, 12, 12};
    return 12U + (has_long_sequence ? 4U : 0U) + kBehindBasic[type & 0xfU];
}

/// Nothing where the header says that it is shorter than its own fields, or the packet ends before its
/// options do. In: the first 12 bytes of the header are there.
template <net::Family F>
[[nodiscard]] inline std::optional<DccpOptions> dccp_options(const PacketView<F>& packet) noexcept {
    const std::size_t l4 = (std::to_integer<std::size_t>(packet.packet[0]) & 0xfU) * 4;
    std::array<std::byte, 12> basic;
    if (!read_at(packet, l4, basic)) {
        return std::nullopt;
    }
    const auto type_byte = std::to_integer<unsigned>(basic[8]);
    const std::size_t header = dccp_header_bytes(type_byte >> 1U & 0xfU, (type_byte & 1U) != 0);
    const std::size_t end = std::to_integer<std::size_t>(basic[4]) * 4;
    if (end < header || (end > header && l4 + end > length_of(packet))) {
        return std::nullopt;
    }
    return DccpOptions{l4 + header, l4 + end};
}

}  // namespace sluice::acl
