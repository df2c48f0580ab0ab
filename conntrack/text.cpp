// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/text.h"

#include <fmt/core.h>

#include "conntrack/tcp_record.h"
#include "dataplane/base/append.h"

namespace sluice::conntrack {

namespace {

/// Names as libnetfilter_conntrack has them; all others are "unknown".
const char* protocol_name(std::uint8_t protocol) {
    switch (protocol) {
        case net::kProtocolIcmp:
            return "icmp";
        case net::kProtocolTcp:
            return "tcp";
        case net::kProtocolUdp:
            return "udp";
        case net::kProtocolDccp:
            return "dccp";
        case net::kProtocolGre:
            return "gre";
        case net::kProtocolIcmpV6:
            return "icmpv6";
        case net::kProtocolSctp:
            return "sctp";
        case net::kProtocolUdpLite:
            return "udplite";
        default:
            return "unknown";
    }
}

template <net::Family F>
void append_tuple(std::string& line, const net::Tuple<F>& tuple) {
    base::append(line, "src={} dst={} ", to_string(tuple.source), to_string(tuple.destination));
    const std::uint16_t source = tuple.source_port.host();
    const std::uint16_t destination = tuple.destination_port.host();
    switch (tuple.protocol) {
        case net::kProtocolTcp:
        case net::kProtocolUdp:
        case net::kProtocolUdpLite:
        case net::kProtocolSctp:
        case net::kProtocolDccp:
            base::append(line, "sport={} dport={} ", source, destination);
            break;
        case net::kProtocolGre:
            base::append(line, "srckey={:#x} dstkey={:#x} ", source, destination);
            break;
        case F::kIcmpProtocol:
            base::append(line, "type={} code={} id={} ", destination >> 8U, destination & 0xffU, source);
            break;
        default:
            break;
    }
}

template <net::Family F>
void append_count(std::string& line, const ConnectionCopy<F>& copy, Way way) {
    if (copy.is_counted) {
        const base::PacketCount& count = copy.counted[static_cast<unsigned>(way)];
        base::append(line, "packets={} bytes={} ", count.packets, count.bytes);
    }
}

}  // namespace

template <net::Family F>
ConnectionCopy<F> copy_of(Table<F>& table, const Connection<F>& connection, Ticks now) {
    ConnectionCopy<F> copy;
    copy.original = connection[Way::original].tuple;
    copy.reply = connection[Way::reply].tuple;
    copy.status = connection.shared.status.load(std::memory_order_relaxed);
    copy.mark = connection.shared.mark.load(std::memory_order_relaxed);
    const std::int32_t left = base::ticks_until(connection.deadline(), now);
    copy.seconds_left = left > 0 ? static_cast<std::uint32_t>(left) / base::kTicksPerSecond : 0;
    const std::uint64_t control = connection.shared.protocol.load(std::memory_order_relaxed);
    if (copy.original.protocol == net::kProtocolTcp) {
        copy.tcp_state = tcp_state_in(control);
    } else if (copy.original.protocol == net::kProtocolSctp) {
        copy.sctp_state = load_sctp(connection, control).state;
    }
    if (const Labels* labels = table.labels(connection)) {
        copy.labels = labels->bits();
    }
    if (const Account* account = table.account(connection)) {
        copy.is_counted = true;
        for (std::size_t i = 0; i < copy.counted.size(); ++i) {
            copy.counted[i] += account->directions[i];
        }
    }
    return copy;
}

template <net::Family F>
std::string_view state_text(const ConnectionCopy<F>& copy) {
    switch (copy.original.protocol) {
        case net::kProtocolTcp:
            return tcp_state_name(copy.tcp_state);
        case net::kProtocolSctp:
            return sctp_state_name(copy.sctp_state);
        default:
            return {};
    }
}

template <net::Family F>
std::string conntrack_line(const ConnectionCopy<F>& copy) {
    const std::uint8_t protocol = copy.original.protocol;
    const bool has_one_zone = copy.original.zone != copy.reply.zone;  // it holds for one direction
    std::string line = fmt::format("{:<8} {} {} ", protocol_name(protocol), protocol, copy.seconds_left);
    if (const std::string_view state = state_text(copy); !state.empty()) {
        line += state;
        line += ' ';
    }
    append_tuple(line, copy.original);
    if (has_one_zone && copy.original.zone != 0) {
        line += fmt::format("zone-orig={} ", copy.original.zone);
    }
    append_count(line, copy, Way::original);
    if ((copy.status & status::kSeenReply) == 0) {
        line += "[UNREPLIED] ";
    }
    append_tuple(line, copy.reply);
    if (has_one_zone && copy.reply.zone != 0) {
        line += fmt::format("zone-reply={} ", copy.reply.zone);
    }
    append_count(line, copy, Way::reply);
    if ((copy.status & status::kAssured) != 0) {
        line += "[ASSURED] ";
    }
    line += fmt::format("mark={} ", copy.mark);
    if (!has_one_zone && copy.original.zone != 0) {
        line += fmt::format("zone={} ", copy.original.zone);
    }
    line += "use=1";
    return line;
}

template ConnectionCopy<net::Ipv4> copy_of(Table<net::Ipv4>&, const Connection<net::Ipv4>&, Ticks);
template ConnectionCopy<net::Ipv6> copy_of(Table<net::Ipv6>&, const Connection<net::Ipv6>&, Ticks);
template std::string_view state_text(const ConnectionCopy<net::Ipv4>&);
template std::string_view state_text(const ConnectionCopy<net::Ipv6>&);
template std::string conntrack_line(const ConnectionCopy<net::Ipv4>&);
template std::string conntrack_line(const ConnectionCopy<net::Ipv6>&);

}  // namespace sluice::conntrack
