// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/sctp.h"

#include <array>

#include "acl/text/ports.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

std::span<const Form<SctpMatch>> Syntax<SctpMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "source-port", .invertible = true},
        OptionSpec{.name = "sport", .invertible = true, .alias_of = "source-port"},
        OptionSpec{.name = "destination-port", .invertible = true},
        OptionSpec{.name = "dport", .invertible = true, .alias_of = "destination-port"},
        OptionSpec{.name = "chunk-types", .values = 2, .invertible = true, .built = false},
    };
    static constexpr std::array kForms = {
        Form<SctpMatch>{.name = "sctp", .initial = {}, .options = kOptions, .protocol = net::kProtocolSctp}};
    return kForms;
}

Checked Syntax<SctpMatch>::parse(SctpMatch& match, const OptionUse& use) {
    auto ports = parse_ports(use.value(), ServiceOf::sctp);
    if (!ports) {
        return use.refuse(ports.error());
    }
    ports->inverted = use.inverted;
    (use.option == "source-port" ? match.source : match.destination) = *ports;
    return {};
}

void Syntax<SctpMatch>::save(const SctpMatch& match, std::string& out) {
    save_given_ports("sport", match.source, out);
    save_given_ports("dport", match.destination, out);
}

void Syntax<SctpMatch>::list(const SctpMatch& match, bool numeric, std::string& out) {
    out += " sctp";
    list_ports("spt", match.source.value_or(PortRange{}), ServiceOf::sctp, numeric, out);
    list_ports("dpt", match.destination.value_or(PortRange{}), ServiceOf::sctp, numeric, out);
}

}  // namespace sluice::acl::text
