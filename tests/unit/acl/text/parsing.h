// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "acl/text/rule_parser.h"
#include "acl/text/save.h"
#include "acl/text/save_file.h"

/// Short ways to say in a test what is read and what came of it.
namespace sluice::acl::text {

using V4 = net::Ipv4;

/// A place in a text of one line.
inline base::Location at_column(std::size_t offset) {
    return {"rule", 1, static_cast<std::uint32_t>(offset + 1)};
}

/// The rules as `-S` prints them, one a line, or `COLUMN: message`.
inline std::string parsed(std::string_view text, TableId table = TableId::filter,
                          std::string_view chain = "FORWARD") {
    const auto rules = parse_rule<V4>(text, table, chain, at_column);
    if (!rules) {
        return fmt::format("{}: {}", rules.error().begin + 1, rules.error().message);
    }
    std::string out;
    for (const Rule<V4>& rule : *rules) {
        out += fmt::format("{}{}", out.empty() ? "" : "\n", rule_text(rule, chain));
    }
    return out;
}

/// Each as `LINE:COLUMN: message`, with an end of line.
inline std::string faults_text(const base::Diagnostics& faults) {
    std::string out;
    for (const base::Diagnostic& fault : faults) {
        out += fmt::format("{}:{}: {}\n", fault.where.line, fault.where.column, fault.message);
    }
    return out;
}

/// What a file becomes, printed as iptables-save without comments and with counters, or its faults.
inline std::string loaded(std::string_view file) {
    const auto ruleset = parse_save_file<V4>(file, "rules.v4");
    if (!ruleset) {
        return faults_text(ruleset.error());
    }
    SaveStyle style;
    style.counters = true;
    return save_ruleset(*ruleset, style, initial_counts(*ruleset));
}

}  // namespace sluice::acl::text
