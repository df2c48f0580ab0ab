// SPDX-License-Identifier: BSD-3-Clause
/// Random rules, random conversations: the real pipeline, short way and all, beside the slow router. The same
/// frames leave, every rule has the same counters, the same connections stand with the same timeouts (HOOK-1
/// to HOOK-5, MAT-1, TGT-1, CT-1, CT-9 to CT-11, NAT-1, NAT-2, NAT-4, NAT-5, ICMP-1 to ICMP-5, FWD-1, FWD-2,
/// FWD-4, OPS-2).
///
/// A difference prints its seed; `router_model_test --seed=17` repeats it, `--seeds=1000` looks further.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <sstream>
#include <tuple>

#include "acl/text/save.h"
#include "ctrlplane/snapshot/load_rules.h"
#include "dataplane/packet/verdict.h"
#include "tests/model/random_gateway.h"
#include "tests/model/slow_router.h"
#include "tests/model/traffic.h"
#include "tests/packet/lane.h"
#include "tests/support/packet_checks.h"

namespace sluice::model {
namespace {

std::uint64_t first_seed = 1;
std::uint64_t seed_count = 200;

constexpr std::size_t kEthernetBytes = 14;
constexpr int kBursts = 160;
constexpr std::uint32_t kLargestBurst = 24;

/// A frame that left, in a form that can be compared: the IP id apart, which is anything in what the router
/// makes.
struct Sent {
    std::string interface;
    Bytes frame;  ///< without id and header checksum
    unsigned id = 0;
    bool is_made = false;
};

Rules rules_in(const std::string& toml) {
    auto loaded = ctrlplane::config::check_config(toml, "model.toml");
    EXPECT_TRUE(loaded.config) << toml;
    auto rules = ctrlplane::load_rules(*loaded.config);
    EXPECT_TRUE(rules) << toml;
    return std::move(*rules);
}

Sent sent(const std::string& interface, const Bytes& frame, bool is_made) {
    Sent one{interface, frame, word_at(frame, kEthernetBytes + 4), is_made};
    const Bytes packet(frame.begin() + kEthernetBytes, frame.end());
    EXPECT_EQ(sum_of(packet, 0, header_bytes(packet)), 0xffffU) << "header checksum";
    put_word(one.frame, kEthernetBytes + 4, 0);
    put_word(one.frame, kEthernetBytes + 10, 0);
    return one;
}

std::vector<Sent> in_order(std::vector<Sent> all) {
    std::sort(all.begin(), all.end(), [](const Sent& a, const Sent& b) {
        return std::tie(a.interface, a.frame, a.id) < std::tie(b.interface, b.frame, b.id);
    });
    return all;
}

/// The ids of TCP's and UDP's packets in the order in which they left, by interface and flow; of those in
/// `among` only.
using Order = std::map<std::pair<std::string, Flow>, std::vector<unsigned>>;
Order order_of(const std::vector<Sent>& all, const Order* among) {
    Order order;
    for (const Sent& one : all) {
        Flow flow;
        const unsigned protocol = protocol_of(one.frame, kEthernetBytes);
        if (one.is_made || (protocol != 6 && protocol != 17) || !read_flow(one.frame, kEthernetBytes, flow)) {
            continue;
        }
        const std::pair key(one.interface, flow);
        if (among != nullptr) {
            const auto known = among->find(key);
            if (known == among->end() ||
                std::find(known->second.begin(), known->second.end(), one.id) == known->second.end()) {
                continue;
            }
        }
        order[key].push_back(one.id);
    }
    return order;
}

std::string text_of(const std::vector<Sent>& all) {
    std::string text;
    for (const Sent& one : all) {
        text += fmt::format("  {}: {} id {}{}\n", one.interface, test::described(test::seen_frame(one.frame)),
                            one.id, one.is_made ? " (own)" : "");
    }
    return text;
}

/// The router and its model, side by side.
class Match {
public:
    Match(std::uint64_t seed, bool short_way)
        : gateway_(seed),
          traffic_(seed),
          has_default_route_(seed % 5 != 0),
          toml_(gateway_.toml(has_default_route_)),
          lane_(toml_, short_way, seed) {
        rules_.push_back(rules_in(toml_));
        slow_ =
            std::make_unique<SlowRouter>(setup_of(has_default_route_), rules_.back(),
                                         [this](const Flow& original) { return reply_in_lane(original); });
        set_clock();
    }

