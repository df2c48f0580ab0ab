// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/ulog.h"

#include <fmt/core.h>

#include <algorithm>

#include "acl/text/numbers.h"
#include "acl/text/quoting.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

Checked set_prefix(UlogTarget& target, const OptionUse& use) {
    if (use.value().empty() || use.value().size() > UlogTarget::kMaxPrefix) {
        return use.refuse(fmt::format("bad prefix '{}': from 1 to {} characters", use.value(), UlogTarget::kMaxPrefix));
    }
    if (use.value().find('\n') != std::string::npos) {
        return use.refuse("a prefix has no newlines");
    }
    std::copy(use.value().begin(), use.value().end(), target.prefix.begin());
    return {};
}

}  // namespace

std::span<const Form<UlogTarget>> Syntax<UlogTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "ulog-nlgroup"}, OptionSpec{.name = "ulog-prefix"},
                                            OptionSpec{.name = "ulog-cprange"}, OptionSpec{.name = "ulog-qthreshold"}};
    static constexpr std::array kForms = {
        Form<UlogTarget>{.name = "ULOG", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<UlogTarget>::parse(UlogTarget& target, const OptionUse& use) {
    constexpr std::uint32_t kMostGroups = 32;
    constexpr std::uint32_t kMostQueued = 50;
    if (use.option == "ulog-prefix") {
        return set_prefix(target, use);
    }
    const bool is_range = use.option == "ulog-cprange";
    const std::uint32_t min = is_range ? 0 : 1;
    const std::uint32_t max = is_range ? 0xffffffffU : use.option == "ulog-nlgroup" ? kMostGroups : kMostQueued;
    const auto number = parse_number(use.value(), max);
    if (!number || *number < min) {
        return use.refuse(
            fmt::format("invalid --{} '{}': a number from {} to {}", use.option, use.value(), min, max));
    }
    if (is_range) {
        target.copy_range = *number;
    } else {
        (use.option == "ulog-nlgroup" ? target.group : target.threshold) = static_cast<std::uint8_t>(*number);
    }
    return {};
}

void Syntax<UlogTarget>::save(const UlogTarget& target, std::string& out) {
    if (target.prefix[0] != 0) {
        out += " --ulog-prefix ";
        append_quoted(target.prefix.data(), out);
    }
    if (target.group != 1) {
        base::append(out, " --ulog-nlgroup {}", target.group);
    }
    if (target.copy_range != 0) {
        base::append(out, " --ulog-cprange {}", target.copy_range);
    }
    if (target.threshold != 1) {
        base::append(out, " --ulog-qthreshold {}", target.threshold);
    }
}

void Syntax<UlogTarget>::list(const UlogTarget& target, bool /*numeric*/, std::string& out) {
    base::append(out, " ULOG copy_range {} nlgroup {}", target.copy_range, target.group);
    if (target.prefix[0] != 0) {
        base::append(out, " prefix \"{}\"", target.prefix.data());
    }
    base::append(out, " queue_threshold {}", target.threshold);
}

}  // namespace sluice::acl::text
