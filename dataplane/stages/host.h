// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string_view>

#include "dataplane/packet/batch.h"
#include "dataplane/packet/icmp_message.h"
#include "dataplane/packet/l4_checksum.h"
#include "dataplane/packet/read_frame.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/stages/own_address.h"
#include "dataplane/stages/send_rates.h"

namespace sluice::stages {

/// What the router does with packets for itself: it answers echo and timestamp requests, and refuses the rest
/// as a host without listeners does. Answers to refusals are the business of Answer, by their verdicts.
///
/// In: packets that INPUT has accepted.  Out: replies in context.exits.made.
/// Drops: consumed, echo_ignored, local_bad_checksum, local_ignored, no_local_tcp_port, no_local_udp_port,
/// no_local_protocol, no_packet_memory.
/// See: RFC 1122, section 3.2.2; the kernel's icmp.c, udp.c, tcp_ipv4.c; ICMP-10.
template <net::Family F>
class Host {
public:
    static constexpr std::string_view kName = "host";
    static constexpr pipeline::Facts kNeeds = pipeline::kParsed | pipeline::kWhole | pipeline::kRouted;
    static constexpr pipeline::Facts kAdds = 0;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        for (packet::Packet<F> packet : batch) {
            const packet::Verdict verdict = received(packet, context);
            if (verdict != packet::Verdict::accept) {
                context.exits.leave(packet, verdict);
            }
        }
        batch.clear();
    }

private:
    static constexpr std::uint8_t kProtocolIgmp = 2;

    /// Returns accept where the packet has gone on as its own reply.
    static packet::Verdict received(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        switch (packet.ip().protocol) {
            case F::kIcmpProtocol:
                return received_icmp(packet, context);
            case net::kProtocolTcp:
                return received_tcp(packet);
            case net::kProtocolUdp:
                return received_udp(packet);
            case net::kProtocolUdpLite:
                return received_udp_lite(packet);
            case kProtocolIgmp:
                return packet::Verdict::consumed;  // no memberships to report
            default:
                return for_many(packet) ? packet::Verdict::local_ignored : packet::Verdict::no_local_protocol;
        }
    }

    static bool for_many(packet::Packet<F> packet) noexcept {
        return packet.info().is_broadcast_destination || packet.ip().destination.is_multicast();
    }

    static packet::Verdict received_icmp(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        if (!packet.info().has_l4) {
            return packet::Verdict::local_ignored;
        }
        if (!packet::l4_checksum_is_good(packet)) {
            return packet::Verdict::local_bad_checksum;
        }
        const auto& sysctls = context.snapshot->sysctls;
        const auto type =
            static_cast<net::IcmpType>(reinterpret_cast<const net::IcmpHeader*>(packet.l4().data())->type);
        const bool is_timestamp = type == net::IcmpType::timestamp_request;
        if (type != net::IcmpType::echo_request && !is_timestamp) {
            return packet::Verdict::consumed;
        }
        if ((for_many(packet) && sysctls.icmp_echo_ignore_broadcasts) ||
            (!is_timestamp && sysctls.icmp_echo_ignore_all)) {
            return packet::Verdict::echo_ignored;
        }
        return is_timestamp ? reply_to_timestamp(packet, context) : reply_to_echo(packet, context);
    }

    /// The head of a reply; nothing where there is no way to the sender or its options have no room.
    static std::optional<packet::MessageHead> reply_head(packet::Packet<F> packet,
                                                         pipeline::Context<F>& context) noexcept {
        const auto& ip = packet.ip();
        const auto source = address_for_sender(*context.snapshot, packet);
        const auto options = packet::echo_options(packet, option_source<F>(context, source));
        if (!options || ip.source.is_unspecified() || source.is_unspecified()) {
            return std::nullopt;
        }
        return packet::MessageHead{
            .source = source,
            .destination = ip.source,
            .tos = ip.tos,
            .ttl = context.snapshot->sysctls.ip_default_ttl,
            .id = net::Be16::from_host(static_cast<std::uint16_t>(context.random.next() >> 48U)),
            .options = *options};
    }

