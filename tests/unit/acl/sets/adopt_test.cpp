// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "tests/unit/acl/sets/set_words.h"

/// What a new configuration does to the sets that are there.
namespace sluice::acl::sets {

TEST(Adopt, gives_sets_of_the_same_name_new_contents_in_their_place) {
    SetBook book;
    ASSERT_EQ(restored(book, "create a hash:ip\nadd a 10.0.0.1\ncreate mine hash:ip\nadd mine 10.0.0.9\n"
                             "create all list:set\nadd all a\nadd all mine\n"),
              "");
    const SetBook::NamedSet* place = book.find("a");
    SetBook next;
    ASSERT_EQ(restored(next, "create a hash:ip counters\nadd a 10.0.0.2\ncreate b hash:net\nadd b 10.0.0.0/8\n"
                             "create all list:set\nadd all b\nadd all a\n"),
              "");
    ASSERT_TRUE(book.can_adopt(next));
    book.adopt(std::move(next));
    EXPECT_EQ(book.find("a"), place);
    EXPECT_FALSE(is_in(book, "a", "10.0.0.1"));
    EXPECT_TRUE(is_in(book, "a", "10.0.0.2"));
    EXPECT_TRUE(is_in(book, "b", "10.1.1.1"));
    EXPECT_TRUE(is_in(book, "mine", "10.0.0.9")) << "what the configuration does not name stays";
    EXPECT_TRUE(place->counts());
    EXPECT_TRUE(is_in(book, "all", "b"));
    EXPECT_FALSE(is_in(book, "all", "mine"));
    EXPECT_EQ(place->references, 1U);
    EXPECT_EQ(book.find("b")->references, 1U);
    EXPECT_EQ(text_of(book, "destroy mine"), "");
    EXPECT_EQ(text_of(book, "destroy all"), "");
    EXPECT_EQ(text_of(book, "destroy"), "");
    EXPECT_EQ(book.size(), 0U);
}

TEST(Adopt, a_set_cannot_become_one_of_another_type) {
    SetBook book;
    ASSERT_EQ(restored(book, "create a hash:ip\n"), "");
    SetBook next;
    ASSERT_EQ(restored(next, "create a hash:net\n"), "");
    const auto possible = book.can_adopt(next);
    ASSERT_FALSE(possible);
    EXPECT_EQ(possible.error(),
              "set a is a hash:ip, and cannot become a hash:net while the router runs; destroy it first");
}

TEST(Adopt, names_of_live_sets_are_known_where_rules_are_checked) {
    SetBook live;
    ASSERT_EQ(restored(live, "create a hash:ip\ncreate v6 hash:ip family inet6\n"), "");
    SetBook next;
    ASSERT_EQ(restored(next, "create a hash:net\n"), "");
    next.add_names_of(live);
    EXPECT_EQ(next.size(), 2U);
    EXPECT_TRUE(next.find("v6")->options.ipv6);
}

/// With readers nothing is freed before they have passed; where room runs out, they are waited for.
TEST(Adopt, what_was_taken_out_waits_for_who_may_look_at_it) {
    int waits = 0;
    SetBook book([&waits] { ++waits; });
    ASSERT_EQ(restored(book, "create a hash:ip maxelem 2\ncreate b hash:ip\ncreate all list:set\nadd all b\n"), "");
    for (int i = 0; i < 3000; ++i) {  // room for 2,048 that come and go
        ASSERT_EQ(text_of(book, "add a 10.0.0.1"), "");
        ASSERT_EQ(text_of(book, "del a 10.0.0.1"), "");
    }
    EXPECT_GT(waits, 0);
    book.seal();
    EXPECT_FALSE(book.has_retired());
    book.free_sealed();
    ASSERT_EQ(text_of(book, "destroy all"), "");
    EXPECT_TRUE(book.has_retired());
}

}  // namespace sluice::acl::sets
