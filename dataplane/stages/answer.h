// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string_view>

#include "dataplane/packet/batch.h"
#include "dataplane/packet/icmp_message.h"
#include "dataplane/packet/tcp_reset.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/stages/own_address.h"
#include "dataplane/stages/send_rates.h"

namespace sluice::stages {

/// Answers packets that were dropped: by the ICMP error or the TCP reset that the table of verdicts names.
///
/// No error is sent about an ICMP error, a fragment other than the first, what came by broadcast or multicast
/// (of L2 or L3), a sender that is nobody, nor, for REJECT, about a packet with a wrong checksum (ICMP-7; the
/// kernel's icmp_send and nf_send_unreach). The packet is quoted as it stands, and its connection goes over
/// to the answer (nf_ct_attach), so that OUTPUT translates the answer and its quote back.
///
/// In: PacketInfo::verdict says why it was dropped; mtu, error_pointer, next_hop where the answer needs them.
/// Out: answers in context.exits.made; the packets are freed.
template <net::Family F>
class Answer {
public:
    static constexpr std::string_view kName = "answer";
    static constexpr pipeline::Facts kNeeds = pipeline::kParsed;
    static constexpr pipeline::Facts kAdds = 0;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        for (packet::Packet<F> about : batch) {
            const packet::Answer answer = packet::answer_of(about.info().verdict);
            const packet::Packet<F> made = answer.kind == packet::Answer::Kind::tcp_reset
                                               ? reset_for(about, context)
                                               : error_for(about, answer, context);
            if (made.mbuf() != nullptr) {
                attach(made, about, answer);
                context.exits.made.push(made);
            }
            context.exits.discard(about);
        }
        batch.clear();
    }

private:
    static packet::Packet<F> suppressed(pipeline::Context<F>& context) noexcept {
        context.stats.answers_suppressed.add(1);
        return {};
    }

    /// Errors and the resets of REJECT belong to the connection of what they answer; a reset from a closed
    /// port is TCP's own, and is tracked like any other packet.
    static void attach(packet::Packet<F> made, packet::Packet<F> about, packet::Answer answer) noexcept {
        packet::PacketInfo<F>& from = about.info();
        const bool is_own_reset = answer.kind == packet::Answer::Kind::tcp_reset &&
                                  from.verdict == packet::Verdict::no_local_tcp_port;
        if (from.connection == nullptr || is_own_reset) {
            return;
        }
        packet::PacketInfo<F>& to = made.info();
        to.is_attached = true;
        to.connection = from.connection;
        to.way = conntrack::other(from.way);
        to.state = conntrack::CtState::related;
        to.is_pending = from.is_pending;
        from.is_pending = false;
    }

    // --- whether

    static bool is_reject(packet::Verdict verdict) noexcept {
        return verdict >= packet::Verdict::rejected_net_unreachable &&
               verdict <= packet::Verdict::rejected_tcp_reset;
    }

    static bool is_about_route(packet::Verdict verdict) noexcept {
        return verdict == packet::Verdict::no_route || verdict == packet::Verdict::route_unreachable ||
               verdict == packet::Verdict::route_prohibited;
    }

    static bool is_for_many(packet::Packet<F> about) noexcept {
        const auto& destination = about.ip().destination;
        return about.info().is_broadcast_destination || destination.is_multicast() ||
               destination.is_limited_broadcast();
    }

    static bool sender_is_somebody(const typename F::Address& source) noexcept {
        return !source.is_unspecified() && !source.is_multicast() && !source.is_limited_broadcast() &&
               !source.is_loopback();
    }

    /// An ICMP packet that is no error; types that nobody knows count as errors, for safety.
    static bool is_about_error(packet::Packet<F> about) noexcept {
        if (about.ip().protocol != F::kIcmpProtocol) {
            return false;
        }
        constexpr std::uint8_t kHighestType = 18;
        const auto l4 = about.l4();
        const std::uint8_t type = l4.empty() ? std::uint8_t{0xff} : std::to_integer<std::uint8_t>(l4[0]);
        return type > kHighestType || packet::is_icmp_error_type(type);
    }

    /// REJECT keeps silent about what does not sum up (nf_ip_checksum): packets whose L4 header is cut off, too, and
    /// those of protocols that nobody knows, without pseudo header. The kernel sums from the IP header on, which
    /// comes to nothing; so a payload of zeros is as good as one that sums up to ffff.
    static bool reject_sum_is_good(packet::Packet<F> about) noexcept {
        constexpr std::uint8_t kEsp = 50;
        constexpr std::uint8_t kAh = 51;
        const auto& ip = about.ip();
        const packet::PacketInfo<F>& info = about.info();
        net::Sum sum = 0;
        switch (ip.protocol) {
            case kEsp:
            case kAh:
            case net::kProtocolSctp:
            case net::kProtocolUdpLite:
            case net::kProtocolDccp:
            case net::kProtocolGre:
                return true;
            case net::kProtocolTcp:
            case net::kProtocolUdp:
                if (info.has_l4) {
                    return packet::l4_checksum_is_good(about);
                }
                sum += net::pseudo_header_sum(ip.source, ip.destination, ip.protocol, info.ip_bytes - info.l4_offset);
                break;
            default:
                break;
        }
        return net::folded(sum + packet::sum_over(about, 0, info.ip_bytes)) == 0xffffU;
    }

