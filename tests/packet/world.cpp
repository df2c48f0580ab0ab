// SPDX-License-Identifier: BSD-3-Clause
#include "tests/packet/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace sluice::test {

namespace {

std::vector<std::string> described_all(const std::vector<SentFrame>& frames) {
    std::vector<std::string> lines;
    for (const SentFrame& sent : frames) {
        lines.push_back(sent.interface + ": " + described(seen_frame(sent.frame)));
    }
    return lines;
}

/// Flows keep their order, but the short way may overtake other flows of the same burst: compare as sets by interface.
std::vector<SentFrame> in_order(std::vector<SentFrame> frames) {
    std::stable_sort(frames.begin(), frames.end(), [](const SentFrame& a, const SentFrame& b) {
        return a.interface != b.interface ? a.interface < b.interface : a.frame < b.frame;
    });
    return frames;
}

}  // namespace

World::World(std::string toml, std::uint64_t seed) : short_(toml, true, seed), long_(toml, false, seed) {}

World::~World() {
    told();
    EXPECT_EQ(short_.rules_with_counters(), long_.rules_with_counters())
        << "the short way counts other than the long one";
    EXPECT_EQ(short_.connection_lines(), long_.connection_lines());
    EXPECT_EQ(long_.short_way_packets(), 0U);
}

void World::send(std::string_view interface, const PacketBuilder& packet) { send_burst(interface, {packet}); }

void World::send_burst(std::string_view interface, const std::vector<PacketBuilder>& packets) {
    std::vector<Bytes> frames;
    for (const PacketBuilder& packet : packets) {
        Bytes frame = packet.frame();
        // The builder's default destination stands for "the router": here that is the device's own address.
        const auto own = short_.mac_of_interface(interface);
        constexpr net::MacAddress kRouter{{0x02, 0, 0, 0, 0, 0x01}};
        if (std::equal(kRouter.bytes.begin(), kRouter.bytes.end(), reinterpret_cast<std::uint8_t*>(frame.data()))) {
            std::copy(own.bytes.begin(), own.bytes.end(), reinterpret_cast<std::uint8_t*>(frame.data()));
        }
        frames.push_back(std::move(frame));
    }
    send_frames(interface, frames);
}

void World::send_frames(std::string_view interface, const std::vector<Bytes>& frames) {
    take(short_.receive(interface, frames), long_.receive(interface, frames));
}

void World::pass(double seconds) { take(short_.pass(seconds), long_.pass(seconds)); }

void World::reload(std::string_view toml) {
    short_.reload(toml);
    long_.reload(toml);
}

void World::set_utc(std::uint64_t seconds, std::int32_t minutes_west) {
    short_.set_utc(seconds, minutes_west);
    long_.set_utc(seconds, minutes_west);
}

std::string World::ipset(std::string_view command) {
    std::string answer = short_.ipset(command);
    EXPECT_EQ(answer, long_.ipset(command));
    return answer;
}

void World::silence(std::string_view address) {
    short_.silence(address);
    long_.silence(address);
}

void World::take(std::vector<SentFrame> from_short, std::vector<SentFrame> from_long) {
    if (in_order(from_short) != in_order(from_long)) {
        ADD_FAILURE() << "the two ways send different frames: " << ::testing::PrintToString(described_all(from_short))
                      << " with the short way, " << ::testing::PrintToString(described_all(from_long)) << " without";
    }
    sent_.insert(sent_.end(), std::make_move_iterator(from_short.begin()), std::make_move_iterator(from_short.end()));
}

Bytes World::expect(std::string_view interface, const std::vector<Check>& checks) {
    if (sent_.empty()) {
        ADD_FAILURE() << "nothing was sent; expected a frame on " << interface;
        return {};
    }
    const SentFrame first = std::move(sent_.front());
    sent_.erase(sent_.begin());
    EXPECT_EQ(first.interface, interface) << described(seen_frame(first.frame));
    EXPECT_EQ(differences(seen_frame(first.frame), checks), "");
    return first.frame;
}

void World::expect_nothing_more() {
    EXPECT_EQ(described_all(sent_), std::vector<std::string>{});
    sent_.clear();
}

std::vector<SentFrame> World::take_all() { return std::exchange(sent_, {}); }

std::vector<std::string> World::told() {
    std::vector<std::string> with_short_way = short_.take_told();
    std::vector<std::string> without = long_.take_told();
    // As frames: another flow of the same burst may be told of first.
    std::vector<std::string> sorted = with_short_way;
    std::sort(sorted.begin(), sorted.end());
    std::sort(without.begin(), without.end());
    EXPECT_EQ(sorted, without) << "the short way tells other than the long one";
    return with_short_way;
}

std::string World::count_of(std::string_view rule) const {
    const std::string rules = short_.rules_with_counters();
    const std::size_t at = rules.find(rule);
    if (at == std::string::npos) {
        ADD_FAILURE() << "no rule contains " << rule << " in\n" << rules;
        return {};
    }
    const std::size_t begin = rules.rfind('\n', at) + 1;
    return rules.substr(begin, rules.find(']', begin) + 1 - begin);
}

}  // namespace sluice::test
