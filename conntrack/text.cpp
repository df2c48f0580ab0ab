// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/text.h"

#include <fmt/core.h>

#include <concepts>

#include "dataplane/base/append.h"

namespace sluice::conntrack {

namespace {

constexpr std::uint64_t kSecond_ns = 1'000'000'000;

template <net::Family F>
void append_tuple(std::string& line, const net::Tuple<F>& tuple) {
    base::append(line, "src={} dst={} ", to_string(tuple.source), to_string(tuple.destination));
    const std::uint16_t source = tuple.source_port.host();
    const std::uint16_t destination = tuple.destination_port.host();
    if (has_ports(tuple.protocol)) {
        base::append(line, "sport={} dport={} ", source, destination);
    } else if (tuple.protocol == net::kProtocolGre) {
        base::append(line, "srckey={:#x} dstkey={:#x} ", source, destination);
    } else if (tuple.protocol == F::kIcmpProtocol) {
        base::append(line, "type={} code={} id={} ", destination >> 8U, destination & 0xffU, source);
    }
}

template <net::Family F>
void append_count(std::string& line, const ConnectionCopy<F>& copy, Way way, const Style& style) {
    if (copy.is_counted && style.has_counters()) {
        const base::PacketCount& count = copy.counted[static_cast<unsigned>(way)];
        base::append(line, "packets={} bytes={} ", count.packets, count.bytes);
    }
}

void append_head(std::string& line, const Style& style) {
    if (style.is_list()) {
        return;
    }
    const bool is_new = (style.events & (event::kNew | event::kRelated)) != 0;
    base::append(line, "{:>9} ", style.is_destroy() ? "[DESTROY]" : is_new ? "[NEW]" : "[UPDATE]");
}

template <net::Family F>
void append_stamps(std::string& line, const ConnectionCopy<F>& copy, const Style& style) {
    if (!style.has_stamps()) {
        return;
    }
    const std::uint64_t start = began_utc_ns(copy, *style.utc_ns);
    base::append(line, "delta-time={} ", *style.utc_ns / kSecond_ns - start / kSecond_ns);
    if (style.start && style.instant != nullptr) {
        base::append(line, "[start={}] ", style.instant(start));
        if (style.is_destroy()) {
            base::append(line, "[stop={}] ", style.instant(*style.utc_ns));
        }
    }
}

/// `labels=a,b`; where those that are set have no names `labels`, as the tool has it.
void append_labels(std::string& line, const LabelBits& labels, const Style& style) {
    if (!style.label_name || !style.has_labels() || labels == LabelBits{}) {
        return;
    }
    line += "labels";
    char sign = '=';
    for (unsigned label = 0; label < kLabels; ++label) {
        const std::string_view name = has_label(labels, label) ? style.label_name(label) : std::string_view();
        if (!name.empty()) {
            line += sign;
            line += name;
            sign = ',';
        }
    }
    line += ' ';
}

}  // namespace

const char* protocol_name(std::uint8_t protocol) noexcept {
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
std::string conntrack_line(const ConnectionCopy<F>& copy, const Style& style) {
    const std::uint8_t protocol = copy.original.protocol;
    const bool has_one_zone = copy.original.zone != copy.reply.zone;  // it holds for one direction
    std::string line;
    append_head(line, style);
    if (style.family) {
        line += std::same_as<F, net::Ipv4> ? "ipv4     2 " : "ipv6     10 ";
    }
    base::append(line, "{:<8} {} ", protocol_name(protocol), protocol);
    if (style.has_timeout(copy.seconds_left)) {
        base::append(line, "{} ", copy.seconds_left);
    }
    if (const std::string_view state = state_text(copy); !state.empty() && style.has_state()) {
        line += state;
        line += ' ';
    }
    append_tuple(line, copy.original);
    if (has_one_zone && copy.original.zone != 0) {
        base::append(line, "zone-orig={} ", copy.original.zone);
    }
    append_count(line, copy, Way::original, style);
    if ((copy.status & status::kSeenReply) == 0) {
        line += "[UNREPLIED] ";
    }
    append_tuple(line, copy.reply);
    if (has_one_zone && copy.reply.zone != 0) {
        base::append(line, "zone-reply={} ", copy.reply.zone);
    }
    append_count(line, copy, Way::reply, style);
    if ((copy.status & status::kAssured) != 0) {
        line += "[ASSURED] ";
    }
    if (style.has_mark(copy.mark)) {
        base::append(line, "mark={} ", copy.mark);
    }
    if (!has_one_zone && copy.original.zone != 0) {
        base::append(line, "zone={} ", copy.original.zone);
    }
    append_stamps(line, copy, style);
    if (copy.helper != HelperId::none && style.has_helper()) {
        base::append(line, "helper={} ", kind_of(copy.helper).name);
    }
    line += style.is_list() ? "use=1 " : "";
    if (style.id) {
        base::append(line, "id={} ", copy.id);
    }
    append_labels(line, copy.labels, style);
    line.pop_back();
    return line;
}

template std::string_view state_text(const ConnectionCopy<net::Ipv4>&);
template std::string_view state_text(const ConnectionCopy<net::Ipv6>&);
template std::string conntrack_line(const ConnectionCopy<net::Ipv4>&, const Style&);
template std::string conntrack_line(const ConnectionCopy<net::Ipv6>&, const Style&);

}  // namespace sluice::conntrack
