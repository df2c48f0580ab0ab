// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/nflog.h"

#include <fmt/core.h>

#include <algorithm>

#include "acl/text/numbers.h"
#include "acl/text/quoting.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

Checked set_prefix(NflogTarget& target, const OptionUse& use) {
    if (use.value().empty()) {
        return use.refuse("an empty prefix: leave --nflog-prefix out");
    }
    if (use.value().size() > NflogTarget::kMaxPrefix) {
        return use.refuse(fmt::format("the prefix '{}' is too long: at most {} characters", use.value(),
                                      NflogTarget::kMaxPrefix));
    }
    if (use.value().find('\n') != std::string::npos) {
        return use.refuse("a prefix has no newlines");
    }
    std::copy(use.value().begin(), use.value().end(), target.prefix.begin());
    return {};
}

/// The options, each with `before` in front of it.
void append(const NflogTarget& target, std::string_view before, std::string& out) {
    if (target.prefix[0] != 0) {
        base::append(out, " {}nflog-prefix ", before);
        append_quoted(target.prefix.data(), out);
    }
    if (target.group != 0) {
        base::append(out, " {}nflog-group {}", before, target.group);
    }
    if (target.size) {
        base::append(out, " {}nflog-size {}", before, *target.size);
    }
    if (target.threshold != 0) {
        base::append(out, " {}nflog-threshold {}", before, target.threshold);
    }
}

}  // namespace

std::span<const Form<NflogTarget>> Syntax<NflogTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "nflog-group"},     OptionSpec{.name = "nflog-prefix"},
        OptionSpec{.name = "nflog-size"},      OptionSpec{.name = "nflog-range"},
        OptionSpec{.name = "nflog-threshold"},
    };
    static constexpr std::array kForms = {
        Form<NflogTarget>{.name = "NFLOG", .initial = {}, .options = kOptions}};
    return kForms;
}

/// Takes --nflog-range as iptables does, which checks it and drops it: it never worked. Not beside
/// --nflog-size, though.
Checked Syntax<NflogTarget>::parse(NflogTarget& target, const OptionUse& use) {
    if (use.option == "nflog-prefix") {
        return set_prefix(target, use);
    }
    const bool is_bytes = use.option == "nflog-size" || use.option == "nflog-range";
    const std::uint32_t max = is_bytes ? 0xffffffffU : 0xffffU;
    const auto number = parse_number(use.value(), max);
    if (!number) {
        return use.refuse(
            fmt::format("invalid --{} '{}': a number from 0 to {}", use.option, use.value(), max));
    }
    if (is_bytes && (target.size || target.has_range)) {
        return fault("NFLOG: --nflog-size and --nflog-range cannot be used together", use.begin);
    }
    if (use.option == "nflog-group") {
        target.group = static_cast<std::uint16_t>(*number);
    } else if (use.option == "nflog-threshold") {
        target.threshold = static_cast<std::uint16_t>(*number);
    } else if (use.option == "nflog-size") {
        target.size = *number;
    } else {
        target.has_range = true;
    }
    return {};
}

void Syntax<NflogTarget>::save(const NflogTarget& target, std::string& out) {
    append(target, "--", out);
}

void Syntax<NflogTarget>::list(const NflogTarget& target, bool /*numeric*/, std::string& out) {
    append(target, "", out);
}

}  // namespace sluice::acl::text
