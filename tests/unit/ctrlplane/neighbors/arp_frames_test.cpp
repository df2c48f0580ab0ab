// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/neighbors/arp_frames.h"

#include <gtest/gtest.h>

#include <cstring>

#include "dataplane/net/headers.h"

namespace sluice::ctrlplane {
namespace {

using net::Ipv4Address;
constexpr base::InterfaceId kLan{0};
constexpr base::InterfaceId kVlan{1};
constexpr base::InterfaceId kBare{2};
constexpr net::MacAddress kOwn{{2, 0, 0, 0, 0, 1}};
constexpr net::MacAddress kHost{{2, 0, 0, 0, 0, 9}};

Ipv4Address ip(const char* text) {
    return *net::parse_ipv4(text);
}
net::Ipv4Prefix prefix(const char* text) {
    return *net::parse_ipv4_prefix(text);
}

std::vector<ArpLink> links() {
    return {{kLan, kOwn, 0, {prefix("10.0.0.1/24"), prefix("10.0.1.1/24")}},
            {kVlan, kOwn, 100, {prefix("172.16.0.1/16")}},
            {kBare, kOwn, 0, {}}};
}

template <class Header>
Header at(const ArpFrame& frame, std::size_t offset) {
    Header header;
    EXPECT_GE(frame.bytes.size(), offset + sizeof header);
    std::memcpy(&header, frame.bytes.data() + offset, sizeof header);
    return header;
}

// FWD-9
TEST(ArpFrames, a_question_goes_to_all_from_the_address_in_the_targets_network) {
    const auto frame = arp_question(links(), {kLan, ip("10.0.1.9"), std::nullopt});
    ASSERT_EQ(frame.bytes.size(), 42U);
    const auto ethernet = at<net::EthernetHeader>(frame, 0);
    EXPECT_TRUE(ethernet.destination.is_broadcast());
    EXPECT_EQ(ethernet.source, kOwn);
    EXPECT_EQ(ethernet.type.host(), net::kEtherTypeArp);
    const auto arp = at<net::ArpPacket>(frame, 14);
    EXPECT_EQ(arp.operation.host(), 1);
    EXPECT_EQ(arp.sender_ip, ip("10.0.1.1"));
    EXPECT_EQ(arp.sender_mac, kOwn);
    EXPECT_EQ(arp.target_ip, ip("10.0.1.9"));
    EXPECT_EQ(arp.target_mac, net::MacAddress{});
}

TEST(ArpFrames, a_probe_goes_to_the_mac_that_is_known) {
    const auto frame = arp_question(links(), {kLan, ip("10.0.0.9"), kHost});
    EXPECT_EQ(at<net::EthernetHeader>(frame, 0).destination, kHost);
    EXPECT_EQ(at<net::ArpPacket>(frame, 14).target_mac, net::MacAddress{});
}

TEST(ArpFrames, a_vlan_has_its_tag) {
    const auto frame = arp_question(links(), {kVlan, ip("172.16.9.9"), std::nullopt});
    ASSERT_EQ(frame.bytes.size(), 46U);
    EXPECT_EQ(at<net::EthernetHeader>(frame, 0).type.host(), net::kEtherTypeVlan);
    EXPECT_EQ(at<net::VlanTag>(frame, 14).id(), 100);
    EXPECT_EQ(at<net::VlanTag>(frame, 14).type.host(), net::kEtherTypeArp);
    EXPECT_EQ(at<net::ArpPacket>(frame, 18).sender_ip, ip("172.16.0.1"));
}

TEST(ArpFrames, without_an_address_near_the_target_another_one_asks) {
    EXPECT_EQ(at<net::ArpPacket>(arp_question(links(), {kLan, ip("192.0.2.1"), std::nullopt}), 14).sender_ip,
              ip("10.0.0.1"));
    EXPECT_EQ(at<net::ArpPacket>(arp_question(links(), {kBare, ip("192.0.2.1"), std::nullopt}), 14).sender_ip,
              ip("10.0.0.1"));
}

TEST(ArpFrames, every_address_is_announced) {
    const auto frames = arp_announcements(links());
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(frames[2].interface, kVlan);
    const auto arp = at<net::ArpPacket>(frames[1], 14);
    EXPECT_EQ(arp.sender_ip, ip("10.0.1.1"));
    EXPECT_EQ(arp.target_ip, ip("10.0.1.1"));
}

}  // namespace
}  // namespace sluice::ctrlplane
