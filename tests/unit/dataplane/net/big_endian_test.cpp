// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/base/big_endian.h"

#include <gtest/gtest.h>

#include <cstring>

#include "dataplane/net/headers.h"

namespace sluice::base {

TEST(BigEndian, lies_in_memory_as_on_the_wire) {
    const Be32 value = Be32::from_host(0x01020304);
    unsigned char bytes[4];
    std::memcpy(bytes, &value, 4);
    EXPECT_EQ(bytes[0], 1);
    EXPECT_EQ(bytes[3], 4);
    EXPECT_EQ(value.host(), 0x01020304U);
}

TEST(BigEndian, order_is_by_value) {
    EXPECT_LT(Be16::from_host(0x00ff), Be16::from_host(0x0100));
    EXPECT_EQ(Be16::from_raw(Be16::from_host(5).raw()), Be16::from_host(5));
}

TEST(Ipv4Header, tells_fragments_apart) {
    net::Ipv4Header header{};
    header.fragment = net::Be16::from_host(net::Ipv4Header::kDontFragment);
    EXPECT_FALSE(header.is_fragment());
    EXPECT_TRUE(header.dont_fragment());
    header.fragment = net::Be16::from_host(net::Ipv4Header::kMoreFragments);
    EXPECT_TRUE(header.is_fragment());
    header.fragment = net::Be16::from_host(185);
    EXPECT_TRUE(header.is_fragment());
    EXPECT_EQ(header.offset_bytes(), 1480U);
}

}  // namespace sluice::base
