// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "acl/matches/addrtype_eval.h"
#include "acl/matches/bpf_eval.h"
#include "acl/matches/cluster_eval.h"
#include "acl/matches/comment_eval.h"
#include "acl/matches/connbytes_eval.h"
#include "acl/matches/connlabel_eval.h"
#include "acl/matches/connlimit_eval.h"
#include "acl/matches/connmark_eval.h"
#include "acl/matches/conntrack_eval.h"
#include "acl/matches/cpu_eval.h"
#include "acl/matches/dccp_eval.h"
#include "acl/matches/devgroup_eval.h"
#include "acl/matches/dscp_eval.h"
#include "acl/matches/ecn_eval.h"
#include "acl/matches/helper_eval.h"
#include "acl/matches/hashlimit_eval.h"
#include "acl/matches/icmp_eval.h"
#include "acl/matches/iprange_eval.h"
#include "acl/matches/kept.h"
#include "acl/matches/length_eval.h"
#include "acl/matches/limit_eval.h"
#include "acl/matches/mac_eval.h"
#include "acl/matches/mark_eval.h"
#include "acl/matches/multiport_eval.h"
#include "acl/matches/physdev_eval.h"
#include "acl/matches/owner_eval.h"
#include "acl/matches/socket_eval.h"
#include "acl/matches/policy_eval.h"
#include "acl/matches/pkttype_eval.h"
#include "acl/matches/quota_eval.h"
#include "acl/matches/rateest_eval.h"
#include "acl/matches/realm_eval.h"
#include "acl/matches/recent_eval.h"
#include "acl/matches/rpfilter_eval.h"
#include "acl/matches/sctp_eval.h"
#include "acl/matches/set_eval.h"
#include "acl/matches/spi_eval.h"
#include "acl/matches/state_eval.h"
#include "acl/matches/statistic_eval.h"
#include "acl/matches/string_eval.h"
#include "acl/matches/tcp_eval.h"
#include "acl/matches/tcpmss_match_eval.h"
#include "acl/matches/time_eval.h"
#include "acl/matches/tos_eval.h"
#include "acl/matches/ttl_eval.h"
#include "acl/matches/u32_eval.h"
#include "acl/matches/udp_eval.h"
#include "acl/program/interface_sets.h"
#include "acl/program/masked.h"
#include "acl/program/segments.h"
#include "acl/program/trace.h"
#include "acl/targets/checksum_effect.h"
#include "acl/targets/classify_effect.h"
#include "acl/targets/connmark_effect.h"
#include "acl/targets/ct_effect.h"
#include "acl/targets/dscp_target_effect.h"
#include "acl/targets/ecn_target_effect.h"
#include "acl/targets/hmark_effect.h"
#include "acl/targets/mark_effect.h"
#include "acl/targets/rateest_target_effect.h"
#include "acl/targets/set_target_effect.h"
#include "acl/targets/tcpmss_effect.h"
#include "acl/targets/tcpoptstrip_effect.h"
#include "acl/targets/tee_effect.h"
#include "acl/targets/tell_effect.h"
#include "acl/targets/tos_target_effect.h"
#include "acl/targets/ttl_target_effect.h"

