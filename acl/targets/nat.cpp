// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/nat.h"

#include <fmt/core.h>

#include <array>
#include <bit>

#include "acl/tables.h"
#include "acl/text/address_text.h"
#include "acl/text/names.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Kind = NatTarget::Kind;
using Independence = NatTarget::Independence;
using MaybeMessage = tl::expected<void, std::string>;

tl::unexpected<std::string> message(std::string text) {
    return tl::unexpected(std::move(text));
}

/// iptables asks this of the number only, so `! -p tcp` passes.
bool has_ports(std::uint8_t protocol) {
    return protocol == net::kProtocolTcp || protocol == net::kProtocolUdp || protocol == net::kProtocolSctp ||
           protocol == net::kProtocolDccp || protocol == net::kProtocolIcmp;
}

/// What stands behind the slash of `80-90/8080`: a port or a service. Only DNAT carries it to the kernel; iptables lets
/// SNAT and MASQUERADE forget it, and prints what it would not take back, as it does for a range of one port.
MaybeMessage parse_base_port(NatTarget& target, std::string_view text) {
    if (target.kind != Kind::dnat) {
        return message(fmt::format("a base port ('/{}') is for DNAT only", text));
    }
    if (target.min_port == target.max_port) {
        return message(fmt::format("a base port ('/{}') needs a range of more than one port", text));
    }
    const auto number = leading_number(text);
    const bool is_port = number && number->value >= 1 && number->value <= 0xffff;
    if (is_port && !number->rest.empty()) {
        return message(fmt::format("garbage after the base port: '{}'", number->rest));
    }
    const auto base = is_port ? std::optional(static_cast<std::uint16_t>(number->value)) : service_port(text);
    if (!base) {
        return message(fmt::format("base port '{}' is not valid: a number from 1 to 65535, or a service", text));
    }
    target.has_base = true;
    target.base_port = net::Be16::from_host(*base);
    return {};
}

/// `80`, `http`, `80-90` or `80-90/8080`.
MaybeMessage parse_port_range(NatTarget& target, std::string_view text, std::uint8_t protocol) {
    if (!has_ports(protocol)) {
        return message("ports need -p tcp, udp, sctp, dccp or icmp before this option");
    }
    const auto first = leading_number(text);
    std::uint64_t low = first ? first->value : 0x10000;
    std::string_view rest = first ? first->rest : std::string_view();
    if (low > 0xffff) {
        const auto service = service_port(text);
        if (!service) {
            return message(fmt::format(
                "port '{}' is not valid: a number, a range such as 1024-2047, or a service", text));
        }
        low = *service;
        rest = {};
    }
    std::uint64_t high = low;
    std::optional<std::string_view> base;
    if (!rest.empty()) {
        if (rest[0] == ':') {
            return message(fmt::format("invalid port:port syntax in '{}': use a dash", text));
        }
        const auto second = rest[0] == '-' ? leading_number(rest.substr(1)) : std::nullopt;
        if (!second || second->value > 0xffff) {
            return message(fmt::format("port range '{}' is not valid", text));
        }
        high = second->value;
        if (high < low) {
            return message(fmt::format("port range '{}' runs backwards", text));
        }
        if (!second->rest.empty() && second->rest[0] == '/') {
            base = second->rest.substr(1);
        } else if (!second->rest.empty()) {
            return message(fmt::format("garbage after the port range: '{}'", second->rest));
        }
    }
    target.has_ports = true;
    target.min_port = net::Be16::from_host(static_cast<std::uint16_t>(low));
    target.max_port = net::Be16::from_host(static_cast<std::uint16_t>(high));
    return base ? parse_base_port(target, *base) : MaybeMessage{};
}

/// `1.2.3.4` or `1.2.3.4-1.2.3.9`.
MaybeMessage parse_address_range(NatTarget& target, std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = net::parse_ipv4(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : net::parse_ipv4(text.substr(dash + 1));
    if (!first || !last) {
        return message(fmt::format("bad IP address in '{}': ADDRESS[-ADDRESS][:PORT[-PORT]]", text));
    }
    if (*last < *first) {
        return message(fmt::format("address range '{}' runs backwards", text));
    }
    target.has_addresses = true;
    target.min_address = *first;
    target.max_address = *last;
    return {};
}

/// `--to-source` and `--to-destination`: addresses, ports, or both.
MaybeMessage parse_to(NatTarget& target, std::string_view text, std::uint8_t protocol) {
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
        if (text.find(':', colon + 1) != std::string_view::npos) {
            return message(fmt::format("bad IP address in '{}': ADDRESS[-ADDRESS][:PORT[-PORT]]", text));
        }
        if (auto ports = parse_port_range(target, text.substr(colon + 1), protocol); !ports) {
            return ports;
        }
        if (colon == 0) {
            return {};
        }
    }
    return parse_address_range(target, text.substr(0, colon));
}

/// `--to` of NETMAP: a network; bits behind its mask are cut off.
MaybeMessage parse_network(NatTarget& target, const std::string& text) {
    const auto network = parse_host_and_mask(text);
    if (!network) {
        return message(network.error());
    }
    const std::uint32_t mask = network->mask.host();
    target.has_addresses = true;
    target.min_address = net::Ipv4Address::from_host(network->address.host() & mask);
    target.max_address = net::Ipv4Address::from_host(network->address.host() | ~mask);
    return {};
}

std::string network_text(const NatTarget& target) {
    const std::uint32_t own_bits = target.min_address.host() ^ target.max_address.host();
    return fmt::format("{}/{}", net::to_string(target.min_address), std::countl_zero(own_bits));
}

