// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_connections.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::model {

namespace {

using conntrack::CtState;

constexpr unsigned kIcmp = 1;
constexpr unsigned kTcp = 6;
constexpr unsigned kUdp = 17;
constexpr unsigned kGre = 47;

std::string address_text(std::uint32_t address) {
    return net::to_string(net::Ipv4Address::from_host(address));
}

std::string flow_text(const Flow& flow) {
    std::string text =
        fmt::format("src={} dst={} ", address_text(flow.source), address_text(flow.destination));
    if (flow.protocol == kTcp || flow.protocol == kUdp) {
        text += fmt::format("sport={} dport={} ", flow.source_port, flow.destination_port);
    } else if (flow.protocol == kIcmp) {
        text += fmt::format("type={} code={} id={} ", flow.destination_port / 256,
                            flow.destination_port % 256, flow.source_port);
    } else if (flow.protocol == kGre) {
        text += fmt::format("srckey={:#x} dstkey={:#x} ", flow.source_port, flow.destination_port);
    }
    return text;
}

std::string protocol_text(unsigned protocol) {
    switch (protocol) {
        case kIcmp:
            return "icmp";
        case kTcp:
            return "tcp";
        case kUdp:
            return "udp";
        case kGre:
            return "gre";
        default:
            return "unknown";
    }
}

bool udp_is_sound(const Bytes& packet) {
    const std::size_t l4 = header_bytes(packet);
    if (packet.size() < l4 + 8) {
        return false;
    }
    const unsigned length = word_at(packet, l4 + 4);
    return length >= 8 && length <= packet.size() - l4;
}

/// What protocols without states do.
Step plain_step(SlowConnection& connection, const Bytes& packet, std::int64_t now_ms) {
    switch (connection.original.protocol) {
        case kUdp: {
            if (!udp_is_sound(packet)) {
                return {};
            }
            const bool is_stream = connection.seen_reply && now_ms - connection.began_ms > 2000;
            connection.assured = connection.assured || is_stream;
            return {Effect::lives_on, is_stream ? 120 : 30};
        }
        case kIcmp: {
            const unsigned type = connection.original.destination_port / 256U;
            const bool is_request = type == 8 || type == 13 || type == 15 || type == 17;
            return {is_request ? Effect::lives_on : Effect::invalid, 30};
        }
        case kGre:
            connection.assured = connection.assured || connection.seen_reply;
            return {Effect::lives_on, connection.seen_reply ? 180 : 30};
        default:
            return {Effect::lives_on, 600};
    }
}

}  // namespace

SlowConnections::Found SlowConnections::find(const Flow& flow, std::int64_t now_ms) {
    for (SlowConnection& connection : connections_) {
        if (!connection.is_confirmed || connection.is_dead || connection.ends_ms <= now_ms) {
            continue;
        }
        if (connection.original == flow) {
            return {&connection, false};
        }
        if (connection.reply == flow) {
            return {&connection, true};
        }
    }
    return {};
}

bool SlowConnections::is_free(const Flow& flow, const SlowConnection* except, std::int64_t now_ms) {
    const Found found = find(flow, now_ms);
    return found.connection == nullptr || found.connection == except;
}

std::vector<const SlowConnection*> SlowConnections::of_source(const Flow& flow, const SlowConnection& except,
                                                              std::int64_t now_ms) const {
    std::vector<const SlowConnection*> result;
    for (const SlowConnection& one : connections_) {
        const bool is_same = one.original.source == flow.source && one.original.source_port == flow.source_port &&
                             one.original.protocol == flow.protocol;
        if (is_same && &one != &except && one.source_decided && !one.is_dead && one.ends_ms > now_ms) {
            result.push_back(&one);
        }
    }
    return result;
}

SlowConnection* SlowConnections::answered_as(const Flow& reply, std::int64_t now_ms) {
    const Found found = find(reply, now_ms);
    return found.is_reply ? found.connection : nullptr;
}

bool SlowConnections::is_live(std::uint16_t number, const Flow& original, std::int64_t now_ms) {
    const Found found = find(original, now_ms);
    if (found.connection == nullptr || found.connection->number != number) {
        return false;
    }
    const TcpState state = found.connection->tcp.state;
    return original.protocol != kTcp || (state != TcpState::time_wait && state != TcpState::close);
}

Tracked SlowConnections::track_error(const Bytes& packet, bool arrives, std::int64_t now_ms) {
    const std::size_t quote = header_bytes(packet) + 8;
    if (arrives && !l4_sum_is_good(packet)) {
        return {};
    }
    // Eight bytes behind the quoted header, where the kernel asks for four (RFC 792).
    if (packet.size() < quote + 20 || byte_at(packet, quote) / 16 != 4 || header_bytes(packet, quote) < 20 ||
        packet.size() < quote + header_bytes(packet, quote) + 8 || word_at(packet, quote + 6) % 0x2000 != 0) {
        return {};
    }
    Flow quoted;
    if (!read_flow(packet, quote, quoted)) {
        return {};
    }
    if (quoted.protocol == kIcmp && answering_type(quoted.destination_port / 256U) < 0) {
        return {};
    }
    const Found found = find(inverse(quoted), now_ms);
    if (found.connection == nullptr ||
        found.connection->flow(found.is_reply).destination != destination_of(packet)) {
        return {};
    }
    return {found.connection, found.is_reply, false, CtState::related};
}