    static bool may_send(net::IcmpType type, packet::Packet<F> packet,
                         pipeline::Context<F>& context) noexcept {
        if (context.error_limit.allows(static_cast<std::uint8_t>(type), 0, packet.ip().source,
                                       rates_of(context), context.now_ns, context.random)) {
            return true;
        }
        context.stats.answers_limited.add(1);
        return false;
    }

    static packet::Verdict reply_to_echo(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        const std::optional<packet::MessageHead> head = reply_head(packet, context);
        if (!head || !may_send(net::IcmpType::echo_reply, packet, context) || context.exits.made.full() ||
            !packet::make_echo_reply(packet, *head)) {
            return packet::Verdict::local_ignored;
        }
        count(packet::Verdict::consumed, context);
        context.exits.made.push(packet);
        return packet::Verdict::accept;
    }

    static packet::Verdict reply_to_timestamp(packet::Packet<F> packet,
                                              pipeline::Context<F>& context) noexcept {
        constexpr std::size_t kLeast = sizeof(net::IcmpHeader) + 4;
        const std::optional<packet::MessageHead> head = reply_head(packet, context);
        if (packet.info().ip_bytes - packet.info().l4_offset < kLeast || !head || context.exits.made.full() ||
            !may_send(net::IcmpType::timestamp_reply, packet, context)) {
            return packet::Verdict::local_ignored;
        }
        const packet::Packet<F> reply =
            packet::make_timestamp_reply(packet, *head, time_of_day_ms(context), context.pool);
        if (reply.mbuf() == nullptr) {
            return packet::Verdict::no_packet_memory;
        }
        context.exits.made.push(reply);
        return packet::Verdict::consumed;
    }

    static packet::Verdict received_tcp(packet::Packet<F> packet) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        if (for_many(packet) || info.group_frame || !info.has_l4) {
            return packet::Verdict::local_ignored;
        }
        const auto& tcp = *reinterpret_cast<const net::TcpHeader*>(packet.l4().data());
        if (tcp.header_bytes() < sizeof tcp || tcp.header_bytes() > info.ip_bytes - info.l4_offset) {
            return packet::Verdict::local_ignored;
        }
        if (!packet::l4_checksum_is_good(packet)) {
            return packet::Verdict::local_bad_checksum;
        }
        return (tcp.flags & net::TcpHeader::kRst) != 0 ? packet::Verdict::consumed
                                                       : packet::Verdict::no_local_tcp_port;
    }

    static packet::Verdict received_udp(packet::Packet<F> packet) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        if (!info.has_l4) {
            return packet::Verdict::local_ignored;
        }
        const std::size_t length = reinterpret_cast<const net::UdpHeader*>(packet.l4().data())->length.host();
        if (length < sizeof(net::UdpHeader) || length > info.ip_bytes - info.l4_offset || for_many(packet)) {
            return packet::Verdict::local_ignored;
        }
        if (!packet::l4_checksum_is_good(packet, length)) {
            return packet::Verdict::local_bad_checksum;
        }
        // What lies behind the datagram is not quoted.
        packet::trim_to(packet.mbuf(), static_cast<std::uint32_t>(info.l4_offset + length));
        return packet::Verdict::no_local_udp_port;
    }

    static packet::Verdict received_udp_lite(packet::Packet<F> packet) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        if (!info.has_l4 || for_many(packet)) {
            return packet::Verdict::local_ignored;
        }
        const auto& header = *reinterpret_cast<const net::UdpHeader*>(packet.l4().data());
        const std::size_t coverage = header.length.host();
        const std::size_t bytes = info.ip_bytes - info.l4_offset;
        const bool covers = coverage == 0 || (coverage >= sizeof header && coverage <= bytes);
        if (!covers || header.checksum.raw() == 0) {
            return packet::Verdict::local_ignored;
        }
        return packet::l4_checksum_is_good(packet) ? packet::Verdict::no_local_udp_port
                                                   : packet::Verdict::local_bad_checksum;
    }

    static void count(packet::Verdict verdict, pipeline::Context<F>& context) noexcept {
        context.stats.verdicts[static_cast<std::size_t>(verdict)].add(1);
    }
};

}  // namespace sluice::stages
