// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "conntrack/icmp.h"
#include "dataplane/net/headers.h"

namespace sluice::nat {

/// Where a packet keeps its ports and its checksum; nullptr: it has none, or they are cut off (a quote).
struct L4Fields {
    base::Be16* source_port = nullptr;  ///< for ICMP queries the id, which both ends have
    base::Be16* destination_port = nullptr;
    base::Be16* checksum = nullptr;
    bool has_pseudo_header = false;
    bool zero_is_none = false;  ///< UDP: checksum 0 means none
    std::byte* sctp = nullptr;  ///< the SCTP header, whose checksum is a CRC32c
};

/// In: `l4` from the L4 header on, as much as is there. What is cut off is left out, as the kernel does with
/// quotes of eight bytes: ports are rewritten, a checksum behind them is not.
[[nodiscard]] inline L4Fields l4_fields(std::uint8_t protocol, std::span<std::byte> l4) noexcept {
    constexpr std::size_t kSctpHeader = 12;
    L4Fields fields;
    if (l4.size() < 8) {
        return fields;
    }
    const auto word = [&l4](std::size_t at) { return reinterpret_cast<base::Be16*>(l4.data() + at); };
    if (protocol == net::kProtocolIcmp) {
        const auto type = std::to_integer<std::uint8_t>(l4[0]);
        if (net::inverse_icmp_query(type) >= 0) {
            fields.source_port = word(offsetof(net::IcmpHeader, id));
            fields.checksum = word(offsetof(net::IcmpHeader, checksum));
        }
        return fields;
    }
    switch (protocol) {
        case net::kProtocolTcp:
            fields.checksum =
                l4.size() >= sizeof(net::TcpHeader) ? word(offsetof(net::TcpHeader, checksum)) : nullptr;
            break;
        case net::kProtocolUdp:
            fields.zero_is_none = true;
            [[fallthrough]];
        case net::kProtocolUdpLite:
            fields.checksum = word(offsetof(net::UdpHeader, checksum));
            break;
        case net::kProtocolSctp:
            fields.sctp = l4.size() >= kSctpHeader ? l4.data() : nullptr;
            break;
        case net::kProtocolGre: {
            constexpr std::uint16_t kPpp = 0x880b;
            if ((std::to_integer<unsigned>(l4[1]) & 7U) == 1 && word(2)->host() == kPpp) {
                fields.destination_port = word(6);  // the call id
            }
            return fields;
        }
        default:
            return fields;
    }
    fields.source_port = word(0);
    fields.destination_port = word(2);
    fields.has_pseudo_header = protocol != net::kProtocolSctp;
    return fields;
}

}  // namespace sluice::nat
