// SPDX-License-Identifier: BSD-3-Clause
#include "acl/literal/walk.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <variant>

#include "acl/all_targets.h"
#include "acl/literal/questions.h"
#include "acl/text/registry.h"
#include "acl/text/save.h"

namespace sluice::acl::literal {

namespace {

bool holds(const AddressMatch<net::Ipv4>& match, net::Ipv4Address address) {
    return ((address.host() & match.mask.host()) == match.address.host()) != match.inverted;
}

template <net::Family F>
class Walker {
public:
    Walker(const Table<F>& table, const Surroundings& surroundings, PacketView<F>& packet, std::span<std::byte> bytes)
        : table_(table),
          interfaces_(surroundings.interfaces),
          sets_(surroundings.sets),
          packet_(packet),
          bytes_(bytes) {}

    Way run(const Chain<F>& base);

private:
    struct Position {
        const Chain<F>* chain;
        std::size_t next = 0;
    };

    /// What of the rule does not hold, empty: all does. `note` tells what was taken to hold.
    std::string refusal(const Rule<F>& rule, std::string& note) const;
    /// As ask_match, where the sets are known: their counters stay as they are.
    std::optional<Answer> ask(const AnyMatch& match) const;
    bool holds_interface(const InterfaceMatch& match, base::InterfaceId id) const;
    /// True: the table is done.
    bool follow(const Rule<F>& rule, Step& step);
    void apply(const AnyTarget& target, Step& step);
    const Chain<F>* chain_of(std::string_view name) const;

