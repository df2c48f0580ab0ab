// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <ctime>

#include "acl/text/chain_order.h"
#include "acl/text/list.h"
#include "acl/text/save.h"
#include "ctrlplane/control/edit_methods.h"
#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

namespace sluice::ctrlplane::control {

namespace {

using acl::TableId;
using Ruleset = acl::Ruleset<net::Ipv4>;
using acl::text::Counts;

std::optional<TableId> table_of(std::string_view name) {
    const auto found = std::find(acl::kTableNames.begin(), acl::kTableNames.end(), name);
    if (found == acl::kTableNames.end()) {
        return std::nullopt;
    }
    return static_cast<TableId>(found - acl::kTableNames.begin());
}

tl::unexpected<Refusal> no_table(std::string_view name) {
    return refusal(
        fmt::format("table '{}' does not exist; there are raw, mangle, nat, filter and security", name));
}

/// A table, or one chain of it, or one rule of that, as data.
Json table_data(const Ruleset& ruleset, const Counts& counts, TableId table,
                std::span<const acl::Chain<net::Ipv4>* const> chains, std::size_t number) {
    Json list = Json::array();
    for (const acl::Chain<net::Ipv4>* chain : chains) {
        Json rules = Json::array();
        for (std::size_t i = 0; i < chain->rules.size(); ++i) {
            if (number == 0 || number == i + 1) {
                const base::PacketCount count = counts.rule(table, chain->name, i);
                rules.push_back({{"number", i + 1},
                                 {"rule", acl::text::rule_text(chain->rules[i], chain->name)},
                                 {"packets", count.packets},
                                 {"bytes", count.bytes}});
            }
        }
        Json one = {{"chain", chain->name}, {"rules", std::move(rules)}};
        if (chain->hook) {
            const base::PacketCount count = counts.policy(table, chain->name);
            one["policy"] = chain->policy == acl::Policy::drop ? "DROP" : "ACCEPT";
            one["packets"] = count.packets;
            one["bytes"] = count.bytes;
        }
        list.push_back(std::move(one));
    }
    const bool loaded = ruleset.tables[static_cast<std::size_t>(table)].has_value();
    return {{"table", acl::kTableNames[static_cast<std::size_t>(table)]},
            {"loaded", loaded},
            {"chains", std::move(list)}};
}

/// What -L and -S have in common.
struct Wanted {
    TableId table = TableId::filter;
    std::string chain;
    std::size_t number = 0;
    bool numeric = false;
    bool verbose = false;
    bool exact = false;
    bool line_numbers = false;
    bool zero = false;  ///< -Z with -L or -S: what has been shown is zeroed
    bool json = false;
};

tl::expected<Wanted, Refusal> read_wanted(const Json& given) {
    Params params(given);
    Wanted wanted;
    const std::string table = params.text("table").value_or("filter");
    wanted.chain = params.text("chain").value_or("");
    const auto number = params.number("rule", 0xffffffffU);
    wanted.numeric = params.flag("numeric");
    wanted.verbose = params.number("verbose", 16).value_or(0) > 0;
    wanted.exact = params.flag("exact");
    wanted.line_numbers = params.flag("line_numbers");
    wanted.zero = params.flag("zero");
    wanted.json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (number && (*number == 0 || wanted.chain.empty())) {
        return refusal("a rule's number counts from 1 and needs a chain", ErrorCode::invalid_params);
    }
    wanted.number = number.value_or(0);
    const auto id = table_of(table);
    if (!id) {
        return no_table(table);
    }
    wanted.table = *id;
    return wanted;
}

/// What was asked for, as data or as text.
tl::expected<Json, Refusal> show(const Wanted& wanted, const Ruleset& ruleset, const Counts& counts,
                                 std::span<const acl::Chain<net::Ipv4>* const> chains, bool as_rules) {
    if (wanted.json) {
        return Json{{"data", table_data(ruleset, counts, wanted.table, chains, wanted.number)}};
    }
    const auto text =
        as_rules ? acl::text::list_rules(
                       ruleset, {wanted.table, wanted.chain, wanted.number, wanted.verbose}, counts)
                 : acl::text::list_table(ruleset,
                                         {wanted.table, wanted.chain, wanted.number, wanted.numeric,
                                          wanted.verbose, wanted.exact, wanted.line_numbers},
                                         counts);
    if (!text) {
        return refusal(text.error());
    }
    return Json{{"text", *text}};
}

MethodResult list(const RouterView& view, const Json& given, bool as_rules) {
    const auto wanted = read_wanted(given);
    if (!wanted) {
        return tl::unexpected(wanted.error());
    }
    const auto chains = acl::text::chosen_chains(view.ruleset(), wanted->table, wanted->chain);
    if (!chains) {
        return tl::unexpected<Refusal>(
            Refusal{ErrorCode::refused, fmt::format("iptables: {}", chains.error()), 1});
    }
    auto shown = show(*wanted, view.ruleset(), view.counts(), *chains, as_rules);
    if (!shown) {
        return tl::unexpected(shown.error());
    }
    if (wanted->zero) {
        acl::text::RuleDraft zero;
        zero.command = acl::text::CommandKind::zero;
        zero.chain.text = wanted->chain;
        zero.number = static_cast<std::uint32_t>(wanted->number);
        zero.has_number = wanted->number != 0;
        zero.verbose = wanted->verbose ? 1 : 0;
        const auto done = carry_out(view, wanted->table, zero);
        if (!done) {
            return tl::unexpected(done.error());
        }
        if (!wanted->json) {
            (*shown)["text"] = (*shown)["text"].get<std::string>() + *done;
        }
    }
    return std::move(*shown);
}

MethodResult save(const RouterView& view, const Json& given) {
    Params params(given);
    acl::text::SaveStyle style;
    style.counters = params.flag("counters");
    const auto table = params.text("table");
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (table) {
        style.table = table_of(*table);
        if (!style.table) {
            return no_table(*table);
        }
    }
    const Ruleset& ruleset = view.ruleset();
    const Counts counts = view.counts();
    if (!json) {
        style.date = acl::text::date_text(std::time(nullptr));
        return Json{{"text", acl::text::save_ruleset(ruleset, style, counts)}};
    }
    Json tables = Json::array();
    for (std::size_t i = 0; i < acl::kTables; ++i) {
        const auto id = static_cast<TableId>(i);
        if (style.table ? *style.table == id : ruleset.tables[i].has_value()) {
            tables.push_back(table_data(ruleset, counts, id, acl::text::printed_chains(ruleset, id), 0));
        }
    }
    return Json{{"data", std::move(tables)}};
}

}  // namespace

void add_iptables_methods(Methods& methods, const RouterView& view) {
    methods["iptables.list"] = [&view](const Json& params) { return list(view, params, false); };
    methods["iptables.list_rules"] = [&view](const Json& params) { return list(view, params, true); };
    methods["iptables.save"] = [&view](const Json& params) { return save(view, params); };
}

}  // namespace sluice::ctrlplane::control
