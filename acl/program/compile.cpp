// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <any>
#include <concepts>
#include <random>
#include <utility>
#include <variant>

#include "acl/all_matches.h"
#include "acl/all_targets.h"
#include "acl/program/check.h"
#include "acl/program/compile_strings.h"
#include "acl/program/compiled_program.h"
#include "acl/program/each_rule.h"
#include "acl/program/outline_of.h"
#include "acl/program/unconditional.h"
#include "dataplane/base/assertion.h"

namespace sluice::acl {

namespace {

/// Makes one table of a program. The ruleset has been checked.
template <net::Family F>
class TableCompiler {
public:
    TableCompiler(CompiledProgram<F>& program, const Table<F>& table, keyed::Bindings& bindings, const Shared& shared,
                  const StringNumbers& strings)
        : program_(program),
          strings_(strings),
          sets_(shared.sets),
          timeouts_(shared.timeouts),
          source_(table),
          bindings_(bindings),
          table_(program.tables[static_cast<std::size_t>(table.id)]) {}

    void run() {
        for (const Chain<F>& chain : source_.chains) {
            const auto index = static_cast<std::uint32_t>(table_.by_name.size());
            table_.by_name.emplace(chain.name, index);
            if (chain.hook) {
                table_.entry[static_cast<std::size_t>(*chain.hook)] = index;
            }
        }
        table_.with_string.resize(strings_.size());
        for (const Chain<F>& chain : source_.chains) {
            add(chain);
        }
        link_strings();
    }

private:
    void add(const Chain<F>& chain) {
        CompiledChain compiled;
        compiled.first = static_cast<std::uint32_t>(table_.rules.size());
        chain.name.copy(compiled.name.data(), compiled.name.size() - 1);
        for (const Rule<F>& rule : chain.rules) {
            table_.rules.push_back(compile(rule));
        }
        compiled.end = static_cast<std::uint32_t>(table_.rules.size());
        CompiledRule<F> marker;
        marker.step = Step::end_of_chain;
        if (chain.hook) {
            marker.step = chain.policy == Policy::drop ? Step::policy_drop : Step::policy_accept;
            marker.id = next_id();
        }
        table_.rules.push_back(marker);
        add_segments(compiled);
        table_.chains.push_back(compiled);
    }

    /// For the rules that need a string: how a packet without it gets past them all at once.
    void link_strings() {
        if (strings_.empty()) {
            return;
        }
        const auto size = static_cast<std::uint32_t>(table_.rules.size());
        table_.without_string.resize(size + 1, size);
        for (std::uint32_t i = size; i-- > 0;) {
            const bool needs = (table_.rules[i].inverted & CompiledRule<F>::kNeedsString) != 0;
            table_.without_string[i] = needs ? table_.without_string[i + 1] : i;
        }
    }

    void add_segments(CompiledChain& chain) {
        const auto rules = std::span(table_.rules).subspan(chain.first, chain.end - chain.first);
        std::vector<Outline<F>> outlines;
        if (rules.size() >= kMinClassified) {
            outlines = outlines_of<F>(rules, program_);
        }
        chain.first_segment = static_cast<std::uint32_t>(table_.segments.size());
        const std::vector<Segment> segments = outlines.empty()
                                                  ? std::vector<Segment>{{0, chain.end - chain.first, false}}
                                                  : segments_of<F>(outlines);
        for (const Segment& segment : segments) {
            CompiledSegment<F> compiled{chain.first + segment.begin, chain.first + segment.end, nullptr};
            if (segment.is_classified) {
                const auto covered = std::span(outlines).subspan(segment.begin, segment.end - segment.begin);
                add_successors(successors_of<F>(covered), compiled.first);
                compiled.classifier = std::make_unique<const Classifier<F>>(covered);
            }
            table_.segments.push_back(std::move(compiled));
        }
        table_.segments.back().end += 1;  // the marker
        chain.last_segment = static_cast<std::uint32_t>(table_.segments.size() - 1);
    }

