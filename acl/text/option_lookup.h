// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acl/text/core_options.h"
#include "acl/text/registry.h"

/// Which option a long name means, among those known at this point of a rule.
namespace sluice::acl::text {

/// A match or target that this rule has brought in, with the options it has used.
struct LoadedExtension {
    std::string_view name;
    std::span<const OptionSpec> options;
    const MatchExtension* match = nullptr;  ///< one of the two
    const TargetExtension* target = nullptr;
    std::size_t index = 0;  ///< of the match in its rule
    std::size_t begin = 0;  ///< of the word that brought it in
    std::vector<std::string_view> used;

    static LoadedExtension of(const MatchExtension& match, std::size_t index, std::size_t begin);
    static LoadedExtension of(const TargetExtension& target, std::size_t begin);

    /// `match 'tcp'`.
    [[nodiscard]] std::string described() const;
    /// Whether all that it requires is there: options, and the protocol.
    [[nodiscard]] Checked check(const RuleFacts& rule) const;
};

/// What a name means: an option of iptables itself, or one of a loaded extension, or nothing.
struct OptionLookup {
    const CoreOption* core = nullptr;
    const OptionSpec* spec = nullptr;
    std::size_t loaded = 0;  ///< whose `spec`
    std::string ambiguous;   ///< the options that an abbreviation may mean: `--source, --syn`

    explicit operator bool() const { return core != nullptr || spec != nullptr; }
};

/// The option of this name or, failing that, the only one that begins with it.
[[nodiscard]] OptionLookup look_up(std::string_view name, std::span<const LoadedExtension> loaded);

/// What may help with an unknown option: the match it belongs to, or the nearest name.
[[nodiscard]] std::string hint_for_option(std::string_view name, std::span<const LoadedExtension> loaded);

}  // namespace sluice::acl::text
