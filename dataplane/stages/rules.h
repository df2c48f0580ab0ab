// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <string_view>

#include "acl/tables.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/stages/remember.h"
#include "dataplane/stages/translate.h"
#include "dataplane/stages/view.h"

namespace sluice::stages {

/// The tables of a hook in the order of netfilter's priorities (enum nf_ip_hook_priorities). raw stands before
/// conntrack, in a stage of its own (raw.h); destination NAT comes before filter, source NAT behind it.
template <acl::Hook H>
inline constexpr std::array<acl::TableId, 0> kTablesAt{};
template <>
inline constexpr std::array kTablesAt<acl::Hook::prerouting> = {acl::TableId::mangle, acl::TableId::nat};
template <>
inline constexpr std::array kTablesAt<acl::Hook::input> = {acl::TableId::mangle, acl::TableId::filter,
                                                           acl::TableId::security, acl::TableId::nat};
template <>
inline constexpr std::array kTablesAt<acl::Hook::forward> = {acl::TableId::mangle, acl::TableId::filter,
                                                             acl::TableId::security};
template <>
inline constexpr std::array kTablesAt<acl::Hook::output> = {acl::TableId::mangle, acl::TableId::nat,
                                                            acl::TableId::filter, acl::TableId::security};
template <>
inline constexpr std::array kTablesAt<acl::Hook::postrouting> = {acl::TableId::mangle, acl::TableId::nat};

/// The verdict of a REJECT.
[[nodiscard]] constexpr packet::Verdict verdict_of(acl::RejectTarget::With with) noexcept {
    using With = acl::RejectTarget::With;
    using packet::Verdict;
    switch (with) {
        case With::icmp_net_unreachable: return Verdict::rejected_net_unreachable;
        case With::icmp_host_unreachable: return Verdict::rejected_host_unreachable;
        case With::icmp_proto_unreachable: return Verdict::rejected_proto_unreachable;
        case With::icmp_port_unreachable: return Verdict::rejected_port_unreachable;
        case With::icmp_net_prohibited: return Verdict::rejected_net_prohibited;
        case With::icmp_host_prohibited: return Verdict::rejected_host_prohibited;
        case With::icmp_admin_prohibited: return Verdict::rejected_admin_prohibited;
        case With::tcp_reset: return Verdict::rejected_tcp_reset;
    }
    return Verdict::dropped_by_rule;
}

/// What must be known before a hook, and what is known after it.
[[nodiscard]] constexpr pipeline::Facts needs_of(acl::Hook hook) noexcept {
    constexpr pipeline::Facts kBasic = pipeline::kTracked | pipeline::kLongWay;
    switch (hook) {
        case acl::Hook::prerouting:
        case acl::Hook::output: return kBasic;
        case acl::Hook::input: return kBasic | pipeline::kRouted;
        case acl::Hook::forward: return kBasic | pipeline::kRouted | pipeline::kForwardable;
        case acl::Hook::postrouting: return kBasic | pipeline::kRouted | pipeline::kJudged;
    }
    return 0;
}
[[nodiscard]] constexpr pipeline::Facts adds_of(acl::Hook hook) noexcept {
    switch (hook) {
        case acl::Hook::forward:
        case acl::Hook::output: return pipeline::kJudged;
        case acl::Hook::postrouting: return pipeline::kDressed;
        default: return 0;
    }
}

/// One hook: its tables, and the translation that belongs to it.
///
/// The nat table is asked for the first packet of a connection only (HOOK-3); every packet of a translated
/// connection is dressed here, so that the rules behind see what the kernel's would.
///
/// Drops: dropped_by_rule, rejected_..., and Translate's.
template <net::Family F, acl::Hook H>
class Rules {
public:
    static constexpr std::string_view kName = acl::kHookNames[static_cast<std::size_t>(H)];
    static constexpr pipeline::Facts kNeeds = needs_of(H);
    static constexpr pipeline::Facts kAdds = adds_of(H);

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        auto& hook_counter = context.stats.hooks[static_cast<std::size_t>(H)];
        for (packet::Packet<F> packet : batch) {
            hook_counter.add(packet.info().ip_bytes);
            fill_walk(*packet.info().walk, packet, context);
        }
        for (const acl::TableId table : kTablesAt<H>) {
            if (table == acl::TableId::nat) {
                Translate<F, H>::process(batch, context);
            } else if (context.snapshot->program->has_chain(table, H)) {
                judge(table, batch, context);
            }
        }
    }

private:
    static void judge(acl::TableId table, packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        std::array<acl::Walk<F>*, packet::kBatchSize> walks;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            walks[i] = batch[i].info().walk;
        }
        context.snapshot->program->run(table, H, {walks.data(), batch.size()}, context.rules->counters());
        batch.sift(context.exits, [&](packet::Packet<F> packet) {
            const acl::Walk<F>& walk = *packet.info().walk;
            take_changes(packet, walk.packet);
            switch (walk.outcome) {
                case acl::Outcome::accept:
                case acl::Outcome::nat: return packet::Verdict::accept;
                case acl::Outcome::drop: return refused(packet, packet::Verdict::dropped_by_rule, context);
                case acl::Outcome::reject: return refused(packet, verdict_of(walk.reject), context);
            }
            return packet::Verdict::accept;
        });
    }

    /// A connection that the rules have come to refuse is refused on the short way from now on.
    static packet::Verdict refused(packet::Packet<F> packet, packet::Verdict verdict,
                                   pipeline::Context<F>& context) noexcept {
        if constexpr (H == acl::Hook::prerouting || H == acl::Hook::forward || H == acl::Hook::postrouting) {
            remember_path(packet, verdict, context);
        }
        return verdict;
    }
};

/// Gives packets that the router made a slot to gather what they meet; what ShortWay does for arrivals.
template <net::Family F>
class EnterRules {
public:
    static constexpr std::string_view kName = "enter_rules";
    static constexpr pipeline::Facts kNeeds = pipeline::kTracked;
    static constexpr pipeline::Facts kAdds = pipeline::kLongWay;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        for (packet::Packet<F> packet : batch) {
            packet.info().walk = context.walks.take();
            context.stats.local_made.add(1);
        }
    }
};

}  // namespace sluice::stages
