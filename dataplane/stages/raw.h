// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <string_view>

#include "acl/tables.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/stages/view.h"

namespace sluice::stages {

/// The table raw, which stands before conntrack (NF_IP_PRI_RAW): here it is said what is not tracked, and how.
///
/// Every packet goes through its rules, remembered path or not: its connection is not known yet. So nothing of it is
/// part of a path; what it does to the mark is, as the mark with which a packet comes to the path's questions.
///
/// Out: mark, is_untracked, zone, timeout_policy, helper, events.  Drops: dropped_by_rule.
/// Cost: nothing where there is no table raw; else a walk through compiled rules.
template <net::Family F, acl::Hook H>
class Raw {
public:
    static constexpr std::string_view kName = "raw";
    static constexpr pipeline::Facts kNeeds = pipeline::kParsed | pipeline::kWhole;
    static constexpr pipeline::Facts kAdds = 0;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        if (!context.snapshot->program->has_chain(acl::TableId::raw, H)) {
            return;
        }
        std::array<acl::Walk<F>*, packet::kBatchSize> walks;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            walks[i] = &walks_[i];
            walks_[i].trace.clear();
            walks_[i].memo.clear();
            walks_[i].nat = nullptr;
            fill_walk(walks_[i], batch[i], context);
            walks_[i].packet.zone = {};
            walks_[i].packet.timeout_policy = 0;
            walks_[i].packet.helper = conntrack::HelperId::none;
            walks_[i].packet.events = 0;
        }
        context.snapshot->program->run(acl::TableId::raw, H, {walks.data(), batch.size()},
                                       context.rules->counters());
        std::size_t i = 0;
        batch.sift(context.exits, [&](packet::Packet<F> packet) {
            const acl::Walk<F>& walk = walks_[i++];
            take_changes(packet, walk.packet);
            packet.info().is_untracked = walk.packet.is_untracked;
            packet.info().zone = walk.packet.zone.zone(walk.packet.mark);
            packet.info().timeout_policy = walk.packet.timeout_policy;
            packet.info().helper = walk.packet.helper;
            packet.info().events = walk.packet.events;
            return walk.outcome == acl::Outcome::accept ? packet::Verdict::accept
                                                        : packet::Verdict::dropped_by_rule;
        });
    }

private:
    std::array<acl::Walk<F>, packet::kBatchSize> walks_;
};

}  // namespace sluice::stages
