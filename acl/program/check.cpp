// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "acl/all_matches.h"
#include "acl/all_targets.h"
#include "acl/program/check_estimators.h"
#include "acl/program/check_sets.h"
#include "acl/program/check_timeouts.h"
#include "acl/program/compiled_rule.h"
#include "acl/program/unconditional.h"
#include "acl/targets/nat.h"
#include "acl/targets/reject.h"

namespace sluice::acl {

namespace {

constexpr std::size_t kMaxMatches = 255;  // a guard names one in a byte

/// Where a target works; as `.table` and `.hooks` of the kernel's xt_target.
struct Domain {
    std::string_view name;
    TableId table;
    std::uint8_t hooks;
};

/// Where a match works, in any table; as `.hooks` of the kernel's xt_match.
std::uint8_t hooks_of(const AnyMatch& match) {
    return holds<MacMatch>(match)
               ? static_cast<std::uint8_t>(bit(Hook::prerouting) | bit(Hook::input) | bit(Hook::forward))
               : std::uint8_t{0xff};
}

Domain domain_of(const RejectTarget&) {
    return {"REJECT", TableId::filter,
            static_cast<std::uint8_t>(bit(Hook::input) | bit(Hook::forward) | bit(Hook::output))};
}

Domain domain_of(const NatTarget& target) {
    const auto sources = static_cast<std::uint8_t>(bit(Hook::input) | bit(Hook::postrouting));
    const auto destinations = static_cast<std::uint8_t>(bit(Hook::prerouting) | bit(Hook::output));
    switch (target.kind) {
        case NatTarget::Kind::snat:
            return {"SNAT", TableId::nat, sources};
        case NatTarget::Kind::dnat:
            return {"DNAT", TableId::nat, destinations};
        case NatTarget::Kind::masquerade:
            return {"MASQUERADE", TableId::nat, bit(Hook::postrouting)};
        case NatTarget::Kind::redirect:
            return {"REDIRECT", TableId::nat, destinations};
        case NatTarget::Kind::netmap:
            return {"NETMAP", TableId::nat, static_cast<std::uint8_t>(sources | destinations)};
    }
    return {};
}

std::optional<Domain> domain_of(const AnyTarget& target) {
    if (const auto* reject = get_if<RejectTarget>(&target)) {
        return domain_of(*reject);
    }
    if (const auto* nat = get_if<NatTarget>(&target)) {
        return domain_of(*nat);
    }
    return std::nullopt;
}

std::string names_of(std::uint8_t hooks) {
    std::string names;
    for (std::size_t hook = 0; hook < kHooks; ++hook) {
        if ((hooks >> hook & 1U) != 0) {
            names += fmt::format("{}{}", names.empty() ? "" : ", ", kHookNames[hook]);
        }
    }
    return names;
}

std::string_view protocol_name(std::uint8_t number) {
    switch (number) {
        case net::kProtocolTcp:
            return "tcp";
        case net::kProtocolUdp:
            return "udp";
        case net::kProtocolIcmp:
            return "icmp";
        case net::kProtocolSctp:
            return "sctp";
        case net::kProtocolDccp:
            return "dccp";
        case net::kProtocolAh:
            return "ah";
        case net::kProtocolEsp:
            return "esp";
        case net::kProtocolIpcomp:
            return "ipcomp";
        default:
            return "its protocol";
    }
}

/// Goes through one table.
template <net::Family F>
class TableCheck {
public:
    TableCheck(const Table<F>& table, base::Diagnostics& faults) : table_(table), faults_(faults) {
        for (std::size_t i = 0; i < table.chains.size(); ++i) {
            by_name_.emplace(table.chains[i].name, i);
        }
    }

    void run() {
        for (const Chain<F>& chain : table_.chains) {
            if (chain.hook && !has_chain(table_.id, *chain.hook)) {
                fault(chain.where, "table {} has no chain {}", table_name(), chain.name);
            }
            for (const Rule<F>& rule : chain.rules) {
                check_matches(rule);
                check_limits(chain, rule);
                check_target(rule);
            }
        }
        check_counts();
        if (check_loops()) {
            check_depth();
        }
        check_hooks();
    }

private:
    /// A jump that leads to a chain of this table.
    struct Edge {
        std::size_t to;
        bool is_goto;
        const Rule<F>* rule;
    };

    template <class... Args>
    void fault(const base::Location& where, fmt::format_string<Args...> text, Args&&... args) {
        faults_.push_back(
            {base::Diagnostic::Severity::error, where, fmt::format(text, std::forward<Args>(args)...)});
    }

    [[nodiscard]] std::string_view table_name() const {
        return kTableNames[static_cast<std::size_t>(table_.id)];
    }

    [[nodiscard]] std::optional<Edge> edge_of(const Rule<F>& rule) const {
        const auto* jump = get_if<JumpTarget>(&rule.target);
        if (jump == nullptr) {
            return std::nullopt;
        }
        const auto found = by_name_.find(jump->chain);
        if (found == by_name_.end() || table_.chains[found->second].hook) {
            return std::nullopt;
        }
        return Edge{found->second, jump->is_goto, &rule};
    }

