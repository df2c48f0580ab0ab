// SPDX-License-Identifier: BSD-3-Clause
#include "pktgen/flows.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "dataplane/net/checksum.h"
#include "tests/support/packet_checks.h"

namespace sluice::pktgen {
namespace {

net::Ipv4Prefix prefix(const char* text) { return *net::parse_ipv4_prefix(text); }

TEST(FlowRange, no_flow_comes_twice_and_none_has_the_spared_source) {
    FlowRange range;
    range.sources = prefix("10.0.0.1/29");
    range.destinations = prefix("198.18.0.0/28");
    range.first_port = 65530;
    range.destination_port = 53;
    range.spared = *net::parse_ipv4("10.0.0.1");
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint16_t>> seen;
    ASSERT_EQ(range.size(), 5U * 6U * 14U);
    for (std::uint64_t i = 0; i < range.size(); ++i) {
        const Flow flow = range.at(i);
        EXPECT_NE(flow.source, range.spared);
        EXPECT_TRUE(range.sources.contains(flow.source) && range.destinations.contains(flow.destination));
        EXPECT_NE(flow.destination, range.destinations.broadcast());
        seen.insert({flow.source.host(), flow.destination.host(), flow.source_port.host()});
    }
    EXPECT_EQ(seen.size(), range.size());
}

TEST(FrameTemplate, frames_are_sound_and_of_the_size_asked_for) {
    const Flow flow{*net::parse_ipv4("10.0.0.5"), *net::parse_ipv4("198.18.0.9"), net::Be16::from_host(4000),
                    net::Be16::from_host(53)};
    for (const std::uint8_t protocol : {net::kProtocolUdp, net::kProtocolTcp}) {
        for (const std::size_t size : {10, 64, 65, 600, 1518}) {
            const FrameTemplate frame(size, protocol);
            EXPECT_EQ(frame.bytes(), std::max<std::size_t>(size, 64) - 4);
            std::vector<std::byte> bytes(frame.bytes());
            frame.write(bytes, flow, {{2, 0, 0, 0, 0, 1}}, net::TcpHeader::kSyn, 1, 2);
            EXPECT_EQ(flow_of(bytes), flow);
            const auto& ip = *reinterpret_cast<const net::Ipv4Header*>(bytes.data() + 14);
            EXPECT_TRUE(net::header_checksum_is_good(ip));
            const std::size_t l4 = ip.total_length.host() - 20U;
            EXPECT_LE(l4 + 34, bytes.size());
            const net::Sum sum = net::sum_of(std::span(bytes).subspan(34, l4),
                                             net::pseudo_header_sum(ip.source, ip.destination, protocol,
                                                                    static_cast<std::uint32_t>(l4)));
            EXPECT_EQ(net::folded(sum), 0xffff);
        }
    }
}

}  // namespace
}  // namespace sluice::pktgen
