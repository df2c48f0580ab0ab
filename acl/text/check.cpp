// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/check.h"

#include <fmt/core.h>

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "acl/matches/addrtype.h"
#include "acl/text/manual.h"
#include "acl/text/nearest.h"
#include "acl/text/registry.h"

namespace sluice::acl::text {

namespace {

/// One table as a graph: chains by number, jumps resolved.
template <net::Family F>
class TableCheck {
public:
    TableCheck(const Table<F>& table, base::Diagnostics& faults) : table_(table), faults_(faults) {
        for (std::size_t i = 0; i < table.chains.size(); ++i) {
            numbers_.emplace(table.chains[i].name, i);
        }
    }

    void run() {
        resolve_jumps();
        for (std::size_t i = 0; i < table_.chains.size(); ++i) {
            if (table_.chains[i].hook) {
                find_loops(i);
            }
        }
        spread_hooks();
        check_hooks();
    }

private:
    struct Jump {
        std::size_t to;
        const Rule<F>* rule;
    };
    enum class Colour : std::uint8_t { white, grey, black };

    void report(const base::Location& where, std::string message) {
        faults_.push_back({base::Diagnostic::Severity::error, where, std::move(message)});
    }
    void report(const Rule<F>& rule, std::string message) { report(rule.target_where, std::move(message)); }

    void resolve_jumps() {
        jumps_.resize(table_.chains.size());
        for (std::size_t from = 0; from < table_.chains.size(); ++from) {
            for (const Rule<F>& rule : table_.chains[from].rules) {
                const auto* jump = get_if<JumpTarget>(&rule.target);
                if (jump == nullptr) {
                    continue;
                }
                const auto to = numbers_.find(jump->chain);
                if (to == numbers_.end()) {
                    report(rule, unknown(*jump));
                } else if (table_.chains[to->second].hook) {
                    report(rule, fmt::format("cannot jump to '{}': it is a built-in chain", jump->chain));
                } else {
                    jumps_[from].push_back({to->second, &rule});
                }
            }
        }
    }

    std::string unknown(const JumpTarget& jump) const {
        std::vector<std::string_view> known;
        for (const Chain<F>& chain : table_.chains) {
            if (!chain.hook) {
                known.push_back(chain.name);
            }
        }
        if (!jump.is_goto) {
            known.insert(known.end(), {"ACCEPT", "DROP", "RETURN"});
            for (const TargetExtension& extension : target_extensions()) {
                known.push_back(extension.name);
            }
        }
        return fmt::format("'{}' is neither a target nor a chain of table '{}'{}", jump.chain,
                           kTableNames[static_cast<std::size_t>(table_.id)], did_you_mean(jump.chain, known));
    }

    /// Depth first; a jump to a chain that is on the way from the root closes a loop.
    void find_loops(std::size_t root) {
        colours_.resize(table_.chains.size(), Colour::white);
        struct Step {
            std::size_t chain;
            std::size_t next;
        };
        std::vector<Step> way{{root, 0}};
        colours_[root] = Colour::grey;
        while (!way.empty()) {
            const std::size_t chain = way.back().chain;
            if (way.back().next == jumps_[chain].size()) {
                colours_[chain] = Colour::black;
                way.pop_back();
                continue;
            }
            const Jump& jump = jumps_[chain][way.back().next++];
            if (colours_[jump.to] == Colour::grey) {
                report(*jump.rule, fmt::format("chain '{}' jumps to itself{}", table_.chains[jump.to].name,
                                               in_order(way, jump.to)));
            } else if (colours_[jump.to] == Colour::white) {
                colours_[jump.to] = Colour::grey;
                way.push_back({jump.to, 0});
            }
        }
    }

    /// The chains of a loop behind its first one: ` through 'a' and 'b'`.
    template <class Way>
    std::string in_order(const Way& way, std::size_t first) const {
        std::string names;
        bool inside = false;
        for (const auto& step : way) {
            if (inside) {
                names += fmt::format("{}'{}'", names.empty() ? " through " : " and ",
                                     table_.chains[step.chain].name);
            }
            inside = inside || step.chain == first;
        }
        return names;
    }

