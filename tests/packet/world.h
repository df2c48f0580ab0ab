// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/packet/lane.h"
#include "tests/support/packet_builder.h"
#include "tests/support/packet_checks.h"

namespace sluice::test {

/// A router under test, twice: with the short way and without. Every frame goes to both; what they send, their rule
/// counters and their connections must be the same, or the test fails.
///
///   World world(kGateway);
///   world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53));
///   world.expect("wan", {ip_src("198.51.100.1"), udp_ports(4000, 53), valid_checksums()});
///   world.expect_nothing_more();
class World {
public:
    explicit World(std::string toml, std::uint64_t seed = 1);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Lets packets arrive. The destination MAC is set to the router's, unless the builder's `ethernet` named one.
    void send(std::string_view interface, const PacketBuilder& packet);
    void send_burst(std::string_view interface, const std::vector<PacketBuilder>& packets);
    void send_frames(std::string_view interface, const std::vector<Bytes>& frames);
    void pass(double seconds);
    void reload(std::string_view toml);
    void set_utc(std::uint64_t seconds, std::int32_t minutes_west = 0);
    /// A command of ipset(8), in both; what they print must be the same.
    std::string ipset(std::string_view command);
    void silence(std::string_view address);

    /// Takes the oldest frame that was sent and not yet taken, and compares it.
    Bytes expect(std::string_view interface, const std::vector<Check>& checks);
    void expect_nothing_more();
    /// What rules have told of packets since the last call, as Lane::take_told.
    std::vector<std::string> told();
    /// Forgets what was sent so far.
    std::vector<SentFrame> take_all();

    [[nodiscard]] const Lane& router() const { return short_; }
    /// Packets of the router with the short way that took it.
    [[nodiscard]] std::uint64_t short_way_packets() const { return short_.short_way_packets(); }
    /// `[packets:bytes]` of the rule that contains this text.
    [[nodiscard]] std::string count_of(std::string_view rule) const;

private:
    void take(std::vector<SentFrame> from_short, std::vector<SentFrame> from_long);

    Lane short_;
    Lane long_;
    std::vector<SentFrame> sent_;
};

}  // namespace sluice::test
