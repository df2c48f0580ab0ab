// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/base/random.h"
#include "dataplane/net/checksum.h"
#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

constexpr std::size_t kFrames = 1'000'000;
constexpr std::size_t kBurst = 64;

const std::string kBusy = gateway(R"(
[firewall.nat]
PREROUTING  = ["-i wan -p tcp --dport 80 -j DNAT --to-destination 172.16.0.10:8080", "-i lan -p udp --dport 53 -j REDIRECT"]
POSTROUTING = ["-o wan -j MASQUERADE"]
[firewall.filter]
FORWARD = [
  "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
  "-p icmp --icmp-type redirect -j DROP",
  "-p tcp --dport 25 -j REJECT --reject-with tcp-reset",
  "-p udp --dport 25 -j REJECT",
]
)");

/// Packets worth breaking: those that reach far into the code when they are whole.
std::vector<Bytes> seeds(const net::MacAddress& router) {
    const auto udp = packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload_size(40);
    const auto tcp = packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").tcp_options({2, 4, 5, 180});
    const auto answer = packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000).payload_size(90);
    const auto error = packet().ip("203.0.113.7", "198.51.100.1").icmp_error(3, 1, udp.bytes());
    std::vector<PacketBuilder> all = {
        udp,
        tcp,
        answer,
        error,
        packet().ip("10.0.0.5", "10.0.0.1").icmp_echo(1, 2).payload_size(30),
        packet().ip("10.0.0.5", "8.8.8.8").ip_options({7, 7, 4, 0, 0, 0, 0, 0}).udp(1, 25),
        packet().ip("10.0.0.5", "8.8.8.8").ttl(1).udp(1, 2),
        packet().arp_request("02:00:00:00:00:02", "10.0.0.5", "10.0.0.1"),
        packet().ip("10.0.0.5", "8.8.8.8").protocol(132).payload_size(24),
        packet().ip("10.0.0.5", "8.8.8.8").protocol(47).payload_size(24),
    };
    const auto pieces = packet().ip("10.0.0.5", "8.8.8.8").id(3).udp(9, 9).payload_size(200).fragments(64);
    all.insert(all.end(), pieces.begin(), pieces.end());
    std::vector<Bytes> frames;
    for (const PacketBuilder& one : all) {
        Bytes& frame = frames.emplace_back(one.frame());
        std::copy(router.bytes.begin(), router.bytes.end(), reinterpret_cast<std::uint8_t*>(frame.data()));
    }
    return frames;
}

/// One of the seeds with a few bytes changed, cut or continued; now and then nothing but noise.
Bytes broken(const std::vector<Bytes>& from, base::Random& random) {
    Bytes frame = from[random.below(static_cast<std::uint32_t>(from.size()))];
    if (random.below(20) == 0) {
        frame.resize(random.below(1600));
        for (std::byte& byte : frame) {
            byte = static_cast<std::byte>(random.next());
        }
        return frame;
    }
    if (random.below(4) == 0) {
        frame.resize(random.below(static_cast<std::uint32_t>(frame.size() + 20)));
    }
    for (std::uint32_t changes = random.below(4); changes > 0 && frame.size() > 12; --changes) {
        const std::size_t at = 12 + random.below(static_cast<std::uint32_t>(std::min<std::size_t>(frame.size() - 12, 72)));
        frame[at] = static_cast<std::byte>(random.next());
    }
    // A wrong header checksum would stop nearly all of them at the door.
    if (frame.size() >= 34 && frame[12] == std::byte{8} && frame[13] == std::byte{0} && random.below(8) != 0) {
        auto& ip = *reinterpret_cast<net::Ipv4Header*>(frame.data() + 14);
        if (ip.header_bytes() >= 20 && ip.header_bytes() <= frame.size() - 14) {
            net::set_header_checksum(ip);
        }
    }
    return frame;
}

TEST(Garbage, a_million_broken_frames_neither_crash_nor_leak_nor_tell_the_two_ways_apart) {  // ROB-1, ROB-2
    const std::uint64_t seed = ::testing::UnitTest::GetInstance()->random_seed() + 1;
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(kBusy);
    constexpr std::array kInterfaces = {"lan", "dmz", "wan"};
    std::vector<std::vector<Bytes>> from;
    for (const char* interface : kInterfaces) {
        from.push_back(seeds(world.router().mac_of_interface(interface)));
    }
    base::Random random(seed);
    for (std::size_t sent = 0; sent < kFrames && !HasFailure(); sent += kBurst) {
        const std::size_t at = random.below(kInterfaces.size());
        std::vector<Bytes> frames;
        for (std::size_t i = 0; i < kBurst; ++i) {
            frames.push_back(broken(from[at], random));
        }
        world.send_frames(kInterfaces[at], frames);
        if (random.below(16) == 0) {
            world.pass(0.1);
        }
        world.take_all();
    }
    EXPECT_GT(world.router().long_way_packets() + world.short_way_packets(), kFrames / 4) << "too few reach the rules";
    // And it still works.
    world.pass(31);
    world.take_all();
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").icmp_echo(4242, 1));
    world.expect("wan", {ip_src("198.51.100.1"), icmp_type(8, 0), valid_checksums()});
}

}  // namespace
}  // namespace sluice::test
