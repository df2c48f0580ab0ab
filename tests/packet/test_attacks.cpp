// SPDX-License-Identifier: BSD-3-Clause
// Attacks that are known, as far as packets can carry them out (REQUIREMENTS, "Attack and bug classes"). Port shadow is in
// test_strict.cpp, crafted hashes in tests/unit/conntrack/flood_test.cpp, fragments in tests/unit/dataplane/packet.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

constexpr std::string_view kHome = R"(
[firewall.nat]
PREROUTING  = ["-i wan -p tcp --dport 8080 -j DNAT --to-destination 172.16.0.10:80", "-i wan -p udp --dport 8080 -j DNAT --to-destination 172.16.0.10:80"]
POSTROUTING = ["-s 10.0.0.0/24 -o wan -j MASQUERADE"]
)";

/// A download of 10.0.0.5:4000 from 8.8.8.8:80 that has just begun.
void begin_download(World& world) {
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").seq(100).window(20000));
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags("SA").seq(5000).ack(101).window(20000));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("A").seq(101).ack(5001).window(20000));
    world.take_all();
}

void download_goes_on(World& world) {
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags("A").seq(5001).ack(101).window(20000).payload_size(100));
    world.expect("lan", {ip_dst("10.0.0.5"), tcp_ports(80, 4000), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("A").seq(101).ack(5001).window(20000));
    world.expect("wan", {ip_src("198.51.100.1"), tcp_ports(4000, 80), valid_checksums()});
    world.expect_nothing_more();
}

// CT-6; ReDAN (NDSS 2025), CVE-2004-0230
TEST(Attack, resets_with_guessed_numbers_end_no_connection) {
    World world(gateway(kHome));
    begin_download(world);
    for (const std::uint32_t guess : {0U, 1U, 4999U, 5000U, 5002U, 5100U, 6000U, 24000U, 25002U, 0x80000000U, 0xffffffffU}) {
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags("R").seq(guess));
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags("RA").seq(guess).ack(101));
        world.take_all();
        const std::vector<std::string> lines = world.router().connection_lines();
        ASSERT_EQ(lines.size(), 1U);
        ASSERT_NE(lines[0].find(" ESTABLISHED "), std::string::npos) << guess << ": " << lines[0];
        download_goes_on(world);
    }
    // Nor do a SYN, a FIN or a SYN+ACK that somebody makes up.
    for (const char* flags : {"S", "SA", "FA"}) {
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags(flags).seq(0x70000000).ack(9));
        world.take_all();
        download_goes_on(world);
    }
}

// CT-6, CT-8: who hits the one number out of four thousand million closes the connection, and no more than that.
TEST(Attack, the_right_reset_closes_and_leaves_the_mapping_for_its_time) {
    World world(gateway(kHome));
    begin_download(world);
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags("R").seq(5001));
    world.expect("lan", {tcp_flags("R")});
    EXPECT_EQ(world.router().connections(), 1U);
    download_goes_on(world);
}

// ICMP-4, ICMP-5, RFC 4787 REQ-12, RFC 5382 REQ-10, RFC 5508 REQ-6; CVE-2020-36516
TEST(Attack, spoofed_errors_neither_end_nor_prolong_a_connection) {
    World world(gateway(kHome));
    begin_download(world);
    world.pass(5);
    const std::vector<std::string> before = world.router().connection_lines();
    const Bytes quoted = packet().ip("198.51.100.1", "8.8.8.8").tcp(4000, 80).flags("A").seq(101).bytes();
    for (const auto& [type, codes] : {std::pair(3, 16), std::pair(4, 1), std::pair(11, 2), std::pair(12, 2)}) {
        for (int code = 0; code < codes; ++code) {
            world.send("wan", packet().ip("203.0.113.66", "198.51.100.1").icmp_error(
                                  static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code), quoted).icmp_mtu(68));
            world.expect("lan", {ip_dst("10.0.0.5"), icmp_type(static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code)),
                                 valid_checksums()});
        }
    }
    // A redirect about a translated flow is not passed on (surprise 15).
    world.send("wan", packet().ip("203.0.113.66", "198.51.100.1").icmp_error(5, 1, quoted));
    EXPECT_EQ(world.router().connection_lines(), before);
    download_goes_on(world);
}

// ICMP-3, RFC 5508 REQ-4: off-path guesses at ports get nowhere.
TEST(Attack, errors_about_flows_that_are_not_there_are_not_forwarded) {
    World world(gateway(kHome));
    begin_download(world);
    for (std::uint16_t port = 3990; port < 4010; ++port) {
        if (port == 4000) {
            continue;
        }
        const Bytes quoted = packet().ip("198.51.100.1", "8.8.8.8").tcp(port, 80).flags("A").seq(101).bytes();
        world.send("wan", packet().ip("203.0.113.66", "198.51.100.1").icmp_error(3, 4, quoted).icmp_mtu(68));
    }
    world.expect_nothing_more();
    download_goes_on(world);
}

// NAT-10: a mapping is no open door, and a stranger learns nothing of it.
TEST(Attack, strangers_do_not_get_through_the_mapping_of_a_connection) {
    World world(gateway(kHome));
    begin_download(world);
    for (const char* stranger : {"203.0.113.66", "8.8.8.9"}) {
        world.send("wan", packet().ip(stranger, "198.51.100.1").tcp(80, 4000).flags("A").seq(5001).ack(101));
        world.send("wan", packet().ip(stranger, "198.51.100.1").tcp(80, 4000).flags("S").seq(1));
        for (const SentFrame& frame : world.take_all()) {
            EXPECT_EQ(frame.interface, "wan");  // the router's own reset
        }
    }
    download_goes_on(world);
}