    void exchange(std::uint32_t largest) {
        const std::vector<Arrival> burst = traffic_.next_burst(
            1 + below(largest), [this](const Bytes& packet) { return slow_->knows(packet); });
        std::vector<Bytes> frames;
        for (const Arrival& arrival : burst) {
            frames.push_back(framed(arrival.packet, lane_.mac_of_interface(arrival.interface), {}));
        }
        const std::vector<test::SentFrame> real = lane_.receive(burst.front().interface, frames);
        std::vector<Sent> expected;
        slow_->begin_burst();
        for (const Arrival& arrival : burst) {
            for (const Departure& departure : slow_->arrive(arrival.interface, arrival.packet)) {
                const std::uint32_t hop = departure.next_hop.host();
                const net::MacAddress to{
                    {0x02, 0x00, static_cast<std::uint8_t>(hop >> 24U), static_cast<std::uint8_t>(hop >> 16U),
                     static_cast<std::uint8_t>(hop >> 8U), static_cast<std::uint8_t>(hop)}};
                expected.push_back(
                    sent(departure.interface,
                         framed(departure.packet, to, lane_.mac_of_interface(departure.interface)),
                         departure.is_made));
            }
        }
        const std::string difference = other_frames(burst, real, std::move(expected)) + other_state();
        packets_ += burst.size();
        if (!difference.empty()) {
            is_in_doubt_ = slow_->is_in_doubt();
            EXPECT_TRUE(is_in_doubt_) << difference << story();
            return;
        }
        for (const test::SentFrame& frame : real) {
            traffic_.reached(frame.interface, Bytes(frame.frame.begin() + kEthernetBytes, frame.frame.end()));
        }
    }

    void pass(std::uint32_t tenths) {
        EXPECT_TRUE(lane_.pass((tenths - 0.5) / 10).empty());
        slow_->pass_ms(std::int64_t{tenths} * 100);
        EXPECT_EQ(other_state(), "") << story();
    }

    void reload() {
        toml_ = gateway_.toml(has_default_route_);
        lane_.reload(toml_);
        rules_.push_back(rules_in(toml_));
        slow_->reload(rules_.back());
        set_clock();
    }

    /// The last difference cannot be judged; see SlowNat.
    [[nodiscard]] bool is_in_doubt() const { return is_in_doubt_; }
    [[nodiscard]] std::uint32_t below(std::uint32_t bound) { return random_.below(bound); }
    [[nodiscard]] std::size_t packets() const { return packets_; }
    /// The last burst and the configuration, for whoever looks into a difference.
    [[nodiscard]] std::string story() const {
        std::string verdicts;
        for (std::size_t i = 0; i < packet::kVerdicts; ++i) {
            const std::string_view name = packet::text_of(static_cast<packet::Verdict>(i)).name;
            if (const std::uint64_t count = lane_.verdicts(name); count > 0) {
                verdicts += fmt::format("{} {}, ", name, count);
            }
        }
        return last_ + "verdicts: " + verdicts + "\n" + toml_;
    }
    [[nodiscard]] const test::Lane& lane() const { return lane_; }
    [[nodiscard]] std::uint64_t adopted() const { return slow_->adopted(); }

private:
    /// Ten seconds to noon, on a Sunday in May 2024.
    void set_clock() {
        constexpr std::uint32_t kBeforeNoon = 1'716'724'790;
        lane_.set_utc(kBeforeNoon);
        slow_->set_utc(kBeforeNoon);
    }

