// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/ecn_target.h"

#include <array>

#include "acl/tables.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

std::span<const Form<EcnTarget>> Syntax<EcnTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "ecn-tcp-remove", .values = 0},
        OptionSpec{.name = "ecn-tcp-cwr", .built = false},
        OptionSpec{.name = "ecn-tcp-ece", .built = false},
        OptionSpec{.name = "ecn-ip-ect", .built = false},
    };
    static constexpr std::array kForms = {Form<EcnTarget>{
        .name = "ECN", .initial = {}, .options = kOptions, .tables = bit(TableId::mangle)}};
    return kForms;
}

Checked Syntax<EcnTarget>::parse(EcnTarget& target, const OptionUse& /*use*/) {
    target.tcp_remove = true;
    return {};
}

Checked Syntax<EcnTarget>::finish(const EcnTarget& target, const RuleFacts& rule) {
    if (!target.tcp_remove) {
        return fault("ECN: --ecn-tcp-remove is required", rule.begin);
    }
    if (rule.protocol != net::kProtocolTcp || rule.protocol_inverted) {
        return fault("ECN --ecn-tcp-remove needs -p tcp", rule.begin);
    }
    return {};
}

void Syntax<EcnTarget>::save(const EcnTarget& /*target*/, std::string& out) { out += " --ecn-tcp-remove"; }

void Syntax<EcnTarget>::list(const EcnTarget& /*target*/, bool /*numeric*/, std::string& out) {
    out += " ECN TCP remove";
}

}  // namespace sluice::acl::text