    /// From which hooks each chain is reached, and through which chain first.
    void spread_hooks() {
        hooks_.resize(table_.chains.size(), 0);
        std::vector<std::size_t> pending;
        for (std::size_t i = 0; i < table_.chains.size(); ++i) {
            if (table_.chains[i].hook) {
                hooks_[i] = bit(*table_.chains[i].hook);
                pending.push_back(i);
            }
        }
        while (!pending.empty()) {
            const std::size_t from = pending.back();
            pending.pop_back();
            for (const Jump& jump : jumps_[from]) {
                const auto merged = static_cast<std::uint8_t>(hooks_[jump.to] | hooks_[from]);
                if (merged != hooks_[jump.to]) {
                    hooks_[jump.to] = merged;
                    pending.push_back(jump.to);
                }
            }
        }
    }

    void check_hooks() {
        for (std::size_t i = 0; i < table_.chains.size(); ++i) {
            for (const Rule<F>& rule : table_.chains[i].rules) {
                for (const AnyMatch& match : rule.matches) {
                    const MatchExtension& extension = extension_of(match);
                    check_hooks(i, extension.name,
                                extension.hooks_of != nullptr ? extension.hooks_of(match) : extension.hooks, rule.where);
                    check_limit(i, match, rule.where);
                }
                if (const TargetExtension* target = extension_of(rule.target)) {
                    check_hooks(i, target->name,
                                target->hooks_of != nullptr ? target->hooks_of(rule.target) : target->hooks,
                                rule.target_where);
                }
            }
        }
    }

    void check_hooks(std::size_t chain, std::string_view name, std::uint8_t allowed,
                     const base::Location& where) {
        const auto wrong = static_cast<std::uint8_t>(hooks_[chain] & ~allowed);
        if (wrong != 0) {
            report(where, fmt::format("{} may stand in {} only, {} {}", name, chain_names(allowed),
                                      table_.chains[chain].hook ? "not in" : "but this chain is reached from",
                                      chain_names(wrong)));
        }
    }

    /// `--limit-iface-in` is meaningless where nothing comes in. As the kernel, asked of built-in chains only; in
    /// others it limits nothing there.
    void check_limit(std::size_t chain, const AnyMatch& match, const base::Location& where) {
        const auto* addresses = get_if<AddrtypeMatch>(&match);
        const std::optional<Hook> hook = table_.chains[chain].hook;
        if (addresses == nullptr || !hook) {
            return;
        }
        if (addresses->limit == AddrtypeMatch::Limit::in && !knows_in(*hook)) {
            report(where, fmt::format("--limit-iface-in cannot stand in {}: nothing comes in there",
                                      table_.chains[chain].name));
        }
        if (addresses->limit == AddrtypeMatch::Limit::out && !knows_out(*hook)) {
            report(where, fmt::format("--limit-iface-out cannot stand in {}: the way out is not known there",
                                      table_.chains[chain].name));
        }
    }

    static std::string chain_names(std::uint8_t hooks) {
        std::string names;
        for (std::size_t i = 0; i < kHooks; ++i) {
            if ((hooks & bit(static_cast<Hook>(i))) != 0) {
                names += fmt::format("{}{}", names.empty() ? "" : ", ", kHookNames[i]);
            }
        }
        return names;
    }

    const Table<F>& table_;
    base::Diagnostics& faults_;
    std::unordered_map<std::string_view, std::size_t> numbers_;
    std::vector<std::vector<Jump>> jumps_;
    std::vector<Colour> colours_;
    std::vector<std::uint8_t> hooks_;
};

}  // namespace

template <net::Family F>
void check_ruleset(const Ruleset<F>& ruleset, base::Diagnostics& faults) {
    for (const std::optional<Table<F>>& table : ruleset.tables) {
        if (table) {
            TableCheck<F>(*table, faults).run();
        }
    }
}

template void check_ruleset(const Ruleset<net::Ipv4>&, base::Diagnostics&);

}  // namespace sluice::acl::text
