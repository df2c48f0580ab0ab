// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/rule_book.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "acl/text/save_file.h"

/// How counters outlive their ruleset (HOOK-5, OPS-2). Chains are short, so no DPDK is needed.
namespace sluice::ctrlplane {
namespace {

using net::Ipv4;
using acl::TableId;
constexpr unsigned kWorkers = 2;

acl::keyed::Book& shared() {
    static acl::keyed::Book book(base::Random(1));
    return book;
}

std::unique_ptr<RuleBook<Ipv4>> book_of(const std::string& filter, std::uint32_t generation = 1) {
    auto rules = acl::text::parse_save_file<Ipv4>(fmt::format("*filter\n{}COMMIT\n", filter), "rules.v4");
    EXPECT_TRUE(rules);
    const std::vector<std::string> interfaces{"lan", "wan"};
    auto book = RuleBook<Ipv4>::compile(std::move(*rules), interfaces, kWorkers, generation, {.keyed = &shared()});
    EXPECT_TRUE(book);
    return book ? std::move(*book) : nullptr;
}

void count(RuleBook<Ipv4>& book, unsigned worker, std::size_t rule, std::uint64_t bytes) {
    book.state(worker)->counters()[static_cast<std::uint32_t>(
        book.program().rule_id(TableId::filter, "FORWARD", rule))].add(bytes);
}

base::PacketCount total(const RuleBook<Ipv4>& book, std::size_t rule) {
    return book.totals()[static_cast<std::uint32_t>(book.program().rule_id(TableId::filter, "FORWARD", rule))];
}

TEST(RuleBook, adds_up_all_workers) {
    const auto book = book_of("-A FORWARD -s 10.0.0.1 -j ACCEPT\n");
    count(*book, 0, 0, 100);
    count(*book, 1, 0, 50);
    EXPECT_EQ(total(*book, 0), (base::PacketCount{2, 150}));
}

TEST(RuleBook, a_rule_that_stays_goes_on_wherever_it_stands) {
    auto old = book_of("-A FORWARD -s 10.0.0.1 -j ACCEPT\n-A FORWARD -s 10.0.0.2 -j DROP\n");
    count(*old, 0, 0, 100);
    count(*old, 0, 1, 60);
    count(*old, 1, 1, 60);
    const auto next = book_of("-A FORWARD -s 10.0.0.9\n-A FORWARD -s 10.0.0.2 -j DROP\n-A FORWARD -s 10.0.0.1 -j ACCEPT\n", 2);
    RuleBook<Ipv4>* const before = old.get();
    next->succeed(std::move(old));
    EXPECT_EQ(total(*next, 0), (base::PacketCount{}));
    EXPECT_EQ(total(*next, 1), (base::PacketCount{2, 120}));
    EXPECT_EQ(total(*next, 2), (base::PacketCount{1, 100}));
    // A worker that has not seen the new ruleset yet still counts on the old one: nothing is lost.
    count(*before, 0, 1, 1000);
    EXPECT_EQ(total(*next, 1), (base::PacketCount{3, 1120}));
    next->settle();
    EXPECT_EQ(total(*next, 1), (base::PacketCount{3, 1120}));
    count(*next, 0, 1, 5);
    EXPECT_EQ(total(*next, 1), (base::PacketCount{4, 1125}));
}

TEST(RuleBook, of_rules_that_are_alike_the_first_goes_on_with_the_first) {
    auto old = book_of("-A FORWARD -j ACCEPT\n-A FORWARD -j ACCEPT\n");
    count(*old, 0, 0, 10);
    count(*old, 0, 1, 20);
    const auto next = book_of("-A FORWARD -j ACCEPT\n", 2);
    next->succeed(std::move(old));
    EXPECT_EQ(total(*next, 0), (base::PacketCount{1, 10}));
}

TEST(RuleBook, a_changed_rule_begins_at_zero) {
    auto old = book_of("-A FORWARD -s 10.0.0.1 -j ACCEPT\n");
    count(*old, 0, 0, 10);
    const auto next = book_of("-A FORWARD -s 10.0.0.1 -j DROP\n", 2);
    next->succeed(std::move(old));
    EXPECT_EQ(total(*next, 0), (base::PacketCount{}));
}

TEST(RuleBook, counters_pass_through_changes_that_follow_each_other_at_once) {
    auto first = book_of("-A FORWARD -j ACCEPT\n", 1);
    count(*first, 0, 0, 10);
    auto second = book_of("-A FORWARD -j ACCEPT\n", 2);
    RuleBook<Ipv4>* const middle = second.get();
    second->succeed(std::move(first));
    count(*middle, 0, 0, 20);
    const auto third = book_of("-A FORWARD -j ACCEPT\n", 3);
    third->succeed(std::move(second));
    EXPECT_EQ(total(*third, 0), (base::PacketCount{2, 30}));
    middle->settle();
    EXPECT_EQ(total(*third, 0), (base::PacketCount{2, 30}));
    third->settle();
    EXPECT_EQ(total(*third, 0), (base::PacketCount{2, 30}));
}

TEST(RuleBook, a_policy_counts_on_while_it_stays_the_same) {
    const auto policy = [](const RuleBook<Ipv4>& book) {
        return book.totals()[static_cast<std::uint32_t>(book.program().policy_id(TableId::filter, "FORWARD"))];
    };
    auto old = book_of(":FORWARD DROP [0:0]\n");
    old->state(0)->counters()[static_cast<std::uint32_t>(old->program().policy_id(TableId::filter, "FORWARD"))].add(7);
    auto same = book_of(":FORWARD DROP [0:0]\n-A FORWARD -s 10.0.0.1 -j ACCEPT\n", 2);
    same->succeed(std::move(old));
    EXPECT_EQ(policy(*same), (base::PacketCount{1, 7}));
    const auto other = book_of(":FORWARD ACCEPT [0:0]\n", 3);
    other->succeed(std::move(same));
    EXPECT_EQ(policy(*other), (base::PacketCount{}));
}

// MAT-5: what the rules remember outlives the ruleset, by place or by name.
TEST(RuleBook, lists_live_on_from_ruleset_to_ruleset_and_end_with_the_last_rule_that_names_them) {
    const std::string rule = "-A FORWARD -m recent --set --name a\n";
    auto book = book_of(rule);
    const acl::keyed::RecentList* const list = shared().find_recent("a");
    ASSERT_NE(list, nullptr);
    auto next = book_of(rule + "-A FORWARD -j DROP\n", 2);
    next->succeed(std::move(book));
    next->settle();
    EXPECT_EQ(shared().find_recent("a"), list);
    auto wider = book_of("-A FORWARD -m recent --rcheck --hitcount 40 --name a\n" + rule, 3);
    EXPECT_NE(shared().find_recent("a"), list) << "a new, empty list remembers more";
    EXPECT_EQ(shared().find_recent("a")->instants(), 64U);
    wider->succeed(std::move(next));
    wider->settle();
    wider.reset();
    EXPECT_EQ(shared().find_recent("a"), nullptr);
}

/// The book of an edited draft of `old`, loaded in its place.
std::unique_ptr<RuleBook<Ipv4>> edited_book(std::unique_ptr<RuleBook<Ipv4>> old,
                                            void (*edit)(std::vector<acl::Rule<Ipv4>>& forward)) {
    acl::Ruleset<Ipv4> draft = old->draft();
    edit(draft.tables[static_cast<std::size_t>(TableId::filter)]->chains[1].rules);
    const std::vector<std::string> interfaces{"lan", "wan"};
    auto book = RuleBook<Ipv4>::compile(std::move(draft), interfaces, kWorkers, old->generation() + 1, {.keyed = &shared()}).value();
    book->succeed_edited(std::move(old));
    return book;
}

TEST(RuleBook, an_edit_keeps_the_counters_of_the_rules_that_it_leaves_alone) {
    auto old = book_of("-A FORWARD -s 10.0.0.1 -j ACCEPT\n-A FORWARD -s 10.0.0.2 -j DROP\n");
    count(*old, 0, 0, 100);
    count(*old, 1, 1, 60);
    RuleBook<Ipv4>* const before = old.get();
    auto next = edited_book(std::move(old), [](auto& rules) {  // the same rule again, in front: it is new
        acl::Rule<Ipv4> twin = rules[0];
        twin.counter.reset();
        twin.initial = {3, 30};
        rules.insert(rules.begin(), twin);
    });
    EXPECT_EQ(total(*next, 0), (base::PacketCount{3, 30}));
    EXPECT_EQ(total(*next, 1), (base::PacketCount{1, 100}));
    count(*before, 1, 1, 60);  // by a worker that has not seen the new rules yet
    EXPECT_EQ(total(*next, 2), (base::PacketCount{2, 120}));
    next->settle();
    EXPECT_EQ(total(*next, 0), (base::PacketCount{3, 30}));
    EXPECT_EQ(total(*next, 2), (base::PacketCount{2, 120}));
    count(*next, 0, 2, 1);
    next = edited_book(std::move(next), [](auto& rules) { rules.erase(rules.begin()); });
    EXPECT_EQ(total(*next, 0), (base::PacketCount{1, 100}));
    EXPECT_EQ(total(*next, 1), (base::PacketCount{3, 121}));
    next = edited_book(std::move(next), [](auto& rules) { rules[1].counter.reset(); });  // -Z
    EXPECT_EQ(total(*next, 0), (base::PacketCount{1, 100}));
    EXPECT_EQ(total(*next, 1), (base::PacketCount{}));
}

TEST(RuleBook, a_start_begins_at_zero_as_iptables_restore_without_c) {
    const auto book = book_of(":FORWARD DROP [5:500]\n[7:700] -A FORWARD -s 10.0.0.1 -j ACCEPT\n");
    EXPECT_EQ(total(*book, 0), (base::PacketCount{}));
}

}  // namespace
}  // namespace sluice::ctrlplane
