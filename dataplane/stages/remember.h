// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/pipeline/hop_reference.h"

namespace sluice::stages {

/// Records in the connection's direction which path a packet has just gone, with its verdict.
///
/// Nothing is recorded for the first packet of a connection (it alone met nat), for ICMP errors, for packets that
/// belong to no connection or to one with a helper, which reads each of them, and for what is not plain. Writer: the worker that received the packet; a path is one
/// word, so two workers that both receive a direction overwrite each other, never mix.
template <net::Family F>
void remember_path(packet::Packet<F> packet, packet::Verdict verdict, pipeline::Context<F>& context) noexcept {
    const packet::PacketInfo<F>& info = packet.info();
    if (!context.short_way || info.connection == nullptr || info.opens_connection || info.is_icmp_error ||
        info.is_local_origin || info.has_options || info.largest_fragment != 0 || !info.has_l4 ||
        info.connection->shared.helper != conntrack::HelperId::none) {
        return;
    }
    conntrack::Direction<F>& direction = (*info.connection)[info.way];
    const pipeline::PathReference before(direction.path.load(std::memory_order_relaxed));
    const pipeline::PathReference after =
        context.rules->remember(before, info.walk->trace, info.state, info.in, info.out, verdict);
    direction.path.store(after.word(), std::memory_order_relaxed);
}

/// Remembers the path and the way out of the packets that go out. Needs kDressed: all hooks are behind them.
template <net::Family F>
class Remember {
public:
    static constexpr std::string_view kName = "remember";
    static constexpr pipeline::Facts kNeeds = pipeline::kDressed | pipeline::kRouted;
    static constexpr pipeline::Facts kAdds = 0;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        for (packet::Packet<F> packet : batch) {
            const packet::PacketInfo<F>& info = packet.info();
            if (info.adjacency == base::kNoAdjacency) {
                continue;  // the next packet finds the neighbour resolved
            }
            remember_path(packet, packet::Verdict::accept, context);
            if (info.connection != nullptr && !info.opens_connection && !info.is_icmp_error) {
                const pipeline::HopReference hop(info.adjacency, context.snapshot->route_generation);
                (*info.connection)[info.way].hop.store(hop.word(), std::memory_order_relaxed);
            }
        }
    }
};

}  // namespace sluice::stages
