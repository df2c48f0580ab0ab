// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/net/tuple.h"

#include <gtest/gtest.h>

namespace sluice::net {

namespace {

Tuple<Ipv4> tuple(std::uint8_t protocol, std::uint16_t source_port, std::uint16_t destination_port) {
    Tuple<Ipv4> made{};
    made.source = Ipv4Address::from_host(0x0a000005);
    made.destination = Ipv4Address::from_host(0x08080808);
    made.source_port = Be16::from_host(source_port);
    made.destination_port = Be16::from_host(destination_port);
    made.protocol = protocol;
    return made;
}

}  // namespace

TEST(Tuple, reply_of_reply_is_the_original) {
    for (const auto& original :
         {tuple(6, 4000, 80), tuple(17, 53, 53), tuple(1, 77, 0x0800), tuple(1, 77, 0x0d00),
          tuple(1, 77, 0x0301), tuple(99, 0, 0), tuple(132, 1, 2)}) {
        EXPECT_EQ(reply_of(reply_of(original)), original);
    }
}

TEST(Tuple, the_reply_has_both_ends_exchanged) {
    const Tuple<Ipv4> reply = reply_of(tuple(6, 4000, 80));
    EXPECT_EQ(reply.source.host(), 0x08080808U);
    EXPECT_EQ(reply.destination.host(), 0x0a000005U);
    EXPECT_EQ(reply.source_port.host(), 80);
    EXPECT_EQ(reply.destination_port.host(), 4000);
}

/// CT-10
TEST(Tuple, an_echo_is_answered_by_an_echo_reply_of_the_same_id) {
    const Tuple<Ipv4> reply = reply_of(tuple(1, 77, 0x0800));
    EXPECT_EQ(reply.source_port.host(), 77);
    EXPECT_EQ(reply.destination_port.host(), 0x0000);
}

TEST(Tuple, icmp_types_that_are_no_queries_have_no_inverse) {
    for (const std::uint8_t type :
         std::initializer_list<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 19, 42, 255}) {
        EXPECT_EQ(inverse_icmp_query(type), -1) << int{type};
    }
}

}  // namespace sluice::net
