// SPDX-License-Identifier: BSD-3-Clause
/// Random rulesets, random packets: the compiled rules and the slow netfilter must agree on every verdict,
/// every counter, every guard (HOOK-4, HOOK-5, MAT-1, MAT-5, VER-1).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "acl/keyed/book.h"
#include "acl/literal/walk.h"
#include "acl/program/program.h"
#include "acl/sets/book.h"
#include "acl/text/save.h"
#include "tests/model/generate.h"
#include "tests/model/slow_netfilter.h"
#include "tests/model/slow_sets.h"
#include "tests/unit/acl/program/dpdk_environment.h"

namespace sluice::model {
namespace {

using acl::Outcome;
using acl::TableId;
using Program = acl::Program<net::Ipv4>;

[[maybe_unused]] const testing::Environment* const dpdk =
    testing::AddGlobalTestEnvironment(new test::DpdkEnvironment);

/// SLUICE_SEED repeats one case.
std::uint64_t first_seed() {
    const char* given = std::getenv("SLUICE_SEED");
    return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

/// The same rules in both forms, and where each counter is.
struct Pair {
    Pair(const Rules& rules, std::vector<std::string> names, const Generator& generator)
        : memory([&generator](const SlowMemory::Tuple& original) { return generator.is_live(original); }),
          slow(rules, names, memory),
          interfaces(std::move(names)) {
        memory.load(rules);
        if (auto done = sets.restore(sets_text(), "sets", false, 0); !done) {
            throw std::runtime_error(done.error().message);
        }
        auto compiled = Program::compile(rules, interfaces, {.keyed = &book, .sets = &sets});
        if (!compiled) {
            throw std::runtime_error(compiled.error().front().message);
        }
        program = std::move(*compiled);
        counters = std::vector<base::PacketCounter>(program->counter_count());
        for (const auto& table : rules.tables) {
            for (std::size_t c = 0; table && c < table->chains.size(); ++c) {
                const auto& chain = table->chains[c];
                for (std::size_t i = 0; i < chain.rules.size(); ++i) {
                    places[program->rule_id(table->id, chain.name, i)] = {table->id, chain.name,
                                                                          static_cast<int>(i)};
                }
                if (chain.hook) {
                    places[program->policy_id(table->id, chain.name)] = {table->id, chain.name, -1};
                }
            }
        }
    }

    SlowMemory memory;
    SlowNetfilter slow;
    std::vector<std::string> interfaces;
    acl::keyed::Book book{base::Random(7)};
    acl::sets::SetBook sets;
    std::unique_ptr<const Program> program;
    std::vector<base::PacketCounter> counters;
    std::map<acl::RuleId, Place> places;
};

std::string to_string(const Place& place) {
    return fmt::format("{} {} {}", acl::kTableNames[static_cast<std::size_t>(place.table)], place.chain,
                       place.rule);
}

/// The rules of a seed, for whoever looks into a difference.
std::string text_of(const Rules& rules) {
    std::string text;
    for (const auto& table : rules.tables) {
        for (std::size_t c = 0; table && c < table->chains.size(); ++c) {
            const auto& chain = table->chains[c];
            for (std::size_t i = 0; i < chain.rules.size(); ++i) {
                text += fmt::format("{} {} {}\n", acl::kTableNames[static_cast<std::size_t>(table->id)], i,
                                    acl::text::rule_text(chain.rules[i], chain.name));
            }
        }
    }
    return text;
}

std::string to_string(const Question& question) {
    return fmt::format("{}, question {}: {}", to_string(question.rule), question.match, question.answer ? "yes" : "no") +
           (question.counts ? ", counted" : "");
}

/// The questions in their order, and that a packet which goes through the steps again answers alike.
void expect_steps(const Judgement& slow, const acl::Walk<net::Ipv4>& fast, Packet again, const Pair& pair) {
    std::vector<Question> expected;
    std::copy_if(slow.questions.begin(), slow.questions.end(), std::back_inserter(expected),
                 [&](const Question& question) { return !slow.lack_string.contains(question.rule); });
    bool tells_strings = false;
    std::size_t questions = 0;
    acl::Subject<net::Ipv4> subject{.view = again, .bytes = {}, .is_rehearsal = true};
    acl::strings::Hits hits;
    again.string_hits = &hits;
    for (std::size_t i = 0; i < fast.trace.step_count; ++i) {
        const acl::PathStep& step = fast.trace.steps[i];
        if (step.kind == acl::PathStep::Kind::effect) {
            const acl::Applied applied = pair.program->apply(step, subject);
            if (applied == acl::Applied::long_way) {
                EXPECT_TRUE(slow.changes_sets);  // a mark that comes from a set hangs on what is there
                return;
            }
            EXPECT_EQ(applied, acl::Applied::done);
            hits.clear();
            continue;
        }
        tells_strings = tells_strings || step.kind == acl::PathStep::Kind::string_count;
        if (step.kind == acl::PathStep::Kind::string || step.kind == acl::PathStep::Kind::string_count) {
            EXPECT_TRUE(pair.program->has_strings(step, again));
            continue;
        }
        if (slow.lack_string.contains(pair.places.at(step.rule))) {
            continue;  // asked before the packet was looked through; or passed by, and not asked
        }
        ASSERT_LT(questions, expected.size());
        const bool counts = step.kind == acl::PathStep::Kind::history;
        const Question question{pair.places.at(step.rule), step.match, step.answer, counts};
        EXPECT_TRUE(question == expected[questions])
            << to_string(question) << ", where the model has " << to_string(expected[questions]);
        ++questions;
        if (counts || slow.changes_sets) {
            continue;  // to ask again would change it; or the packet itself has changed the answer
        }
        EXPECT_EQ(pair.program->ask(step, again), step.answer ? acl::Answer::yes : acl::Answer::no);
    }
    const bool is_full = slow.met.size() > acl::Trace::kMaxRules ||
                         fast.trace.step_count == acl::Trace::kMaxSteps || slow.leaves_no_path;
    EXPECT_TRUE(fast.trace.overflowed ? !slow.is_readable || is_full
                                      : slow.is_readable && questions == expected.size());
    EXPECT_TRUE(fast.trace.overflowed || !slow.leaves_no_path);
    EXPECT_TRUE(fast.trace.overflowed || tells_strings || !slow.asks_string);
}

void expect_same(const Judgement& slow, const acl::Walk<net::Ipv4>& fast, const Packet& before,
                 const Pair& pair) {
    EXPECT_EQ(static_cast<int>(fast.outcome), static_cast<int>(slow.verdict));
    if (slow.reject) {
        EXPECT_EQ(fast.reject, slow.reject->with);
    }
    if (slow.nat) {
        ASSERT_NE(fast.nat, nullptr);
        EXPECT_EQ(*fast.nat, *slow.nat);
    }
    for (std::size_t i = 0; i < std::min(slow.met.size(), acl::Trace::kMaxRules); ++i) {
        ASSERT_LT(i, fast.trace.rule_count) << "missing: " << to_string(slow.met[i]);
        ASSERT_EQ(pair.places.at(fast.trace.rules[i]), slow.met[i]) << to_string(slow.met[i]);
    }
    EXPECT_EQ(fast.trace.rule_count, std::min(slow.met.size(), acl::Trace::kMaxRules));
    EXPECT_EQ(fast.packet.mark, slow.after.mark);
    EXPECT_EQ(fast.packet.ttl, slow.after.ttl);
    EXPECT_EQ(fast.packet.tos, slow.after.tos);
    EXPECT_EQ(fast.packet.connection_mark, slow.after.connection_mark);
    expect_steps(slow, fast, before, pair);
}

/// The walk that `explain` shows, for the same packet.
void expect_same_literal(const Judgement& slow, const Rules& rules, TableId table, Hook hook, Packet packet) {
    const std::vector<std::string> names = Generator::interfaces();
    const acl::literal::Way way = acl::literal::walk(rules, table, hook, {names}, packet, {});
    if (!way.is_sure) {
        return;
    }
    EXPECT_EQ(static_cast<int>(way.end), static_cast<int>(slow.verdict));
    EXPECT_EQ(packet.mark, slow.after.mark);
    std::vector<Place> met;
    for (const acl::literal::Step& step : way.steps) {
        if (step.holds) {
            met.push_back({table, step.chain, static_cast<int>(step.number) - 1});
        }
    }
    EXPECT_EQ(met, slow.met);
}

/// One table at one hook: all walks together, or one after the other where one may see what another does.
/// In: whether the first packet is to be walked literally, too.
void compare_table(TableId table, Hook hook, std::span<acl::Walk<net::Ipv4>* const> walks, const Rules& rules,
                   Pair& pair, bool explains = true) {
    if (walks.size() > 1 && pair.program->is_sequential(table)) {
        for (std::size_t i = 0; i < walks.size(); ++i) {
            compare_table(table, hook, walks.subspan(i, 1), rules, pair, i == 0);
            if (testing::Test::HasFailure()) {
                return;
            }
        }
        return;
    }
    std::vector<Packet> before;
    for (acl::Walk<net::Ipv4>* walk : walks) {
        walk->trace.clear();
        walk->memo.clear();
        walk->string_hits.clear();
        walk->nat = nullptr;
        before.push_back(walk->packet);
    }
    pair.program->run(table, hook, walks, pair.counters);
    for (std::size_t i = 0; i < walks.size(); ++i) {
        const acl::Walk<net::Ipv4>* walk = walks[i];
        const Judgement slow = pair.slow.judge(table, hook, before[i]);
        if (!rules.tables[static_cast<std::size_t>(table)] || !acl::has_chain(table, hook)) {
            EXPECT_FALSE(pair.program->has_chain(table, hook));
            EXPECT_EQ(walk->outcome, Outcome::accept);
            continue;
        }
        expect_same(slow, *walk, before[i], pair);
        if (explains && i == 0) {
            expect_same_literal(slow, rules, table, hook, before[i]);
        }
    }
}

/// Bursts of all sizes through every hook of every table.
void compare(std::uint64_t seed, const Shape& shape, std::size_t bursts) {
    SCOPED_TRACE(fmt::format("SLUICE_SEED={}", seed));
    Generator generator(seed);
    const Rules rules = generator.ruleset(shape);
    Pair pair(rules, Generator::interfaces(), generator);
    std::vector<acl::Walk<net::Ipv4>> walks(64);
    std::vector<HeaderBytes> bytes(64);
    for (std::size_t burst = 0; burst < bursts; ++burst) {
        generator.pass();
        pair.book.sweep(generator.now_ns());
        const auto hook = static_cast<Hook>(generator.below(acl::kHooks));
        const std::uint32_t size = 1 + generator.below(64);
        std::vector<acl::Walk<net::Ipv4>*> burst_walks;
        for (std::uint32_t i = 0; i < size; ++i) {
            walks[i].packet = generator.packet(hook, bytes[i]);
            walks[i].packet.string_hits = &walks[i].string_hits;
            burst_walks.push_back(&walks[i]);
        }
        for (const TableId table :
             {TableId::raw, TableId::mangle, TableId::nat, TableId::filter, TableId::security}) {
            compare_table(table, hook, burst_walks, rules, pair);
            if (testing::Test::HasFailure()) {
                fmt::print("at {} ms:\n{}", generator.now_ns() / 1'000'000, std::getenv("SLUICE_SEED") == nullptr ? "" : text_of(rules));
                return;
            }
        }
    }
    for (const auto& [id, place] : pair.places) {
        base::PacketCount fast;
        fast += pair.counters[static_cast<std::size_t>(id)];
        const auto slow = pair.slow.counters().find(place);
        EXPECT_EQ(fast, slow == pair.slow.counters().end() ? base::PacketCount{} : slow->second)
            << to_string(place);
    }
}

TEST(RulesModel, small_rulesets_with_many_jumps) {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 800 && !HasFailure(); ++seed) {
        compare(seed, {6, 12, 12, 30}, 10);
    }
}

TEST(RulesModel, chains_of_hundreds_of_rules_behind_classifiers) {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 8 && !HasFailure(); ++seed) {
        compare(seed, {4, 300, 3, 85}, 12);
    }
}

TEST(RulesModel, long_chains_whose_rules_all_end_the_walk) {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 3 && !HasFailure(); ++seed) {
        compare(seed, {0, 1500, 97, 95}, 10);
    }
}

TEST(RulesModel, rules_that_ask_sets_and_write_into_them) {  // MAT-7, TGT-1
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 200 && !HasFailure(); ++seed) {
        compare(seed, {4, 12, 12, 30, true}, 10);
    }
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 4 && !HasFailure(); ++seed) {
        compare(seed, {4, 200, 3, 85, true}, 10);
    }
}

TEST(RulesModel, rules_that_remember) {  // MAT-5
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 300 && !HasFailure(); ++seed) {
        compare(seed, {4, 10, 12, 30, false, 40}, 20);
    }
    for (std::uint64_t seed = first_seed(); seed < first_seed() + 4 && !HasFailure(); ++seed) {
        compare(seed, {4, 200, 3, 85, false, 10}, 10);
    }
}

}  // namespace
}  // namespace sluice::model
