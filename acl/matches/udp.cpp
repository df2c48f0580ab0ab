// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/udp.h"

#include <array>

#include "acl/text/ports.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

std::span<const Form<UdpMatch>> Syntax<UdpMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "source-port", .invertible = true},
        OptionSpec{.name = "sport", .invertible = true, .alias_of = "source-port"},
        OptionSpec{.name = "destination-port", .invertible = true},
        OptionSpec{.name = "dport", .invertible = true, .alias_of = "destination-port"},
    };
    static constexpr std::array kForms = {
        Form<UdpMatch>{.name = "udp", .initial = {}, .options = kOptions, .protocol = net::kProtocolUdp}};
    return kForms;
}

Checked Syntax<UdpMatch>::parse(UdpMatch& match, const OptionUse& use) {
    const auto ports = parse_ports(use.value(), ServiceOf::udp);
    if (!ports) {
        return use.refuse(ports.error());
    }
    PortRange& range = use.option == "source-port" ? match.source : match.destination;
    range = *ports;
    range.inverted = use.inverted;
    return {};
}

void Syntax<UdpMatch>::save(const UdpMatch& match, std::string& out) {
    save_ports("sport", match.source, out);
    save_ports("dport", match.destination, out);
}

void Syntax<UdpMatch>::list(const UdpMatch& match, bool numeric, std::string& out) {
    out += " udp";
    list_ports("spt", match.source, ServiceOf::udp, numeric, out);
    list_ports("dpt", match.destination, ServiceOf::udp, numeric, out);
}

}  // namespace sluice::acl::text
