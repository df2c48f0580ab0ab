// SPDX-License-Identifier: BSD-3-Clause
/// Random segments, right and wrong, through the tracking of TCP and through the slow one: the same state for
/// rules, the same line of `conntrack -L`, after each of them (CT-1 to CT-6, ROB-3).
///
/// A difference prints its seed; `tcp_model_test --seed=17` repeats it, `--seeds=100000` looks further.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "conntrack/text.h"
#include "conntrack/track.h"
#include "tests/model/slow_connections.h"
#include "tests/unit/conntrack/epoch.h"

namespace sluice::model {
namespace {

std::uint64_t first_seed = 1;
std::uint64_t seed_count = 4000;

constexpr int kSegments = 60;
constexpr base::WorkerId kWorker{0};

/// The fast tracking as the dataplane calls it.
class Fast {
public:
    explicit Fast(base::Random& random)
        : table_(conntrack::Table<net::Ipv4>::create_table({.max = 16, .workers = 1}, random).value()) {}

    conntrack::Settings settings;

    conntrack::CtState track(const Bytes& packet, base::Ticks now) {
        table_->tend(kWorker, now, 100, nobody_);
        const auto& ip = *reinterpret_cast<const net::Ipv4Header*>(packet.data());
        const auto bytes = std::span(packet).subspan(ip.header_bytes());
        const conntrack::L4View view{.protocol = ip.protocol,
                                     .total_bytes = static_cast<std::uint32_t>(bytes.size()),
                                     .bytes = bytes,
                                     .ip_bytes = static_cast<std::uint32_t>(packet.size())};
        const auto tuple = conntrack::tuple_of(ip, view);
        if (!tuple) {
            return conntrack::CtState::invalid;
        }
        for (;;) {
            const auto found = table_->find(*tuple, now);
            if (!found) {
                const auto begun = conntrack::begin(*table_, kWorker, *tuple, 0, view, settings, now);
                if (begun.verdict == conntrack::TrackVerdict::accept) {
                    EXPECT_TRUE(table_->confirm(kWorker, *begun.found.connection, now));
                }
                return begun.state;
            }
            const auto tracked = conntrack::track(*table_, kWorker, found, view, settings, now);
            if (tracked.verdict != conntrack::TrackVerdict::repeat) {
                return tracked.state;
            }
        }
    }
    std::vector<std::string> lines(base::Ticks now) {
        std::vector<std::string> lines;
        conntrack::Cursor cursor;
        while (const auto* connection = table_->step(cursor, now)) {
            lines.push_back(conntrack::conntrack_line(conntrack::copy_of(*table_, *connection, now)));
        }
        return lines;
    }

private:
    std::unique_ptr<conntrack::Table<net::Ipv4>> table_;
    conntrack::test::NoReaders nobody_;
};

/// Two ends that talk, mostly as they should.
class Talk {
public:
    explicit Talk(base::Random& random) : random_(random) {
        for (End& end : ends_) {
            end.next = static_cast<std::uint32_t>(random_.next());
            end.window = one_of<unsigned>({0, 1, 500, 8192, 65535});
            end.scales = chance(50);
        }
    }

    Bytes segment(std::string& said) {
        const bool is_reply = chance(45);
        End& sender = ends_[is_reply ? 1 : 0];
        const End& receiver = ends_[is_reply ? 0 : 1];
        const std::string letters = step_ < 3 && chance(85)
                                        ? std::string(kOpening[step_ % 3])
                                        : one_of<const char*>({"A", "A", "A", "PA", "PA", "S", "SA", "FA",
                                                               "RA", "R", "A", "F", "SF", "", "AU", "SU"});
        const bool as_it_should = step_ < 3 && letters == kOpening[step_ % 3];
        const bool reply = as_it_should ? step_ == 1 : is_reply;
        if (as_it_should && reply != is_reply) {
            return other_way(letters, reply, said);
        }
        return build(letters, is_reply, sender, receiver, said);
    }

private:
    struct End {
        std::uint32_t next = 0;
        unsigned window = 0;
        bool scales = false;
    };
    static constexpr std::array kOpening = {"S", "SA", "A"};

    Bytes other_way(const std::string& letters, bool reply, std::string& said) {
        return build(letters, reply, ends_[reply ? 1 : 0], ends_[reply ? 0 : 1], said);
    }

    Bytes build(const std::string& letters, bool is_reply, End& sender, const End& receiver,
                std::string& said) {
        ++step_;
        const bool has_syn = letters.find('S') != std::string::npos;
        const bool has_fin = letters.find('F') != std::string::npos;
        const bool has_ack = letters.find('A') != std::string::npos;
        const std::size_t data = !has_syn && chance(40) ? below(1400) : 0;
        const std::uint32_t sequence = chance(80) ? sender.next : near(sender.next);
        const std::uint32_t ack = chance(85) ? (has_ack ? receiver.next : 0) : near(receiver.next);
        if (chance(15)) {
            sender.window = one_of<unsigned>({0, 1, 500, 8192, 65535});
        }
        test::PacketBuilder packet = test::packet();
        is_reply ? packet.ip("10.0.0.2", "10.0.0.1").tcp(80, 4000)
                 : packet.ip("10.0.0.1", "10.0.0.2").tcp(4000, 80);
        packet.flags(letters).seq(sequence).ack(ack).window(static_cast<std::uint16_t>(sender.window));
        const auto options = has_syn ? syn_options(sender) : options_of(receiver.next);
        packet.tcp_options(options).payload_size(data);
        const std::uint32_t end =
            sequence + static_cast<std::uint32_t>(data) + (has_syn ? 1U : 0U) + (has_fin ? 1U : 0U);
        if (chance(90) && static_cast<std::int32_t>(end - sender.next) > 0) {
            sender.next = end;
        } else if (has_syn && chance(50)) {
            sender.next = end;
        }
        said = fmt::format("{} {} seq {} ack {} win {} data {} options {}", is_reply ? "<" : ">", letters,
                           sequence, ack, sender.window, data, options.size());
        return packet.bytes();
    }

