// SPDX-License-Identifier: BSD-3-Clause
/// The walk of a burst through a table: ipt_do_table, for many packets at once.
///
/// Each packet walks alone through walked segments. Where it comes to a classified one it waits, and all that
/// wait at the same segment are asked about together, in rounds, until no packet waits.
#include <algorithm>
#include <array>
#include <iterator>

#include "acl/program/check.h"
#include "acl/program/compiled_program.h"
#include "dataplane/base/assertion.h"

namespace sluice::acl {

namespace {

constexpr std::size_t kMaxBurst = 64;
/// So many rules behind a candidate without listed successors are tried before the classifier is asked again.
constexpr std::uint32_t kTries = 4;
constexpr std::uint32_t kAll = ~std::uint32_t{0};

/// Where a packet stands in a table, and who called the chain it is in.
struct Cursor {
    struct Caller {
        std::uint32_t segment;
        std::uint32_t position;  ///< of the rule that jumped
    };
    using Callers = std::array<Caller, kMaxDepth>;
    std::uint32_t segment = 0;
    std::uint32_t position = 0;
    std::uint32_t tries = 0;  ///< rules that may be tried before the segment's classifier is asked
    std::uint32_t successors = Successors::kNone;  ///< the next of a list that is being tried
    std::uint32_t depth = 0;
    bool literal = false;        ///< its L4 header is not readable: every rule in turn, as some drop it
    Callers* callers = nullptr;  ///< apart: 1 KiB a packet, of which a walk touches a line or none
};

/// One table at one hook, on the counters of one worker.
template <net::Family F>
class Run {
public:
    Run(const CompiledProgram<F>& program, const CompiledTable<F>& table, Hook hook,
        std::span<base::PacketCounter> counters) noexcept
        : program_(program),
          table_(table),
          entry_(table.entry[static_cast<std::size_t>(hook)]),
          counters_(counters) {}

    void all(std::span<Walk<F>* const> walks) noexcept {
        std::array<Cursor::Callers, kMaxBurst> callers;
        std::array<Cursor, kMaxBurst> cursors;
        std::array<std::uint32_t, kMaxBurst> waiting;
        std::uint32_t count = 0;
        for (std::uint32_t i = 0; i < walks.size(); ++i) {
            cursors[i].callers = &callers[i];
            start(*walks[i], cursors[i]);
            if (!advance(*walks[i], cursors[i])) {
                waiting[count++] = i;
            }
        }
        if (count == 0) {
            return;
        }
        std::array<Key<F>, kMaxBurst> keys;
        for (std::uint32_t i = 0; i < count; ++i) {
            keys[waiting[i]] = key_of(walks[waiting[i]]->packet);
        }
        while (count != 0) {
            classify({waiting.data(), count}, cursors, keys);
            std::uint32_t still = 0;
            for (std::uint32_t i = 0; i < count; ++i) {
                const std::uint32_t walk = waiting[i];
                if (cursors[walk].tries == 0 || !advance(*walks[walk], cursors[walk])) {
                    waiting[still++] = walk;
                }
            }
            count = still;
        }
    }

private:
    void start(Walk<F>& walk, Cursor& cursor) const noexcept {
        walk.outcome = Outcome::accept;
        cursor.literal = !is_readable(walk.packet);
        if (cursor.literal) {
            walk.trace.overflowed = true;  // not a packet of a connection: nothing to remember
        }
        enter(cursor, entry_);
    }

    void enter(Cursor& cursor, std::uint32_t chain) const noexcept {
        enter_segment(cursor, table_.chains[chain].first_segment);
    }

    void enter_segment(Cursor& cursor, std::uint32_t segment) const noexcept {
        const CompiledSegment<F>& entered = table_.segments[segment];
        cursor.segment = segment;
        cursor.position = entered.first;
        cursor.tries = cursor.literal || entered.classifier == nullptr ? kAll : 0;
        cursor.successors = Successors::kNone;
    }