bool SlowConnections::knows(const Bytes& packet, std::int64_t now_ms) {
    Flow flow;
    if (!read_flow(packet, 0, flow)) {
        return false;
    }
    if (flow.protocol == kIcmp && is_icmp_error(flow.destination_port / 256U)) {
        return track_error(packet, false, now_ms).connection != nullptr;
    }
    return find(flow, now_ms).connection != nullptr;
}

Tracked SlowConnections::track(const Bytes& packet, bool arrives, std::int64_t now_ms) {
    Flow flow;
    if (!read_flow(packet, 0, flow)) {
        return {};
    }
    if (flow.protocol == kIcmp && is_icmp_error(flow.destination_port / 256U)) {
        return track_error(packet, arrives, now_ms);
    }
    if ((arrives && !l4_sum_is_good(packet)) || (flow.protocol == kTcp && !tcp_is_sound(packet))) {
        return {};
    }
    Found found = find(flow, now_ms);
    const bool opens = found.connection == nullptr;
    if (opens) {
        SlowConnection fresh;
        fresh.number = ++last_number_;
        fresh.original = flow;
        fresh.reply = inverse(flow);
        fresh.began_ms = now_ms;
        fresh.is_counted = counts;
        connections_.push_back(fresh);
        found = {&connections_.back(), false};
    }
    SlowConnection& connection = *found.connection;
    CtState state = CtState::new_;
    if (found.is_reply || connection.seen_reply) {
        state = CtState::established;
    }
    const Step step = flow.protocol == kTcp ? tcp_step(connection, found.is_reply, opens, packet, tcp, now_ms)
                                            : plain_step(connection, packet, now_ms);
    switch (step.effect) {
        case Effect::invalid:
            connection.is_dead = connection.is_dead || opens;
            return {};
        case Effect::is_shortened:
            connection.ends_ms = now_ms + std::int64_t{step.timeout_s} * 1000;
            return {};
        case Effect::begins_anew:
            connection.is_dead = true;
            return track(packet, arrives, now_ms);
        case Effect::ends:
            connection.is_dead = true;
            break;
        case Effect::lives_on:
            connection.ends_ms = now_ms + std::int64_t{step.timeout_s} * 1000;
            break;
        case Effect::passes:
            break;
    }
    if (step.effect != Effect::passes && connection.is_counted) {
        connection.carried[found.is_reply ? 1 : 0].packets += 1;
        connection.carried[found.is_reply ? 1 : 0].bytes += packet.size();
    }
    connection.seen_reply = connection.seen_reply || found.is_reply;
    return {&connection, found.is_reply, opens, state};
}

bool SlowConnections::confirm(SlowConnection& connection, std::int64_t now_ms) {
    if (!is_free(connection.original, &connection, now_ms) ||
        !is_free(connection.reply, &connection, now_ms)) {
        return false;
    }
    connection.is_confirmed = true;
    return true;
}

void SlowConnections::sweep(std::int64_t now_ms) {
    connections_.remove_if([&](const SlowConnection& connection) {
        return !connection.is_confirmed || connection.is_dead || connection.ends_ms <= now_ms;
    });
}

std::size_t SlowConnections::count(std::int64_t now_ms) const {
    return lines(now_ms).size();
}

std::vector<std::string> SlowConnections::lines(std::int64_t now_ms) const {
    std::vector<std::string> lines;
    for (const SlowConnection& connection : connections_) {
        if (!connection.is_confirmed || connection.is_dead || connection.ends_ms <= now_ms) {
            continue;
        }
        const unsigned protocol = connection.original.protocol;
        std::string line = fmt::format("{:<8} {} {} ", protocol_text(protocol), protocol,
                                       (connection.ends_ms - now_ms) / 1000);
        if (protocol == kTcp) {
            line += tcp_state_text(connection.tcp.state) + " ";
        }
        const auto carried = [&](std::size_t way) {
            const Carried& sum = connection.carried[way];
            return connection.is_counted ? fmt::format("packets={} bytes={} ", sum.packets, sum.bytes) : "";
        };
        line += flow_text(connection.original) + carried(0);
        line += connection.seen_reply ? "" : "[UNREPLIED] ";
        line += flow_text(connection.reply) + carried(1);
        line += connection.assured ? "[ASSURED] " : "";
        lines.push_back(line + "mark=" + std::to_string(connection.mark) + " use=1");
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace sluice::model