    void add_successors(const Successors& successors, std::uint32_t first) {
        const auto offset = static_cast<std::uint32_t>(table_.successors.size());
        for (const std::uint32_t rule : successors.rules) {
            table_.successors.push_back(rule == Successors::kEnd ? Successors::kEnd : first + rule);
        }
        for (std::size_t i = 0; i < successors.start.size(); ++i) {
            if (successors.start[i] != Successors::kNone) {
                table_.rules[first + i].successors = offset + successors.start[i];
            }
        }
    }

    CompiledRule<F> compile(const Rule<F>& rule) {
        using Compiled = CompiledRule<F>;
        Compiled compiled;
        compiled.source = rule.source.address;
        compiled.source_mask = rule.source.mask;
        compiled.destination = rule.destination.address;
        compiled.destination_mask = rule.destination.mask;
        compiled.protocol = rule.protocol.number;
        const auto flag = [](bool set, std::uint8_t value) { return set ? value : std::uint8_t{0}; };
        compiled.inverted =
            static_cast<std::uint8_t>(flag(rule.source.inverted, Compiled::kNotSource) |
                                      flag(rule.destination.inverted, Compiled::kNotDestination) |
                                      flag(rule.protocol.inverted, Compiled::kNotProtocol) |
                                      flag(rule.fragment == FragmentMatch::only, Compiled::kFragment) |
                                      flag(rule.fragment == FragmentMatch::never, Compiled::kNotFragment) |
                                      flag(ends_chain(rule), Compiled::kEndsChain));
        compiled.in = program_.interfaces.add(rule.in);
        compiled.out = program_.interfaces.add(rule.out);
        compiled.id = next_id();
        compiled.first_match = static_cast<std::uint32_t>(program_.matches.size());
        for (const AnyMatch& match : rule.matches) {
            add(match, compiled);
        }
        note_string(compiled);
        visit_target(rule.target, [&](const auto& target) { set_target(target, compiled); });
        return compiled;
    }

    void note_string(CompiledRule<F>& compiled) {
        if (compiled.asks != CompiledRule<F>::Asks::headers) {
            return;
        }
        for (std::uint32_t i = 0; i < compiled.match_count; ++i) {
            const auto* string = std::get_if<StringQuestion>(&program_.matches[compiled.first_match + i]);
            if (string != nullptr && !string->inverted) {
                compiled.inverted |= CompiledRule<F>::kNeedsString;
                table_.with_string[string->number].push_back(static_cast<std::uint32_t>(table_.rules.size()));
                return;
            }
        }
    }

    void add(const AnyMatch& match, CompiledRule<F>& compiled) {
        visit_match(match, [&]<class M>(const M& held) {
            with_parts(held, [&]<class Part>(const Part& part) {
                note(hold(held, part), compiled);
                ++compiled.match_count;
                if constexpr (reads_account<Part>() || reads_tracking<Part>()) {
                    // conntrack is in front of all tables but raw
                    program_.is_sequential[static_cast<std::size_t>(TableId::raw)] = true;
                    program_.reads_accounts = program_.reads_accounts || reads_account<Part>();
                }
                program_.reads_labels = program_.reads_labels || reads_labels<Part>();
            });
        });
    }

    /// Returns: what the question depends on.
    template <class M, class Part>
    Depends hold(const M& match, Part part) {
        if constexpr (SharesState<M>) {
            Evaluate<M>::bind(match, part, bindings_);
            program_.matches.emplace_back(part);
        } else if constexpr (std::same_as<Part, SetMatch>) {
            hold_set(part);
        } else if constexpr (std::same_as<Part, StringMatch>) {
            program_.matches.emplace_back(
                StringQuestion{program_.scanner.get(), strings_.find(sought_by(part))->second, part.inverted});
        } else if constexpr (KeepsCell<Part>) {
            HistoryCell& cell = program_.cells.emplace_back();
            cell.word.store(Evaluate<Part>::initial(part), std::memory_order_relaxed);
            program_.matches.emplace_back(Remembering<Part>{part, &cell});
        } else if constexpr (Large<Part>) {
            const std::any& kept = program_.kept.emplace_back(part);
            program_.matches.emplace_back(Kept<Part>{std::any_cast<Part>(&kept)});
        } else {
            program_.matches.emplace_back(part);
        }
        return depends_of(program_.matches.back());
    }

