// SPDX-License-Identifier: BSD-3-Clause
/// ICMP errors with any quote about connections of every kind of translation (ICMP-1 to ICMP-3, ROB-1). The
/// outer packet is always sound and sent to where an error about the connection would go. An input is type,
/// code, the word behind the checksum, a byte that says which connection, and the quote.
#include <algorithm>
#include <array>

#include "tests/fuzz/target.h"
#include "tests/fuzz/world_under_fire.h"

namespace sluice::fuzz {

namespace {

using test::Bytes;
using test::packet;

/// Where an error about one of the connections comes in, and to whom it goes.
struct Direction {
    const char* interface;
    const char* source;
    const char* destination;
};
constexpr std::array<Direction, 6> kDirections = {{{"wan", "203.0.113.7", "198.51.100.1"},
                                                   {"wan", "8.8.8.8", "198.51.100.1"},
                                                   {"lan", "10.0.0.5", "8.8.8.8"},
                                                   {"dmz", "172.16.0.10", "203.0.113.9"},
                                                   {"wan", "203.0.113.9", "198.51.100.1"},
                                                   {"lan", "10.0.0.5", "10.0.0.1"}}};
constexpr std::size_t kHead = 7;

std::vector<test::PacketBuilder> openings() {
    return {packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 5353).payload_size(20),
            packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S"),
            packet().ip("10.0.0.5", "8.8.8.8").icmp_echo(7, 1).payload_size(20)};
}

WorldUnderFire& fire() {
    static WorldUnderFire world([](test::World& fresh) {
        for (const auto& opening : openings()) {
            fresh.send("lan", opening);
        }
        fresh.send("wan", packet().ip("203.0.113.9", "198.51.100.1").tcp(5000, 80).flags("S"));
        fresh.send("lan", packet().ip("10.0.0.5", "10.0.0.1").udp(4000, 53));
        fresh.take_all();
    });
    return world;
}

}  // namespace

void begin() {
    static_cast<void>(fire().next());
}

void run(std::span<const std::uint8_t> input) {
    test::World& world = fire().next();
    if (input.size() < kHead) {
        return;
    }
    const Direction& way = kDirections[input[6] % kDirections.size()];
    Bytes quote;
    for (const std::uint8_t byte :
         input.subspan(kHead).first(std::min<std::size_t>(input.size() - kHead, 1400))) {
        quote.push_back(static_cast<std::byte>(byte));
    }
    auto error = packet().ip(way.source, way.destination).icmp_error(input[0], input[1], quote);
    error.icmp_pointer(input[2]);
    error.icmp_mtu(static_cast<std::uint16_t>(input[4] << 8U | input[5]));
    const std::size_t before = world.router().connections();
    world.send(way.interface, error);
    const bool may_begin_one = input[0] == 8 || input[0] == 13 || input[0] == 15 || input[0] == 17;
    demand(may_begin_one || world.router().connections() == before,
           "an ICMP error neither begins nor ends a connection (ICMP-5)");
    world.take_all();
}

std::vector<Input> seeds() {
    // As the packets look outside, and inside.
    const std::vector<test::PacketBuilder> outside = {
        packet().ip("198.51.100.1", "8.8.8.8").udp(4000, 5353).payload_size(20),
        packet().ip("198.51.100.1", "8.8.8.8").tcp(4000, 80).flags("S"),
        packet().ip("198.51.100.1", "8.8.8.8").icmp_echo(7, 1).payload_size(20),
        packet().ip("198.51.100.1", "8.8.8.8").ip_options({1, 1, 1, 0}).udp(4000, 5353).payload_size(20),
        packet().ip("203.0.113.9", "172.16.0.10").tcp(5000, 8080).flags("S"),
        packet().ip("172.16.0.10", "203.0.113.9").tcp(8080, 5000).flags("SA")};
    std::vector<Input> all;
    std::uint8_t number = 0;
    for (const auto& one : outside) {
        Input input = {3, static_cast<std::uint8_t>(number % 5), 0, 0, 5, 220, number};
        for (const std::byte byte : one.bytes()) {
            input.push_back(std::to_integer<std::uint8_t>(byte));
        }
        all.push_back(input);
        input[0] = number % 2 == 0 ? 11 : 5;
        all.push_back(std::move(input));
        ++number;
    }
    return all;
}

}  // namespace sluice::fuzz
