// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "dataplane/net/checksum.h"
#include "dataplane/packet/made.h"
#include "dataplane/packet/replace_payload.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "helpers/adjust.h"
#include "helpers/help.h"

namespace sluice::stages {

/// Shows the packets of connections with a helper to it, behind all hooks, and shifts the sequence numbers of those
/// whose text has changed its length (nf_confirm, without the confirmation, which comes behind).
///
/// Such connections go the long way, as they leave no path: nothing here is for others than them.
/// Drops: helper_refused.
template <net::Family F>
class Help {
public:
    static constexpr std::string_view kName = "help";
    static constexpr pipeline::Facts kNeeds = pipeline::kTracked | pipeline::kLongWay;
    static constexpr pipeline::Facts kAdds = 0;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        batch.sift(context.exits, [&](packet::Packet<F> packet) {
            const packet::PacketInfo<F>& info = packet.info();
            if (info.connection == nullptr || info.connection->shared.helper == conntrack::HelperId::none ||
                info.is_icmp_error || info.is_attached || !info.has_l4) [[likely]] {
                return packet::Verdict::accept;
            }
            return helped(packet, context);
        });
    }

private:
    packet::Verdict helped(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        const conntrack::Connection<F>& connection = *packet.info().connection;
        const bool is_shifted = connection.has(conntrack::status::kSequenceAdjust);  // before what this packet may add
        if (!visited(packet, context) || (is_shifted && !shifted(packet, context))) {
            return packet::Verdict::helper_refused;
        }
        return packet::Verdict::accept;
    }

    bool visited(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        const std::size_t bytes = info.ip_bytes - info.l4_offset;
        const bool is_tcp = packet.ip().protocol == net::kProtocolTcp;
        const auto* tcp = reinterpret_cast<const net::TcpHeader*>(packet.l4().data());
        const std::size_t header = is_tcp ? tcp->header_bytes() : sizeof(net::UdpHeader);
        if (bytes <= header) {
            return true;  // nothing is said
        }
        packet::copy_out(packet, info.l4_offset, bytes, buffer_.data());
        helpers::Payload payload{std::span<std::byte>{buffer_}.first(kLongest - info.l4_offset), header, bytes};
        helpers::Visit visit{.table = context.connections,
                             .worker = context.worker,
                             .connection = *info.connection,
                             .help = *context.connections.help(*info.connection),
                             .way = info.way,
                             .state = info.state,
                             .random = context.random,
                             .now = context.now,
                             .sequence = is_tcp ? tcp->sequence.host() : 0,
                             .payload = payload};
        if (helpers::help(visit) == helpers::Outcome::drop) {
            return false;
        }
        if (!payload.is_changed()) {
            return true;
        }
        if (is_tcp && payload.delta() != 0) {
            if (!visit.help.shift(info.way).add(visit.sequence, payload.delta())) {
                return false;
            }
            info.connection->set(conntrack::status::kSequenceAdjust);
        }
        return packet::replace_payload(packet, payload.all(), context.pool);
    }

    static bool shifted(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        if (packet.ip().protocol != net::kProtocolTcp) {
            return true;
        }
        const conntrack::Help& help = *context.connections.help(*info.connection);
        const auto own = help.shift(info.way).read();
        const auto others = help.shift(conntrack::other(info.way)).read();
        return own && others && helpers::adjust_sequence(packet.l4(), *own, *others);
    }

    static constexpr std::size_t kLongest = 65535;
    std::array<std::byte, kLongest> buffer_;
};

}  // namespace sluice::stages
