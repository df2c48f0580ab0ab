// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/reject.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/nearest.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

using With = RejectTarget::With;

struct NamedAnswer {
    std::string_view name;
    std::string_view alias;
    With with;
};

/// In the order in which abbreviations are tried.
constexpr std::array<NamedAnswer, 8> kAnswers = {{
    {"icmp-net-unreachable", "net-unreach", With::icmp_net_unreachable},
    {"icmp-host-unreachable", "host-unreach", With::icmp_host_unreachable},
    {"icmp-proto-unreachable", "proto-unreach", With::icmp_proto_unreachable},
    {"icmp-port-unreachable", "port-unreach", With::icmp_port_unreachable},
    {"icmp-net-prohibited", "net-prohib", With::icmp_net_prohibited},
    {"icmp-host-prohibited", "host-prohib", With::icmp_host_prohibited},
    {"tcp-reset", "tcp-rst", With::tcp_reset},
    {"icmp-admin-prohibited", "admin-prohib", With::icmp_admin_prohibited},
}};

std::string_view name_of(With with) {
    for (const NamedAnswer& answer : kAnswers) {
        if (answer.with == with) {
            return answer.name;
        }
    }
    return {};
}

}  // namespace

std::span<const Form<RejectTarget>> Syntax<RejectTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "reject-with"}};
    static constexpr std::array kForms = {Form<RejectTarget>{
        .name = "REJECT",
        .initial = {},
        .options = kOptions,
        .tables = bit(TableId::filter),
        .hooks = bit(Hook::input) | bit(Hook::forward) | bit(Hook::output),
    }};
    return kForms;
}

Checked Syntax<RejectTarget>::parse(RejectTarget& target, const OptionUse& use) {
    for (const NamedAnswer& answer : kAnswers) {
        if (starts_with_no_case(answer.name, use.value()) || starts_with_no_case(answer.alias, use.value())) {
            target.with = answer.with;
            return {};
        }
    }
    std::array<std::string_view, kAnswers.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = kAnswers[i].name;
    }
    return use.refuse(
        fmt::format("unknown reject type '{}'{}", use.value(), did_you_mean(use.value(), names)));
}

Checked Syntax<RejectTarget>::finish(const RejectTarget& target, const RuleFacts& rule) {
    if (target.with == With::tcp_reset && (rule.protocol != net::kProtocolTcp || rule.protocol_inverted)) {
        return fault("REJECT --reject-with tcp-reset needs -p tcp", rule.begin);
    }
    return {};
}

void Syntax<RejectTarget>::save(const RejectTarget& target, std::string& out) {
    out += " --reject-with ";
    out += name_of(target.with);
}

void Syntax<RejectTarget>::list(const RejectTarget& target, bool /*numeric*/, std::string& out) {
    out += " reject-with ";
    out += name_of(target.with);
}

}  // namespace sluice::acl::text
