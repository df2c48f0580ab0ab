// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/synproxy.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

/// The options, each with `before` in front of it and `behind` after it.
void append(const SynproxyTarget& target, std::string_view before, std::string_view behind,
            std::string& out) {
    const auto flag = [&](bool is_set, std::string_view name) {
        if (is_set) {
            base::append(out, "{}{}{}", before, name, behind);
        }
    };
    flag(target.sack_permitted, "sack-perm");
    flag(target.timestamp, "timestamp");
    if (target.window_scale) {
        base::append(out, "{}wscale {}{}", before, *target.window_scale, behind);
    }
    if (target.mss) {
        base::append(out, "{}mss {}{}", before, *target.mss, behind);
    }
    flag(target.ecn, "ecn");
}

}  // namespace

std::span<const Form<SynproxyTarget>> Syntax<SynproxyTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "sack-perm", .values = 0},
        OptionSpec{.name = "timestamp", .values = 0},
        OptionSpec{.name = "wscale"},
        OptionSpec{.name = "mss"},
        OptionSpec{.name = "ecn", .values = 0},
    };
    static constexpr std::array kForms = {
        Form<SynproxyTarget>{.name = "SYNPROXY",
                             .initial = {},
                             .options = kOptions,
                             .hooks = bit(Hook::input) | bit(Hook::forward)}};
    return kForms;
}

Checked Syntax<SynproxyTarget>::parse(SynproxyTarget& target, const OptionUse& use) {
    if (use.option == "sack-perm") {
        target.sack_permitted = true;
    } else if (use.option == "timestamp") {
        target.timestamp = true;
    } else if (use.option == "ecn") {
        target.ecn = true;
    } else {
        // iptables takes any number and keeps its lowest bits.
        const bool is_scale = use.option == "wscale";
        const std::uint32_t max = is_scale ? 0xff : 0xffff;
        const auto number = parse_number(use.value(), max);
        if (!number) {
            return use.refuse(
                fmt::format("invalid --{} '{}': a number from 0 to {}", use.option, use.value(), max));
        }
        if (is_scale) {
            target.window_scale = static_cast<std::uint8_t>(*number);
        } else {
            target.mss = static_cast<std::uint16_t>(*number);
        }
    }
    return {};
}

Checked Syntax<SynproxyTarget>::finish(const SynproxyTarget& /*target*/, const RuleFacts& rule) {
    if (rule.protocol != net::kProtocolTcp || rule.protocol_inverted) {
        return fault("SYNPROXY needs -p tcp", rule.begin);
    }
    return {};
}

void Syntax<SynproxyTarget>::save(const SynproxyTarget& target, std::string& out) {
    append(target, " --", "", out);
}

void Syntax<SynproxyTarget>::list(const SynproxyTarget& target, bool /*numeric*/, std::string& out) {
    out += " SYNPROXY ";
    append(target, "", " ", out);
}

}  // namespace sluice::acl::text