    const Table<F>& table_;
    std::span<const std::string> interfaces_;
    const sets::SetBook* sets_;
    PacketView<F>& packet_;
    std::span<std::byte> bytes_;
    std::vector<Position> stack_;
    Way way_;
};

template <net::Family F>
Way Walker<F>::run(const Chain<F>& base) {
    stack_.push_back({&base});
    while (!stack_.empty()) {
        Position& here = stack_.back();
        if (here.next == here.chain->rules.size()) {
            stack_.pop_back();
            continue;
        }
        const Rule<F>& rule = here.chain->rules[here.next++];
        Step step{here.chain->name, stack_.size() - 1, here.next, text::rule_text(rule, here.chain->name), false, {}};
        std::string note;
        step.said = refusal(rule, note);
        step.holds = step.said.empty();
        const bool drops = step.said == "drop";
        way_.is_sure = way_.is_sure && note.empty();
        if (step.holds) {
            step.said = note;
        }
        const bool is_done = step.holds && follow(rule, step);
        if (drops) {
            step.said = "a match cannot be answered: the packet is dropped";
            way_.end = End::drop;
        }
        way_.steps.push_back(std::move(step));
        if (is_done || drops) {
            return std::move(way_);
        }
    }
    const bool drops = base.policy == Policy::drop;
    way_.end = drops ? End::drop : End::accept;
    way_.steps.push_back({base.name, 0, 0, fmt::format("-P {} {}", base.name, drops ? "DROP" : "ACCEPT"), true, {}});
    return std::move(way_);
}

template <net::Family F>
bool Walker<F>::holds_interface(const InterfaceMatch& match, base::InterfaceId id) const {
    if (match.name.empty() && !match.prefix) {
        return true;
    }
    const std::string_view name =
        id == base::kNoInterface ? std::string_view() : std::string_view(interfaces_[base::index_of(id)]);
    const bool fits = match.prefix ? name.starts_with(match.name) : name == match.name;
    return fits != match.inverted;
}

template <net::Family F>
std::optional<Answer> Walker<F>::ask(const AnyMatch& match) const {
    const auto* in_set = get_if<SetMatch>(&match);
    sets::SetBook::NamedSet* const set =
        in_set == nullptr || sets_ == nullptr ? nullptr : sets_->find(in_set->name);
    if (set == nullptr) {
        return ask_match(match, packet_);
    }
    std::vector<sets::InterfaceName> names(interfaces_.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        interfaces_[i].copy(names[i].data(), names[i].size() - 1);
    }
    SetMatch only_looks = *in_set;
    only_looks.leave_counters = only_looks.leave_subcounters = true;
    return Evaluate<InSet>::ask(ask_of<false>(only_looks, set->slot, names), packet_);
}

template <net::Family F>
std::string Walker<F>::refusal(const Rule<F>& rule, std::string& note) const {
    if (!holds(rule.source, packet_.source)) {
        return "-s";
    }
    if (!holds(rule.destination, packet_.destination)) {
        return "-d";
    }
    if (!holds_interface(rule.in, packet_.in)) {
        return "-i";
    }
    if (!holds_interface(rule.out, packet_.out)) {
        return "-o";
    }
    if (rule.protocol.number != 0 && (rule.protocol.number == packet_.protocol) == rule.protocol.inverted) {
        return "-p";
    }
    if (rule.fragment != FragmentMatch::any &&
        (rule.fragment == FragmentMatch::only) != (fragment_offset(packet_) != 0)) {
        return "-f";
    }
    for (const AnyMatch& match : rule.matches) {
        const auto answer = ask(match);
        const std::string name(text::extension_of(match).name);
        if (!answer) {
            note += fmt::format("{}{} depends on earlier packets: taken to hold", note.empty() ? "" : "; ", name);
        } else if (*answer == Answer::drop) {
            return "drop";
        } else if (*answer == Answer::no) {
            return name;
        }
    }
    return {};
}

template <net::Family F>
const Chain<F>* Walker<F>::chain_of(std::string_view name) const {
    const auto found = std::find_if(table_.chains.begin(), table_.chains.end(),
                                    [&](const Chain<F>& chain) { return chain.name == name; });
    return found == table_.chains.end() ? nullptr : &*found;
}

template <net::Family F>
bool Walker<F>::follow(const Rule<F>& rule, Step& step) {
    if (holds<AcceptTarget>(rule.target)) {
        way_.end = End::accept;
        return true;
    }
    if (holds<DropTarget>(rule.target)) {
        way_.end = End::drop;
        return true;
    }
    if (const auto* reject = get_if<RejectTarget>(&rule.target)) {
        way_.end = End::reject;
        way_.reject = reject;
        return true;
    }
    if (const auto* nat = get_if<NatTarget>(&rule.target)) {
        way_.end = End::nat;
        way_.nat = nat;
        return true;
    }
    if (holds<ReturnTarget>(rule.target)) {
        stack_.pop_back();
    } else if (const auto* jump = get_if<JumpTarget>(&rule.target)) {
        if (const Chain<F>* to = chain_of(jump->chain)) {
            if (jump->is_goto && stack_.size() > 1) {
                stack_.pop_back();
            } else if (jump->is_goto) {
                stack_.back().next = stack_.back().chain->rules.size();
            }
            stack_.push_back({to});
        }
    } else {
        apply(rule.target, step);
    }
    return false;
}

/// Targets that change the packet and let it go on.
template <net::Family F>
void Walker<F>::apply(const AnyTarget& target, Step& step) {
    const std::uint32_t before = packet_.mark;
    visit_target(target, [&](const auto& options) {
        if constexpr (HasEffect<std::remove_cvref_t<decltype(options)>>) {
            Subject<F> subject{.view = packet_, .bytes = bytes_, .connection = nullptr, .is_rehearsal = true};
            (void)Effect<std::remove_cvref_t<decltype(options)>>::apply(options, subject);
        }
    });
    if (const auto* set = get_if<SetTarget>(&target); set != nullptr && set->map_mark) {
        way_.is_sure = false;
        step.said += fmt::format("{}the mark that {} has for it is not known here: taken to have none",
                                 step.said.empty() ? "" : "; ", set->map.name);
    }
    if (packet_.mark != before) {
        step.said += fmt::format("{}mark becomes {:#x}", step.said.empty() ? "" : "; ", packet_.mark);
    }
}

}  // namespace

template <net::Family F>
Way walk(const Ruleset<F>& rules, TableId table, Hook hook, const Surroundings& surroundings,
         PacketView<F>& packet, std::span<std::byte> bytes) {
    const auto& found = rules.tables[static_cast<std::size_t>(table)];
    if (found) {
        for (const Chain<F>& chain : found->chains) {
            if (chain.hook == hook) {
                return Walker<F>(*found, surroundings, packet, bytes).run(chain);
            }
        }
    }
    return {};
}

template Way walk(const Ruleset<net::Ipv4>&, TableId, Hook, const Surroundings&, PacketView<net::Ipv4>&,
                  std::span<std::byte>);

}  // namespace sluice::acl::literal
