// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/connlabel.h"

#include <fmt/core.h>

#include <array>
#include <optional>

#include "acl/text/label_names.h"
#include "acl/text/numbers.h"
#include "conntrack/labels.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kLast = conntrack::kLabels - 1;

/// A number is a number, whatever names the machine has.
std::optional<unsigned> read_label(const std::string& text) {
    if (const auto number = parse_number(text, kLast)) {
        return number;
    }
    const auto named = LabelNames::of_machine().label(text);
    return named && *named <= kLast ? named : std::nullopt;
}

}  // namespace

std::span<const Form<ConnlabelMatch>> Syntax<ConnlabelMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "label", .invertible = true, .required = true},
                                            OptionSpec{.name = "set", .values = 0}};
    static constexpr std::array kForms = {
        Form<ConnlabelMatch>{.name = "connlabel", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<ConnlabelMatch>::parse(ConnlabelMatch& match, const OptionUse& use) {
    if (use.option == "set") {
        match.sets = true;
        return {};
    }
    const auto label = read_label(use.value());
    if (!label) {
        return use.refuse(fmt::format("unknown label '{}': a number from 0 to {}, or a name of {}",
                                      use.value(), kLast, kLabelNames));
    }
    match.label = static_cast<std::uint8_t>(*label);
    match.inverted = use.inverted;
    return {};
}

void Syntax<ConnlabelMatch>::save(const ConnlabelMatch& match, std::string& out) {
    const LabelNames names = LabelNames::of_machine();
    const std::string_view name = names.name(match.label);
    out += match.inverted ? " ! --label \"" : " --label \"";
    out += name.empty() ? std::to_string(match.label) : name;
    out += match.sets ? "\" --set" : "\"";
}

void Syntax<ConnlabelMatch>::list(const ConnlabelMatch& match, bool numeric, std::string& out) {
    const LabelNames names = LabelNames::of_machine();
    const std::string_view name = numeric ? std::string_view() : names.name(match.label);
    base::append(out, " connlabel{} ", match.inverted ? " !" : "");
    if (name.empty()) {
        base::append(out, "{}", match.label);
    } else {
        base::append(out, "'{}'", name);
    }
    out += match.sets ? " set" : "";
}

}  // namespace sluice::acl::text
