// SPDX-License-Identifier: BSD-3-Clause
/// A sequence of frames through a gateway with busy rules (ROB-1, ROB-2). An input is a list of records:
///
///   1 byte   bits 0-1 interface (3: lan), 2 the router's MAC, 3 mend the header checksum, 4 begin a new
///   burst,
///            5 let 0.3 s pass before, 6 let 31 s pass before
///   2 bytes  length of the frame, the lower one first
///   n bytes  the frame
#include <algorithm>
#include <array>

#include "dataplane/net/checksum.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/world_under_fire.h"

namespace sluice::fuzz {

namespace {

using test::Bytes;
using test::packet;

constexpr std::array kInterfaces = {"lan", "dmz", "wan", "lan"};
constexpr std::size_t kMostFrames = 64;
constexpr std::size_t kLongestFrame = 9000;

enum Bit : std::uint8_t { own_mac = 4, mend = 8, new_burst = 16, wait_little = 32, wait_long = 64 };

WorldUnderFire& fire() {
    static WorldUnderFire world([](test::World&) {});
    return world;
}

/// What most random frames would fail at, put right.
void help(Bytes& frame, std::uint8_t bits, const test::World& world) {
    if ((bits & Bit::own_mac) != 0 && frame.size() >= 6) {
        const auto mac = world.router().mac_of_interface(kInterfaces[bits & 3U]);
        std::copy(mac.bytes.begin(), mac.bytes.end(), reinterpret_cast<std::uint8_t*>(frame.data()));
    }
    constexpr std::size_t kIpAt = sizeof(net::EthernetHeader);
    if ((bits & Bit::mend) != 0 && frame.size() >= kIpAt + sizeof(net::Ipv4Header)) {
        auto& ip = *reinterpret_cast<net::Ipv4Header*>(frame.data() + kIpAt);
        if (ip.header_bytes() >= sizeof ip && ip.header_bytes() <= frame.size() - kIpAt) {
            net::set_header_checksum(ip);
        }
    }
}

void add(Input& input, std::uint8_t bits, const test::PacketBuilder& what) {
    const Bytes frame = what.frame();
    input.push_back(bits);
    input.push_back(static_cast<std::uint8_t>(frame.size()));
    input.push_back(static_cast<std::uint8_t>(frame.size() >> 8U));
    for (const std::byte byte : frame) {
        input.push_back(std::to_integer<std::uint8_t>(byte));
    }
}

}  // namespace

void begin() {
    static_cast<void>(fire().next());
}

void run(std::span<const std::uint8_t> input) {
    test::World& world = fire().next();
    std::vector<Bytes> burst;
    std::string interface;
    const auto send = [&] {
        if (!burst.empty()) {
            world.send_frames(interface, burst);
            burst.clear();
        }
    };
    for (std::size_t frames = 0; frames < kMostFrames && input.size() >= 3; ++frames) {
        const std::uint8_t bits = input[0];
        const std::size_t said = input[1] | std::size_t{input[2]} << 8U;
        input = input.subspan(3);
        const std::size_t length = std::min({said, input.size(), kLongestFrame});
        Bytes frame(length);
        std::transform(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(length), frame.begin(),
                       [](std::uint8_t byte) { return static_cast<std::byte>(byte); });
        input = input.subspan(length);
        help(frame, bits, world);
        if ((bits & (Bit::new_burst | Bit::wait_little | Bit::wait_long)) != 0 ||
            interface != kInterfaces[bits & 3U]) {
            send();
        }
        if ((bits & Bit::wait_little) != 0) {
            world.pass(0.3);
        }
        if ((bits & Bit::wait_long) != 0 && frames < 2) {
            world.pass(31);
        }
        interface = kInterfaces[bits & 3U];
        burst.push_back(std::move(frame));
    }
    send();
    world.take_all();
}

std::vector<Input> seeds() {
    constexpr std::uint8_t kLan = Bit::own_mac | Bit::mend;
    constexpr std::uint8_t kWan = kLan | 2U;
    const auto query = packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload_size(20);
    const auto syn = packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").tcp_options({2, 4, 5, 180});
    std::vector<Input> all(8);
    add(all[0], kLan, query);
    add(all[0], kWan, packet().ip("8.8.8.8", "198.51.100.1").udp(53, 4000).payload_size(30));
    add(all[0], kWan | Bit::wait_little,
        packet().ip("203.0.113.1", "198.51.100.1").icmp_error(3, 1, query.bytes()));
    add(all[1], kLan, syn);
    add(all[1], kWan, packet().ip("8.8.8.8", "198.51.100.1").tcp(80, 4000).flags("SA").seq(7).ack(1));
    add(all[1], kLan, packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("FA").seq(1).ack(8));
    add(all[2], kWan, packet().ip("203.0.113.9", "198.51.100.1").tcp(5000, 80).flags("S"));
    add(all[2], kLan | 1U, packet().ip("172.16.0.10", "203.0.113.9").tcp(8080, 5000).flags("RA"));
    add(all[3], kLan, packet().ip("10.0.0.5", "10.0.0.1").icmp_echo(1, 1).payload_size(32));
    add(all[3], kLan, packet().ip("10.0.0.5", "192.168.1.1").ip_options({7, 7, 4, 0, 0, 0, 0, 0}).udp(1, 25));
    add(all[3], kLan,
        packet().ip("10.0.0.5", "8.8.8.8").ttl(1).ip_options({68, 8, 5, 0, 0, 0, 0, 0}).udp(1, 2));
    for (const auto& piece :
         packet().ip("10.0.0.5", "8.8.8.8").id(3).udp(9, 9).payload_size(200).fragments(64)) {
        add(all[4], kLan, piece);
    }
    add(all[5], kLan, packet().arp_request("02:00:00:00:00:02", "10.0.0.5", "10.0.0.1"));
    add(all[5], kLan, packet().ip("10.0.0.5", "8.8.8.8").vlan(7).udp(1, 2));
    add(all[6], kLan, packet().ip("10.0.0.5", "8.8.8.8").dont_fragment().udp(1, 2).payload_size(1600));
    add(all[6], kLan | Bit::wait_long, packet().ip("10.0.0.6", "8.8.8.8").udp(1, 2).payload_size(2900));
    add(all[7], kLan, packet().ip("10.0.0.5", "8.8.8.8").protocol(47).payload_size(24));
    add(all[7], kLan, packet().ip("10.0.0.5", "8.8.8.8").protocol(132).payload_size(24));
    add(all[7], kLan, packet().ip("10.0.0.5", "8.8.8.8").protocol(136).payload_size(24));
    return all;
}

}  // namespace sluice::fuzz