    /// Behind a rule that failed or does not end the walk.
    void pass(Cursor& cursor) const noexcept {
        if (cursor.successors != Successors::kNone) {
            const std::uint32_t next = table_.successors[cursor.successors++];
            cursor.position = next == Successors::kEnd ? table_.segments[cursor.segment].end : next;
            return;
        }
        ++cursor.position;
        if (cursor.tries != kAll) {
            --cursor.tries;
        }
    }

    /// Behind a rule that needs a string which the packet does not have: on to the next that needs none, or one of
    /// those that it has. What was found of all strings is a guard already, so those between leave none.
    void pass_strings(const strings::Hits& hits, Cursor& cursor) const noexcept {
        if (cursor.successors != Successors::kNone || !hits.is_known || hits.overflowed || cursor.literal) {
            pass(cursor);
            return;
        }
        std::uint32_t next =
            std::min(table_.without_string[cursor.position + 1], table_.segments[cursor.segment].end);
        for (const strings::Number number : hits.found()) {
            const std::vector<std::uint32_t>& rules = table_.with_string[number];
            const auto found = std::upper_bound(rules.begin(), rules.end(), cursor.position);
            next = found == rules.end() ? next : std::min(next, *found);
        }
        if (cursor.tries != kAll) {
            cursor.tries = next == cursor.position + 1 ? cursor.tries - 1 : 0;
        }
        cursor.position = next;
    }

    /// Behind a rule that held: the packet matches its outline, so its successors, if listed, are all there
    /// is to try.
    void pass_held(const CompiledRule<F>& rule, Cursor& cursor) const noexcept {
        if (cursor.tries != kAll && cursor.successors == Successors::kNone) {
            cursor.successors = rule.successors;
        }
        pass(cursor);
    }

    /// Asks the classifier of the segment where the first one waits, for all that wait there.
    void classify(std::span<const std::uint32_t> waiting, std::array<Cursor, kMaxBurst>& cursors,
                  const std::array<Key<F>, kMaxBurst>& keys) const noexcept {
        std::array<const Key<F>*, kMaxBurst> asked;
        std::array<Cursor*, kMaxBurst> askers;
        std::array<std::uint32_t, kMaxBurst> from;
        std::array<Candidate, kMaxBurst> found;
        const std::uint32_t here = cursors[waiting[0]].segment;
        const CompiledSegment<F>& segment = table_.segments[here];
        std::size_t count = 0;
        for (const std::uint32_t walk : waiting) {
            if (cursors[walk].segment == here) {
                asked[count] = &keys[walk];
                askers[count] = &cursors[walk];
                from[count++] = cursors[walk].position - segment.first;
            }
        }
        segment.classifier->first({asked.data(), count}, {from.data(), count}, {found.data(), count});
        for (std::size_t i = 0; i < count; ++i) {
            Cursor& cursor = *askers[i];
            cursor.position = segment.first + found[i].rule;
            cursor.tries = 1 + kTries;
            if (found[i].is_named) {
                cursor.successors = table_.rules[cursor.position].successors;
            }
        }
    }

    /// Walks on until the verdict (true) or until a classifier must be asked (false).
    bool advance(Walk<F>& walk, Cursor& cursor) const noexcept {
        for (;;) {
            if (cursor.position == table_.segments[cursor.segment].end) {
                enter_segment(cursor, cursor.segment + 1);
            }
            if (cursor.tries == 0) {
                return false;
            }
            const CompiledRule<F>& rule = table_.rules[cursor.position];
            const Answer answer = cursor.literal ? holds_literally(rule, walk) : holds(rule, walk);
            if (answer == Answer::drop) {
                walk.outcome = Outcome::drop;
                return true;
            }
            if (answer == Answer::no) {
                if ((rule.inverted & CompiledRule<F>::kNeedsString) != 0) {
                    pass_strings(walk.string_hits, cursor);
                } else {
                    pass(cursor);
                }
                continue;
            }
            if (rule.id != kNoRule) {
                counters_[static_cast<std::size_t>(rule.id)].add(walk.packet.bytes);
                walk.trace.add(rule.id);
            }
            if (walk.packet.is_traced) [[unlikely]] {
                tell(rule, walk, cursor);
            }
            if (step(rule, walk, cursor)) {
                return true;
            }
        }
    }