/// A lane with a small table, many downloads in it, and a flood.
class Flood : public testing::TestWithParam<bool> {
protected:
    static constexpr unsigned kDownloads = 20;
    static constexpr unsigned kSources = 100'000;
    Lane lane_{gateway("[sysctl]\n\"net.netfilter.nf_conntrack_max\" = 10000\n" + std::string(kHome)), true, 3};

    Bytes to_router(std::string_view interface, const PacketBuilder& built) const {
        Bytes frame = built.frame();
        const net::MacAddress own = lane_.mac_of_interface(interface);
        std::copy(own.bytes.begin(), own.bytes.end(), reinterpret_cast<std::uint8_t*>(frame.data()));
        return frame;
    }
    std::size_t send(std::string_view interface, const PacketBuilder& built, std::string_view expected) {
        const auto sent = lane_.receive(interface, {to_router(interface, built)});
        return static_cast<std::size_t>(
            std::count_if(sent.begin(), sent.end(), [&](const SentFrame& frame) { return frame.interface == expected; }));
    }
    /// A segment of each download and its acknowledgement. Returns: how many came out.
    std::size_t downloads_go_on() {
        std::size_t passed = 0;
        for (std::uint16_t i = 0; i < kDownloads; ++i) {
            const auto port = static_cast<std::uint16_t>(4000 + i);
            passed += send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, port).flags("A").seq(5001).ack(101).window(20000).payload_size(64), "lan");
            passed += send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(port, 80).flags("A").seq(101).ack(5001).window(20000), "wan");
        }
        return passed;
    }
};

// RES-1, RES-4, RFC 6888 REQ-5
TEST_P(Flood, of_ten_times_the_table_does_not_push_out_what_is_established) {
    for (std::uint16_t i = 0; i < kDownloads; ++i) {
        const auto port = static_cast<std::uint16_t>(4000 + i);
        send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(port, 80).flags("S").seq(100).window(20000), "wan");
        send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(80, port).flags("SA").seq(5000).ack(101).window(20000), "lan");
        send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(port, 80).flags("A").seq(101).ack(5001).window(20000), "wan");
    }
    std::size_t passed = downloads_go_on();
    ASSERT_EQ(passed, 2 * kDownloads);
    const bool is_udp = GetParam();
    Bytes frame = to_router("wan", is_udp ? packet().ip("203.0.0.1", "198.51.100.1").udp(5000, 8080)
                                          : packet().ip("203.0.0.1", "198.51.100.1").tcp(5000, 8080).flags("S").seq(1));
    std::size_t offered = 0;
    std::size_t went_on = 0;
    std::vector<Bytes> burst;
    for (unsigned n = 0; n < kSources; ++n) {
        // Another source: 203.A.B.C with the last three bytes counting, and the checksums mended by building it anew
        // where that is due only; the source port takes up what the address adds, so that both stay right.
        Bytes next = frame;
        const auto put = [&next](std::size_t at, unsigned value) {
            next[at] = static_cast<std::byte>(value >> 8U);
            next[at + 1] = static_cast<std::byte>(value);
        };
        const auto get = [&next](std::size_t at) {
            return std::to_integer<unsigned>(next[at]) << 8U | std::to_integer<unsigned>(next[at + 1]);
        };
        const auto mend = [&](std::size_t at, unsigned before, unsigned after) {
            unsigned sum = (~get(at) & 0xffffU) + (~before & 0xffffU) + after;
            sum = (sum & 0xffffU) + (sum >> 16U);
            sum = (sum & 0xffffU) + (sum >> 16U);
            put(at, ~sum & 0xffffU);
        };
        constexpr std::size_t kSource = 26;
        const std::size_t l4_sum = is_udp ? 40 : 50;
        const unsigned high = 203U << 8U | (n >> 16U & 0xffU);
        for (const auto& [at, value] : {std::pair(kSource, high), std::pair(kSource + 2, n & 0xffffU)}) {
            const unsigned before = get(at);
            put(at, value);
            mend(24, before, value);
            mend(l4_sum, before, value);
        }
        burst.push_back(std::move(next));
        if (burst.size() == 50) {
            lane_.receive("wan", burst);
            burst.clear();
            if (n % 2500 == 2499) {
                lane_.pass(0.1);
                went_on += downloads_go_on();
                offered += 2 * kDownloads;
            }
        }
    }
    EXPECT_GT(offered, 1000U);
    EXPECT_GE(went_on * 100, offered * 99) << went_on << " of " << offered;  // less than one in a hundred is lost
    EXPECT_LE(lane_.connections(), 10'000U);
    EXPECT_GT(lane_.connections(), 9'000U);
    const auto lines = lane_.connection_lines();
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                            [](const std::string& line) { return line.find("[ASSURED]") != std::string::npos; }),
              kDownloads);
}

INSTANTIATE_TEST_SUITE_P(SynAndUdp, Flood, testing::Values(false, true),
                         [](const auto& each) { return each.param ? "udp" : "syn"; });

}  // namespace
}  // namespace sluice::test
