// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/tcpmss.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kLargest = 0xfffe;  // 0xffff is how the kernel writes --clamp-mss-to-pmtu

}  // namespace

std::span<const Form<TcpmssTarget>> Syntax<TcpmssTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "set-mss"},
                                            OptionSpec{.name = "clamp-mss-to-pmtu", .values = 0}};
    static constexpr std::array kForms = {
        Form<TcpmssTarget>{.name = "TCPMSS", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<TcpmssTarget>::parse(TcpmssTarget& target, const OptionUse& use) {
    // Of both the last one holds, as in iptables.
    target.is_given = true;
    target.clamp_to_pmtu = use.option == "clamp-mss-to-pmtu";
    if (target.clamp_to_pmtu) {
        target.mss = 0;
        return {};
    }
    const auto mss = parse_number(use.value(), kLargest);
    if (!mss) {
        return use.refuse(fmt::format("invalid segment size '{}': a number from 0 to {}", use.value(), kLargest));
    }
    target.mss = static_cast<std::uint16_t>(*mss);
    return {};
}

Checked Syntax<TcpmssTarget>::finish(const TcpmssTarget& target, const RuleFacts& rule) {
    if (!target.is_given) {
        return fault("TCPMSS: --set-mss or --clamp-mss-to-pmtu is required", rule.begin);
    }
    if (rule.protocol != net::kProtocolTcp || rule.protocol_inverted) {
        return fault("TCPMSS needs -p tcp", rule.begin);
    }
    return {};
}

std::uint8_t Syntax<TcpmssTarget>::hooks(const TcpmssTarget& target) {
    return target.clamp_to_pmtu
               ? static_cast<std::uint8_t>(bit(Hook::forward) | bit(Hook::output) | bit(Hook::postrouting))
               : std::uint8_t{0xff};
}

void Syntax<TcpmssTarget>::save(const TcpmssTarget& target, std::string& out) {
    if (target.clamp_to_pmtu) {
        out += " --clamp-mss-to-pmtu";
    } else {
        base::append(out, " --set-mss {}", target.mss);
    }
}

void Syntax<TcpmssTarget>::list(const TcpmssTarget& target, bool /*numeric*/, std::string& out) {
    if (target.clamp_to_pmtu) {
        out += " TCPMSS clamp to PMTU";
    } else {
        base::append(out, " TCPMSS set {}", target.mss);
    }
}

}  // namespace sluice::acl::text