    /// The word behind `-j`, as far as the parser noted it.
    static const base::Location& target_of(const Rule<F>& rule) {
        return rule.target_where.line != 0 ? rule.target_where : rule.where;
    }

    void check_matches(const Rule<F>& rule) {
        std::size_t count = 0;
        for (const AnyMatch& match : rule.matches) {
            visit_match(match, [&]<class M>(const M& held) {
                if (const std::string_view why = why_refused(held); !why.empty()) {
                    fault(rule.where, "{}", why);
                }
                if constexpr (requires { Evaluate<M>::protocol; }) {
                    constexpr std::uint8_t needed = Evaluate<M>::protocol;
                    if (needed != 0 && (rule.protocol.number != needed || rule.protocol.inverted)) {
                        fault(rule.where, "match {0} works only with `-p {0}`", protocol_name(needed));
                    }
                }
                if constexpr (requires { Evaluate<M>::protocols; }) {
                    constexpr auto& known = Evaluate<M>::protocols;
                    const bool fits =
                        std::find(known.begin(), known.end(), rule.protocol.number) != known.end();
                    if (!fits || rule.protocol.inverted) {
                        fault(rule.where, "match multiport works only with a protocol that has ports");
                    }
                }
                with_parts(held, [&](const auto&) { ++count; });
            });
        }
        if (count > kMaxMatches) {
            fault(rule.where, "a rule asks at most {} things in its matches, this one asks {}", kMaxMatches,
                  count);
        }
    }

    /// Each connlimit has counts of its own, of which workers look through all when a connection ends.
    void check_counts() {
        constexpr std::size_t kMostCounts = 256;
        std::size_t count = 0;
        for (const Chain<F>& chain : table_.chains) {
            for (const Rule<F>& rule : chain.rules) {
                for (const AnyMatch& match : rule.matches) {
                    if (holds<ConnlimitMatch>(match) && ++count == kMostCounts + 1) {
                        fault(rule.where, "a table has at most {} rules with connlimit", kMostCounts);
                    }
                }
            }
        }
    }

    /// `--limit-iface-in` and `-out` of addrtype; as the kernel, in built-in chains only.
    void check_limits(const Chain<F>& chain, const Rule<F>& rule) {
        for (const AnyMatch& match : rule.matches) {
            const auto* addresses = get_if<AddrtypeMatch>(&match);
            if (addresses == nullptr || !chain.hook) {
                continue;
            }
            if ((addresses->limit == AddrtypeMatch::Limit::in && !knows_in(*chain.hook)) ||
                (addresses->limit == AddrtypeMatch::Limit::out && !knows_out(*chain.hook))) {
                fault(rule.where, "addrtype cannot be limited to an interface that {} does not know",
                      chain.name);
            }
        }
    }

    void check_target(const Rule<F>& rule) {
        if (const auto* jump = get_if<JumpTarget>(&rule.target)) {
            const auto found = by_name_.find(jump->chain);
            if (found == by_name_.end()) {
                fault(target_of(rule), "table {} has no chain '{}' to jump to", table_name(), jump->chain);
            } else if (table_.chains[found->second].hook) {
                fault(target_of(rule), "'{}' is a built-in chain: only user chains can be jumped to",
                      jump->chain);
            }
        }
        if (const auto domain = domain_of(rule.target); domain && domain->table != table_.id) {
            fault(target_of(rule), "target {} works only in table {}, this is table {}", domain->name,
                  kTableNames[static_cast<std::size_t>(domain->table)], table_name());
        }
        visit_target(rule.target, [&]<class T>(const T& held) {
            if (const std::string_view why = why_refused(held); !why.empty()) {
                fault(target_of(rule), "{}", why);
            }
        });
        const auto* ct = get_if<CtTarget>(&rule.target);
        const auto helper = ct == nullptr ? conntrack::HelperId::none : conntrack::helper_named(ct->helper);
        if (helper != conntrack::HelperId::none &&
            (rule.protocol.inverted || !conntrack::helps(helper, rule.protocol.number))) {
            const conntrack::HelperKind& kind = conntrack::kind_of(helper);
            fault(target_of(rule), "CT --helper {} works only with {}", kind.name,
                  kind.tcp && kind.udp ? "`-p tcp` or `-p udp`" : kind.tcp ? "`-p tcp`" : "`-p udp`");
        }
        const auto* reject = get_if<RejectTarget>(&rule.target);
        if (reject != nullptr && reject->with == RejectTarget::With::tcp_reset &&
            (rule.protocol.number != net::kProtocolTcp || rule.protocol.inverted)) {
            fault(target_of(rule), "--reject-with tcp-reset works only with `-p tcp`");
        }
    }

