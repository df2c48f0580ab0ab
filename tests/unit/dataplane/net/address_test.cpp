// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/net/address.h"

#include <gtest/gtest.h>

namespace sluice::net {

TEST(Address, ipv4_in_dotted_quads_goes_there_and_back) {
    for (const char* text : {"0.0.0.0", "10.0.0.5", "255.255.255.255", "192.0.2.1"}) {
        const auto address = parse_ipv4(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(to_string(*address), text);
    }
}

TEST(Address, anything_else_is_no_ipv4_address) {
    for (const char* text :
         {"", "10", "10.0.0", "10.0.0.0.1", "10.0.0.256", "10.0.0.01", "10.0.0.-1", " 10.0.0.1", "10.0.0.1 ",
          "10..0.1", "a.b.c.d", "0x0a000001", "10.0.0.1/8", "+1.2.3.4"}) {
        EXPECT_FALSE(parse_ipv4(text)) << text;
    }
}

TEST(Address, order_is_by_value) {
    EXPECT_LT(*parse_ipv4("9.255.255.255"), *parse_ipv4("10.0.0.0"));
    EXPECT_LT(*parse_ipv4("10.0.0.2"), *parse_ipv4("10.0.1.1"));
}

TEST(Address, kinds_are_told_apart) {
    EXPECT_TRUE(parse_ipv4("127.0.0.1")->is_loopback());
    EXPECT_TRUE(parse_ipv4("224.0.0.1")->is_multicast());
    EXPECT_FALSE(parse_ipv4("240.0.0.1")->is_multicast());
    EXPECT_TRUE(parse_ipv4("0.1.2.3")->is_zeronet());
    EXPECT_TRUE(parse_ipv4("255.255.255.255")->is_limited_broadcast());
    EXPECT_TRUE(Ipv4Address().is_unspecified());
}

TEST(Prefix, knows_its_ends_and_what_it_holds) {
    const auto prefix = parse_ipv4_prefix("10.0.1.77/26");
    ASSERT_TRUE(prefix);
    EXPECT_EQ(to_string(prefix->network()), "10.0.1.64");
    EXPECT_EQ(to_string(prefix->broadcast()), "10.0.1.127");
    EXPECT_TRUE(prefix->contains(*parse_ipv4("10.0.1.64")));
    EXPECT_TRUE(prefix->contains(*parse_ipv4("10.0.1.127")));
    EXPECT_FALSE(prefix->contains(*parse_ipv4("10.0.1.128")));
    EXPECT_EQ(to_string(*prefix), "10.0.1.77/26");
    EXPECT_EQ(parse_ipv4_prefix("10.0.0.1")->length, 32);
    EXPECT_TRUE(parse_ipv4_prefix("0.0.0.0/0")->contains(*parse_ipv4("1.2.3.4")));
    for (const char* text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "/8"}) {
        EXPECT_FALSE(parse_ipv4_prefix(text)) << text;
    }
}

TEST(Mac, goes_there_and_back) {
    const auto mac = parse_mac("02:00:5E:10:00:ff");
    ASSERT_TRUE(mac);
    EXPECT_EQ(to_string(*mac), "02:00:5e:10:00:ff");
    EXPECT_FALSE(mac->is_group());
    EXPECT_TRUE(parse_mac("01:00:5e:00:00:01")->is_group());
    EXPECT_TRUE(parse_mac("ff:ff:ff:ff:ff:ff")->is_broadcast());
    for (const char* text : {"", "02:00:5e:10:00", "02:00:5e:10:00:f", "02-00-5e-10-00-ff",
                             "02:00:5e:10:00:fg", "02:00:5e:10:00:ff:00"}) {
        EXPECT_FALSE(parse_mac(text)) << text;
    }
}

TEST(Address, ipv6_is_written_by_rfc_5952) {
    const auto address = parse_ipv6("2001:DB8:0:0:0:0:0:1");
    ASSERT_TRUE(address);
    EXPECT_EQ(to_string(*address), "2001:db8::1");
    EXPECT_FALSE(parse_ipv6("2001:db8::1::2"));
}

}  // namespace sluice::net