    static bool may_err(packet::Packet<F> about, packet::Verdict verdict, bool is_for_us) noexcept {
        return !about.info().group_frame && !is_for_many(about) && about.ip().offset_bytes() == 0 &&
               !is_about_error(about) && sender_is_somebody(about.ip().source) &&
               (!is_reject(verdict) || reject_sum_is_good(about)) &&
               // Only the end host tells that a datagram was never whole.
               (verdict != packet::Verdict::fragment_timeout || is_for_us);
    }

    // --- what

    static net::Be32 rest_of(const packet::PacketInfo<F>& info) noexcept {
        switch (info.verdict) {
            case packet::Verdict::fragmentation_needed:
                return net::Be32::from_host(info.mtu);
            case packet::Verdict::bad_options:
                return net::Be32::from_host(std::uint32_t{info.error_pointer} << 24U);
            case packet::Verdict::redirected:
                return info.next_hop.value;
            default:
                return {};
        }
    }

    static net::Be16 fresh_id(pipeline::Context<F>& context) noexcept {
        return net::Be16::from_host(static_cast<std::uint16_t>(context.random.next() >> 48U));
    }

    static packet::Packet<F> error_for(packet::Packet<F> about, packet::Answer answer,
                                       pipeline::Context<F>& context) noexcept {
        const packet::PacketInfo<F>& info = about.info();
        const auto& ip = about.ip();
        const pipeline::Snapshot<F>& snapshot = *context.snapshot;
        const bool is_for_us = is_own_address(snapshot, ip.destination);
        if (!may_err(about, info.verdict, is_for_us)) {
            return suppressed(context);
        }
        const route::Route<F>& back = snapshot.fib->look_up(ip.source);
        // The source may be the router's own address: that of a packet that was translated before it failed.
        // The answer gets its true destination on OUTPUT.
        if (back.type != route::RouteType::unicast && back.type != route::RouteType::local) {
            return suppressed(context);
        }
        const route::NextHop<F>& hop = snapshot.fib->hop_for(back, {}, ip.source);
        auto source = hop.preferred_source;
        if (is_for_us) {
            source = ip.destination;
        } else if (snapshot.sysctls.icmp_errors_use_inbound_ifaddr && info.in != base::kNoInterface) {
            source = address_of_interface(snapshot, info.in, ip.source);
        }
        if (source.is_unspecified()) {
            source = kDummy;
        }
        const auto options = packet::echo_options(about, option_source<F>(context, source));
        if (!options) {
            return suppressed(context);
        }
        if (context.exits.made.full() ||
            (is_about_route(info.verdict) &&
             !context.error_limit.allows_route_error(ip.source, context.now_ns)) ||
            !context.error_limit.allows(static_cast<std::uint8_t>(answer.type), answer.code, ip.source,
                                        rates_of(context), context.now_ns, context.random)) {
            context.stats.answers_limited.add(1);
            return {};
        }
        const packet::MessageHead head{.source = source,
                                       .destination = ip.source,
                                       .tos = packet::error_tos(ip.tos),
                                       .ttl = snapshot.sysctls.ip_default_ttl,
                                       .id = fresh_id(context),
                                       .options = *options};
        return packet::make_error(
            about, head,
            {.type = static_cast<std::uint8_t>(answer.type),
             .code = answer.code,
             .rest = rest_of(info),
             .limit = hop.interface == base::kNoInterface ? packet::kMaxErrorBytes
                                                          : snapshot.interface(hop.interface).mtu},
            context.pool);
    }

    static packet::Packet<F> reset_for(packet::Packet<F> about, pipeline::Context<F>& context) noexcept {
        const auto& ip = about.ip();
        if (is_for_many(about) || !sender_is_somebody(ip.source) || context.exits.made.full() ||
            !packet::deserves_reset(about)) {
            return suppressed(context);
        }
        const bool is_own = about.info().verdict == packet::Verdict::no_local_tcp_port;
        const packet::MessageHead head{
            .source = ip.destination,
            .destination = ip.source,
            .tos = static_cast<std::uint8_t>(is_own ? ip.tos & 0xfcU : 0U),  // without ECN
            .ttl = context.snapshot->sysctls.ip_default_ttl,
            .id = {},  // atomic: DF is set
            .options = {}};
        return packet::make_reset(about, head, context.pool);
    }

    /// Stands for a router without an address (RFC 7600, section 4.8; the kernel's INADDR_DUMMY).
    static constexpr net::Ipv4Address kDummy = net::Ipv4Address::from_host(0xc0000008);
};

}  // namespace sluice::stages