    void hold_set(const SetMatch& match) {
        sets::SetBook::NamedSet& set = *sets_->find(match.name);
        const bool counts = set.counts();
        program_.set_uses.emplace_back(set, counts, false);
        if (counts) {
            program_.matches.emplace_back(ask_of<true>(match, set.slot, program_.interface_names));
        } else {
            program_.matches.emplace_back(ask_of<false>(match, set.slot, program_.interface_names));
        }
    }

    void note(Depends depends, CompiledRule<F>& compiled) {
        using Asks = typename CompiledRule<F>::Asks;
        if (depends == Depends::history) {
            compiled.asks = Asks::history;
            program_.is_sequential[static_cast<std::size_t>(source_.id)] = true;
        } else if (depends == Depends::headers && compiled.asks == Asks::connection) {
            compiled.asks = Asks::headers;
        }
    }

    template <HasEffect T>
    void set_target(const T& target, CompiledRule<F>& compiled) {
        add_effect(target, compiled);
    }
    template <HasEffect T>
    void add_effect(const T& target, CompiledRule<F>& compiled) {
        compiled.step = Step::effect;
        compiled.argument = static_cast<std::uint32_t>(program_.effects.size());
        program_.effect_of[static_cast<std::size_t>(compiled.id)] = compiled.argument;
        program_.effects.emplace_back(target);
        if (Effect<T>::touches == Touches::connection || Effect<T>::touches == Touches::outside) {
            program_.is_sequential[static_cast<std::size_t>(source_.id)] = true;
        }
    }
    void set_target(const CtTarget& target, CompiledRule<F>& compiled) {
        const auto policy = std::find_if(timeouts_.begin(), timeouts_.end(),
                                         [&](const auto& one) { return one.name == target.timeout; });
        add_effect(choice_of(target, policy == timeouts_.end() ? std::uint8_t{0} : policy->number), compiled);
    }
    void set_target(const SetTarget& target, CompiledRule<F>& compiled) {
        constexpr std::uint32_t kLongestTimeout = 2147483;  // as the kernel cuts it
        const SetWrite write{.add = hold_set(target.add, true),
                       .del = hold_set(target.del, true),
                       .map = hold_set(target.map, false),
                       .timeout_s = std::min(target.timeout_s.value_or(0), kLongestTimeout),
                       .has_timeout = target.timeout_s.has_value(),
                       .exist = target.exist,
                       .map_mark = target.map_mark,
                       .names = program_.interface_names.data(),
                       .name_count = program_.interface_names.size()};
        add_effect(write, compiled);
    }
    void set_target(const TeeTarget& target, CompiledRule<F>& compiled) {
        TeeCopy copy{target.gateway, base::kNoInterface};
        const auto& names = program_.interface_names;
        const auto named = std::find_if(names.begin(), names.end(), [&](const auto& name) {
            return !target.out_name().empty() && target.out_name() == name.data();
        });
        if (named != names.end()) {
            copy.out = base::InterfaceId(named - names.begin());
        }
        add_effect(copy, compiled);
    }
    void set_target(const RateestTarget& target, CompiledRule<F>& compiled) {
        add_effect(RateCount{&bindings_.estimator(target.name)}, compiled);
    }
    SetWrite::Use hold_set(const SetTargetUse& use, bool writes) {
        if (use.name.empty()) {
            return {};
        }
        sets::SetBook::NamedSet& set = *sets_->find(use.name);
        program_.set_uses.emplace_back(set, true, writes);
        return {&set.slot, use.directions};
    }
    void set_target(const NoTarget&, CompiledRule<F>& compiled) { compiled.step = Step::next; }
    void set_target(const AcceptTarget&, CompiledRule<F>& compiled) { compiled.step = Step::accept; }
    void set_target(const DropTarget&, CompiledRule<F>& compiled) { compiled.step = Step::drop; }
    void set_target(const ReturnTarget&, CompiledRule<F>& compiled) { compiled.step = Step::leave; }
    void set_target(const JumpTarget& target, CompiledRule<F>& compiled) {
        compiled.step = target.is_goto ? Step::go_to : Step::jump;
        compiled.argument = table_.by_name.find(target.chain)->second;
    }
    void set_target(const RejectTarget& target, CompiledRule<F>& compiled) {
        compiled.step = Step::reject;
        compiled.argument = static_cast<std::uint32_t>(target.with);
    }
    void set_target(const NatTarget& target, CompiledRule<F>& compiled) {
        compiled.step = Step::nat;
        compiled.argument = static_cast<std::uint32_t>(program_.nats.size());
        program_.nats.push_back(target);
        program_.maps_independently =
            program_.maps_independently || target.independence != NatTarget::Independence::none;
    }

