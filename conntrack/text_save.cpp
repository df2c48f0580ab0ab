// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/text.h"
#include "dataplane/base/append.h"

// `conntrack -o save`, as conntrack-tools 1.4.7 writes it; without mark and labels, as that has it.

namespace sluice::conntrack {

namespace {

struct NamedStatus {
    std::uint32_t bit;
    std::string_view name;
};
constexpr std::array<NamedStatus, 4> kStatus = {{{status::kSeenReply, "SEEN_REPLY"},
                                                 {status::kAssured, "ASSURED"},
                                                 {status::kFixedTimeout, "FIXED_TIMEOUT"},
                                                 {status::kExpected, "EXPECTED"}}};

void append_status(std::string& line, std::uint32_t status) {
    line += " -u ";
    std::string_view comma;
    for (const NamedStatus& one : kStatus) {
        if ((status & one.bit) != 0) {
            line += comma;
            line += one.name;
            comma = ",";
        }
    }
    line += comma.empty() ? "UNSET" : "";
}

template <net::Family F>
void append_protocol(std::string& line, const ConnectionCopy<F>& copy) {
    const net::Tuple<F>& original = copy.original;
    const net::Tuple<F>& reply = copy.reply;
    const std::uint8_t protocol = original.protocol;
    const std::string_view name = protocol_name(protocol);
    if (name == "unknown") {
        base::append(line, " -p {}", protocol);
        return;
    }
    base::append(line, " -p {}", name);
    if (has_ports(protocol)) {
        base::append(line, " --sport {} --dport {} --reply-port-src {} --reply-port-dst {}", original.source_port.host(),
                     original.destination_port.host(), reply.source_port.host(), reply.destination_port.host());
    } else if (protocol == net::kProtocolGre) {
        base::append(line, " --srckey {} --dstkey {} --reply-key-src {} --reply-key-dst {}", original.source_port.host(),
                     original.destination_port.host(), reply.source_port.host(), reply.destination_port.host());
    } else if (protocol == F::kIcmpProtocol) {
        const std::uint16_t type_code = original.destination_port.host();
        base::append(line, " --icmp-type {} --icmp-code {} --icmp-id {}", type_code >> 8U, type_code & 0xffU,
                     original.source_port.host());
    }
    if (const std::string_view state = state_text(copy); !state.empty()) {
        base::append(line, " --state {}", state);
    }
    if (protocol == net::kProtocolSctp) {
        base::append(line, " --orig-vtag {} --reply-vtag {}", base::Be32::from_raw(copy.sctp_tags[0]).host(),
                     base::Be32::from_raw(copy.sctp_tags[1]).host());
    }
}

}  // namespace

template <net::Family F>
std::string conntrack_options(const ConnectionCopy<F>& copy, char letter) {
    const net::Tuple<F>& original = copy.original;
    const net::Tuple<F>& reply = copy.reply;
    std::string line;
    base::append(line, "-{} -t {}", letter, copy.seconds_left);
    append_status(line, copy.status);
    if (original.zone == reply.zone) {
        if (original.zone != 0) {
            base::append(line, " -w {}", original.zone);
        }
    } else if (original.zone != 0) {
        base::append(line, " --orig-zone {}", original.zone);
    }
    if (original.zone != reply.zone && reply.zone != 0) {
        base::append(line, " --reply-zone {}", reply.zone);
    }
    base::append(line, " -s {} -d {} -{} {} -{} {}", to_string(original.source), to_string(original.destination),
                 reply.source == original.destination ? 'r' : 'g', to_string(reply.source),
                 reply.destination == original.source ? 'q' : 'n', to_string(reply.destination));
    append_protocol(line, copy);
    return line;
}

template std::string conntrack_options(const ConnectionCopy<net::Ipv4>&, char);
template std::string conntrack_options(const ConnectionCopy<net::Ipv6>&, char);

}  // namespace sluice::conntrack