    /// Depth first, over all chains; finished_ gets them in the order "called before caller". False: there is
    /// a loop.
    bool check_loops() {
        enum class Colour : std::uint8_t { white, grey, black };
        struct Frame {
            std::size_t chain;
            std::size_t next_rule;
        };
        std::vector<Colour> colour(table_.chains.size(), Colour::white);
        std::vector<Frame> stack;
        bool sound = true;
        for (std::size_t root = 0; root < table_.chains.size(); ++root) {
            if (colour[root] != Colour::white) {
                continue;
            }
            stack.push_back({root, 0});
            colour[root] = Colour::grey;
            while (!stack.empty()) {
                Frame& frame = stack.back();
                const Chain<F>& chain = table_.chains[frame.chain];
                if (frame.next_rule == chain.rules.size()) {
                    colour[frame.chain] = Colour::black;
                    finished_.push_back(frame.chain);
                    stack.pop_back();
                    continue;
                }
                const auto edge = edge_of(chain.rules[frame.next_rule++]);
                if (!edge) {
                    continue;
                }
                if (colour[edge->to] == Colour::grey) {
                    const bool itself = edge->to == frame.chain;
                    fault(target_of(*edge->rule), "chain '{}' jumps to itself{}",
                          table_.chains[edge->to].name,
                          itself ? "" : fmt::format(" through '{}'", chain.name));
                    sound = false;
                } else if (colour[edge->to] == Colour::white) {
                    colour[edge->to] = Colour::grey;
                    stack.push_back({edge->to, 0});
                }
            }
        }
        return sound;
    }

    void check_depth() {
        std::vector<std::uint32_t> depth(table_.chains.size(), 0);
        for (const std::size_t chain : finished_) {
            for (const Rule<F>& rule : table_.chains[chain].rules) {
                const auto edge = edge_of(rule);
                if (!edge) {
                    continue;
                }
                const std::uint32_t needed = depth[edge->to] + (edge->is_goto ? 0U : 1U);
                if (needed == kMaxDepth + 1 && depth[chain] < needed) {
                    fault(target_of(rule), "jumps nest more than {} deep from here", kMaxDepth);
                }
                depth[chain] = std::max(depth[chain], needed);
            }
        }
    }

    /// Follows each hook through the chains it reaches, as the kernel's mark_source_chains.
    void check_hooks() {
        std::map<const Rule<F>*, std::uint8_t> wrong;
        std::map<const Rule<F>*, std::uint8_t> wrong_match;
        for (const Chain<F>& base : table_.chains) {
            if (!base.hook) {
                continue;
            }
            std::vector<bool> seen(table_.chains.size(), false);
            std::vector<const Chain<F>*> open = {&base};
            while (!open.empty()) {
                const Chain<F>& chain = *open.back();
                open.pop_back();
                for (const Rule<F>& rule : chain.rules) {
                    const auto domain = domain_of(rule.target);
                    if (domain && domain->table == table_.id && (domain->hooks & bit(*base.hook)) == 0) {
                        wrong[&rule] = static_cast<std::uint8_t>(wrong[&rule] | bit(*base.hook));
                    }
                    for (const AnyMatch& match : rule.matches) {
                        if ((hooks_of(match) & bit(*base.hook)) == 0) {
                            wrong_match[&rule] =
                                static_cast<std::uint8_t>(wrong_match[&rule] | bit(*base.hook));
                        }
                    }
                    if (const auto edge = edge_of(rule); edge && !seen[edge->to]) {
                        seen[edge->to] = true;
                        open.push_back(&table_.chains[edge->to]);
                    }
                    if (ends_chain(rule)) {
                        break;
                    }
                }
            }
        }
        report(wrong);
        for (const auto& [rule, hooks] : wrong_match) {
            fault(rule->where, "match mac does not work in {}, where no frame comes in; it works in {}",
                  names_of(hooks), names_of(hooks_of(MacMatch{})));
        }
    }

    void report(const std::map<const Rule<F>*, std::uint8_t>& wrong) {
        for (const Chain<F>& chain : table_.chains) {
            for (const Rule<F>& rule : chain.rules) {
                if (const auto found = wrong.find(&rule); found != wrong.end()) {
                    const Domain domain = *domain_of(rule.target);
                    fault(target_of(rule), "target {} does not work in {}{}; it works in {}", domain.name,
                          names_of(found->second), chain.hook ? "" : ", from where this chain is reached",
                          names_of(domain.hooks));
                }
            }
        }
    }

    const Table<F>& table_;
    base::Diagnostics& faults_;
    std::map<std::string_view, std::size_t> by_name_;
    std::vector<std::size_t> finished_;
};

}  // namespace

template <net::Family F>
base::Diagnostics check(const Ruleset<F>& rules, const sets::SetBook* sets,
                        std::span<const conntrack::TimeoutPolicyName> timeouts) {
    base::Diagnostics faults;
    for (const auto& table : rules.tables) {
        if (table) {
            TableCheck<F>(*table, faults).run();
            check_sets(*table, sets, faults);
            check_timeouts(*table, timeouts, faults);
        }
    }
    check_estimators(rules, faults);
    std::stable_sort(faults.begin(), faults.end(), [](const base::Diagnostic& a, const base::Diagnostic& b) {
        return std::tie(a.where.file, a.where.line, a.where.column) <
               std::tie(b.where.file, b.where.line, b.where.column);
    });
    return faults;
}

template base::Diagnostics check(const Ruleset<net::Ipv4>& rules, const sets::SetBook* sets,
                                 std::span<const conntrack::TimeoutPolicyName> timeouts);

}  // namespace sluice::acl
