// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/ct.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kLongestHelper = 15;
constexpr std::size_t kLongestTimeout = 31;
constexpr std::array<std::string_view, 10> kEvents = {"new",    "related", "destroy", "reply", "assured",
                                                      "protoinfo", "helper", "mark", "natseqinfo", "secmark"};
constexpr std::array<std::string_view, 1> kExpectationEvents = {"new"};

/// The bits of the events; nothing: one is not known, and stands in `unknown`.
std::optional<std::uint16_t> read_events(std::string_view text, std::span<const std::string_view> names,
                                         std::string_view& unknown) {
    unsigned events = 0;
    for (bool more = true; more;) {
        const std::size_t comma = text.find(',');
        const std::string_view word = text.substr(0, comma);
        const auto found = std::find(names.begin(), names.end(), word);
        if (found == names.end()) {
            unknown = word;
            return std::nullopt;
        }
        events |= 1U << static_cast<unsigned>(found - names.begin());
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return static_cast<std::uint16_t>(events);
}

Checked parse_events(CtTarget& target, const OptionUse& use) {
    const bool is_expectation = use.option == "expevents";
    std::string_view unknown;
    const auto events = is_expectation ? read_events(use.value(), kExpectationEvents, unknown)
                                       : read_events(use.value(), kEvents, unknown);
    if (!events) {
        return use.refuse(fmt::format("--{}: unknown event '{}'", use.option, unknown));
    }
    if (is_expectation) {
        target.expectation_events = static_cast<std::uint8_t>(*events);
    } else {
        target.events = *events;
    }
    return {};
}

Checked parse_zone(CtTarget& target, const OptionUse& use) {
    target.has_original_zone = target.has_original_zone || use.option == "zone-orig";
    target.has_reply_zone = target.has_reply_zone || use.option == "zone-reply";
    target.zone = 0;
    if (std::equal(use.value().begin(), use.value().end(), "mark", "mark" + 4,
                   [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; })) {
        target.zone_of_mark = true;
        return {};
    }
    const auto zone = parse_number(use.value(), std::numeric_limits<std::uint16_t>::max());
    if (!zone) {
        return use.refuse(fmt::format("--{}: '{}' is no zone: a number from 0 to 65535, or mark", use.option, use.value()));
    }
    target.zone = static_cast<std::uint16_t>(*zone);
    return {};
}

Checked parse_name(std::string& name, std::size_t longest, const OptionUse& use) {
    if (use.value().empty() || use.value().size() > longest) {
        return use.refuse(fmt::format("--{}: a name of 1 to {} characters is expected", use.option, longest));
    }
    name = use.value();
    return {};
}

void append_events(std::string_view option, std::span<const std::string_view> names, unsigned events, std::string& out) {
    if (events == 0) {
        return;
    }
    base::append(out, " {} ", option);
    std::string_view comma;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if ((events >> i & 1U) != 0) {
            out += comma;
            out += names[i];
            comma = ",";
        }
    }
}

/// With `dashes` before each option, as `-S` has it, or with none.
void append(const CtTarget& target, std::string_view dashes, std::string& out) {
    if (target.notrack) {
        base::append(out, " {}notrack", dashes);
    }
    if (!target.helper.empty()) {
        base::append(out, " {}helper {}", dashes, target.helper);
    }
    if (!target.timeout.empty()) {
        base::append(out, " {}timeout {}", dashes, target.timeout);
    }
    append_events(fmt::format("{}ctevents", dashes), kEvents, target.events, out);
    append_events(fmt::format("{}expevents", dashes), kExpectationEvents, target.expectation_events, out);
    if (target.zone_of_mark || target.zone != 0) {
        const bool is_one = target.has_original_zone != target.has_reply_zone;
        base::append(out, " {}zone{} ", dashes, !is_one ? "" : target.has_original_zone ? "-orig" : "-reply");
        out += target.zone_of_mark ? std::string("mark") : fmt::format("{}", target.zone);
    }
}

}  // namespace

std::span<const Form<CtTarget>> Syntax<CtTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "notrack", .values = 0}, OptionSpec{.name = "helper"},
        OptionSpec{.name = "timeout"},              OptionSpec{.name = "ctevents"},
        OptionSpec{.name = "expevents"},            OptionSpec{.name = "zone-orig"},
        OptionSpec{.name = "zone-reply"},           OptionSpec{.name = "zone"},
    };
    static const std::array kForms = {
        Form<CtTarget>{.name = "CT", .initial = {}, .options = kOptions, .tables = bit(TableId::raw)},
        Form<CtTarget>{.name = "NOTRACK",
                       .initial = {.notrack = true, .is_alias = true, .helper = {}, .timeout = {}},
                       .options = {},
                       .tables = bit(TableId::raw)},
    };
    return kForms;
}

std::size_t Syntax<CtTarget>::form_of(const CtTarget& target) { return target.is_alias ? 1 : 0; }

/// `-L` knows one name, `-S` both.
std::string_view Syntax<CtTarget>::list_name(const CtTarget& /*target*/) { return "CT"; }

Checked Syntax<CtTarget>::parse(CtTarget& target, const OptionUse& use) {
    if (use.option == "notrack") {
        target.notrack = true;
        return {};
    }
    if (use.option == "helper") {
        return parse_name(target.helper, kLongestHelper, use);
    }
    if (use.option == "timeout") {
        return parse_name(target.timeout, kLongestTimeout, use);
    }
    return use.option == "ctevents" || use.option == "expevents" ? parse_events(target, use) : parse_zone(target, use);
}

void Syntax<CtTarget>::save(const CtTarget& target, std::string& out) {
    if (!target.is_alias) {
        append(target, "--", out);
    }
}

void Syntax<CtTarget>::list(const CtTarget& target, bool /*numeric*/, std::string& out) {
    out += target.is_alias ? " NOTRACK" : " CT";
    if (!target.is_alias) {
        append(target, "", out);
    }
}

}  // namespace sluice::acl::text
