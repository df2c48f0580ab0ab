// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/edit.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "acl/text/alike.h"
#include "acl/text/manual.h"
#include "acl/text/rule_parser.h"

namespace sluice::acl::text {

namespace {

using Shown = tl::expected<std::string, EditFault>;

constexpr std::string_view kNoChain = "No chain/target/match by that name.";
constexpr std::string_view kBadRule = "Bad rule (does a matching rule exist in that chain?).";

tl::unexpected<EditFault> refuse(std::string_view message, const Word& word) {
    return tl::unexpected<EditFault>(EditFault{std::string(message), word.begin, false});
}

tl::unexpected<EditFault> misuse(std::string message, std::size_t begin) {
    return tl::unexpected<EditFault>(EditFault{std::move(message), begin, true});
}

/// One command on its way through one table.
template <net::Family F>
class Edit {
public:
    Edit(Assembly<F>& assembly, TableId table, const RuleDraft& command, const Locator& at)
        : assembly_(assembly), table_(table), command_(command), at_(at) {}

    Shown apply();

private:
    Shown add();
    Shown replace();
    Shown delete_number();
    Shown delete_alike();
    Shown check();
    Shown new_chain();
    Shown policy();
    Shown rename();
    Shown flush();
    Shown zero();
    Shown delete_chains();

    tl::expected<std::vector<Rule<F>>, EditFault> rules() const;
    /// The chain that is named, or all of the table.
    tl::expected<std::vector<Chain<F>*>, EditFault> chains();
    std::string for_chains(std::string_view doing, const std::vector<Chain<F>*>& chains) const;
    bool has_references(std::string_view chain) const;
    tl::expected<std::vector<std::size_t>, EditFault> places_of(const std::vector<Rule<F>>& rules,
                                                               const Chain<F>& chain) const;
    [[nodiscard]] Chain<F>* chain() { return assembly_.chain(table_, command_.chain.text); }
    [[nodiscard]] std::string shown(const std::vector<Rule<F>>& rules) const;

