// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/tcp.h"

#include <array>

#include "acl/text/ports.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

std::span<const Form<TcpMatch>> Syntax<TcpMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "source-port", .invertible = true},
        OptionSpec{.name = "sport", .invertible = true, .alias_of = "source-port"},
        OptionSpec{.name = "destination-port", .invertible = true},
        OptionSpec{.name = "dport", .invertible = true, .alias_of = "destination-port"},
        OptionSpec{.name = "syn", .values = 0, .invertible = true, .built = false},
        OptionSpec{.name = "tcp-flags", .values = 2, .invertible = true, .built = false},
        OptionSpec{.name = "tcp-option", .invertible = true, .built = false},
    };
    static constexpr std::array kForms = {
        Form<TcpMatch>{.name = "tcp", .initial = {}, .options = kOptions, .protocol = net::kProtocolTcp}};
    return kForms;
}

Checked Syntax<TcpMatch>::parse(TcpMatch& match, const OptionUse& use) {
    const auto ports = parse_ports(use.value(), ServiceOf::tcp);
    if (!ports) {
        return use.refuse(ports.error());
    }
    PortRange& range = use.option == "source-port" ? match.source : match.destination;
    range = *ports;
    range.inverted = use.inverted;
    return {};
}

void Syntax<TcpMatch>::save(const TcpMatch& match, std::string& out) {
    save_ports("sport", match.source, out);
    save_ports("dport", match.destination, out);
}

void Syntax<TcpMatch>::list(const TcpMatch& match, bool numeric, std::string& out) {
    out += " tcp";
    list_ports("spt", match.source, ServiceOf::tcp, numeric, out);
    list_ports("dpt", match.destination, ServiceOf::tcp, numeric, out);
}

}  // namespace sluice::acl::text
