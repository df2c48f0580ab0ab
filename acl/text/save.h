// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "acl/ruleset.h"
#include "acl/text/counts.h"

/// The forms that can be read back: `iptables -S` and `iptables-save`, byte for byte as iptables 1.8.9
/// (nf_tables) prints them.
namespace sluice::acl::text {

/// `-A CHAIN -s 10.0.0.0/8 -j ACCEPT`, without an end of line. `count` is printed as `-c P B` where it is
/// given.
template <net::Family F>
[[nodiscard]] std::string rule_text(const Rule<F>& rule, std::string_view chain,
                                    std::optional<base::PacketCount> count = std::nullopt);

/// What `-S [CHAIN [NUMBER]]` takes.
struct RuleListing {
    TableId table = TableId::filter;
    std::string chain;       ///< empty: all
    std::size_t number = 0;  ///< of one rule, from 1; 0: all
    bool counters = false;   ///< -v
};

/// Errors: there is no such chain.
template <net::Family F>
[[nodiscard]] tl::expected<std::string, std::string> list_rules(const Ruleset<F>& ruleset,
                                                                const RuleListing& listing,
                                                                const Counts& counts);

/// What `iptables-save` takes, and what stands in its comment lines.
struct SaveStyle {
    std::optional<TableId> table;  ///< -t; else all that are there
    bool counters = false;         ///< -c
    std::string generator = "iptables-save v1.8.9 (sluice)";
    std::string date;  ///< of `date_text`; empty: no comment lines
};

/// As ctime(3), in local time: `Sat Nov 21 00:04:20 2026`.
[[nodiscard]] std::string date_text(std::time_t when);

template <net::Family F>
[[nodiscard]] std::string save_ruleset(const Ruleset<F>& ruleset, const SaveStyle& style,
                                       const Counts& counts);

}  // namespace sluice::acl::text
