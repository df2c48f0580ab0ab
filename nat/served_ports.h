// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/net/headers.h"

namespace sluice::nat {

/// Ports on which the router itself serves, or forwards to who serves: an inside host that were given one could take
/// packets that are meant for the service (CVE-2021-3773, "port shadow").
/// Shape: 16 KiB.
class ServedPorts {
public:
    void add(std::uint8_t protocol, std::uint16_t first, std::uint16_t last) {
        for (unsigned port = first; port <= last; ++port) {
            bits_of(protocol)[port / 64U] |= std::uint64_t{1} << port % 64U;
        }
    }
    /// Only TCP and UDP have any.
    [[nodiscard]] bool has(std::uint8_t protocol, base::Be16 port) const noexcept {
        const unsigned number = port.host();
        if (protocol == net::kProtocolTcp) {
            return (tcp_[number / 64U] >> number % 64U & 1U) != 0;
        }
        return protocol == net::kProtocolUdp && (udp_[number / 64U] >> number % 64U & 1U) != 0;
    }

private:
    using Bits = std::array<std::uint64_t, 1024>;
    Bits& bits_of(std::uint8_t protocol) { return protocol == net::kProtocolTcp ? tcp_ : udp_; }

    Bits tcp_{};
    Bits udp_{};
};

}  // namespace sluice::nat
