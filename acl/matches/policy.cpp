// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/policy.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

using Direction = PolicyMatch::Direction;

std::span<const Form<PolicyMatch>> Syntax<PolicyMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "dir"},
        OptionSpec{.name = "pol"},
        OptionSpec{.name = "strict", .values = 0, .built = false},
        OptionSpec{.name = "reqid", .invertible = true, .built = false},
        OptionSpec{.name = "spi", .invertible = true, .built = false},
        OptionSpec{.name = "tunnel-src", .invertible = true, .built = false},
        OptionSpec{.name = "tunnel-dst", .invertible = true, .built = false},
        OptionSpec{.name = "proto", .invertible = true, .built = false},
        OptionSpec{.name = "mode", .invertible = true, .built = false},
        OptionSpec{.name = "next", .values = 0, .built = false},
    };
    static constexpr std::array kForms = {Form<PolicyMatch>{.name = "policy", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<PolicyMatch>::parse(PolicyMatch& match, const OptionUse& use) {
    if (use.option == "dir") {
        if (use.value() != "in" && use.value() != "out") {
            return use.refuse(fmt::format("bad direction '{}': in or out", use.value()));
        }
        match.direction = use.value() == "in" ? Direction::in : Direction::out;
        return {};
    }
    if (use.value() != "none" && use.value() != "ipsec") {
        return use.refuse(fmt::format("bad policy '{}': none or ipsec", use.value()));
    }
    match.is_none = use.value() == "none";
    return {};
}

Checked Syntax<PolicyMatch>::finish(const PolicyMatch& match, const RuleFacts& rule) {
    return match.direction != Direction::none ? Checked{} : fault("policy: --dir in or --dir out is required", rule.begin);
}

std::uint8_t Syntax<PolicyMatch>::hooks(const PolicyMatch& match) {
    const auto arriving = static_cast<std::uint8_t>(bit(Hook::prerouting) | bit(Hook::input));
    const auto leaving = static_cast<std::uint8_t>(bit(Hook::postrouting) | bit(Hook::output));
    return static_cast<std::uint8_t>(0xff & ~(match.direction == Direction::in ? leaving : arriving));
}

void Syntax<PolicyMatch>::save(const PolicyMatch& match, std::string& out) {
    base::append(out, " --dir {} --pol {}", match.direction == Direction::in ? "in" : "out",
                 match.is_none ? "none" : "ipsec");
}

void Syntax<PolicyMatch>::list(const PolicyMatch& match, bool /*numeric*/, std::string& out) {
    base::append(out, " policy match dir {} pol {}", match.direction == Direction::in ? "in" : "out",
                 match.is_none ? "none" : "ipsec");
}

}  // namespace sluice::acl::text
