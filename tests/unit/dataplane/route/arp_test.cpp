// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/arp.h"

#include <gtest/gtest.h>

#include "dataplane/route/connected.h"

namespace sluice::route {
namespace {

using net::Ipv4;
using net::Ipv4Address;
using packet::Verdict;
using Kind = pipeline::Request<Ipv4>::Kind;
constexpr base::InterfaceId kLan{0};
constexpr base::InterfaceId kWan{1};
constexpr net::MacAddress kHost{{2, 0, 0, 0, 0, 9}};
constexpr net::MacAddress kOwn{{2, 0, 0, 0, 0, 1}};

Ipv4Address ip(const char* text) {
    return *net::parse_ipv4(text);
}
net::Ipv4Prefix prefix(const char* text) {
    return *net::parse_ipv4_prefix(text);
}

net::ArpPacket arp_of(std::uint16_t operation, const char* sender, const char* target) {
    return {net::Be16::from_host(1),
            net::Be16::from_host(0x0800),
            6,
            4,
            net::Be16::from_host(operation),
            kHost,
            ip(sender),
            operation == kArpReply ? kOwn : net::MacAddress{},
            ip(target)};
}

class Arp : public testing::Test {
protected:
    static void SetUpTestSuite() {
        const std::vector<LinkAddresses> links = {{kLan, {prefix("10.0.0.1/24")}},
                                                  {kWan, {prefix("203.0.113.2/24")}}};
        fib_ = std::move(*Fib<Ipv4>::create(*route_list(links, {}), 1));
    }
    static void TearDownTestSuite() { fib_.reset(); }

    ArpOutcome judge(const net::ArpPacket& arp, bool is_known = false, bool is_group_frame = true) const {
        return judged_arp(arp, *fib_, in_, is_known, is_group_frame);
    }

    static inline std::unique_ptr<const Fib<Ipv4>> fib_;
    InputLink in_{kLan, 0, true, true, true};
};

// FWD-9
TEST_F(Arp, a_question_for_an_own_address_is_answered_and_its_sender_becomes_known) {
    const auto outcome = judge(arp_of(kArpRequest, "10.0.0.9", "10.0.0.1"));
    EXPECT_TRUE(outcome.answer);
    EXPECT_EQ(outcome.tell, Kind::neighbor_asked);
}

// FWD-9
TEST_F(Arp, answers_for_addresses_of_other_interfaces_too) {
    EXPECT_TRUE(judge(arp_of(kArpRequest, "10.0.0.9", "203.0.113.2")).answer);
}

TEST_F(Arp, does_not_answer_for_others) {
    for (const char* target : {"10.0.0.7", "10.0.0.255", "203.0.113.9", "8.8.8.8"}) {
        const auto outcome = judge(arp_of(kArpRequest, "10.0.0.9", target));
        EXPECT_FALSE(outcome.answer) << target;
        EXPECT_EQ(outcome.tell, std::nullopt) << target;
    }
}

TEST_F(Arp, a_probe_is_answered_and_remembered_by_nobody) {
    const auto outcome = judge(arp_of(kArpRequest, "0.0.0.0", "10.0.0.1"), true);
    EXPECT_TRUE(outcome.answer);
    EXPECT_EQ(outcome.tell, std::nullopt);
    EXPECT_FALSE(judge(arp_of(kArpRequest, "0.0.0.0", "10.0.0.7")).answer);
    EXPECT_FALSE(judge(arp_of(kArpReply, "0.0.0.0", "10.0.0.1")).answer);
}

TEST_F(Arp, a_sender_that_may_not_be_a_source_gets_no_answer) {
    EXPECT_FALSE(judge(arp_of(kArpRequest, "10.0.0.1", "10.0.0.1")).answer);  // it claims our address
    EXPECT_FALSE(judge(arp_of(kArpRequest, "224.0.0.1", "10.0.0.1")).answer);
    EXPECT_FALSE(judge(arp_of(kArpRequest, "127.0.0.1", "10.0.0.1")).answer);
    in_.rp_filter = 1;
    EXPECT_FALSE(judge(arp_of(kArpRequest, "203.0.113.9", "10.0.0.1")).answer);
}

// FWD-9
TEST_F(Arp, a_reply_to_us_alone_shows_that_a_known_neighbour_hears_us) {
    EXPECT_EQ(judge(arp_of(kArpReply, "10.0.0.9", "10.0.0.1"), true, false).tell, Kind::neighbor_replied);
    EXPECT_EQ(judge(arp_of(kArpReply, "10.0.0.9", "10.0.0.1"), true, true).tell, Kind::neighbor_seen);
    EXPECT_EQ(judge(arp_of(kArpReply, "10.0.0.9", "10.0.0.1"), false, false).tell, std::nullopt);
}

TEST_F(Arp, announcements_renew_what_is_known) {
    EXPECT_EQ(judge(arp_of(kArpRequest, "10.0.0.9", "10.0.0.9"), true).tell, Kind::neighbor_announced);
    EXPECT_EQ(judge(arp_of(kArpRequest, "10.0.0.9", "10.0.0.9"), false).tell, std::nullopt);
    auto reply = arp_of(kArpReply, "10.0.0.9", "10.0.0.9");
    EXPECT_EQ(judge(reply, true).tell, Kind::neighbor_seen);
    reply.target_mac = kHost;
    EXPECT_EQ(judge(reply, true).tell, Kind::neighbor_announced);
    EXPECT_EQ(judge(arp_of(kArpRequest, "10.0.0.9", "10.0.0.7"), true).tell, Kind::neighbor_seen);
}

TEST_F(Arp, wrong_forms_are_refused) {
    const auto is_bad = [&](auto&& change) {
        net::ArpPacket arp = arp_of(kArpRequest, "10.0.0.9", "10.0.0.1");
        change(arp);
        return judge(arp).verdict == Verdict::bad_arp;
    };
    EXPECT_TRUE(is_bad([](auto& arp) { arp.hardware_type = net::Be16::from_host(7); }));
    EXPECT_FALSE(is_bad([](auto& arp) { arp.hardware_type = net::Be16::from_host(6); }));
    EXPECT_TRUE(is_bad([](auto& arp) { arp.protocol_type = net::Be16::from_host(0x86dd); }));
    EXPECT_TRUE(is_bad([](auto& arp) { arp.hardware_length = 8; }));
    EXPECT_TRUE(is_bad([](auto& arp) { arp.protocol_length = 16; }));
    EXPECT_TRUE(is_bad([](auto& arp) { arp.operation = net::Be16::from_host(3); }));
    EXPECT_TRUE(is_bad([](auto& arp) { arp.target_ip = ip("224.0.0.1"); }));
    EXPECT_TRUE(is_bad([](auto& arp) { arp.target_ip = ip("127.0.0.1"); }));
    EXPECT_TRUE(is_bad([](auto& arp) { arp.sender_mac = net::MacAddress::broadcast(); }));
    EXPECT_TRUE(is_bad([](auto& arp) { arp.sender_mac = {}; }));
}

TEST(ArpReply, swaps_the_ends_and_says_who_has_it) {
    net::ArpPacket arp = arp_of(kArpRequest, "10.0.0.9", "10.0.0.1");
    make_reply(arp, kOwn);
    EXPECT_EQ(arp.operation.host(), kArpReply);
    EXPECT_EQ(arp.sender_ip, ip("10.0.0.1"));
    EXPECT_EQ(arp.sender_mac, kOwn);
    EXPECT_EQ(arp.target_ip, ip("10.0.0.9"));
    EXPECT_EQ(arp.target_mac, kHost);
}

}  // namespace
}  // namespace sluice::route