std::string range_text(const NatTarget& target, bool with_colon) {
    if (target.kind == Kind::netmap) {
        return network_text(target);
    }
    std::string out;
    if (target.has_addresses) {
        out = net::to_string(target.min_address);
        if (target.min_address != target.max_address) {
            base::append(out, "-{}", net::to_string(target.max_address));
        }
    }
    if (target.has_ports) {
        base::append(out, "{}{}", with_colon ? ":" : "", target.min_port.host());
        if (target.min_port != target.max_port) {
            base::append(out, "-{}", target.max_port.host());
        }
        if (target.has_base) {
            base::append(out, "/{}", target.base_port.host());
        }
    }
    return out;
}

struct Wording {
    std::string_view saved;
    std::string_view listed;
    bool with_colon;
};

Wording wording(Kind kind) {
    switch (kind) {
        case Kind::snat:
            return {"--to-source ", "to:", true};
        case Kind::dnat:
            return {"--to-destination ", "to:", true};
        case Kind::masquerade:
            return {"--to-ports ", "masq ports: ", false};
        case Kind::redirect:
            return {"--to-ports ", "redir ports ", false};
        case Kind::netmap:
            return {"--to ", "to:", false};
    }
    return {};
}

void append_text(const NatTarget& target, std::string_view label, std::string_view dashes, std::string& out) {
    if (const std::string range = range_text(target, wording(target.kind).with_colon); !range.empty()) {
        base::append(out, " {}{}", label, range);
    }
    if (target.random) {
        base::append(out, " {}random", dashes);
    }
    if (target.fully_random) {
        base::append(out, " {}random-fully", dashes);
    }
    if (target.persistent) {
        base::append(out, " {}persistent", dashes);
    }
    if (target.independence != Independence::none) {
        base::append(out, " {}endpoint-independent {}", dashes,
                     target.independence == Independence::mapping ? "mapping" : "filtering");
    }
}

constexpr OptionSpec kRandom{.name = "random", .values = 0};
constexpr OptionSpec kRandomFully{.name = "random-fully", .values = 0};
constexpr OptionSpec kPersistent{.name = "persistent", .values = 0};
constexpr OptionSpec kIndependent{.name = "endpoint-independent"};

constexpr NatTarget initial(Kind kind) {
    NatTarget target;
    target.kind = kind;
    return target;
}

}  // namespace

std::span<const Form<NatTarget>> Syntax<NatTarget>::forms() {
    static constexpr std::array kSnat = {OptionSpec{.name = "to-source", .required = true}, kRandom,
                                         kRandomFully, kPersistent, kIndependent};
    static constexpr std::array kDnat = {OptionSpec{.name = "to-destination", .required = true}, kRandom,
                                         kPersistent};
    static constexpr std::array kMasquerade = {OptionSpec{.name = "to-ports"}, kRandom, kRandomFully,
                                               kIndependent};
    static constexpr std::array kRedirect = {OptionSpec{.name = "to-ports"}, kRandom};
    static constexpr std::array kNetmap = {OptionSpec{.name = "to", .required = true}};
    static constexpr auto kTable = bit(TableId::nat);
    static constexpr std::array kForms = {
        Form<NatTarget>{.name = "SNAT",
                        .initial = initial(Kind::snat),
                        .options = kSnat,
                        .tables = kTable,
                        .hooks = bit(Hook::postrouting) | bit(Hook::input)},
        Form<NatTarget>{.name = "DNAT",
                        .initial = initial(Kind::dnat),
                        .options = kDnat,
                        .tables = kTable,
                        .hooks = bit(Hook::prerouting) | bit(Hook::output)},
        Form<NatTarget>{.name = "MASQUERADE",
                        .initial = initial(Kind::masquerade),
                        .options = kMasquerade,
                        .tables = kTable,
                        .hooks = bit(Hook::postrouting)},
        Form<NatTarget>{.name = "REDIRECT",
                        .initial = initial(Kind::redirect),
                        .options = kRedirect,
                        .tables = kTable,
                        .hooks = bit(Hook::prerouting) | bit(Hook::output)},
        Form<NatTarget>{.name = "NETMAP",
                        .initial = initial(Kind::netmap),
                        .options = kNetmap,
                        .tables = kTable,
                        .hooks = bit(Hook::prerouting) | bit(Hook::input) | bit(Hook::output) |
                                 bit(Hook::postrouting)},
    };
    return kForms;
}

std::size_t Syntax<NatTarget>::form_of(const NatTarget& target) {
    return static_cast<std::size_t>(target.kind);
}

Checked Syntax<NatTarget>::parse(NatTarget& target, const OptionUse& use) {
    if (use.option == "random") {
        target.random = true;
    } else if (use.option == "random-fully") {
        target.fully_random = true;
    } else if (use.option == "persistent") {
        target.persistent = true;
    } else if (use.option == "endpoint-independent") {
        if (use.value() != "mapping" && use.value() != "filtering") {
            return use.refuse(fmt::format("'{}' is not what can be endpoint-independent: mapping, or filtering (and mapping)",
                                          use.value()));
        }
        target.independence = use.value() == "mapping" ? Independence::mapping : Independence::filtering;
    } else {
        const auto range = use.option == "to"         ? parse_network(target, use.value())
                           : use.option == "to-ports" ? parse_port_range(target, use.value(), use.protocol)
                                                      : parse_to(target, use.value(), use.protocol);
        if (!range) {
            return use.refuse(range.error());
        }
    }
    return {};
}

void Syntax<NatTarget>::save(const NatTarget& target, std::string& out) {
    append_text(target, wording(target.kind).saved, "--", out);
}

void Syntax<NatTarget>::list(const NatTarget& target, bool /*numeric*/, std::string& out) {
    append_text(target, wording(target.kind).listed, "", out);
}

}  // namespace sluice::acl::text
