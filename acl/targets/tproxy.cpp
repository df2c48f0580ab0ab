// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/tproxy.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/address_text.h"
#include "acl/text/mark_text.h"
#include "acl/text/ports.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

std::span<const Form<TproxyTarget>> Syntax<TproxyTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "on-port", .required = true},
        OptionSpec{.name = "on-ip"},
        OptionSpec{.name = "tproxy-mark"},
    };
    static constexpr std::array kForms = {Form<TproxyTarget>{.name = "TPROXY",
                                                             .initial = {},
                                                             .options = kOptions,
                                                             .tables = bit(TableId::mangle),
                                                             .hooks = bit(Hook::prerouting)}};
    return kForms;
}

Checked Syntax<TproxyTarget>::parse(TproxyTarget& target, const OptionUse& use) {
    if (use.option == "on-port") {
        const auto port = parse_decimal_port(use.value(), ServiceOf::tcp);
        if (!port) {
            return use.refuse(port.error());
        }
        target.port = *port;
        return {};
    }
    if (use.option == "on-ip") {
        const auto address = parse_host(use.value());
        if (!address) {
            return use.refuse(fmt::format("invalid address '{}': names are not looked up", use.value()));
        }
        target.address = *address;
        return {};
    }
    const auto mark = parse_masked_mark(use.value());
    if (!mark) {
        return use.refuse(
            fmt::format("invalid mark '{}': VALUE[/MASK], each from 0 to 0xffffffff", use.value()));
    }
    target.mark = mark->value;
    target.mask = mark->mask;
    return {};
}

Checked Syntax<TproxyTarget>::finish(const TproxyTarget& /*target*/, const RuleFacts& rule) {
    const bool has_ports = rule.protocol == net::kProtocolTcp || rule.protocol == net::kProtocolUdp;
    if (!has_ports || rule.protocol_inverted) {
        return fault("TPROXY needs -p tcp or -p udp", rule.begin);
    }
    return {};
}

void Syntax<TproxyTarget>::save(const TproxyTarget& target, std::string& out) {
    base::append(out, " --on-port {} --on-ip {} --tproxy-mark 0x{:x}/0x{:x}", target.port,
                 net::to_string(target.address), target.mark, target.mask);
}

void Syntax<TproxyTarget>::list(const TproxyTarget& target, bool /*numeric*/, std::string& out) {
    base::append(out, " TPROXY redirect {}:{} mark 0x{:x}/0x{:x}", net::to_string(target.address),
                 target.port, target.mark, target.mask);
}

}  // namespace sluice::acl::text
