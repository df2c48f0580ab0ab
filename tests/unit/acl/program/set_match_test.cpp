// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <initializer_list>

#include "acl/sets/book.h"
#include "tests/unit/acl/program/router_under_test.h"
#include "tests/unit/acl/sets/set_words.h"

/// MAT-7: packets in sets of each type.
namespace sluice::test {

namespace {

using acl::SetMatch;
using acl::sets::CounterTest;
using acl::sets::SetBook;

enum Side : bool { src = false, dst = true };

SetMatch in_set(std::string name, std::initializer_list<Side> sides) {
    SetMatch match;
    match.name = std::move(name);
    for (const Side side : sides) {
        match.directions.is_destination[match.directions.count++] = side == dst;
    }
    return match;
}

/// Sets, and rules that ask them.
class SetMatches : public testing::Test {
protected:
    void sets(std::string_view text) { EXPECT_EQ(acl::sets::restored(book_, text), ""); }
    bool is_in(const SetMatch& match, const Packet& packet) {
        Rules rules(ruleset(TableId::filter,
                            {chain(Hook::forward, Policy::accept, {rule().match(match).j(acl::DropTarget{})})}),
                    &book_);
        return rules.run(packet).outcome == Outcome::drop;
    }
    std::string saved(const std::string& set) { return acl::sets::text_of(book_, "save " + set, 1000); }

