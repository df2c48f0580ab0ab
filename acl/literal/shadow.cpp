// SPDX-License-Identifier: BSD-3-Clause
#include "acl/literal/shadow.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "acl/literal/questions.h"
#include "acl/targets/nat.h"
#include "acl/targets/reject.h"
#include "acl/text/registry.h"
#include "acl/text/save.h"

namespace sluice::acl::literal {

namespace {

constexpr std::uint64_t kMostComparisons = 20'000'000;

/// Nothing that it matches goes on to the next rule of its chain.
bool ends_here(const AnyTarget& target) {
    const auto* jump = get_if<JumpTarget>(&target);
    return holds<AcceptTarget>(target) || holds<DropTarget>(target) || holds<ReturnTarget>(target) ||
           holds<RejectTarget>(target) || holds<NatTarget>(target) || (jump != nullptr && jump->is_goto);
}

bool includes(const InterfaceMatch& wide, const InterfaceMatch& narrow) {
    if (wide == narrow || (wide.name.empty() && !wide.inverted)) {
        return true;
    }
    return wide.prefix && !wide.inverted && !narrow.inverted && narrow.name.starts_with(wide.name);
}

/// A rule as far as shadows go.
struct Outline {
    std::size_t number = 0;
    std::vector<std::string> matches;  ///< as they are printed, sorted; without comments
};

template <net::Family F>
class ChainShadows {
public:
    ChainShadows(const Chain<F>& chain, std::uint64_t& budget, base::Diagnostics& warnings)
        : chain_(chain), budget_(budget), warnings_(warnings) {}

    void run() {
        for (std::size_t i = 0; i < chain_.rules.size() && budget_ > 0; ++i) {
            const Rule<F>& rule = chain_.rules[i];
            const Outline outline{i, matches_of(rule)};
            if (const Outline* earlier = find_shadow(rule, outline)) {
                report(*earlier, rule);
            } else if (ends_here(rule.target) && casts_shadow(rule)) {
                shadows_[{mask(rule.source), mask(rule.destination)}]
                        [{rule.source.address.host(), rule.destination.address.host()}]
                            .push_back(outline);
            }
        }
    }

private:
    using Pair = std::pair<std::uint32_t, std::uint32_t>;

    static std::uint32_t mask(const AddressMatch<F>& match) { return match.mask.host(); }

    static std::vector<std::string> matches_of(const Rule<F>& rule) {
        std::vector<std::string> texts;
        for (const AnyMatch& match : rule.matches) {
            if (!holds<CommentMatch>(match)) {
                text::save_match(match, texts.emplace_back());
            }
        }
        std::sort(texts.begin(), texts.end());
        return texts;
    }

    static bool casts_shadow(const Rule<F>& rule) {
        return !rule.source.inverted && !rule.destination.inverted &&
               std::all_of(rule.matches.begin(), rule.matches.end(), [](const AnyMatch& match) {
                   return holds<CommentMatch>(match) || is_steady(match);
               });
    }

    /// The first earlier rule that takes all of this one's packets.
    const Outline* find_shadow(const Rule<F>& rule, const Outline& outline) {
        const Outline* found = nullptr;
        for (const auto& [masks, by_address] : shadows_) {
            // An inverted address is any address for this purpose.
            const std::uint32_t source_mask = rule.source.inverted ? 0 : mask(rule.source);
            const std::uint32_t destination_mask = rule.destination.inverted ? 0 : mask(rule.destination);
            if ((masks.first & source_mask) != masks.first || (masks.second & destination_mask) != masks.second) {
                continue;
            }
            const auto place = by_address.find(
                {rule.source.address.host() & masks.first, rule.destination.address.host() & masks.second});
            if (place == by_address.end()) {
                continue;
            }
            for (const Outline& earlier : place->second) {
                if (budget_ == 0 || (found != nullptr && found->number < earlier.number)) {
                    break;
                }
                --budget_;
                if (covers(earlier, rule, outline)) {
                    found = &earlier;
                }
            }
        }
        return found;
    }

    bool covers(const Outline& earlier, const Rule<F>& rule, const Outline& outline) const {
        const Rule<F>& wide = chain_.rules[earlier.number];
        return (wide.protocol.number == 0 || wide.protocol == rule.protocol) &&
               (wide.fragment == FragmentMatch::any || wide.fragment == rule.fragment) &&
               includes(wide.in, rule.in) && includes(wide.out, rule.out) &&
               std::includes(outline.matches.begin(), outline.matches.end(), earlier.matches.begin(),
                             earlier.matches.end());
    }

    void report(const Outline& earlier, const Rule<F>& rule) {
        const Rule<F>& wide = chain_.rules[earlier.number];
        warnings_.push_back(
            {base::Diagnostic::Severity::warning, rule.where,
             fmt::format("this rule never matches: rule {} of chain {} ('{}', line {}) takes all of its packets",
                         earlier.number + 1, chain_.name, text::rule_text(wide, chain_.name), wide.where.line)});
    }

    const Chain<F>& chain_;
    std::uint64_t& budget_;
    base::Diagnostics& warnings_;
    std::map<Pair, std::map<Pair, std::vector<Outline>>> shadows_;  ///< by masks, then by addresses
};

}  // namespace

template <net::Family F>
base::Diagnostics shadowed_rules(const Ruleset<F>& rules) {
    base::Diagnostics warnings;
    std::uint64_t budget = kMostComparisons;
    for (const auto& table : rules.tables) {
        if (table) {
            for (const Chain<F>& chain : table->chains) {
                ChainShadows<F>(chain, budget, warnings).run();
            }
        }
    }
    return warnings;
}

template base::Diagnostics shadowed_rules(const Ruleset<net::Ipv4>&);

}  // namespace sluice::acl::literal
