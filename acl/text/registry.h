// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acl/ruleset.h"
#include "acl/text/syntax.h"

/// The matches and targets that are built, as tables: made from those types of all_matches.h and
/// all_targets.h that have a `Syntax`. There is no other list to keep.
namespace sluice::acl::text {

/// A `Form` with its type forgotten.
template <class Any>
struct Extension {
    std::string_view name;
    std::span<const OptionSpec> options;
    bool needs_an_option = false;
    std::uint8_t protocol = 0;
    std::uint8_t tables = 0xff;
    std::uint8_t hooks = 0xff;
    std::uint8_t (*hooks_of)(const Any& value) = nullptr;  ///< narrower with some options; none: `hooks` is all
    Any initial;
    Checked (*parse)(Any& value, const OptionUse& use) = nullptr;
    Checked (*finish)(const Any& value, const RuleFacts& rule) = nullptr;
};

using MatchExtension = Extension<AnyMatch>;
using TargetExtension = Extension<AnyTarget>;

[[nodiscard]] std::span<const MatchExtension> match_extensions();
[[nodiscard]] std::span<const TargetExtension> target_extensions();

/// Null where there is none of that name.
[[nodiscard]] const MatchExtension* find_match(std::string_view name);
[[nodiscard]] const TargetExtension* find_target(std::string_view name);
/// The extension that a target of a rule is; null for verdicts and jumps.
[[nodiscard]] const TargetExtension* extension_of(const AnyTarget& target);

/// The extension that a match of a rule is.
[[nodiscard]] const MatchExtension& extension_of(const AnyMatch& match);

/// ` -m tcp --dport 80`.
void save_match(const AnyMatch& match, std::string& out);
/// ` tcp dpt:80`.
void list_match(const AnyMatch& match, bool numeric, std::string& out);

/// `ACCEPT`, `u`, `REJECT`; empty for no target.
[[nodiscard]] std::string_view target_name(const AnyTarget& target);
/// The name in `-L`: another one for a target that is printed under two names by `-S`.
[[nodiscard]] std::string_view listed_name(const AnyTarget& target);
/// ` -j REJECT --reject-with tcp-reset`, ` -g u`; nothing for no target.
void save_target(const AnyTarget& target, std::string& out);
/// ` reject-with tcp-reset`.
void list_target(const AnyTarget& target, bool numeric, std::string& out);

}  // namespace sluice::acl::text