    /// As the kernel's trace_packet. The chain is sought by the rule's place: only traced packets pay for that.
    void tell(const CompiledRule<F>& rule, const Walk<F>& walk, const Cursor& cursor) const noexcept {
        const auto behind = std::upper_bound(
            table_.chains.begin(), table_.chains.end(), cursor.position,
            [](std::uint32_t position, const CompiledChain& chain) { return position < chain.first; });
        const CompiledChain& chain = *std::prev(behind);
        const bool ends = cursor.position == chain.end || (rule.inverted & CompiledRule<F>::kEndsChain) != 0;
        const bool is_hooks = table_.rules[chain.end].step != Step::end_of_chain;
        TraceLine line;
        line.table = static_cast<TableId>(&table_ - program_.tables.data());
        line.kind = !ends       ? TraceLine::Kind::rule
                    : is_hooks ? TraceLine::Kind::policy
                               : TraceLine::Kind::return_to;
        line.number = cursor.position - chain.first + 1;
        line.chain = chain.name;
        if (walk.log.write != nullptr) {
            walk.log.write(walk.log.self, Told{line}, walk.packet);
        }
    }

    /// What depends on the connection first; only where all of that holds are headers asked, and leave
    /// guards.
    Answer holds(const CompiledRule<F>& rule, Walk<F>& walk) const noexcept {
        if (rule.asks == CompiledRule<F>::Asks::history) [[unlikely]] {
            return holds_in_turn(rule, walk);
        }
        if (!holds_standard(rule, walk.packet, program_.interfaces)) {
            return Answer::no;
        }
        for (std::uint32_t i = 0; i < rule.match_count; ++i) {
            const CompiledMatch& match = program_.matches[rule.first_match + i];
            if (depends_of(match) == Depends::connection && ask(match, walk.packet) != Answer::yes) {
                return Answer::no;
            }
        }
        if (rule.asks == CompiledRule<F>::Asks::connection) {
            return Answer::yes;
        }
        for (std::uint32_t i = 0; i < rule.match_count; ++i) {
            const CompiledMatch& match = program_.matches[rule.first_match + i];
            if (depends_of(match) == Depends::headers &&
                !record(PathStep::Kind::guard, match, rule, i, walk,
                        acl::ask(match, walk.packet) == Answer::yes)) {
                return Answer::no;
            }
        }
        return Answer::yes;
    }

    /// For rules with a match whose asking counts: in the order written, each only if all before it hold.
    Answer holds_in_turn(const CompiledRule<F>& rule, Walk<F>& walk) const noexcept {
        if (!holds_standard(rule, walk.packet, program_.interfaces)) {
            return Answer::no;
        }
        for (std::uint32_t i = 0; i < rule.match_count; ++i) {
            const CompiledMatch& match = program_.matches[rule.first_match + i];
            Answer answer = Answer::no;
            switch (depends_of(match)) {
                case Depends::connection: answer = acl::ask(match, walk.packet); break;
                case Depends::headers:
                    answer = acl::ask(match, walk.packet);
                    record(PathStep::Kind::guard, match, rule, i, walk, answer == Answer::yes);
                    break;
                case Depends::history:
                    answer = ask_once(match, rule, i, walk);
                    record(PathStep::Kind::history, match, rule, i, walk, answer == Answer::yes);
                    break;
            }
            if (answer == Answer::drop) {
                walk.trace.overflowed = true;  // not for packets to come
            }
            if (answer != Answer::yes) {
                return answer;
            }
        }
        return Answer::yes;
    }

    /// A match whose asking counts, unless a remembered path has asked it of this packet already.
    Answer ask_once(const CompiledMatch& match, const CompiledRule<F>& rule, std::uint32_t number,
                  Walk<F>& walk) const noexcept {
        return walk.memo.answer(rule.id, static_cast<std::uint8_t>(number),
                                [&] { return acl::ask(match, walk.packet); });
    }