/// A rule as the packet path asks it. Nothing in it allocates; the targets' options lie in the program.
namespace sluice::acl {

/// A match that asks something, or a part of one; a new one is a word here.
using CompiledMatch =
    std::variant<TcpPorts, TcpFlags, TcpOption, UdpMatch, SctpPorts, SctpChunks, DccpPorts, DccpTypes, DccpOption, AhMatch, EspMatch, IpcompMatch,
                 MultiportMatch, IprangeMatch, IcmpMatch, StateMatch, ConnectionStates,
                 OfConnection<ConnectionWay>, OfConnection<ConnectionAddress>,
                 OfConnection<ConnectionProtocol>, OfConnection<ConnectionPorts>,
                 OfConnection<ConnectionStatus>, OfConnection<ConnectionExpiry>, MarkMatch, ConnmarkMatch, LengthMatch, TtlMatch,
                 TosMatch, DscpMatch, EcnMatch, MacMatch, PkttypeMatch, AddrtypeMatch, Remembering<LimitMatch>, Remembering<StatisticMatch>,
                 Remembering<QuotaMatch>, PhysdevMatch, OwnerMatch, SocketMatch, Kept<PolicyMatch>, Kept<U32Match>, TcpmssMatch,
                 RealmMatch, DevgroupMatch, HelperMatch, ClusterMatch, CpuMatch, RecentQuestion, HashlimitQuestion,
                 TimeMatch, ConnbytesMatch, RpfilterMatch, InSet, InCountingSet, ConnlimitQuestion,
                 StringQuestion, Kept<BpfMatch>, ConnlabelMatch, RateQuestion>;
static_assert(std::is_trivially_copyable_v<CompiledMatch>);

/// Targets that change something and let the walk go on; a new one is a word here.
using CompiledEffect = std::variant<MarkTarget, ConnmarkTarget, TtlTarget, TosTarget, DscpTarget, EcnTarget, ClassifyTarget,
                                    ChecksumTarget, CtChoice, TcpmssTarget, TcpoptstripTarget,
                                    LogTarget, NflogTarget, AuditTarget, TraceTarget, SetWrite, HmarkTarget, TeeCopy, RateCount>;
static_assert(std::is_trivially_copyable_v<CompiledEffect>);

namespace detail {

/// Calls `use` with what `held` holds. Unlike std::visit it has no way to throw.
template <class Held, class Use, std::size_t... I>
constexpr void with_held(const Held& held, Use&& use, std::index_sequence<I...>) noexcept {
    static_cast<void>(((held.index() == I && (use(*std::get_if<I>(&held)), true)) || ...));
}

}  // namespace detail

template <class Use>
constexpr void with_match(const CompiledMatch& match, Use&& use) noexcept {
    detail::with_held(match, std::forward<Use>(use),
                      std::make_index_sequence<std::variant_size_v<CompiledMatch>>{});
}
template <class Use>
constexpr void with_effect(const CompiledEffect& effect, Use&& use) noexcept {
    detail::with_held(effect, std::forward<Use>(use),
                      std::make_index_sequence<std::variant_size_v<CompiledEffect>>{});
}

[[nodiscard]] constexpr Depends depends_of(const CompiledMatch& match) noexcept {
    Depends result = Depends::headers;
    with_match(match, [&]<class M>(const M&) { result = Evaluate<M>::depends; });
    return result;
}

template <net::Family F>
[[nodiscard]] inline Answer ask(const CompiledMatch& match, const PacketView<F>& packet) noexcept {
    Answer answer = Answer::no;
    with_match(match, [&]<class M>(const M& held) { answer = Evaluate<M>::ask(held, packet); });
    return answer;
}

[[nodiscard]] constexpr bool reads_bytes(const CompiledMatch& match) noexcept {
    bool result = false;
    with_match(match, [&]<class M>(const M&) { result = reads_bytes<M>(); });
    return result;
}
[[nodiscard]] constexpr bool reads_outside(const CompiledMatch& match) noexcept {
    bool result = false;
    with_match(match, [&]<class M>(const M&) { result = reads_outside<M>(); });
    return result;
}

[[nodiscard]] constexpr Touches touches_of(const CompiledEffect& effect) noexcept {
    Touches result = Touches::view;
    with_effect(effect, [&]<class T>(const T&) { result = Effect<T>::touches; });
    return result;
}

template <net::Family F>
inline Applied apply(const CompiledEffect& effect, Subject<F>& subject) noexcept {
    Applied result = Applied::done;
    with_effect(effect, [&]<class T>(const T& held) { result = Effect<T>::apply(held, subject); });
    return result;
}

/// Where the walk goes when a rule holds.
enum class Step : std::uint8_t {
    next,  ///< no target: the rule behind
    accept,
    drop,
    reject,         ///< argument: RejectTarget::With
    nat,            ///< argument: index into the program's NAT targets
    effect,         ///< argument: index into the program's effects; then the rule behind
    jump,           ///< argument: chain
    go_to,          ///< argument: chain; where that ends, the walk returns to who called this one
    leave,          ///< RETURN
    end_of_chain,   ///< behind the last rule of a user chain: as RETURN, uncounted
    policy_accept,  ///< behind the last rule of a built-in chain
    policy_drop,
};

inline constexpr RuleId kNoRule{~std::uint32_t{0}};

/// One rule, or the end of a chain: addresses and the rest of the standard part in place, other matches by
/// index. Shape: 48 bytes for IPv4.
template <net::Family F>
struct CompiledRule {
    /// Which parts of the standard match are negated; `! -i` and `! -o` are in the interface sets.
    static constexpr std::uint8_t kNotSource = 1;
    static constexpr std::uint8_t kNotDestination = 2;
    static constexpr std::uint8_t kNotProtocol = 4;
    /// `-f` and `! -f`.
    static constexpr std::uint8_t kFragment = 8;
    static constexpr std::uint8_t kNotFragment = 16;
    /// A verdict without a condition, which TRACE calls the end of the chain.
    static constexpr std::uint8_t kEndsChain = 32;
    /// Holds only for packets with a certain string, and asks nothing that counts: a packet without it may pass it by.
    static constexpr std::uint8_t kNeedsString = 64;

    typename F::Address source{};
    typename F::Address source_mask{};
    typename F::Address destination{};
    typename F::Address destination_mask{};
    InterfaceSetId in = kAnyInterface;
    InterfaceSetId out = kAnyInterface;
    RuleId id = kNoRule;
    std::uint32_t first_match = 0;
    std::uint32_t argument = 0;
    std::uint32_t successors = Successors::kNone;  ///< the list of them in the table
    std::uint8_t match_count = 0;
    std::uint8_t protocol = 0;  ///< 0: any
    std::uint8_t inverted = 0;
    /// How its matches are asked: connection's first and headers' last; or in turn, where asking counts.
    enum class Asks : std::uint8_t { connection, headers, history };
    Asks asks = Asks::connection;
    Step step = Step::next;
};
static_assert(sizeof(CompiledRule<net::Ipv4>) <= 48);

/// The standard part: -s -d -i -o -p -f (ip_packet_match).
template <net::Family F>
[[nodiscard]] inline bool holds_standard(const CompiledRule<F>& rule, const PacketView<F>& packet,
                                         const InterfaceSets& interfaces) noexcept {
    using Rule = CompiledRule<F>;
    const bool source = equal_under_mask(packet.source, rule.source_mask, rule.source);
    const bool destination = equal_under_mask(packet.destination, rule.destination_mask, rule.destination);
    const bool protocol = rule.protocol == packet.protocol;
    if ((rule.inverted & (Rule::kFragment | Rule::kNotFragment)) != 0 &&
        (fragment_offset(packet) != 0) != ((rule.inverted & Rule::kFragment) != 0)) {
        return false;
    }
    return source != ((rule.inverted & Rule::kNotSource) != 0) &&
           destination != ((rule.inverted & Rule::kNotDestination) != 0) &&
           (rule.protocol == 0 || protocol != ((rule.inverted & Rule::kNotProtocol) != 0)) &&
           interfaces.contains(rule.in, packet.in) && interfaces.contains(rule.out, packet.out);
}

}  // namespace sluice::acl