    std::vector<std::uint8_t> syn_options(const End& sender) {
        std::vector<std::uint8_t> options = {2, 4, 5, 180};
        if (sender.scales) {
            options.insert(options.end(), {1, 3, 3, static_cast<std::uint8_t>(below(17))});
        }
        if (chance(60)) {
            options.insert(options.end(), {4, 2, 1, 1});
        }
        return chance(85) ? options : garbage();
    }
    /// Nothing, a timestamp, SACK blocks or what makes no sense.
    std::vector<std::uint8_t> options_of(std::uint32_t acknowledged) {
        switch (below(6)) {
            case 0:
                return {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
            case 1: {
                std::vector<std::uint8_t> options = {
                    1, 1, 5, static_cast<std::uint8_t>(chance(80) ? 10 : 7 + below(6))};
                for (const std::uint32_t edge :
                     {acknowledged + 10, chance(50) ? near(acknowledged) : acknowledged}) {
                    for (unsigned shift = 32; shift > 0; shift -= 8) {
                        options.push_back(static_cast<std::uint8_t>(edge >> (shift - 8)));
                    }
                }
                return options;
            }
            case 2:
                return garbage();
            default:
                return {};
        }
    }
    std::vector<std::uint8_t> garbage() {
        std::vector<std::uint8_t> options(4 * below(11));
        for (std::uint8_t& byte : options) {
            byte = static_cast<std::uint8_t>(chance(70) ? below(9) : below(256));
        }
        return options;
    }
    /// A number about as wrong as numbers get.
    std::uint32_t near(std::uint32_t number) {
        switch (below(6)) {
            case 0:
                return 0;
            case 1:
                return number + below(3) - 1;
            case 2:
                return number - below(2000);
            case 3:
                return number + below(140'000) - 70'000;
            case 4:
                return number + below(2'000'000'000) - 1'000'000'000;
            default:
                return static_cast<std::uint32_t>(random_.next());
        }
    }
    std::uint32_t below(std::size_t bound) { return random_.below(static_cast<std::uint32_t>(bound)); }
    bool chance(std::uint32_t percent) { return below(100) < percent; }
    template <class T>
    T one_of(std::initializer_list<T> list) {
        return *(list.begin() + below(list.size()));
    }

    base::Random& random_;
    std::array<End, 2> ends_;
    unsigned step_ = 0;
};

void compare(std::uint64_t seed) {
    base::Random random(seed);
    Fast fast(random);
    SlowConnections slow;
    fast.settings.checksum = false;
    fast.settings.tcp_loose = slow.tcp.loose = random.below(4) != 0;
    fast.settings.tcp_be_liberal = slow.tcp.be_liberal = random.below(6) == 0;
    fast.settings.tcp_ignore_invalid_rst = slow.tcp.ignore_invalid_rst = random.below(6) == 0;
    fast.settings.tcp_max_retrans = static_cast<std::uint8_t>(slow.tcp.max_retrans = random.below(4));
    Talk talk(random);
    base::Ticks now = 1000;
    std::string story;
    for (int i = 0; i < kSegments; ++i) {
        now += random.below(10) == 0 ? random.below(200 * base::kTicksPerSecond) : random.below(20);
        const std::int64_t now_ms = std::int64_t{now} * 1000 / base::kTicksPerSecond;
        std::string said;
        const Bytes packet = talk.segment(said);
        slow.sweep(now_ms);
        const Tracked tracked = slow.track(packet, false, now_ms);
        if (tracked.opens) {
            ASSERT_TRUE(slow.confirm(*tracked.connection, now_ms));
        }
        const auto state = fast.track(packet, now);
        const auto slow_lines = slow.lines(now_ms);
        story +=
            fmt::format("{:>8} {} -> {}\n", now, said, slow_lines.empty() ? "nothing" : slow_lines.front());
        ASSERT_EQ(state, tracked.state) << "seed " << seed << "\n" << story;
        ASSERT_EQ(fast.lines(now), slow_lines) << "seed " << seed << "\n" << story;
    }
}

TEST(TcpModel, random_segments_are_judged_as_by_the_slow_machine) {
    for (std::uint64_t seed = first_seed; seed < first_seed + seed_count && !HasFatalFailure(); ++seed) {
        compare(seed);
    }
}

}  // namespace
}  // namespace sluice::model

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument.starts_with("--seed=")) {
            sluice::model::first_seed = std::strtoull(argument.c_str() + 7, nullptr, 10);
            sluice::model::seed_count = 1;
        } else if (argument.starts_with("--seeds=")) {
            sluice::model::seed_count = std::strtoull(argument.c_str() + 8, nullptr, 10);
        }
    }
    return RUN_ALL_TESTS();
}