    static Bytes framed(const Bytes& packet, net::MacAddress to, net::MacAddress from) {
        Bytes frame(kEthernetBytes);
        for (std::size_t i = 0; i < 6; ++i) {
            frame[i] = static_cast<std::byte>(to.bytes[i]);
            frame[6 + i] = static_cast<std::byte>(from.bytes[i]);
        }
        put_word(frame, 12, 0x0800);
        frame.insert(frame.end(), packet.begin(), packet.end());
        return frame;
    }

    /// The reply tuple in the line of `conntrack -L` that begins with this original one.
    std::optional<Flow> reply_in_lane(const Flow& original) const {
        for (const std::string& line : lane_.connection_lines()) {
            const std::vector<Flow> flows = flows_in(line);
            if (flows.size() == 2 && flows[0] == original) {
                return flows[1];
            }
        }
        return std::nullopt;
    }

    static std::vector<Flow> flows_in(const std::string& line) {
        std::vector<Flow> flows;
        unsigned type = 0;
        const auto protocol =
            static_cast<std::uint8_t>(std::strtoul(line.c_str() + line.find(' '), nullptr, 10));
        std::istringstream words(line);
        for (std::string word; words >> word;) {
            const std::size_t equals = word.find('=');
            const std::string name = word.substr(0, equals);
            const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
            const auto number = static_cast<std::uint16_t>(std::strtoul(value.c_str(), nullptr, 0));
            if (name == "src") {
                flows.push_back({net::parse_ipv4(value)->host(), 0, 0, 0, protocol});
            } else if (name == "dst") {
                flows.back().destination = net::parse_ipv4(value)->host();
            } else if (name == "sport" || name == "srckey" || name == "id") {
                flows.back().source_port = number;
            } else if (name == "dport" || name == "dstkey") {
                flows.back().destination_port = number;
            } else if (name == "type") {
                type = number;
            } else if (name == "code") {
                flows.back().destination_port = static_cast<std::uint16_t>(type * 256 + number);
            }
        }
        return flows;
    }

    static std::string hex_of(const Bytes& bytes) {
        std::string text;
        for (const std::byte byte : bytes) {
            text += fmt::format("{:02x}", static_cast<unsigned>(byte));
        }
        return text;
    }

    /// What is different among the frames that left; nothing: they are alike.
    std::string other_frames(const std::vector<Arrival>& burst, const std::vector<test::SentFrame>& real,
                             std::vector<Sent> expected) {
        std::vector<Sent> seen;
        for (const test::SentFrame& frame : real) {
            seen.push_back(sent(frame.interface, frame.frame, false));
        }
        const Order order = order_of(expected, nullptr);
        std::string difference =
            order_of(seen, &order) == order ? "" : "another order within a flow (FWD-1)\n";
        seen = in_order(std::move(seen));
        expected = in_order(std::move(expected));
        bool same = seen.size() == expected.size();
        for (std::size_t i = 0; same && i < seen.size(); ++i) {
            same = seen[i].interface == expected[i].interface && seen[i].frame == expected[i].frame &&
                   (expected[i].is_made || seen[i].id == expected[i].id);
            if (!same) {
                difference += fmt::format("the first one that differs:\n{}\n{}\n", hex_of(seen[i].frame),
                                          hex_of(expected[i].frame));
            }
        }
        last_ = "arrived:\n";
        for (const Arrival& arrival : burst) {
            last_ += "  " + arrival.interface + ": " + test::described(test::seen_ip(arrival.packet)) + "\n";
        }
        last_ += "the router sent:\n" + text_of(seen) + "the model says:\n" + text_of(expected);
        return difference + (same ? "" : "other frames\n");
    }

