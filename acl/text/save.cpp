// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/save.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/address_text.h"
#include "acl/text/chain_order.h"
#include "acl/text/interface_text.h"
#include "acl/text/names.h"
#include "acl/text/registry.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

/// The order in which iptables-save (nf_tables) prints tables.
constexpr std::array<TableId, kTables> kSaveOrder = {TableId::mangle, TableId::security, TableId::raw,
                                                     TableId::filter, TableId::nat};

std::string_view policy_name(Policy policy) {
    return policy == Policy::drop ? "DROP" : "ACCEPT";
}

void save_protocol(const ProtocolMatch& protocol, std::string& out) {
    if (protocol.number != 0) {
        base::append(out, "{} -p {}", protocol.inverted ? " !" : "",
                     protocol_name(protocol.number).value_or(fmt::format("{}", protocol.number)));
    }
}

void save_fragment(FragmentMatch fragment, std::string& out) {
    if (fragment != FragmentMatch::any) {
        out += fragment == FragmentMatch::only ? " -f" : " ! -f";
    }
}

template <net::Family F>
void save_table(const std::vector<const Chain<F>*>& chains, TableId id, const SaveStyle& style,
                const Counts& counts, std::string& out) {
    base::append(out, "*{}\n", kTableNames[static_cast<std::size_t>(id)]);
    for (const Chain<F>* chain : chains) {
        const base::PacketCount count = chain->hook ? counts.policy(id, chain->name) : base::PacketCount{};
        base::append(out, ":{} {} [{}:{}]\n", chain->name, chain->hook ? policy_name(chain->policy) : "-",
                     count.packets, count.bytes);
    }
    for (const Chain<F>* chain : chains) {
        for (std::size_t i = 0; i < chain->rules.size(); ++i) {
            if (style.counters) {
                const base::PacketCount count = counts.rule(id, chain->name, i);
                base::append(out, "[{}:{}] ", count.packets, count.bytes);
            }
            out += rule_text(chain->rules[i], chain->name);
            out.push_back('\n');
        }
    }
    out += "COMMIT\n";
}

}  // namespace

template <net::Family F>
std::string rule_text(const Rule<F>& rule, std::string_view chain, std::optional<base::PacketCount> count) {
    std::string out = fmt::format("-A {}", chain);
    AddressText<F>::save('s', rule.source, out);
    AddressText<F>::save('d', rule.destination, out);
    save_interface('i', rule.in, out);
    save_interface('o', rule.out, out);
    save_protocol(rule.protocol, out);
    save_fragment(rule.fragment, out);
    for (const AnyMatch& match : rule.matches) {
        save_match(match, out);
    }
    if (count) {
        base::append(out, " -c {} {}", count->packets, count->bytes);
    }
    save_target(rule.target, out);
    return out;
}

template <net::Family F>
tl::expected<std::string, std::string> list_rules(const Ruleset<F>& ruleset, const RuleListing& listing,
                                                  const Counts& counts) {
    const auto chains = chosen_chains(ruleset, listing.table, listing.chain);
    if (!chains) {
        return tl::unexpected(chains.error());
    }
    std::string out;
    for (const Chain<F>* chain : *chains) {
        if (listing.number != 0) {
            break;
        }
        if (!chain->hook) {
            base::append(out, "-N {}\n", chain->name);
            continue;
        }
        base::append(out, "-P {} {}", chain->name, policy_name(chain->policy));
        if (listing.counters) {
            const base::PacketCount count = counts.policy(listing.table, chain->name);
            base::append(out, " -c {} {}", count.packets, count.bytes);
        }
        out.push_back('\n');
    }
    for (const Chain<F>* chain : *chains) {
        for (std::size_t i = 0; i < chain->rules.size(); ++i) {
            if (listing.number == 0 || listing.number == i + 1) {
                out += rule_text(chain->rules[i], chain->name,
                                 listing.counters ? std::optional(counts.rule(listing.table, chain->name, i))
                                                  : std::nullopt);
                out.push_back('\n');
            }
        }
    }
    return out;
}

std::string date_text(std::time_t when) {
    std::tm local{};
    localtime_r(&when, &local);
    std::array<char, 64> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &local);
    return {text.data(), length};
}

template <net::Family F>
std::string save_ruleset(const Ruleset<F>& ruleset, const SaveStyle& style, const Counts& counts) {
    std::string out;
    for (const TableId id : kSaveOrder) {
        const bool wanted =
            style.table ? *style.table == id : ruleset.tables[static_cast<std::size_t>(id)].has_value();
        if (!wanted) {
            continue;
        }
        if (!style.date.empty()) {
            base::append(out, "# Generated by {} on {}\n", style.generator, style.date);
        }
        save_table(printed_chains(ruleset, id), id, style, counts, out);
        if (!style.date.empty()) {
            base::append(out, "# Completed on {}\n", style.date);
        }
    }
    return out;
}

template std::string rule_text(const Rule<net::Ipv4>&, std::string_view, std::optional<base::PacketCount>);
template tl::expected<std::string, std::string> list_rules(const Ruleset<net::Ipv4>&, const RuleListing&,
                                                           const Counts&);
template std::string save_ruleset(const Ruleset<net::Ipv4>&, const SaveStyle&, const Counts&);

}  // namespace sluice::acl::text