    template <class T>
    requires RefusedAlways<T>
    void set_target(const T&, CompiledRule<F>&) { SLUICE_ASSERT(false); }  // refused by check

    RuleId next_id() {
        program_.first_match.push_back(static_cast<std::uint32_t>(program_.matches.size()));
        program_.effect_of.push_back(0);
        program_.first_cell.push_back(static_cast<std::uint32_t>(program_.cells.size()));
        return static_cast<RuleId>(program_.first_match.size() - 1);
    }

    CompiledProgram<F>& program_;
    const StringNumbers& strings_;
    sets::SetBook* sets_;
    std::span<const conntrack::TimeoutPolicyName> timeouts_;
    const Table<F>& source_;
    keyed::Bindings& bindings_;
    CompiledTable<F>& table_;
};

/// Lets all rules say what they require of the state that they share.
template <net::Family F>
void require_shared(const Ruleset<F>& rules, keyed::Bindings& bindings) {
    for_each_rule(rules, [&](const Rule<F>& rule) {
        if (const auto* rate = get_if<RateestTarget>(&rule.target)) {
            bindings.require_estimator(rate->name, rate->options);
        }
    });
    for_each_match(rules, [&](const AnyMatch& match) {
        visit_match(match, [&]<class M>(const M& held) {
            if constexpr (SharesState<M>) {
                Evaluate<M>::require(held, bindings);
            }
        });
    });
}

}  // namespace

template <net::Family F>
tl::expected<std::unique_ptr<const Program<F>>, base::Diagnostics> Program<F>::compile(
    const Ruleset<F>& rules, InterfaceNames interfaces, const Shared& shared) {
    if (base::Diagnostics faults = check(rules, shared.sets, shared.timeouts); !faults.empty()) {
        return tl::unexpected<base::Diagnostics>(std::move(faults));
    }
    auto impl = std::make_unique<Impl>(interfaces);
    for (const std::string& name : interfaces) {
        sets::InterfaceName& own = impl->interface_names.emplace_back();
        std::copy_n(name.begin(), std::min(name.size(), own.size() - 1), own.begin());
    }
    keyed::Book* book = shared.keyed;
    if (book == nullptr) {
        impl->own_book = std::make_unique<keyed::Book>(base::Random(std::random_device{}()));
        book = impl->own_book.get();
    }
    impl->book = book;
    keyed::Bindings bindings(*book, impl->leases);
    require_shared(rules, bindings);
    const auto numbers = compile_strings(rules, shared.readers, impl->scanner);
    if (!numbers) {
        base::Diagnostics faults(1);
        faults[0].message = numbers.error().message;
        return tl::unexpected<base::Diagnostics>(std::move(faults));
    }
    for (const auto& table : rules.tables) {
        if (table) {
            TableCompiler<F>(*impl, *table, bindings, shared, *numbers).run();
        }
    }
    return std::unique_ptr<const Program>(new Program(std::move(impl)));
}

template <net::Family F>
Program<F>::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

template <net::Family F>
Program<F>::~Program() = default;

template class Program<net::Ipv4>;

}  // namespace sluice::acl
