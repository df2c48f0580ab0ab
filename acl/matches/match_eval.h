// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>

#include "acl/packet_view.h"
#include "acl/refused.h"

/// How a match is asked on the packet path: the other half of the option structs in this folder.
///
/// Each match type M has one `Evaluate<M>` in `<m>_eval.h`:
///
///     template <> struct Evaluate<IcmpMatch> {
///         static constexpr Depends depends = Depends::headers;     // how the path recorder treats it
///         static constexpr std::uint8_t protocol = 1;              // the `-p` that the kernel's module
///         insists on; 0: any static Answer ask(const IcmpMatch&, const PacketView<F>&) noexcept;   // a
///         template over F
///     };
///
/// A match that is never loaded (refused.h) needs none. One without effect on the answer (comment) has `static constexpr bool asks = false` and nothing else.
/// One that reads the packet's bytes as they stand (u32, string) and not fields of the view says so with
/// `static constexpr bool reads_bytes = true`: NAT, the TTL and targets change bytes before it is asked.
/// One that asks what targets of other packets change (a set) has `static constexpr bool reads_outside = true`.
/// One that asks what a connection has carried has `static constexpr bool reads_account = true`: its rules take packets
/// one after the other, and connections are counted as long as it is loaded.
/// One that asks for labels has `static constexpr bool reads_labels = true`: connections that begin as long as it is loaded
/// have room for them.
/// One that asks what conntrack changes with each packet (a status) has `static constexpr bool reads_tracking = true`: its
/// rules take packets one after the other, from conntrack on.
/// One that depends on several things (tcp: ports and flags) is asked in parts, each with its own Evaluate:
/// it has `parts(match, use)`, which calls `use` with each part in order, instead of `depends` and `ask`.
namespace sluice::acl {

/// What the answer of a match hangs on, hence how a remembered path keeps it (architecture: "The way of a
/// packet").
enum class Depends : std::uint8_t {
    connection,  ///< addresses, ports, protocol, interfaces, state: in the path's key, nothing more to keep
    headers,     ///< differs from packet to packet of one connection: leaves a guard
    history,     ///< to ask it changes what it says next time: asked once for every packet that comes to it
};

/// What a match says.
enum class Answer : std::uint8_t {
    no,
    yes,
    drop,  ///< cannot be answered, and the packet must not go on: the kernel's `hotdrop`
};

template <class Match>
struct Evaluate;

template <class Match>
concept Asked = requires {
    Evaluate<Match>::depends;
};

/// Calls `use` with each question of a match, in the order in which they are asked; with none for a comment.
template <class Match, class Use>
void with_parts(const Match& match, Use&& use) {
    if constexpr (requires { Evaluate<Match>::parts(match, use); }) {
        Evaluate<Match>::parts(match, use);
    } else if constexpr (Asked<Match>) {
        use(match);
    } else if constexpr (!RefusedAlways<Match>) {
        static_assert(!Evaluate<Match>::asks);
    }
}

/// The fragment offset of the IP header at `packet.packet`, in units of 8 bytes; 0 where there is no header
/// to read.
template <net::Family F>
[[nodiscard]] inline std::uint16_t fragment_offset(const PacketView<F>& packet) noexcept {
    static_assert(std::same_as<F, net::Ipv4>,
                  "IPv6 carries it in an extension header: to come with IPv6 rules");
    if (packet.packet.size() < sizeof(net::Ipv4Header)) {
        return 0;
    }
    net::Ipv4Header header;
    std::memcpy(&header, packet.packet.data(), sizeof header);
    return header.fragment.host() & net::Ipv4Header::kOffsetMask;
}

/// What a match on an L4 header says where that header is not there: a later fragment does not match; a first
/// one without a whole header is dropped (xt_tcpudp.c).
template <net::Family F>
[[nodiscard]] inline Answer without_l4(const PacketView<F>& packet) noexcept {
    return fragment_offset(packet) == 0 ? Answer::drop : Answer::no;
}

/// What a question reads besides the view's own fields.
template <class Match>
[[nodiscard]] constexpr bool reads_bytes() noexcept {
    if constexpr (requires { Evaluate<Match>::reads_bytes; }) {
        return Evaluate<Match>::reads_bytes;
    } else {
        return false;
    }
}
template <class Match>
[[nodiscard]] constexpr bool reads_account() noexcept {
    if constexpr (requires { Evaluate<Match>::reads_account; }) {
        return Evaluate<Match>::reads_account;
    } else {
        return false;
    }
}
template <class Match>
[[nodiscard]] constexpr bool reads_labels() noexcept {
    if constexpr (requires { Evaluate<Match>::reads_labels; }) {
        return Evaluate<Match>::reads_labels;
    } else {
        return false;
    }
}
template <class Match>
[[nodiscard]] constexpr bool reads_tracking() noexcept {
    if constexpr (requires { Evaluate<Match>::reads_tracking; }) {
        return Evaluate<Match>::reads_tracking;
    } else {
        return false;
    }
}
template <class Match>
[[nodiscard]] constexpr bool reads_outside() noexcept {
    if constexpr (requires { Evaluate<Match>::reads_outside; }) {
        return Evaluate<Match>::reads_outside;
    } else {
        return false;
    }
}

/// A match that keeps what it remembers in a table that it shares by name with other rules: `bind(match, part, bindings)`
/// gives its part the table, after `require(match, bindings)` of all rules (acl/keyed).
template <class Match>
concept SharesState = requires { &Evaluate<Match>::require; };

[[nodiscard]] constexpr Answer answer_of(bool holds) noexcept {
    return holds ? Answer::yes : Answer::no;
}

}  // namespace sluice::acl
