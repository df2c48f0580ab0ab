// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "acl/address_types.h"
#include "acl/frame_kind.h"
#include "acl/path_mtu.h"
#include "acl/reverse_path.h"
#include "acl/strings/hits.h"
#include "conntrack/ct_state.h"
#include "conntrack/helper_kind.h"
#include "conntrack/zone.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/ticks.h"
#include "dataplane/net/address.h"
#include "dataplane/net/family.h"

namespace sluice::conntrack {
template <net::Family F>
struct Connection;
struct Account;
struct Labels;
}

namespace sluice::acl {

/// Reads what lies behind the first piece of a packet that is in several.
struct PacketTail {
    const void* packet = nullptr;
    /// Copies the bytes from `offset` on, counted from the IP header; false where the packet ends before.
    bool (*read)(const void* packet, std::size_t offset, std::span<std::byte> out) noexcept = nullptr;
};

/// What the rules may ask about one packet at one hook: the headers as they stand there, after the NAT of the
/// hooks before. Filled in by the dataplane; no mbuf in sight.
template <net::Family F>
struct PacketView {
    typename F::Address source;
    typename F::Address destination;
    net::Be16 source_port;       ///< TCP, UDP and kin with a whole header; else 0
    net::Be16 destination_port;
    std::uint8_t protocol = 0;
    std::uint8_t icmp_type = 0;  ///< ICMP only
    std::uint8_t icmp_code = 0;
    bool has_l4 = false;         ///< the L4 header is there in full; if not, no tcp/udp/icmp match holds
    base::InterfaceId in = base::kNoInterface;
    base::InterfaceId out = base::kNoInterface;
    conntrack::CtState state = conntrack::CtState::invalid;
    bool snat = false;  ///< the connection's source is translated (pseudo-state SNAT)
    bool dnat = false;  ///< its destination is (pseudo-state DNAT)
    std::uint32_t mark = 0;             ///< the packet's own (MARK)
    bool is_traced = false;             ///< by TRACE: each rule that holds is told of
    bool is_untracked = false;          ///< set by a target of raw: conntrack is to leave it alone
    std::uint8_t timeout_policy = 0;    ///< set by a target of raw: of the connection that it begins; 0: none
    std::uint16_t events = 0;  ///< set by a target of raw: which events of the connection that it begins are told; 0: any
    conntrack::ZoneChoice zone;         ///< set by a target of raw: where conntrack is to look for its connection
    conntrack::HelperId helper = conntrack::HelperId::none;  ///< set by a target of raw: for the connection that it begins
    std::uint32_t connection_mark = 0;  ///< the connection's (CONNMARK); 0 where there is none
    std::uint8_t tos = 0;
    std::uint8_t ttl = 0;        ///< as it stands at the hook: lower behind Forward
    FrameKind frame = FrameKind::unicast;
    net::MacAddress source_mac;       ///< of the frame that it came in
    net::MacAddress destination_mac;  ///< the same
    conntrack::Way way = conntrack::Way::original;
    const conntrack::Connection<F>* connection = nullptr;  ///< none: INVALID or UNTRACKED
    base::Ticks now = 0;
    std::uint64_t now_ns = 0;    ///< the same clock, finer: since start, read once a poll
    AddressTypes<F> address_types;
    PathMtu<F> path_mtu;
    std::uint32_t out_mtu = 0;   ///< of `out`; 0 where that is not known
    std::uint64_t utc_ns = 0;    ///< since 1970, of the clock on the wall
    std::int32_t minutes_west = 0;  ///< the kernel's time zone: UTC less this is local
    const conntrack::Account* account = nullptr;  ///< of the connection; none: it is not counted
    conntrack::Labels* labels = nullptr;  ///< of the connection, for whoever asks to set some; none: it has no room for any
    ReversePath<F> reverse_path;
    std::uint32_t cpu = 0;       ///< that goes through the rules
    std::uint32_t bytes = 0;     ///< of the IP packet: what counters count
    std::span<const std::byte> packet;  ///< from the IP header on, contiguous headers
    PacketTail tail;             ///< none where `packet` is all of it
    strings::Hits* string_hits = nullptr;  ///< what is known of the strings in it; none: each question looks anew
};

}  // namespace sluice::acl