    Assembly<F>& assembly_;
    TableId table_;
    const RuleDraft& command_;
    const Locator& at_;
};

template <net::Family F>
Shown Edit<F>::apply() {
    assembly_.open_table(table_);
    switch (command_.command) {
        case CommandKind::append:
        case CommandKind::insert:
            return add();
        case CommandKind::replace:
            return replace();
        case CommandKind::delete_rule:
            return command_.has_number ? delete_number() : delete_alike();
        case CommandKind::check:
            return check();
        case CommandKind::new_chain:
            return new_chain();
        case CommandKind::policy:
            return policy();
        case CommandKind::rename_chain:
            return rename();
        case CommandKind::flush:
            return flush();
        case CommandKind::zero:
            return zero();
        case CommandKind::delete_chain:
            return delete_chains();
        case CommandKind::none:
            break;
    }
    return misuse("no command specified", 0);
}

/// What the command says. Errors: also a jump that leads nowhere.
template <net::Family F>
tl::expected<std::vector<Rule<F>>, EditFault> Edit<F>::rules() const {
    auto made = make_rules<F>(command_, command_.chain.text, at_);
    if (!made) {
        return misuse(std::move(made.error().message), made.error().begin);
    }
    const auto* jump = get_if<JumpTarget>(&command_.target);
    if (jump != nullptr && !assembly_.has_chain(table_, jump->chain)) {
        return misuse(fmt::format("Chain '{}' does not exist", jump->chain), command_.target_begin.value_or(0));
    }
    return std::move(*made);
}

template <net::Family F>
std::string Edit<F>::shown(const std::vector<Rule<F>>& rules) const {
    std::string text;
    if (command_.verbose > 0) {
        for (const Rule<F>& rule : rules) {
            text += verbose_text(rule);
        }
    }
    return text;
}

template <net::Family F>
Shown Edit<F>::add() {
    auto made = rules();
    if (!made) {
        return tl::unexpected(std::move(made.error()));
    }
    if (chain() == nullptr) {
        return refuse(kNoChain, command_.chain);
    }
    if (command_.command == CommandKind::insert && command_.number > chain()->rules.size() + 1) {
        return refuse("Index of insertion too big.", command_.chain);
    }
    std::string text = shown(*made);
    const auto done = command_.command == CommandKind::append
                          ? assembly_.append(table_, command_.chain.text, std::move(*made))
                          : assembly_.insert(table_, command_.chain.text, command_.number, std::move(*made));
    return done ? Shown(std::move(text)) : refuse(done.error(), command_.chain);
}

template <net::Family F>
Shown Edit<F>::replace() {
    auto made = rules();
    if (!made) {
        return tl::unexpected(std::move(made.error()));
    }
    if (made->size() > 1) {
        return misuse("Replacement rule does not specify a unique address", command_.chain.begin);
    }
    Chain<F>* const place = chain();
    if (place == nullptr) {
        return refuse(kNoChain, command_.chain);
    }
    if (command_.number > place->rules.size()) {
        return refuse("Index of replacement too big.", command_.chain);
    }
    std::string text = shown(*made);
    place->rules[command_.number - 1] = std::move(made->front());
    return text;
}

template <net::Family F>
Shown Edit<F>::delete_number() {
    Chain<F>* const place = chain();
    if (place == nullptr) {
        return refuse(kNoChain, command_.chain);
    }
    if (command_.number > place->rules.size()) {
        return refuse("Index of deletion too big.", command_.chain);
    }
    place->rules.erase(place->rules.begin() + static_cast<std::ptrdiff_t>(command_.number - 1));
    return std::string();
}

/// The first rule alike for each, none twice. Errors: one is not there.
template <net::Family F>
tl::expected<std::vector<std::size_t>, EditFault> Edit<F>::places_of(const std::vector<Rule<F>>& rules,
                                                                    const Chain<F>& chain) const {
    std::vector<std::size_t> places;
    for (const Rule<F>& rule : rules) {
        const AlikeTo<F> alike(rule);
        std::size_t i = 0;
        while (i < chain.rules.size() && (std::find(places.begin(), places.end(), i) != places.end() ||
                                          !alike(chain.rules[i]))) {
            ++i;
        }
        if (i == chain.rules.size()) {
            return refuse(kBadRule, command_.chain);
        }
        places.push_back(i);
    }
    return places;
}

template <net::Family F>
Shown Edit<F>::delete_alike() {
    const auto made = rules();
    if (!made) {
        return tl::unexpected(made.error());
    }
    Chain<F>* const place = chain();
    if (place == nullptr) {
        return refuse(kBadRule, command_.chain);
    }
    auto places = places_of(*made, *place);
    if (!places) {
        return tl::unexpected(std::move(places.error()));
    }
    std::sort(places->rbegin(), places->rend());
    for (const std::size_t i : *places) {
        place->rules.erase(place->rules.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return shown(*made);
}

template <net::Family F>
Shown Edit<F>::check() {
    const auto made = rules();
    if (!made) {
        return tl::unexpected(made.error());
    }
    const Chain<F>* const place = chain();
    if (place == nullptr) {
        return refuse(kBadRule, command_.chain);
    }
    for (const Rule<F>& rule : *made) {
        if (std::none_of(place->rules.begin(), place->rules.end(), AlikeTo<F>(rule))) {
            return refuse(kBadRule, command_.chain);
        }
    }
    return shown(*made);
}

template <net::Family F>
Shown Edit<F>::new_chain() {
    if (chain() != nullptr) {
        return refuse("Chain already exists.", command_.chain);
    }
    const auto done = assembly_.add_chain(table_, command_.chain.text, at_(command_.chain.begin));
    return done ? Shown(std::string()) : misuse(done.error(), command_.chain.begin);
}

template <net::Family F>
Shown Edit<F>::policy() {
    const Chain<F>* const place = chain();
    if (place == nullptr || !place->hook) {
        return refuse("Bad built-in chain name.", command_.chain);
    }
    if (command_.policy.text != "ACCEPT" && command_.policy.text != "DROP") {
        return refuse("Bad policy name. Run `dmesg' for more information.", command_.policy);
    }
    const auto done = assembly_.set_policy(table_, command_.chain.text, command_.policy.text, command_.initial,
                                           at_(command_.chain.begin));
    return done ? Shown(std::string()) : misuse(done.error(), command_.policy.begin);
}

template <net::Family F>
Shown Edit<F>::rename() {
    const std::string& name = command_.new_name.text;
    if (std::string why = why_no_chain_name(name); !why.empty()) {
        return misuse(std::move(why), command_.new_name.begin);
    }
    if (assembly_.has_chain(table_, name)) {
        return refuse("File exists.", command_.new_name);
    }
    const Chain<F>* const place = chain();
    if (place == nullptr) {
        return refuse(kNoChain, command_.chain);
    }
    if (place->hook) {
        return refuse(fmt::format("'{}' is a built-in chain: it keeps its name.", place->name), command_.chain);
    }
    assembly_.rename_chain(table_, command_.chain.text, name);
    return std::string();
}

template <net::Family F>
tl::expected<std::vector<Chain<F>*>, EditFault> Edit<F>::chains() {
    std::vector<Chain<F>*> chosen;
    if (!command_.chain.text.empty()) {
        if (chain() == nullptr) {
            return refuse(kNoChain, command_.chain);
        }
        chosen.push_back(chain());
        return chosen;
    }
    for (Chain<F>& one : assembly_.table(table_).chains) {
        chosen.push_back(&one);
    }
    const auto users = std::find_if(chosen.begin(), chosen.end(), [](const Chain<F>* one) { return !one->hook; });
    std::sort(users, chosen.end(), [](const Chain<F>* a, const Chain<F>* b) { return a->name < b->name; });
    return chosen;
}

/// "Flushing chain `INPUT'", a line for each chain, where the command has `-v`.
template <net::Family F>
std::string Edit<F>::for_chains(std::string_view doing, const std::vector<Chain<F>*>& chains) const {
    std::string text;
    for (const Chain<F>* one : chains) {
        if (command_.verbose > 0) {
            text += fmt::format("{} chain `{}'\n", doing, one->name);
        }
    }
    return text;
}

template <net::Family F>
Shown Edit<F>::flush() {
    const auto chosen = chains();
    if (!chosen) {
        return tl::unexpected(chosen.error());
    }
    for (Chain<F>* one : *chosen) {
        one->rules.clear();
    }
    return for_chains("Flushing", *chosen);
}

/// A rule number beyond the chain is none of iptables' business: nothing happens.
template <net::Family F>
Shown Edit<F>::zero() {
    const auto chosen = chains();
    if (!chosen) {
        return tl::unexpected(chosen.error());
    }
    for (Chain<F>* one : *chosen) {
        for (std::size_t i = 0; i < one->rules.size(); ++i) {
            if (!command_.has_number || command_.number == i + 1) {
                one->rules[i].counter.reset();
                one->rules[i].initial = {};
            }
        }
        if (!command_.has_number) {
            one->counter.reset();
            one->initial = {};
        }
    }
    return command_.has_number ? std::string() : for_chains("Zeroing", *chosen);
}

template <net::Family F>
bool Edit<F>::has_references(std::string_view chain) const {
    const std::vector<Chain<F>>& all = assembly_.table(table_).chains;
    return std::any_of(all.begin(), all.end(), [&](const Chain<F>& one) {
        return std::any_of(one.rules.begin(), one.rules.end(), [&](const Rule<F>& rule) {
            const auto* jump = get_if<JumpTarget>(&rule.target);
            return jump != nullptr && jump->chain == chain;
        });
    });
}

/// All or none: without a name, every user chain has to be empty and free of jumps to it.
template <net::Family F>
Shown Edit<F>::delete_chains() {
    auto chosen = chains();
    if (!chosen) {
        return tl::unexpected(std::move(chosen.error()));
    }
    if (command_.chain.text.empty()) {
        std::erase_if(*chosen, [](const Chain<F>* one) { return one->hook.has_value(); });
    }
    for (const Chain<F>* one : *chosen) {
        if (one->hook) {
            return refuse(fmt::format("'{}' is a built-in chain: it cannot be deleted.", one->name),
                          command_.chain);
        }
        if (!one->rules.empty()) {
            return refuse("Directory not empty.", command_.chain);
        }
        if (has_references(one->name)) {
            return refuse("Too many links.", command_.chain);
        }
    }
    std::string text = for_chains("Deleting", *chosen);
    std::vector<std::string> names;
    for (const Chain<F>* one : *chosen) {
        names.push_back(one->name);
    }
    for (const std::string& name : names) {
        assembly_.remove_chain(table_, name);
    }
    return text;
}

}  // namespace

template <net::Family F>
tl::expected<std::string, EditFault> apply_edit(Assembly<F>& assembly, TableId table, const RuleDraft& command,
                                                const Locator& at) {
    return Edit<F>(assembly, table, command, at).apply();
}

template tl::expected<std::string, EditFault> apply_edit(Assembly<net::Ipv4>&, TableId, const RuleDraft&,
                                                         const Locator&);

}  // namespace sluice::acl::text
