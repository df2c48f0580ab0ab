// SPDX-License-Identifier: BSD-3-Clause
/// The classifier never passes over a rule, and long chains answer as the same rules in short ones do.
#include "acl/program/classifier.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "dataplane/base/random.h"
#include "tests/unit/acl/program/router_under_test.h"

namespace sluice::test {
namespace {

using Outline = acl::Outline<Ipv4>;
using Key = acl::Key<Ipv4>;
using Classifier = acl::Classifier<Ipv4>;

bool is_alike(const Outline& rule, const Key& key) {
    const auto in_prefix = [](net::Ipv4Address network, std::uint8_t length, net::Ipv4Address address) {
        return ((network.host() ^ address.host()) & net::ipv4_mask(length)) == 0;
    };
    const auto in_range = [](const Outline::Ports& ports, net::Be16 port) {
        return port.host() >= ports.min && port.host() <= ports.max;
    };
    return !rule.never && in_prefix(rule.source, rule.source_length, key.source) &&
           in_prefix(rule.destination, rule.destination_length, key.destination) &&
           (rule.protocol == 0 || rule.protocol == key.protocol) &&
           in_range(rule.source_ports, key.source_port) &&
           in_range(rule.destination_ports, key.destination_port) &&
           (!rule.has_in || rule.in == key.in.host()) && (!rule.has_out || rule.out == key.out.host());
}

std::uint32_t first_by_hand(const std::vector<Outline>& rules, const Key& key, std::uint32_t from) {
    while (from < rules.size() && !is_alike(rules[from], key)) {
        ++from;
    }
    return from;
}

/// What the rules of a test are like.
struct Mix {
    std::uint32_t size;
    std::uint32_t interfaces_percent;
    std::uint32_t ranges_percent;
    std::uint32_t never_percent;
    bool settled;
};

net::Ipv4Address random_address(base::Random& random) {
    return net::Ipv4Address::from_host(0x0a000000U | random.below(1U << 12U));
}

Outline random_outline(base::Random& random, const Mix& mix) {
    Outline rule;
    rule.source_length = static_cast<std::uint8_t>(random.below(3) == 0 ? 0 : 18 + random.below(15));
    rule.source = random_address(random);
    rule.destination_length = static_cast<std::uint8_t>(random.below(4) == 0 ? 0 : 24 + random.below(9));
    rule.destination = random_address(random);
    rule.protocol = random.below(3) == 0 ? std::uint8_t{0} : std::uint8_t{6};
    if (random.below(100) < mix.ranges_percent) {
        const auto a = static_cast<std::uint16_t>(random.below(65536));
        const auto b = static_cast<std::uint16_t>(random.below(65536));
        rule.destination_ports = {std::min(a, b), std::max(a, b)};
        rule.source_ports = {static_cast<std::uint16_t>(a / 2), static_cast<std::uint16_t>(a / 2 + b / 2)};
    } else if (random.below(2) == 0) {
        const auto port = static_cast<std::uint16_t>(random.below(100));
        rule.destination_ports = {port, port};
    }
    if (random.below(100) < mix.interfaces_percent) {
        rule.has_in = true;
        rule.in = static_cast<std::uint16_t>(random.below(4));
    }
    if (random.below(100) < mix.interfaces_percent) {
        rule.has_out = true;
        rule.out = static_cast<std::uint16_t>(random.below(2) == 0 ? 0xffff : random.below(4));
    }
    rule.never = random.below(100) < mix.never_percent;
    rule.settled = mix.settled;
    return rule;
}

Key random_key(base::Random& random) {
    Key key;
    key.source = random_address(random);
    key.destination = random_address(random);
    key.protocol = random.below(2) == 0 ? std::uint8_t{6} : std::uint8_t{17};
    key.source_port = net::Be16::from_host(static_cast<std::uint16_t>(random.below(65536)));
    key.destination_port = net::Be16::from_host(static_cast<std::uint16_t>(random.below(100)));
    key.in = net::Be16::from_host(static_cast<std::uint16_t>(random.below(4)));
    key.out =
        net::Be16::from_host(static_cast<std::uint16_t>(random.below(2) == 0 ? 0xffff : random.below(4)));
    return key;
}

/// Bursts with questions from anywhere. Counts the answers that were the very rule.
void expect_nothing_passed_over(const Mix& mix, std::uint64_t seed) {
    SCOPED_TRACE(fmt::format("seed {}, rules {}", seed, mix.size));
    base::Random random(seed);
    std::vector<Outline> rules;
    for (std::uint32_t i = 0; i < mix.size; ++i) {
        rules.push_back(random_outline(random, mix));
    }
    const Classifier classifier(rules);
    ASSERT_EQ(classifier.size(), mix.size);
    for (int burst = 0; burst < 40; ++burst) {
        const std::uint32_t size = 1 + random.below(64);
        std::vector<Key> keys;
        std::vector<const Key*> pointers;
        std::vector<std::uint32_t> from;
        std::vector<acl::Candidate> result(size);
        keys.reserve(size);
        for (std::uint32_t i = 0; i < size; ++i) {
            pointers.push_back(&keys.emplace_back(random_key(random)));
            from.push_back(random.below(2) == 0 ? 0 : random.below(mix.size + 1));
        }
        classifier.first(pointers, from, result);
        for (std::uint32_t i = 0; i < size; ++i) {
            const std::uint32_t wanted = first_by_hand(rules, keys[i], from[i]);
            ASSERT_GE(result[i].rule, from[i]);
            ASSERT_LE(result[i].rule, wanted);
            if (result[i].is_named || (from[i] == 0 && classifier.failed() == 0)) {
                ASSERT_EQ(result[i].rule, wanted);
            }
        }
    }
}

TEST(Classifier, never_passes_over_a_rule_in_chains_of_any_length) {
    for (const std::uint32_t size : {1U, 7U, 8U, 9U, 31U, 33U, 257U, 300U, 2049U}) {
        expect_nothing_passed_over({size, 20, 10, 5, false}, size);
    }
}

TEST(Classifier, never_passes_over_a_rule_in_5000) {
    expect_nothing_passed_over({5000, 0, 0, 0, false}, 1);
    expect_nothing_passed_over({5000, 0, 0, 0, true}, 2);
}

TEST(Classifier, does_without_the_contexts_that_would_grow_too_large) {
    expect_nothing_passed_over({2100, 0, 100, 0, false}, 3);
    expect_nothing_passed_over({2500, 0, 100, 0, true}, 4);
}

TEST(Classifier, rules_that_can_never_hold_are_never_named) {
    expect_nothing_passed_over({500, 0, 0, 100, false}, 5);
    std::vector<Outline> rules(100);
    for (Outline& rule : rules) {
        rule.never = true;
    }
    const Classifier classifier(rules);
    EXPECT_EQ(classifier.failed(), 0U);
    const Key key;
    const Key* keys[] = {&key};
    const std::uint32_t from[] = {0};
    acl::Candidate result[1];
    classifier.first(keys, from, result);
    EXPECT_EQ(result[0].rule, 100U);
}

TEST(Classifier, no_children_below_rules_that_are_settled) {
    base::Random random(6);
    std::vector<Outline> rules;
    for (int i = 0; i < 1000; ++i) {
        rules.push_back(random_outline(random, {1000, 0, 0, 0, true}));
    }
    EXPECT_EQ(Classifier(rules).contexts(), 1U);
    rules[500].settled = false;
    EXPECT_EQ(Classifier(rules).contexts(), 9U);
}

/// One rule in so many is broad: open to all packets but for an address, and so without a list of successors.
struct LongMix {
    std::uint32_t one_broad_in;
    bool ranges;  ///< two port ranges of its own for each rule: too many for one context
};

std::vector<acl::Rule<Ipv4>> long_chain(base::Random& random, const LongMix& mix) {
    std::vector<acl::Rule<Ipv4>> many;
    for (int i = 0; i < 5000; ++i) {
        const auto port = static_cast<std::uint16_t>(random.below(200));
        acl::TcpMatch ports{{}, {port, port, random.below(50) == 0}};
        if (mix.ranges) {
            ports.source = {static_cast<std::uint16_t>(random.below(4000)),
                            static_cast<std::uint16_t>(4000 + random.below(60000)), false};
            ports.destination.max = static_cast<std::uint16_t>(port + random.below(60000));
        }
        auto made = rule().p(6).match(ports).j(acl::NoTarget{});
        made.destination = {random_address(random), net::Ipv4Address::from_host(0xffffffff),
                            !mix.ranges && random.below(50) == 0};
        if (random.below(20) == 0) {
            made.target = acl::AcceptTarget{};
        }
        if (mix.one_broad_in != 0 && random.below(mix.one_broad_in) == 0) {
            made = rule().p(6).s("10.0.0.0/24").j(acl::NoTarget{});
        }
        many.push_back(made);
    }
    return many;
}

/// The same conditions once in one chain of thousands, once in chains of ten that call each other in turn.
void expect_as_in_short_chains(std::uint64_t seed, const LongMix& mix) {
    base::Random random(seed);
    const std::vector<acl::Rule<Ipv4>> many = long_chain(random, mix);
    std::vector<acl::Chain<Ipv4>> parts = {chain(Hook::forward, Policy::drop, {rule().j("c0")})};
    for (std::size_t i = 0; i < many.size(); i += 10) {
        parts.push_back(
            chain(fmt::format("c{}", i / 10), {many.begin() + static_cast<std::ptrdiff_t>(i),
                                               many.begin() + static_cast<std::ptrdiff_t>(i + 10)}));
        if (i + 10 < many.size()) {
            parts.back().rules.push_back(rule().g((fmt::format("c{}", i / 10 + 1)).c_str()));
        }
    }
    Rules whole(ruleset(TableId::filter, {chain(Hook::forward, Policy::drop, many)}));
    Rules cut(ruleset(TableId::filter, parts));
    for (int burst = 0; burst < 50; ++burst) {
        std::vector<Walk> walks(64);
        std::vector<Walk*> pointers;
        for (Walk& walk : walks) {
            walk.packet = tcp_packet();
            walk.packet.destination = random_address(random);
            walk.packet.destination_port =
                net::Be16::from_host(static_cast<std::uint16_t>(random.below(200)));
            pointers.push_back(&walk);
        }
        whole.program().run(TableId::filter, Hook::forward, pointers, whole.counters());
        for (const Walk& walk : walks) {
            ASSERT_EQ(cut.run(walk.packet).outcome, walk.outcome);
        }
    }
    for (std::size_t i = 0; i < many.size(); ++i) {
        ASSERT_EQ(whole.count("FORWARD", i), cut.count(fmt::format("c{}", i / 10), i % 10)) << "rule " << i;
    }
    EXPECT_EQ(whole.policy("FORWARD"), cut.policy("FORWARD"));
}

TEST(LongChain, of_5000_rules_answers_as_short_chains_do) {
    expect_as_in_short_chains(7, {0, false});
}

TEST(LongChain, with_broad_rules_between_narrow_ones) {
    expect_as_in_short_chains(8, {100, false});
    expect_as_in_short_chains(9, {1000, false});
}

TEST(LongChain, that_has_no_context_of_its_own) {
    expect_as_in_short_chains(10, {0, true});
    expect_as_in_short_chains(11, {2000, true});
}

}  // namespace
}  // namespace sluice::test