    /// Leaves a question with its answer on the trace; returns the answer.
    bool record(PathStep::Kind kind, const CompiledMatch& match, const CompiledRule<F>& rule,
                std::uint32_t number, Walk<F>& walk, bool yes) const noexcept {
        Trace& trace = walk.trace;
        if (std::holds_alternative<StringQuestion>(match)) {
            record_strings(walk);
        } else {
            trace.add(PathStep{rule.id, static_cast<std::uint8_t>(number), kind, yes});
        }
        trace.asks = true;
        trace.needs_bytes = trace.needs_bytes || trace.bytes_changed ||
                            (trace.headers_changed && reads_bytes(match));
        trace.overflowed = trace.overflowed || (trace.outside_changed && reads_outside(match));
        return yes;
    }

    /// Leaves what was found of all strings, once for all questions about the same bytes.
    void record_strings(Walk<F>& walk) const noexcept {
        strings::Hits& hits = walk.string_hits;
        Trace& trace = walk.trace;
        if (!hits.is_known || hits.overflowed) {
            trace.overflowed = true;
        } else if (!hits.is_told) {
            hits.is_told = true;
            trace.add(PathStep{.rule = RuleId{hits.count}, .kind = PathStep::Kind::string_count, .answer = true});
            for (const strings::Number number : hits.found()) {
                trace.add(PathStep{.rule = RuleId{number}, .kind = PathStep::Kind::string, .answer = true});
            }
        }
    }

    /// Lets the rule's target do its work; true: that was the end of the packet.
    bool affect(const CompiledRule<F>& rule, Walk<F>& walk) const noexcept {
        const CompiledEffect& effect = program_.effects[rule.argument];
        Trace& trace = walk.trace;
        trace.add(PathStep{.rule = rule.id, .kind = PathStep::Kind::effect});
        trace.asks = true;
        switch (touches_of(effect)) {
            case Touches::view:
                trace.headers_changed = true;
                walk.string_hits.clear();
                break;
            case Touches::bytes:
                trace.bytes_changed = trace.headers_changed = true;
                walk.string_hits.clear();
                break;
            case Touches::outside: trace.outside_changed = true; break;
            case Touches::connection:
            case Touches::nothing: break;
        }
        Subject<F> subject{walk.packet, walk.bytes, walk.connection, walk.grow, walk.handle,
                           walk.log, walk.copies};
        const Applied applied = acl::apply(effect, subject);
        walk.bytes = subject.bytes;
        trace.overflowed = trace.overflowed || walk.packet.is_traced;  // its next packet is to be told of, too
        if (applied == Applied::drop) {
            walk.outcome = Outcome::drop;
            return true;
        }
        return false;
    }

    /// In the order written, since the first match that cannot be answered drops the packet.
    Answer holds_literally(const CompiledRule<F>& rule, Walk<F>& walk) const noexcept {
        if (!holds_standard(rule, walk.packet, program_.interfaces)) {
            return Answer::no;
        }
        for (std::uint32_t i = 0; i < rule.match_count; ++i) {
            const CompiledMatch& match = program_.matches[rule.first_match + i];
            const Answer answer = depends_of(match) == Depends::history
                                      ? ask_once(match, rule, i, walk)
                                      : ask(match, walk.packet);
            if (answer != Answer::yes) {
                return answer;
            }
        }
        return Answer::yes;
    }

    /// Does what the rule says; true: that was the verdict.
    bool step(const CompiledRule<F>& rule, Walk<F>& walk, Cursor& cursor) const noexcept {
        switch (rule.step) {
            case Step::next:
                pass_held(rule, cursor);
                return false;
            case Step::accept:
            case Step::policy_accept:
                walk.outcome = Outcome::accept;
                return true;
            case Step::drop:
            case Step::policy_drop:
                walk.outcome = Outcome::drop;
                return true;
            case Step::reject:
                walk.outcome = Outcome::reject;
                walk.reject = static_cast<RejectTarget::With>(rule.argument);
                return true;
            case Step::nat:
                walk.outcome = Outcome::nat;
                walk.nat = &program_.nats[rule.argument];
                return true;
            case Step::effect:
                if (affect(rule, walk)) {
                    return true;
                }
                pass_held(rule, cursor);
                return false;
            case Step::jump:
                (*cursor.callers)[cursor.depth++] = {cursor.segment, cursor.position};
                enter(cursor, rule.argument);
                return false;
            case Step::go_to:
                enter(cursor, rule.argument);
                return false;
            case Step::leave:
            case Step::end_of_chain:
                leave(cursor);
                return false;
        }
        return false;
    }

