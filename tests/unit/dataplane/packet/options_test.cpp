// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/options.h"

#include "mbufs.h"

namespace sluice::packet {

namespace {

using Options = Mbufs;
using OptionList = std::vector<std::uint8_t>;

bool is_not_ours(const void*, net::Ipv4Address address) noexcept {
    return address.host() >> 24U != 10;
}

constexpr std::uint32_t kNoon = 43'200'000;  // 0x02932e00
const OptionSource kSource = {.own = net::Ipv4Address::from_host(0x0a000101),
                              .time_ms = kNoon,
                              .is_elsewhere = &is_not_ours,
                              .self = nullptr};

test::PacketBuilder with(const OptionList& options) {
    return test::packet().ip_options(options).udp(1, 2);
}

}  // namespace

/// FWD-8
TEST_F(Options, record_route_shows_the_address_of_the_way_out) {
    const Ipv4Packet made = packet(with({7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0}));
    ASSERT_EQ(receive_options(made, kSource), Verdict::accept);
    EXPECT_EQ(differences_in(made, {test::ip_options({7, 11, 8, 10, 0, 1, 1, 0, 0, 0, 0})}), "");
    forward_options(made, net::Ipv4Address::from_host(0xcb007102));
    EXPECT_EQ(differences_in(
                  made, {test::ip_options({7, 11, 8, 203, 0, 113, 2, 0, 0, 0, 0}), test::valid_checksums()}),
              "");
    free(made);
}

/// FWD-8
TEST_F(Options, the_last_slot_of_a_record_route_is_used) {
    const Ipv4Packet made = packet(with({7, 7, 4, 0, 0, 0, 0}));
    ASSERT_EQ(receive_options(made, kSource), Verdict::accept);
    EXPECT_EQ(differences_in(made, {test::ip_options({7, 7, 8, 10, 0, 1, 1})}), "");
    const auto echo = echo_options(made, kSource);
    ASSERT_TRUE(echo) << "no slot is left, and none is wanted";
    EXPECT_EQ(std::to_integer<unsigned>(echo->bytes[2]), 8U);
    free(made);
    const Ipv4Packet two = packet(with({7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0}));
    ASSERT_EQ(receive_options(two, kSource), Verdict::accept);
    ASSERT_TRUE(echo_options(two, kSource)) << "the second slot is the last one";
    free(two);
}

/// FWD-8
TEST_F(Options, a_full_record_route_stays_as_it_is) {
    const OptionList full = {7, 7, 8, 1, 2, 3, 4};
    const Ipv4Packet made = packet(with(full));
    ASSERT_EQ(receive_options(made, kSource), Verdict::accept);
    forward_options(made, net::Ipv4Address::from_host(0xcb007102));
    EXPECT_EQ(differences_in(made, {test::ip_options(full), test::valid_checksums()}), "");
    free(made);
}

/// FWD-8
TEST_F(Options, timestamps_are_filled_with_the_incoming_side) {
    struct Case {
        OptionList before;
        OptionList after;
    };
    const std::vector<Case> cases = {
        {{68, 8, 5, 0, 0, 0, 0, 0}, {68, 8, 9, 0, 0x02, 0x93, 0x2e, 0x00}},
        {{68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0}, {68, 12, 13, 1, 10, 0, 1, 1, 0x02, 0x93, 0x2e, 0x00}},
        {{68, 12, 5, 3, 10, 0, 1, 1, 0, 0, 0, 0}, {68, 12, 13, 3, 10, 0, 1, 1, 0x02, 0x93, 0x2e, 0x00}},
        {{68, 12, 5, 3, 8, 8, 8, 8, 0, 0, 0, 0}, {68, 12, 5, 3, 8, 8, 8, 8, 0, 0, 0, 0}},
        {{68, 8, 9, 0x20, 1, 2, 3, 4}, {68, 8, 9, 0x30, 1, 2, 3, 4}},
    };
    for (const Case& c : cases) {
        const Ipv4Packet made = packet(with(c.before));
        ASSERT_EQ(receive_options(made, kSource), Verdict::accept);
        forward_options(made, net::Ipv4Address::from_host(0xcb007102));
        EXPECT_EQ(differences_in(made, {test::ip_options(c.after), test::valid_checksums()}), "");
        free(made);
    }
}

/// FWD-8: 12/0 with the byte in question
TEST_F(Options, what_is_malformed_is_told_with_its_place) {
    struct Case {
        const char* name;
        OptionList options;
        std::uint8_t pointer;
    };
    const std::vector<Case> cases = {
        {"longer than the header", {7, 40, 4, 0}, 20},
        {"length one", {0x82, 1, 0, 0}, 20},
        {"length zero behind no-operations", {1, 1, 0x82, 0}, 22},
        {"no room for a length", {1, 1, 1, 7}, 23},
        {"record route: pointer of three", {7, 7, 3, 0, 0, 0, 0, 0}, 22},
        {"record route: half a slot", {7, 6, 4, 0, 0, 0, 0, 0}, 22},
        {"record route: length of two", {7, 2, 0, 0}, 21},
        {"record route twice", {7, 3, 4, 7, 3, 4, 0, 0}, 23},
        {"timestamp: pointer of four", {68, 8, 4, 0, 0, 0, 0, 0}, 22},
        {"timestamp: half a slot", {68, 8, 5, 1, 0, 0, 0, 0}, 22},
        {"timestamp: overflow full", {68, 4, 5, 0xf0}, 23},
        {"timestamp: length of three", {68, 3, 5, 0}, 21},
        {"router alert of three", {148, 3, 0, 0}, 21},
        {"source route: pointer of three", {131, 7, 3, 0, 0, 0, 0, 0}, 22},
    };
    for (const Case& c : cases) {
        const Ipv4Packet made = packet(with(c.options));
        EXPECT_EQ(receive_options(made, kSource), Verdict::bad_options) << c.name;
        EXPECT_EQ(made.info().error_pointer, c.pointer) << c.name;
        free(made);
    }
}

/// FWD-8: refused, and silently
TEST_F(Options, source_routes_are_refused_without_an_answer) {
    for (const std::uint8_t type : {kOptionLooseRoute, kOptionStrictRoute}) {
        const Ipv4Packet made = packet(with({type, 7, 4, 10, 0, 0, 9, 0}));
        EXPECT_EQ(receive_options(made, kSource), Verdict::source_route_refused);
        free(made);
    }
    EXPECT_EQ(answer_of(Verdict::source_route_refused).kind, Answer::Kind::none);
}

TEST_F(Options, others_pass_untouched) {
    for (const OptionList& options :
         {OptionList{148, 4, 0, 0}, OptionList{1, 1, 1, 0}, OptionList{0x88, 4, 0x12, 0x34},
          OptionList{130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}}) {
        const Ipv4Packet made = packet(with(options));
        EXPECT_EQ(receive_options(made, kSource), Verdict::accept);
        EXPECT_EQ(differences_in(made, {test::ip_options(options), test::valid_checksums()}), "");
        free(made);
    }
}

TEST_F(Options, what_follows_the_end_is_cleared) {
    const Ipv4Packet made = packet(with({1, 0, 7, 3}));
    EXPECT_EQ(receive_options(made, kSource), Verdict::accept);
    forward_options(made, kSource.own);
    EXPECT_EQ(differences_in(made, {test::ip_options({1, 0, 0, 0}), test::valid_checksums()}), "");
    free(made);
}

TEST_F(Options, an_answer_carries_record_route_and_timestamp_with_the_next_slot) {
    const Ipv4Packet made =
        packet(with({7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 148, 4, 0, 0}));
    ASSERT_EQ(receive_options(made, kSource), Verdict::accept);
    const auto echo = echo_options(made, kSource);
    ASSERT_TRUE(echo);
    const OptionList wanted = {7,  11, 12, 10,   0,    1,    1,    10,   0,    1,    1,    68,
                               12, 13, 0,  0x02, 0x93, 0x2e, 0x00, 0x02, 0x93, 0x2e, 0x00, 0};
    ASSERT_EQ(echo->size, wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(std::to_integer<unsigned>(echo->bytes[i]), wanted[i]) << i;
    }
    free(made);
}

}  // namespace sluice::packet
