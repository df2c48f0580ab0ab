// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/nfqueue.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "acl/text/ranges.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

/// `FROM:TO`: `FROM:` ends at 65535, and 0:65535 is one queue too many, as for iptables.
Checked set_range(NfqueueTarget& target, const OptionUse& use) {
    const auto range = parse_range(use.value(), 0xffff);
    if (!range || use.value().find(':') == std::string::npos) {
        return use.refuse(fmt::format("invalid queues '{}': FROM:TO, both from 0 to 65535", use.value()));
    }
    if (range->min >= range->max) {
        return use.refuse(fmt::format("queue {} should be less than {}", range->min, range->max));
    }
    if (range->max - range->min == 0xffff) {
        return use.refuse(fmt::format("'{}' are too many queues: at most 65535", use.value()));
    }
    target.first = static_cast<std::uint16_t>(range->min);
    target.last = static_cast<std::uint16_t>(range->max);
    return {};
}

/// ` BEFOREnum 3`: the queues, and the flags, with the words that `-S` and `-L` have before them.
void append(const NfqueueTarget& target, std::string_view before, std::string_view flag, std::string& out) {
    if (target.last > target.first) {
        base::append(out, " {}balance {}:{}", before, target.first, target.last);
    } else {
        base::append(out, " {}num {}", before, target.first);
    }
    if (target.bypass) {
        base::append(out, " {}bypass", flag);
    }
    if (target.cpu_fanout) {
        base::append(out, " {}cpu-fanout", flag);
    }
}

}  // namespace

std::span<const Form<NfqueueTarget>> Syntax<NfqueueTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "queue-num"},
        OptionSpec{.name = "queue-balance"},
        OptionSpec{.name = "queue-bypass", .values = 0},
        OptionSpec{.name = "queue-cpu-fanout", .values = 0},
    };
    static constexpr std::array kForms = {
        Form<NfqueueTarget>{.name = "NFQUEUE", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<NfqueueTarget>::parse(NfqueueTarget& target, const OptionUse& use) {
    if (use.option == "queue-bypass") {
        target.bypass = true;
        return {};
    }
    if (use.option == "queue-cpu-fanout") {
        target.cpu_fanout = true;
        return {};
    }
    if (target.is_given) {
        return fault("NFQUEUE: --queue-num and --queue-balance cannot be used together", use.begin);
    }
    target.is_given = true;
    if (use.option == "queue-balance") {
        return set_range(target, use);
    }
    const auto number = parse_number(use.value(), 0xffff);
    if (!number) {
        return use.refuse(fmt::format("invalid queue '{}': a number from 0 to 65535", use.value()));
    }
    target.first = static_cast<std::uint16_t>(*number);
    return {};
}

Checked Syntax<NfqueueTarget>::finish(const NfqueueTarget& target, const RuleFacts& rule) {
    if (target.cpu_fanout && target.last <= target.first) {
        return fault("NFQUEUE: --queue-cpu-fanout also requires --queue-balance", rule.begin);
    }
    return {};
}

void Syntax<NfqueueTarget>::save(const NfqueueTarget& target, std::string& out) {
    append(target, "--queue-", "--queue-", out);
}

void Syntax<NfqueueTarget>::list(const NfqueueTarget& target, bool /*numeric*/, std::string& out) {
    append(target, "NFQUEUE ", "", out);
}

}  // namespace sluice::acl::text