    /// Back to the caller; nobody called: to the policy of the hook's own chain.
    void leave(Cursor& cursor) const noexcept {
        if (cursor.depth == 0) {
            const CompiledChain& base = table_.chains[entry_];
            enter_segment(cursor, base.last_segment);
            cursor.position = base.end;
            return;
        }
        const Cursor::Caller caller = (*cursor.callers)[--cursor.depth];
        enter_segment(cursor, caller.segment);
        cursor.position = caller.position;
        if (cursor.tries == 0) {
            cursor.tries = 1;  // the rule that jumped, which `pass` uses up
        }
        pass_held(table_.rules[caller.position], cursor);
    }

    const CompiledProgram<F>& program_;
    const CompiledTable<F>& table_;
    std::uint32_t entry_;
    std::span<base::PacketCounter> counters_;
};

}  // namespace

template <net::Family F>
void Program<F>::run(TableId table, Hook hook, std::span<Walk<F>* const> walks,
                     std::span<base::PacketCounter> counters) const noexcept {
    SLUICE_ASSERT(walks.size() <= kMaxBurst && counters.size() >= counter_count());
    const CompiledTable<F>& compiled = impl_->tables[static_cast<std::size_t>(table)];
    if (compiled.entry[static_cast<std::size_t>(hook)] == kNoChain) {
        for (Walk<F>* walk : walks) {
            walk->outcome = Outcome::accept;
        }
        return;
    }
    Run<F>(*impl_, compiled, hook, counters).all(walks);
}

template <net::Family F>
Answer Program<F>::ask(const PathStep& step, const PacketView<F>& packet) const noexcept {
    const std::uint32_t match = impl_->first_match[static_cast<std::size_t>(step.rule)] + step.match;
    return packet.has_l4 ? acl::ask(impl_->matches[match], packet) : Answer::drop;
}

template <net::Family F>
bool Program<F>::has_strings(const PathStep& step, const PacketView<F>& packet) const noexcept {
    const auto number = static_cast<strings::Number>(step.rule);
    strings::Hits& hits = *packet.string_hits;
    if (step.kind == PathStep::Kind::string) {
        return impl_->scanner->has(number, packet, hits);
    }
    (void)impl_->scanner->has(0, packet, hits);  // looks through the packet
    return hits.is_known && !hits.overflowed && hits.count == number;
}

template <net::Family F>
Applied Program<F>::apply(const PathStep& step, Subject<F>& subject) const noexcept {
    return acl::apply(impl_->effects[impl_->effect_of[static_cast<std::size_t>(step.rule)]], subject);
}

template <net::Family F>
bool Program<F>::is_sequential(TableId table) const noexcept {
    return impl_->is_sequential[static_cast<std::size_t>(table)];
}

template <net::Family F>
std::size_t Program<F>::counter_count() const noexcept {
    return impl_->first_match.size();
}

template <net::Family F>
bool Program<F>::has_chain(TableId table, Hook hook) const noexcept {
    return impl_->tables[static_cast<std::size_t>(table)].entry[static_cast<std::size_t>(hook)] != kNoChain;
}

template void Program<net::Ipv4>::run(TableId, Hook, std::span<Walk<net::Ipv4>* const>,
                                      std::span<base::PacketCounter>) const noexcept;
template Answer Program<net::Ipv4>::ask(const PathStep&, const PacketView<net::Ipv4>&) const noexcept;
template bool Program<net::Ipv4>::has_strings(const PathStep&, const PacketView<net::Ipv4>&) const noexcept;
template Applied Program<net::Ipv4>::apply(const PathStep&, Subject<net::Ipv4>&) const noexcept;
template bool Program<net::Ipv4>::is_sequential(TableId) const noexcept;
template std::size_t Program<net::Ipv4>::counter_count() const noexcept;
template bool Program<net::Ipv4>::has_chain(TableId, Hook) const noexcept;

}  // namespace sluice::acl
