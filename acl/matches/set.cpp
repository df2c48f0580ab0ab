// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/set.h"

#include <fmt/core.h>

#include "acl/text/numbers.h"
#include "acl/text/set_words.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Kind = sets::CounterTest::Kind;

Checked read_test(sets::CounterTest& test, const OptionUse& use) {
    if (test.kind != Kind::any) {
        return fault(fmt::format("--{} besides another of -eq, -lt and -gt: only one of them is allowed", use.option), use.begin);
    }
    const auto number = leading_number(use.value());
    if (!number || !number->rest.empty()) {
        return use.refuse(fmt::format("bad counter '{}': a number", use.value()));
    }
    const std::string_view how = use.option.substr(use.option.size() - 2);
    test.value = number->value;
    test.kind = how == "lt" ? Kind::less : how == "gt" ? Kind::greater : use.inverted ? Kind::not_equal : Kind::equal;
    return {};
}

void append_test(std::string_view before, std::string_view what, const sets::CounterTest& test, std::string& out) {
    if (test.kind == Kind::any) {
        return;
    }
    const std::string_view how = test.kind == Kind::less ? "lt" : test.kind == Kind::greater ? "gt" : "eq";
    base::append(out, " {}{}{}-{} {}", test.kind == Kind::not_equal ? "! " : "", before, what, how,
                 test.value);
}

/// In: what stands before each option's name, `--` or nothing.
void append(const SetMatch& match, std::string_view before, std::string& out) {
    base::append(out, " {}{}match-set ", match.inverted ? "! " : "", before);
    append_set_use(match.name, match.directions, out);
    const auto flag = [&](bool is_set, std::string_view name) {
        if (is_set) {
            base::append(out, " {}{}", name.starts_with("!") ? "! " : "", before);
            out += name.starts_with("!") ? name.substr(1) : name;
        }
    };
    flag(match.return_nomatch, "return-nomatch");
    flag(match.leave_counters, "!update-counters");
    flag(match.leave_subcounters, "!update-subcounters");
    append_test(before, "packets", match.packets, out);
    append_test(before, "bytes", match.bytes, out);
}

}  // namespace

std::span<const Form<SetMatch>> Syntax<SetMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "match-set", .values = 2, .invertible = true, .required = true},
        OptionSpec{.name = "set", .values = 2, .invertible = true, .alias_of = "match-set"},
        OptionSpec{.name = "return-nomatch", .values = 0},
        OptionSpec{.name = "update-counters", .values = 0, .invertible = true},
        OptionSpec{.name = "update-subcounters", .values = 0, .invertible = true},
        OptionSpec{.name = "packets-eq", .invertible = true},
        OptionSpec{.name = "packets-lt"},
        OptionSpec{.name = "packets-gt"},
        OptionSpec{.name = "bytes-eq", .invertible = true},
        OptionSpec{.name = "bytes-lt"},
        OptionSpec{.name = "bytes-gt"},
    };
    static const std::array kForms = {Form<SetMatch>{.name = "set", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<SetMatch>::parse(SetMatch& match, const OptionUse& use) {
    if (use.option == "match-set") {
        match.inverted = use.inverted;
        return read_set_use(use, match.name, match.directions);
    }
    if (use.option == "return-nomatch") {
        match.return_nomatch = true;
    } else if (use.option == "update-counters") {
        match.leave_counters = use.inverted;
    } else if (use.option == "update-subcounters") {
        match.leave_subcounters = use.inverted;
    } else {
        return read_test(use.option.starts_with("packets") ? match.packets : match.bytes, use);
    }
    return {};
}

void Syntax<SetMatch>::save(const SetMatch& match, std::string& out) {
    append(match, "--", out);
}

void Syntax<SetMatch>::list(const SetMatch& match, bool /*numeric*/, std::string& out) {
    append(match, "", out);
}

}  // namespace sluice::acl::text
