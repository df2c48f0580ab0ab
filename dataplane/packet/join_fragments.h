// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>

#include "dataplane/net/checksum.h"
#include "dataplane/packet/packet.h"

namespace sluice::packet {

/// The ECN field of a datagram from those of its fragments, a bit each in `seen` (RFC 3168, section 5.3; the
/// kernel's ip_frag_ecn_table): what to add to the first one's TOS, or kBadEcn where ECT or CE mix with
/// Not-ECT.
inline constexpr std::uint8_t kBadEcn = 0xff;
[[nodiscard]] constexpr std::uint8_t joined_ecn(std::uint8_t seen) noexcept {
    constexpr unsigned kNotEct = 1U << 0U;
    constexpr unsigned kCe = 1U << 3U;
    if ((seen & kNotEct) != 0 && seen != kNotEct) {
        return kBadEcn;
    }
    return (seen & kCe) != 0 && seen != kCe ? 3 : 0;
}

/// Puts a fragment behind those joined so far: its IP header goes, its bytes stay where they are.
/// In: `last`, the last segment of `first`'s chain.  Returns the new last segment.
inline rte_mbuf* join(rte_mbuf* first, rte_mbuf* last, rte_mbuf* fragment,
                      std::uint16_t header_bytes) noexcept {
    rte_pktmbuf_adj(fragment, header_bytes);
    last->next = fragment;
    first->nb_segs = static_cast<std::uint16_t>(first->nb_segs + fragment->nb_segs);
    first->pkt_len += fragment->pkt_len;
    return rte_pktmbuf_lastseg(fragment);
}

/// Makes the first fragment's header that of the whole datagram.
///
/// DF is set where the largest piece had it: then the sender was probing, and none of the pieces that leave
/// may be larger. Small pieces with DF beside larger ones without leave without, as in the kernel.
template <net::Family F>
void make_header_whole(typename F::Header& ip, std::uint32_t total_length, std::uint8_t ecn,
                       bool dont_fragment) noexcept {
    ip.total_length = net::Be16::from_host(static_cast<std::uint16_t>(total_length));
    ip.fragment = net::Be16::from_host(dont_fragment ? F::Header::kDontFragment : std::uint16_t{0});
    ip.tos = static_cast<std::uint8_t>(ip.tos | ecn);
    net::set_header_checksum(ip);
}

}  // namespace sluice::packet
