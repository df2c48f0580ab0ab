// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "acl/all_matches.h"
#include "acl/matches/string_eval.h"
#include "acl/program/each_rule.h"
#include "acl/strings/scanner.h"

namespace sluice::acl {

/// The strings that rules ask for; equal ones once. Their patterns lie in the ruleset.
using StringNumbers = std::map<strings::Sought, strings::Number>;

/// Numbers the strings of all rules, and makes the scanner that seeks them in one pass; none where no rule asks for one.
template <net::Family F>
base::Result<StringNumbers> compile_strings(const Ruleset<F>& rules, std::uint32_t readers,
                                            std::unique_ptr<strings::Scanner>& scanner) {
    StringNumbers numbers;
    std::vector<strings::Sought> strings;
    for_each_match(rules, [&](const AnyMatch& match) {
        const auto* held = get_if<StringMatch>(&match);
        if (held != nullptr &&
            numbers.emplace(sought_by(*held), static_cast<strings::Number>(strings.size())).second) {
            strings.push_back(sought_by(*held));
        }
    });
    if (!strings.empty()) {
        auto compiled = strings::Scanner::compile(strings, readers);
        if (!compiled) {
            return tl::unexpected(std::move(compiled.error()));
        }
        scanner = std::move(*compiled);
    }
    return numbers;
}

}  // namespace sluice::acl
