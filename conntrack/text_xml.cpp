// SPDX-License-Identifier: BSD-3-Clause
#include <concepts>

#include "conntrack/text.h"
#include "dataplane/base/append.h"

// `conntrack -o xml`, as libnetfilter_conntrack 1.0.9 writes it.

namespace sluice::conntrack {

namespace {

constexpr std::uint64_t kSecond_ns = 1'000'000'000;

template <net::Family F>
void append_direction(std::string& xml, const ConnectionCopy<F>& copy, Way way, const Style& style) {
    const net::Tuple<F>& tuple = way == Way::original ? copy.original : copy.reply;
    base::append(xml, "<meta direction=\"{}\"><layer3 protonum=\"{}\" protoname=\"{}\"><src>{}</src><dst>{}</dst></layer3>",
                 way == Way::original ? "original" : "reply", std::same_as<F, net::Ipv4> ? 2 : 10,
                 std::same_as<F, net::Ipv4> ? "ipv4" : "ipv6", to_string(tuple.source), to_string(tuple.destination));
    base::append(xml, "<layer4 protonum=\"{}\" protoname=\"{}\">", tuple.protocol, protocol_name(tuple.protocol));
    const std::uint16_t source = tuple.source_port.host();
    const std::uint16_t destination = tuple.destination_port.host();
    if (has_ports(tuple.protocol)) {
        base::append(xml, "<sport>{}</sport><dport>{}</dport>", source, destination);
    } else if (tuple.protocol == net::kProtocolGre) {
        base::append(xml, "<srckey>{:#x}</srckey><dstkey>{:#x}</dstkey>", source, destination);
    }
    xml += "</layer4>";
    if (copy.original.zone != copy.reply.zone && tuple.zone != 0) {
        base::append(xml, "<zone>{}</zone>", tuple.zone);
    }
    if (copy.is_counted && style.has_counters()) {
        const base::PacketCount& count = copy.counted[static_cast<unsigned>(way)];
        base::append(xml, "<counters><packets>{}</packets><bytes>{}</bytes></counters>", count.packets, count.bytes);
    }
    xml += "</meta>";
}

void append_labels(std::string& xml, const LabelBits& labels, const Style& style) {
    if (!style.label_name || !style.has_labels() || labels == LabelBits{}) {
        return;
    }
    xml += "<labels>";
    for (unsigned label = 0; label < kLabels; ++label) {
        const std::string_view name = has_label(labels, label) ? style.label_name(label) : std::string_view();
        if (!name.empty()) {
            base::append(xml, "<label>{}</label>", name);
        }
    }
    xml += "</labels>";
}

template <net::Family F>
void append_stamps(std::string& xml, const ConnectionCopy<F>& copy, const Style& style) {
    if (!style.has_stamps()) {
        return;
    }
    const std::uint64_t start = began_utc_ns(copy, *style.utc_ns);
    if (style.start) {
        base::append(xml, "<timestamp><start>{}</start>", start);
        if (style.is_destroy()) {
            base::append(xml, "<stop>{}</stop>", *style.utc_ns);
        }
        xml += "</timestamp>";
    }
    base::append(xml, "<deltatime>{}</deltatime>", *style.utc_ns / kSecond_ns - start / kSecond_ns);
}

}  // namespace

template <net::Family F>
std::string conntrack_xml(const ConnectionCopy<F>& copy, const Style& style) {
    std::string xml = "<flow>";
    if (!style.is_list()) {
        const bool is_new = (style.events & (event::kNew | event::kRelated)) != 0;
        xml.clear();
        base::append(xml, "<flow type=\"{}\">", style.is_destroy() ? "destroy" : is_new ? "new" : "update");
    }
    append_direction(xml, copy, Way::original, style);
    append_direction(xml, copy, Way::reply, style);
    xml += "<meta direction=\"independent\">";
    if (const std::string_view state = state_text(copy); !state.empty() && style.has_state()) {
        base::append(xml, "<state>{}</state>", state);
    }
    if (style.has_timeout(copy.seconds_left)) {
        base::append(xml, "<timeout>{}</timeout>", copy.seconds_left);
    }
    if (style.has_mark(copy.mark)) {
        base::append(xml, "<mark>{}</mark>", copy.mark);
    }
    if (copy.original.zone == copy.reply.zone && copy.original.zone != 0) {
        base::append(xml, "<zone>{}</zone>", copy.original.zone);
    }
    xml += style.is_list() ? "<use>1</use>" : "";
    base::append(xml, "<id>{}</id>", copy.id);
    xml += (copy.status & status::kAssured) != 0 ? "<assured/>" : "";
    xml += (copy.status & status::kSeenReply) == 0 ? "<unreplied/>" : "";
    append_labels(xml, copy.labels, style);
    append_stamps(xml, copy, style);
    xml += "</meta>";
    if (!style.when.empty()) {
        base::append(xml, "<when>{}</when>", style.when);
    }
    if (copy.helper != HelperId::none && style.has_helper()) {
        base::append(xml, "<helper>{}</helper>", kind_of(copy.helper).name);
    }
    xml += "</flow>";
    return xml;
}

template std::string conntrack_xml(const ConnectionCopy<net::Ipv4>&, const Style&);
template std::string conntrack_xml(const ConnectionCopy<net::Ipv6>&, const Style&);

}  // namespace sluice::conntrack