    /// What is different in connections and counters: the lines that only one of the two has.
    std::string other_state() const {
        const acl::text::Counts counts{
            [&](TableId table, std::string_view chain, std::size_t rule) {
                return slow_->count_of({table, std::string(chain), static_cast<int>(rule)});
            },
            [&](TableId table, std::string_view chain) {
                return slow_->count_of({table, std::string(chain), -1});
            }};
        const acl::text::SaveStyle style{.table = {}, .counters = true, .generator = "", .date = ""};
        return slow_->complaints() +
               only_in_one(lines_of(lane_.rules_with_counters()),
                           lines_of(acl::text::save_ruleset(rules_.back(), style, counts))) +
               only_in_one(lane_.connection_lines(), slow_->connection_lines());
    }

    static std::vector<std::string> lines_of(const std::string& text) {
        std::vector<std::string> lines;
        std::istringstream all(text);
        for (std::string line; std::getline(all, line);) {
            lines.push_back(line);
        }
        return lines;
    }

    static std::string only_in_one(const std::vector<std::string>& real,
                                   const std::vector<std::string>& slow) {
        std::string text;
        const auto add = [&text](const auto& from, const auto& other, const char* whose) {
            for (const std::string& line : from) {
                const bool is_there = std::find(other.begin(), other.end(), line) != other.end();
                text += is_there ? "" : fmt::format("{} {}\n", whose, line);
            }
        };
        if (real != slow) {
            add(real, slow, "the router has");
            add(slow, real, "the model has ");
        }
        return text;
    }

    RandomGateway gateway_;
    Traffic traffic_;
    bool has_default_route_;
    std::string toml_;
    test::Lane lane_;
    std::deque<Rules> rules_;
    std::unique_ptr<SlowRouter> slow_;
    base::Random random_{4711};
    std::size_t packets_ = 0;
    bool is_in_doubt_ = false;
    std::string last_;
};

TEST(RouterModel, random_conversations_through_random_rules_end_alike) {
    std::size_t packets = 0;
    std::uint64_t short_way = 0;
    std::uint64_t adopted = 0;
    std::uint64_t doubts = 0;
    for (std::uint64_t seed = first_seed; seed < first_seed + seed_count && !HasFailure(); ++seed) {
        SCOPED_TRACE(fmt::format("repeat it by --seed={}", seed));
        Match match(seed, seed % 4 != 0);
        for (int burst = 0; burst < kBursts && !HasFailure(); ++burst) {
            SCOPED_TRACE(fmt::format("burst {}", burst));
            match.exchange(burst < 8 ? 4 : kLargestBurst);
            if (match.is_in_doubt()) {
                ++doubts;
                break;
            }
            if (match.below(4) == 0) {
                match.pass(1 + match.below(match.below(6) == 0 ? 350 : 20));
            }
            if (burst == kBursts / 2) {
                match.reload();
            }
        }
        packets += match.packets();
        short_way += match.lane().short_way_packets();
        adopted += match.adopted();
    }
    fmt::print("{} packets, {} by the short way, {} choices of chance, {} gateways given up in doubt\n",
               packets, short_way, adopted, doubts);
    EXPECT_LE(doubts, 1 + seed_count / 20);
    EXPECT_TRUE(seed_count == 1 || short_way > packets / 10) << "hardly anything takes the short way";
}

}  // namespace
}  // namespace sluice::model

int main(int count, char** words) {
    testing::InitGoogleTest(&count, words);
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word.starts_with("--seed=")) {
            sluice::model::first_seed = std::strtoull(word.c_str() + 7, nullptr, 10);
            sluice::model::seed_count = 1;
        } else if (word.starts_with("--seeds=")) {
            sluice::model::seed_count = std::strtoull(word.c_str() + 8, nullptr, 10);
        } else {
            fmt::print(stderr, "unknown option {}: --seed=NUMBER or --seeds=COUNT\n", word);
            return 2;
        }
    }
    return RUN_ALL_TESTS();
}
