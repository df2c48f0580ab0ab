// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <string_view>

#include "dataplane/packet/made.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/stages/redirect_limit.h"
#include "dataplane/stages/ttl.h"

namespace sluice::stages {

/// What a router does to a packet that it passes on: Linux's ip_forward, in its order, which decides what the
/// sender of a packet with several faults hears.
///
/// Unicast in a group frame is not forwarded; then the TTL; then the size, where fragmenting is forbidden: a
/// rebuilt datagram counts as large as its largest piece, for it leaves in pieces no larger. Then the TTL
/// goes down, a neighbour that could have sent to the next hop itself is told (redirect, with the packet as
/// it stands now).
///
/// In: Route's fields.  Out: TTL, header checksum.
/// Drops: group_frame, ttl_exceeded, fragmentation_needed (announces PacketInfo::mtu).
template <net::Family F>
class Forward {
public:
    static constexpr std::string_view kName = "forward";
    static constexpr pipeline::Facts kNeeds = pipeline::kParsed | pipeline::kWhole | pipeline::kRouted;
    static constexpr pipeline::Facts kAdds = pipeline::kForwardable;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        batch.sift(context.exits, [&](packet::Packet<F> packet) { return forwarded(packet, context); });
    }

private:
    packet::Verdict forwarded(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        typename F::Header& ip = packet.ip();
        if (info.group_frame) {
            return packet::Verdict::group_frame;
        }
        if (ip.ttl <= 1) {
            return packet::Verdict::ttl_exceeded;
        }
        if (info.ip_bytes > info.mtu && ip.dont_fragment() &&
            (info.largest_fragment == 0 || info.largest_fragment > info.mtu)) {
            return packet::Verdict::fragmentation_needed;
        }
        lower_ttl(ip);
        info.walk->trace.add(acl::PathStep::Kind::forward);
        if (info.source_is_on_link && info.in == info.out &&
            context.snapshot->interface(info.out).send_redirects) [[unlikely]] {
            redirect(packet, context);
        }
        return packet::Verdict::accept;
    }

    /// A copy of as much as an ICMP error can quote goes to the answers; Answer makes the redirect of it.
    void redirect(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        if (!limit_.allows(packet.ip().source, context.now_ns)) {
            return;
        }
        const std::size_t bytes = std::min<std::size_t>(packet.info().ip_bytes, kMostQuoted);
        packet::Packet<F> copy = packet::make_packet<F>(context.pool, bytes);
        if (copy.mbuf() == nullptr) {
            return;
        }
        packet::copy_out(packet, 0, bytes, copy.bytes().data());
        copy.info() = packet.info();
        copy.info().is_pending = false;  // the connection is the packet's to confirm or to abandon
        copy.info().walk = nullptr;
        context.exits.leave(copy, packet::Verdict::redirected);
    }

    static constexpr std::size_t kMostQuoted = 576;  ///< RFC 1812, section 4.3.2.3: all of the message
    RedirectLimit<F> limit_;
};

}  // namespace sluice::stages
