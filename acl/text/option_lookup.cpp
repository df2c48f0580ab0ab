// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/option_lookup.h"

#include <fmt/core.h>

#include <algorithm>

#include "acl/text/names.h"
#include "acl/text/nearest.h"

namespace sluice::acl::text {

namespace {

std::string_view canonical(const OptionSpec& spec) {
    return spec.alias_of.empty() ? spec.name : spec.alias_of;
}

/// Whether two lookups mean the same, so that an abbreviation of both is clear.
bool same(const OptionLookup& a, const OptionLookup& b, std::span<const LoadedExtension> loaded) {
    if (a.core != nullptr || b.core != nullptr) {
        return a.core != nullptr && b.core != nullptr && a.core->letter == b.core->letter;
    }
    return loaded[a.loaded].name == loaded[b.loaded].name && canonical(*a.spec) == canonical(*b.spec);
}

std::string_view name_of(const OptionLookup& found) {
    return found.core != nullptr ? found.core->name : found.spec->name;
}

/// All options that begin with `name`, those of the last extension first: a second `-m tcp` takes the
/// options.
std::vector<OptionLookup> candidates(std::string_view name, std::span<const LoadedExtension> loaded) {
    std::vector<OptionLookup> found;
    for (std::size_t i = loaded.size(); i-- > 0;) {
        for (const OptionSpec& spec : loaded[i].options) {
            if (spec.name.starts_with(name)) {
                found.push_back({nullptr, &spec, i, {}});
            }
        }
    }
    for (const CoreOption& option : core_options()) {
        if (option.name.starts_with(name)) {
            found.push_back({&option, nullptr, 0, {}});
        }
    }
    return found;
}

}  // namespace

LoadedExtension LoadedExtension::of(const MatchExtension& match, std::size_t index, std::size_t begin) {
    return {match.name, match.options, &match, nullptr, index, begin, {}};
}

LoadedExtension LoadedExtension::of(const TargetExtension& target, std::size_t begin) {
    return {target.name, target.options, nullptr, &target, 0, begin, {}};
}

std::string LoadedExtension::described() const {
    return fmt::format("{} '{}'", match != nullptr ? "match" : "target", name);
}

Checked LoadedExtension::check(const RuleFacts& rule) const {
    for (const OptionSpec& option : options) {
        if (option.required && std::find(used.begin(), used.end(), option.name) == used.end()) {
            return fault(fmt::format("{}: option '--{}' must be specified", name, option.name), begin);
        }
    }
    if (used.empty() && match != nullptr && match->needs_an_option) {
        return fault(fmt::format("{}: at least one option is required", name), begin);
    }
    const std::uint8_t protocol = match != nullptr ? match->protocol : target->protocol;
    if (protocol != 0 && (rule.protocol != protocol || rule.protocol_inverted)) {
        return fault(fmt::format("{} requires '-p {}'", described(), protocol_name(protocol).value_or("")),
                     begin);
    }
    return {};
}

OptionLookup look_up(std::string_view name, std::span<const LoadedExtension> loaded) {
    if (name.empty()) {
        return {};
    }
    const std::vector<OptionLookup> found = candidates(name, loaded);
    for (const OptionLookup& candidate : found) {
        if (name_of(candidate) == name) {
            return candidate;
        }
    }
    const bool clear = std::all_of(found.begin(), found.end(), [&](const OptionLookup& other) {
        return same(found.front(), other, loaded);
    });
    if (found.empty() || clear) {
        return found.empty() ? OptionLookup{} : found.front();
    }
    OptionLookup ambiguous;
    for (const OptionLookup& candidate : found) {
        ambiguous.ambiguous +=
            fmt::format("{}--{}", ambiguous.ambiguous.empty() ? "" : ", ", name_of(candidate));
    }
    return ambiguous;
}

std::string hint_for_option(std::string_view name, std::span<const LoadedExtension> loaded) {
    if (name.empty()) {
        return {};
    }
    std::string owners;
    for (const MatchExtension& extension : match_extensions()) {
        const bool has = std::any_of(extension.options.begin(), extension.options.end(),
                                     [&](const OptionSpec& option) { return option.name == name; });
        if (has) {
            owners += fmt::format("{}-{} {}", owners.empty() ? "" : " or ",
                                  extension.protocol != 0 ? 'p' : 'm', extension.name);
        }
    }
    if (!owners.empty()) {
        return fmt::format(": it needs {} before it", owners);
    }
    std::vector<std::string_view> known;
    for (const CoreOption& option : core_options()) {
        known.push_back(option.name);
    }
    for (const LoadedExtension& extension : loaded) {
        for (const OptionSpec& option : extension.options) {
            known.push_back(option.name);
        }
    }
    const std::string_view best = nearest(name, known);
    return best.empty() ? std::string() : fmt::format("; did you mean '--{}'?", best);
}

}  // namespace sluice::acl::text
