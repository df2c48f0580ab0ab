// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <span>

#include "conntrack/ct_state.h"
#include "conntrack/helper_kind.h"
#include "conntrack/zone.h"
#include "dataplane/base/ids.h"
#include "dataplane/net/family.h"
#include "dataplane/net/tuple.h"
#include "dataplane/packet/verdict.h"

namespace sluice::conntrack {
template <net::Family F>
struct Connection;
}
namespace sluice::acl {
template <net::Family F>
struct Walk;
}

namespace sluice::packet {

/// What the stages know of a packet besides its bytes; lies in the mbuf's private area.
///
/// Each field names the stage that sets it; a stage that needs it says so in its `kNeeds`.
template <net::Family F>
struct PacketInfo {
    // set by Parse (or by whoever makes a packet in the router)
    base::InterfaceId in = base::kNoInterface;
    std::uint16_t l4_offset = 0;  ///< from the IP header
    std::uint32_t ip_bytes = 0;   ///< IP total length; what counters count
    bool group_frame = false;     ///< came in a broadcast or multicast frame
    bool broadcast_frame = false;  ///< in a broadcast frame
    net::MacAddress source_mac;    ///< of the frame; none for what the router makes
    net::MacAddress destination_mac;  ///< the same
    bool has_options = false;
    bool is_local_origin = false;  ///< made by the router itself
    bool has_l4 = false;           ///< L4 header complete: tuple ports (or ICMP type) are valid
    bool marked_long = false;      ///< an earlier packet of its connection in this burst goes the long way
    bool is_icmp_error = false;    ///< ICMP error about another packet
    Verdict verdict = Verdict::accept;  ///< why it was dropped, for the answer
    std::uint16_t largest_fragment =
        0;  ///< set by Defragment: largest piece of a rebuilt datagram; 0: came whole
    bool had_dont_fragment = false;  ///< set by Defragment: its largest piece had DF

    // set by the rules
    std::uint32_t mark = 0;     ///< MARK; the kernel's skb mark
    bool is_traced = false;     ///< by TRACE: goes the long way, and each rule that it meets is told of
    bool is_untracked = false;  ///< by a rule of raw: Track leaves it alone

    // set by Track
    conntrack::CtState state = conntrack::CtState::invalid;
    conntrack::Way way = conntrack::Way::original;
    bool opens_connection = false;  ///< first packet of its connection: meets nat, leaves no path
    bool is_pending = false;        ///< its connection is not confirmed yet; must be confirmed or abandoned
    std::uint8_t place = 0;  ///< in its burst
    std::uint8_t order = 0;  ///< INVALID, but of a connection: packets with the same number keep their order
    bool is_attached =
        false;  ///< an answer: belongs to the connection of the packet that it answers (nf_ct_attach)
    conntrack::Connection<F>* connection = nullptr;  ///< none: invalid or untracked

    // set by Route
    base::InterfaceId out = base::kNoInterface;
    std::uint16_t mtu = 0;           ///< of the way out; for "fragmentation needed" the one to announce
    std::uint8_t error_pointer = 0;  ///< parameter problem: the byte in question
    bool is_broadcast_destination = false;
    bool source_is_on_link = false;  ///< towards `in`: may be sent a redirect
    base::AdjacencyId adjacency = base::kNoAdjacency;
    typename F::Address next_hop{};  ///< gateway or destination, on `out`
    std::uint8_t record_route = 0;   ///< options: where record route lies, from the IP header; 0: none
    std::uint8_t timestamp = 0;      ///< options: the same for timestamp
    std::uint8_t options_taken = 0;  ///< options: slots filled in by this router, see options.h

    std::uint8_t timeout_policy = 0;  ///< by a rule of raw: of the connection that it begins; 0: none
    conntrack::HelperId helper = conntrack::HelperId::none;  ///< by a rule of raw: for the connection that it begins
    std::uint16_t events = 0;         ///< likewise: which of its events are told; 0: any
    conntrack::Zone zone;  ///< by a rule of raw: where Track looks for its connection; here, beside the tuple, it costs no line
    acl::Walk<F>* walk = nullptr;  ///< long way only: the worker's slot for this packet
    net::Tuple<F> tuple{};         ///< of the headers as they came in
};

/// The number by which packets of a connection keep their order: 1 to 64.
[[nodiscard]] constexpr std::uint8_t order_of(std::uint32_t connection_index) noexcept {
    return static_cast<std::uint8_t>((connection_index & 63U) + 1);
}

/// A packet: a handle on an mbuf whose data begins at the IP header from Parse to Send.
template <net::Family F>
class Packet {
public:
    using Header = typename F::Header;

    Packet() = default;
    explicit Packet(rte_mbuf* mbuf) noexcept : mbuf_(mbuf) {}

    [[nodiscard]] rte_mbuf* mbuf() const noexcept { return mbuf_; }
    [[nodiscard]] PacketInfo<F>& info() const noexcept {
        return *static_cast<PacketInfo<F>*>(rte_mbuf_to_priv(mbuf_));
    }
    [[nodiscard]] Header& ip() const noexcept { return *rte_pktmbuf_mtod(mbuf_, Header*); }
    /// The whole IP packet. Rebuilt datagrams are chains of segments: then only what lies in the first one.
    [[nodiscard]] std::span<std::byte> bytes() const noexcept {
        return {rte_pktmbuf_mtod(mbuf_, std::byte*), rte_pktmbuf_data_len(mbuf_)};
    }
    /// From the L4 header to the end of the first segment.
    [[nodiscard]] std::span<std::byte> l4() const noexcept { return bytes().subspan(info().l4_offset); }
    [[nodiscard]] bool is_chained() const noexcept { return mbuf_->nb_segs > 1; }

private:
    rte_mbuf* mbuf_ = nullptr;
};

/// Bytes that every packet pool reserves behind the mbuf for PacketInfo; a multiple of 64.
inline constexpr std::uint16_t kPrivateBytes = 192;
static_assert(sizeof(PacketInfo<net::Ipv4>) <= kPrivateBytes);

}  // namespace sluice::packet
