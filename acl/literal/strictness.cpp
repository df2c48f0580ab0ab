// SPDX-License-Identifier: BSD-3-Clause
#include "acl/literal/strictness.h"

#include <algorithm>
#include <string>
#include <vector>

#include "acl/matches/conntrack.h"
#include "acl/matches/multiport.h"
#include "acl/matches/state.h"
#include "acl/matches/tcp.h"
#include "acl/matches/udp.h"
#include "acl/targets/nat.h"
#include "acl/targets/reject.h"
#include "conntrack/ct_state.h"

namespace sluice::acl::literal {

namespace {

/// Calls visit(rule) for each rule that the built-in chain of a table reaches, each chain once; enter(rule) says of a
/// jump whether to follow it.
template <net::Family F, class Visit, class Enter>
void each_reached(const Ruleset<F>& rules, TableId id, Hook hook, Visit visit, Enter enter) {
    const auto& table = rules.tables[static_cast<std::size_t>(id)];
    if (!table) {
        return;
    }
    std::vector<const Chain<F>*> waiting;
    std::vector<std::string> known;
    for (const Chain<F>& chain : table->chains) {
        if (chain.hook == hook) {
            waiting.push_back(&chain);
        }
    }
    while (!waiting.empty()) {
        const Chain<F>& chain = *waiting.back();
        waiting.pop_back();
        for (const Rule<F>& rule : chain.rules) {
            visit(rule);
            const auto* jump = get_if<JumpTarget>(&rule.target);
            if (jump == nullptr || !enter(rule) || std::find(known.begin(), known.end(), jump->chain) != known.end()) {
                continue;
            }
            known.push_back(jump->chain);
            const auto next = std::find_if(table->chains.begin(), table->chains.end(),
                                           [&](const Chain<F>& other) { return other.name == jump->chain; });
            if (next != table->chains.end()) {
                waiting.push_back(&*next);
            }
        }
    }
}

bool holds_for(const InterfaceMatch& match, std::string_view name) {
    const bool is_equal = match.prefix || match.name.empty() ? name.starts_with(match.name) : name == match.name;
    return is_equal != match.inverted;
}

template <net::Family F>
bool translates(const Rule<F>& rule) {
    return holds<NatTarget>(rule.target);  // in POSTROUTING there are those of sources only
}

/// Adds the ports that a rule asks for; none where it asks for none, or for all but some.
template <net::Family F>
void add_ports(const Rule<F>& rule, nat::ServedPorts& served) {
    const std::uint8_t protocol = rule.protocol.inverted ? 0 : rule.protocol.number;
    const auto add_range = [&](const PortRange& range) {
        if (!range.inverted && range != PortRange{}) {
            served.add(protocol, range.min, range.max);
        }
    };
    for (const AnyMatch& match : rule.matches) {
        if (const auto* tcp = get_if<TcpMatch>(&match); tcp != nullptr && protocol == net::kProtocolTcp) {
            add_range(tcp->destination);
        } else if (const auto* udp = get_if<UdpMatch>(&match); udp != nullptr && protocol == net::kProtocolUdp) {
            add_range(udp->destination);
        } else if (const auto* list = get_if<MultiportMatch>(&match);
                   list != nullptr && !list->inverted && list->side != MultiportMatch::Side::source &&
                   (protocol == net::kProtocolTcp || protocol == net::kProtocolUdp)) {
            for (std::size_t i = 0; i < list->count; ++i) {
                served.add(protocol, list->ports[i].min, list->ports[i].max);
            }
        }
    }
}

/// Whether INVALID packets, and not only some of them, are among those that the rule drops.
template <net::Family F>
bool drops_invalid(const Rule<F>& rule) {
    if (!holds<DropTarget>(rule.target) && !holds<RejectTarget>(rule.target)) {
        return false;
    }
    return std::any_of(rule.matches.begin(), rule.matches.end(), [](const AnyMatch& match) {
        const auto names = [](std::uint8_t states, bool inverted) {
            return ((states & conntrack::bit(conntrack::CtState::invalid)) != 0) != inverted;
        };
        if (const auto* state = get_if<StateMatch>(&match)) {
            return names(state->states, state->inverted);
        }
        const auto* conntrack = get_if<ConntrackMatch>(&match);
        return conntrack != nullptr && conntrack->asks_state && names(conntrack->states, conntrack->inverted);
    });
}

}  // namespace

template <net::Family F>
bool translates_sources(const Ruleset<F>& rules, std::string_view interface) {
    bool found = false;
    const auto may_leave = [&](const Rule<F>& rule) { return holds_for(rule.out, interface); };
    each_reached<F>(
        rules, TableId::nat, Hook::postrouting,
        [&](const Rule<F>& rule) { found = found || (translates(rule) && may_leave(rule)); }, may_leave);
    return found;
}

template <net::Family F>
nat::ServedPorts served_ports(const Ruleset<F>& rules) {
    nat::ServedPorts served;
    const auto always = [](const Rule<F>&) { return true; };
    each_reached<F>(
        rules, TableId::nat, Hook::prerouting,
        [&](const Rule<F>& rule) {
            if (translates(rule)) {
                add_ports(rule, served);
            }
        },
        always);
    each_reached<F>(
        rules, TableId::filter, Hook::input,
        [&](const Rule<F>& rule) {
            if (holds<AcceptTarget>(rule.target)) {
                add_ports(rule, served);
            }
        },
        always);
    return served;
}

template <net::Family F>
base::Diagnostics untranslated_leaks(const Ruleset<F>& rules) {
    const Rule<F>* first = nullptr;
    each_reached<F>(
        rules, TableId::nat, Hook::postrouting,
        [&](const Rule<F>& rule) { first = first == nullptr && translates(rule) ? &rule : first; },
        [](const Rule<F>&) { return true; });
    const bool is_safe = std::any_of(rules.tables.begin(), rules.tables.end(), [](const auto& table) {
        return table && std::any_of(table->chains.begin(), table->chains.end(), [](const Chain<F>& chain) {
                   // a chain that accepts only what it names drops INVALID by its policy
                   return (chain.hook == Hook::forward && chain.policy == Policy::drop) ||
                          std::any_of(chain.rules.begin(), chain.rules.end(), &drops_invalid<F>);
               });
    });
    if (first == nullptr || is_safe) {
        return {};
    }
    return {{base::Diagnostic::Severity::warning, first->where,
             "INVALID packets pass this rule untranslated, as in Linux: drop them in FORWARD (-m conntrack --ctstate "
             "INVALID -j DROP), or set [conntrack] strict = true"}};
}

template bool translates_sources(const Ruleset<net::Ipv4>&, std::string_view);
template nat::ServedPorts served_ports(const Ruleset<net::Ipv4>&);
template base::Diagnostics untranslated_leaks(const Ruleset<net::Ipv4>&);

}  // namespace sluice::acl::literal
