// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

#include "acl/matches/dccp_header.h"
#include "acl/matches/sctp_chunks.h"
#include "acl/packet_view.h"
#include "dataplane/net/headers.h"

/// The bytes behind the IP header, for matches that ask more than PacketView tells.
namespace sluice::acl {

/// What of the L4 header and its payload is contiguous; empty where there is no IP header to go by.
template <net::Family F>
[[nodiscard]] inline std::span<const std::byte> l4_of(const PacketView<F>& packet) noexcept {
    if (packet.packet.size() < sizeof(net::Ipv4Header)) {
        return {};
    }
    const std::size_t bytes = (std::to_integer<std::size_t>(packet.packet[0]) & 0xfU) * 4;
    return bytes > packet.packet.size() ? std::span<const std::byte>() : packet.packet.subspan(bytes);
}

/// The 32 bits at `offset`, in host order. In: they are there.
[[nodiscard]] inline std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t offset) noexcept {
    net::Be32 word;
    std::memcpy(&word, bytes.data() + offset, sizeof word);
    return word.host();
}

inline constexpr std::size_t kAhHeaderBytes =
    12;  ///< RFC 4302 without the check value: what ipt_ah.c asks for
inline constexpr std::size_t kEspHeaderBytes = 8;  ///< RFC 4303: what xt_esp.c asks for

inline constexpr std::size_t kIpcompHeaderBytes = 4;  ///< RFC 3173: what xt_ipcomp.c asks for

/// What a match on AH, ESP or IPComp must be able to read; of other protocols nothing.
[[nodiscard]] constexpr std::size_t spi_header_bytes(std::uint8_t protocol) noexcept {
    switch (protocol) {
        case net::kProtocolEsp:
            return kEspHeaderBytes;
        case net::kProtocolAh:
            return kAhHeaderBytes;
        case net::kProtocolIpcomp:
            return kIpcompHeaderBytes;
        default:
            return 0;
    }
}

/// False where some match may find that it cannot be answered, so that the packet has to meet every rule word
/// by word: a header that is cut, a TCP or DCCP header whose length is none, SCTP chunks that cannot be reached.
///
/// A view without bytes is taken at its word, `has_l4`.
template <net::Family F>
[[nodiscard]] inline bool is_readable(const PacketView<F>& packet) noexcept {
    const std::span<const std::byte> l4 = l4_of(packet);
    switch (packet.protocol) {
        case net::kProtocolTcp: {
            if (!packet.has_l4 || l4.size() < sizeof(net::TcpHeader)) {
                return packet.has_l4;
            }
            const std::size_t header = (std::to_integer<std::size_t>(l4[12]) >> 4U) * 4;
            return header >= sizeof(net::TcpHeader) && header <= l4.size();
        }
        case net::kProtocolUdp:
        case net::kProtocolUdpLite:
        case F::kIcmpProtocol:
            return packet.has_l4;
        case net::kProtocolSctp:
            return packet.has_l4 && (l4.empty() || has_sound_chunks(packet));
        case net::kProtocolDccp:
            return packet.has_l4 && (l4.empty() || dccp_options(packet));
        default:
            return l4.size() >= spi_header_bytes(packet.protocol);
    }
}

}  // namespace sluice::acl
