// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"

namespace sluice::stages {

/// Makes the connections of first packets real, now that every hook has let them pass (CT-11, nf_confirm), and tells what
/// packets have done to theirs (conntrack/event.h).
///
/// An answer to a packet that was refused belongs to that packet's connection until here, where that is given up.
/// Drops: connection_clash, where another worker made a connection with the same reply tuple meanwhile.
template <net::Family F>
class Confirm {
public:
    static constexpr std::string_view kName = "confirm";
    static constexpr pipeline::Facts kNeeds = pipeline::kTracked | pipeline::kLongWay;
    static constexpr pipeline::Facts kAdds = 0;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        batch.sift(context.exits, [&](packet::Packet<F> packet) {
            packet::PacketInfo<F>& info = packet.info();
            if (!info.is_pending) {
                if (info.connection != nullptr) {
                    context.connections.tell(context.worker, *info.connection, context.now);
                }
                return packet::Verdict::accept;
            }
            info.is_pending = false;
            if (info.is_attached) {
                context.connections.abandon(context.worker, *info.connection);
                info.connection = nullptr;
                return packet::Verdict::accept;
            }
            if (context.connections.confirm(context.worker, *info.connection, context.now)) {
                context.connections.tell(context.worker, *info.connection, context.now);
                return packet::Verdict::accept;
            }
            info.connection = nullptr;
            return packet::Verdict::connection_clash;
        });
    }
};

}  // namespace sluice::stages