    SetBook book_;
    Packet packet_ = tcp_packet();  // 10.0.0.5:4000 to 203.0.113.9:80, lan to wan
};

}  // namespace

TEST_F(SetMatches, addresses_and_networks_by_direction) {
    sets("create hosts hash:ip\nadd hosts 10.0.0.5\ncreate nets hash:net\nadd nets 203.0.113.0/24\n"
         "add nets 203.0.113.8/30 nomatch\nadd nets 203.0.113.9/32\n");
    EXPECT_TRUE(is_in(in_set("hosts", {src}), packet_));
    EXPECT_FALSE(is_in(in_set("hosts", {dst}), packet_));
    EXPECT_TRUE(is_in(in_set("nets", {dst}), packet_));
    packet_.destination = *net::parse_ipv4("203.0.113.10");
    EXPECT_FALSE(is_in(in_set("nets", {dst}), packet_));
    SetMatch returns = in_set("nets", {dst});
    returns.return_nomatch = true;
    EXPECT_TRUE(is_in(returns, packet_));
    packet_.destination = *net::parse_ipv4("203.0.113.20");
    EXPECT_FALSE(is_in(returns, packet_));
    SetMatch inverted = in_set("nets", {src});
    inverted.inverted = true;
    EXPECT_TRUE(is_in(inverted, packet_));
}

TEST_F(SetMatches, ports_of_the_protocols_that_have_some) {
    sets("create web hash:ip,port\nadd web 203.0.113.9,tcp:80\nadd web 203.0.113.9,icmp:8/0\nadd web 203.0.113.9,gre:0\n"
         "create ports bitmap:port range 0-65535\nadd ports 80\ncreate three hash:ip,port,ip\n"
         "add three 10.0.0.5,80,203.0.113.9\ncreate mixed hash:net,port,net\nadd mixed 10.0.0.0/8,80,203.0.113.0/24\n");
    EXPECT_TRUE(is_in(in_set("web", {dst, dst}), packet_));
    EXPECT_FALSE(is_in(in_set("web", {dst, src}), packet_));
    EXPECT_FALSE(is_in(in_set("web", {dst}), packet_)) << "too few directions";
    EXPECT_TRUE(is_in(in_set("ports", {dst}), packet_));
    EXPECT_TRUE(is_in(in_set("three", {src, dst, dst}), packet_));
    EXPECT_TRUE(is_in(in_set("mixed", {src, dst, dst}), packet_));
    packet_.protocol = net::kProtocolUdp;
    EXPECT_FALSE(is_in(in_set("web", {dst, dst}), packet_));
    EXPECT_TRUE(is_in(in_set("ports", {dst}), packet_));
    packet_.protocol = net::kProtocolSctp;
    EXPECT_FALSE(is_in(in_set("ports", {dst}), packet_)) << "bitmap:port knows tcp and udp only";
    packet_.protocol = net::kProtocolGre;
    EXPECT_TRUE(is_in(in_set("web", {dst, dst}), packet_));
    packet_.protocol = net::kProtocolIcmp;
    packet_.icmp_type = 8;
    EXPECT_TRUE(is_in(in_set("web", {dst, src}), packet_));
}

TEST_F(SetMatches, interfaces_macs_and_marks) {
    sets("create ifs hash:net,iface\nadd ifs 10.0.0.0/8,lan\ncreate macs hash:mac\nadd macs 02:00:00:00:00:05\n"
         "create marks hash:ip,mark markmask 0xff\nadd marks 10.0.0.5,0x10\ncreate pairs bitmap:ip,mac range 10.0.0.0/24\n"
         "add pairs 10.0.0.5\n");
    EXPECT_TRUE(is_in(in_set("ifs", {src, src}), packet_));
    EXPECT_FALSE(is_in(in_set("ifs", {src, dst}), packet_));
    sets("add ifs 10.0.0.0/24,eth0\n");
    EXPECT_FALSE(is_in(in_set("ifs", {src, src}), packet_)) << "the longer network decides, with whatever interface";
    sets("add ifs 10.0.0.0/24,lan\n");
    EXPECT_TRUE(is_in(in_set("ifs", {src, src}), packet_));
    EXPECT_FALSE(is_in(in_set("macs", {src}), packet_)) << "made by the router";
    packet_.source_mac.bytes = {2, 0, 0, 0, 0, 5};
    EXPECT_TRUE(is_in(in_set("macs", {src}), packet_));
    packet_.mark = 0xab10;
    EXPECT_TRUE(is_in(in_set("marks", {src, src}), packet_));
    EXPECT_TRUE(is_in(in_set("pairs", {src, src}), packet_)) << "the first packet's MAC is taken";
    EXPECT_NE(saved("pairs").find("10.0.0.5,02:00:00:00:00:05"), std::string::npos) << saved("pairs");
    packet_.source_mac.bytes = {2, 0, 0, 0, 0, 6};
    EXPECT_FALSE(is_in(in_set("pairs", {src, src}), packet_));
}

TEST_F(SetMatches, elements_end_in_their_time) {
    sets("create brief hash:ip timeout 10\nadd brief 10.0.0.5\n");  // at 1 s
    packet_.now_ns = 10'900'000'000;
    EXPECT_TRUE(is_in(in_set("brief", {src}), packet_));
    packet_.now_ns = 11'100'000'000;
    EXPECT_FALSE(is_in(in_set("brief", {src}), packet_));
}

TEST_F(SetMatches, who_asks_is_counted_once_and_compared_afterwards) {
    sets("create counted hash:net counters\nadd counted 10.0.0.0/24\nadd counted 10.0.0.0/8\n");
    SetMatch match = in_set("counted", {src});
    EXPECT_TRUE(is_in(match, packet_));
    EXPECT_NE(saved("counted").find("10.0.0.0/24 packets 1 bytes 60"), std::string::npos) << saved("counted");
    match.packets = {CounterTest::Kind::equal, 2};
    EXPECT_TRUE(is_in(match, packet_));
    match.packets = {CounterTest::Kind::less, 2};
    EXPECT_TRUE(is_in(match, packet_)) << "the wider network has counted this packet alone";
    EXPECT_NE(saved("counted").find("10.0.0.0/24 packets 3 bytes 180"), std::string::npos) << saved("counted");
    EXPECT_NE(saved("counted").find("10.0.0.0/8 packets 1 bytes 60"), std::string::npos) << saved("counted");
    match.packets = {};
    match.bytes = {CounterTest::Kind::greater, 180};
    match.leave_counters = true;
    EXPECT_FALSE(is_in(match, packet_));
}

TEST_F(SetMatches, lists_ask_their_sets_in_turn) {
    sets("create a hash:ip counters\nadd a 10.0.0.5\ncreate b hash:ip,port\nadd b 10.0.0.5,4000\n"
         "create all list:set counters\nadd all b\nadd all a\n");
    SetMatch match = in_set("all", {src});
    EXPECT_TRUE(is_in(match, packet_));
    EXPECT_NE(saved("all").find("add all a packets 1 bytes 60"), std::string::npos) << saved("all");
    match.leave_subcounters = true;
    EXPECT_TRUE(is_in(match, packet_));
    EXPECT_NE(saved("a").find("10.0.0.5 packets 1 bytes 60"), std::string::npos) << saved("a");
    EXPECT_TRUE(is_in(in_set("all", {src, src}), packet_)) << "in b";
    EXPECT_NE(saved("all").find("add all b packets 1 bytes 60"), std::string::npos) << saved("all");
}

TEST_F(SetMatches, a_rule_sees_what_was_swapped_in_and_holds_the_set) {
    sets("create live hash:ip\ncreate next hash:ip\nadd next 10.0.0.5\n");
    {
        Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                                    {rule().match(in_set("live", {src})).j(acl::DropTarget{})})}),
                    &book_);
        EXPECT_EQ(rules.run(packet_).outcome, Outcome::accept);
        sets("swap live next\n");
        EXPECT_EQ(rules.run(packet_).outcome, Outcome::drop);
        EXPECT_EQ(acl::sets::text_of(book_, "destroy live"), "Set cannot be destroyed: it is in use by a kernel component");
        EXPECT_EQ(acl::sets::text_of(book_, "destroy next"), "");
        sets("flush live\n");
        EXPECT_EQ(rules.run(packet_).outcome, Outcome::accept);
        EXPECT_FALSE(rules.program().is_outdated());
        sets("create counted hash:ip counters\nswap live counted\n");
        EXPECT_TRUE(rules.program().is_outdated());
    }
    sets("destroy live\n");
}

TEST_F(SetMatches, a_rule_with_a_set_that_counts_asks_in_the_order_written) {
    sets("create counted hash:ip counters\nadd counted 10.0.0.5\n");
    const SetMatch match = in_set("counted", {src});
    acl::MarkMatch marked;
    marked.value = 7;
    marked.mask = 0xffffffff;
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                                {rule().match(marked).match(match).j(acl::DropTarget{}),
                                                 rule().match(match).match(marked).j(acl::DropTarget{})})}),
                &book_);
    EXPECT_EQ(rules.run(packet_).outcome, Outcome::accept);
    EXPECT_NE(saved("counted").find("packets 1 bytes 60"), std::string::npos) << saved("counted");
}

}  // namespace sluice::test
