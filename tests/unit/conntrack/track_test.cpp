// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/track.h"

#include <gtest/gtest.h>

#include "conntrack/icmp_error.h"
#include "conntrack/tcp.h"
#include "conntrack/text.h"
#include "epoch.h"
#include "tests/unit/nat/build.h"

namespace sluice::conntrack {
namespace {

using nat::test::address;
using nat::test::build;
using nat::test::build_error;
using nat::test::Built;
using nat::test::tuple;
using net::Ipv4;

constexpr base::WorkerId kWorker{0};

/// Packets through tracking, as the dataplane calls it, with a clock of our own.
class TrackTest : public testing::Test {
protected:
    base::Random random_{5};
    std::unique_ptr<Table<Ipv4>> table_ =
        Table<Ipv4>::create_table({.max = 100, .workers = 1}, random_).value();
    test::NoReaders nobody_;
    Settings settings_;
    Ticks now_ = 1000;

    void pass(std::uint32_t seconds) {
        for (std::uint32_t i = 0; i < seconds * 10; ++i) {
            now_ += 10;
            table_->tend(kWorker, now_, 1000, nobody_);
        }
    }
    /// A packet gets through the router: its connection is confirmed.
    Tracked<Ipv4> through(Built packet, L4Checksum checksum = L4Checksum::good) {
        L4View view = packet.view();
        view.checksum = checksum;
        const auto key = tuple_of(packet.ip(), view);
        if (!key) {
            return {};
        }
        const auto found = table_->find(*key, now_);
        if (found) {
            const auto tracked = track(*table_, kWorker, found, view, settings_, now_);
            return tracked.verdict == TrackVerdict::repeat ? through(packet, checksum) : tracked;
        }
        const auto tracked = begin(*table_, kWorker, *key, 0, view, settings_, now_);
        if (tracked.verdict == TrackVerdict::accept) {
            EXPECT_TRUE(table_->confirm(kWorker, *tracked.found.connection, now_));
        }
        return tracked;
    }
    CtState state_of_packet(const Built& packet) { return through(packet).state; }
    /// As `conntrack -L` shows the only connection; nothing: there is none.
    std::string shown() {
        Cursor cursor;
        const auto* connection = table_->step(cursor, now_);
        return connection == nullptr ? "" : conntrack_line(copy_of(*table_, *connection, now_));
    }
    static Built udp(bool reply = false) {
        const auto original = tuple(17, "10.0.0.5", 4000, "8.8.8.8", 53);
        return build(reply ? net::reply_of(original) : original, 20);
    }
    static Built tcp(std::uint8_t flags, bool reply = false, std::uint32_t seq = 1, std::uint32_t ack = 1) {
        const auto original = tuple(6, "10.0.0.5", 4000, "8.8.8.8", 80);
        Built packet = build(reply ? net::reply_of(original) : original, 0, flags);
        packet.tcp().sequence = base::Be32::from_host(seq);
        packet.tcp().acknowledgement = base::Be32::from_host(ack);
        nat::test::seal(packet);
        return packet;
    }
    static constexpr std::uint8_t kSyn = net::TcpHeader::kSyn;
    static constexpr std::uint8_t kAck = net::TcpHeader::kAck;
    static constexpr std::uint8_t kFin = net::TcpHeader::kFin;
    static constexpr std::uint8_t kRst = net::TcpHeader::kRst;
};

// CT-9, RFC 4787 REQ-5 and 6
TEST_F(TrackTest, udp_is_a_stream_only_when_answered_for_more_than_two_seconds) {
    EXPECT_EQ(state_of_packet(udp()), CtState::new_);
    EXPECT_EQ(shown(),
              "udp      17 30 src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=53 [UNREPLIED] src=8.8.8.8 "
              "dst=10.0.0.5 sport=53 dport=4000 mark=0 use=1");
    EXPECT_EQ(state_of_packet(udp()), CtState::new_);
    EXPECT_EQ(state_of_packet(udp(true)), CtState::established);
    pass(1);
    EXPECT_EQ(state_of_packet(udp()), CtState::established);
    EXPECT_EQ(shown(),
              "udp      17 30 src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=53 src=8.8.8.8 dst=10.0.0.5 "
              "sport=53 dport=4000 mark=0 use=1");
    pass(2);
    EXPECT_EQ(state_of_packet(udp(true)), CtState::established);
    EXPECT_EQ(shown(),
              "udp      17 120 src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=53 src=8.8.8.8 dst=10.0.0.5 "
              "sport=53 dport=4000 [ASSURED] mark=0 use=1");
    pass(119);
    EXPECT_NE(shown(), "");
    pass(2);
    EXPECT_EQ(shown(), "");
}

TEST_F(TrackTest, udp_of_impossible_length_is_invalid) {
    Built packet = udp();
    packet.udp().length = base::Be16::from_host(7);
    EXPECT_EQ(state_of_packet(packet), CtState::invalid);
    packet.udp().length = base::Be16::from_host(29);
    EXPECT_EQ(state_of_packet(packet), CtState::invalid);
    EXPECT_EQ(table_->count(), 0U);
    EXPECT_EQ(table_->statistics(kWorker).invalid.value(), 2U);
}

// CT-4
TEST_F(TrackTest, a_bad_checksum_is_invalid_unless_checksums_are_not_asked_for) {
    EXPECT_EQ(through(udp(), L4Checksum::bad).state, CtState::invalid);
    EXPECT_EQ(table_->count(), 0U);
    through(udp());
    EXPECT_EQ(through(udp(true), L4Checksum::bad).state, CtState::invalid);
    EXPECT_NE(shown().find("[UNREPLIED]"), std::string::npos);
    settings_.checksum = false;
    EXPECT_EQ(through(udp(true), L4Checksum::bad).state, CtState::established);
}

// CT-1
TEST_F(TrackTest, tcp_is_shown_as_the_kernel_shows_it) {
    EXPECT_EQ(state_of_packet(tcp(kSyn, false, 1000, 0)), CtState::new_);
    EXPECT_EQ(shown(),
              "tcp      6 120 SYN_SENT src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=80 [UNREPLIED] "
              "src=8.8.8.8 dst=10.0.0.5 sport=80 dport=4000 mark=0 use=1");
    EXPECT_EQ(state_of_packet(tcp(kSyn | kAck, true, 5000, 1001)), CtState::established);
    EXPECT_EQ(state_of_packet(tcp(kAck, false, 1001, 5001)), CtState::established);
    EXPECT_EQ(shown(),
              "tcp      6 432000 ESTABLISHED src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=80 src=8.8.8.8 "
              "dst=10.0.0.5 sport=80 dport=4000 [ASSURED] mark=0 use=1");
    EXPECT_EQ(state_of_packet(tcp(kSyn | kFin, false, 1001, 5001)), CtState::invalid);
    // CT-8: five days become ten seconds, and the entry really goes then
    state_of_packet(tcp(kRst, true, 5001, 1001));
    EXPECT_EQ(shown().substr(0, 19), "tcp      6 10 CLOSE");
    pass(9);
    EXPECT_NE(shown(), "");
    pass(2);
    EXPECT_EQ(table_->count(), 0U);
}

TEST_F(TrackTest, a_reset_that_answers_the_first_syn_ends_the_connection_at_once) {
    state_of_packet(tcp(kSyn, false, 1000, 0));
    EXPECT_EQ(state_of_packet(tcp(kRst | kAck, true, 0, 1001)), CtState::established);
    EXPECT_EQ(table_->count(), 0U);
}

// CT-3
TEST_F(TrackTest, a_new_syn_in_time_wait_begins_a_new_connection) {
    state_of_packet(tcp(kSyn, false, 1000, 0));
    state_of_packet(tcp(kSyn | kAck, true, 5000, 1001));
    state_of_packet(tcp(kAck, false, 1001, 5001));
    state_of_packet(tcp(kFin | kAck, false, 1001, 5001));
    state_of_packet(tcp(kFin | kAck, true, 5001, 1002));
    state_of_packet(tcp(kAck, false, 1002, 5002));
    EXPECT_NE(shown().find("TIME_WAIT"), std::string::npos);
    const auto again = through(tcp(kSyn, false, 90000, 0));
    EXPECT_EQ(again.state, CtState::new_);
    EXPECT_NE(shown().find("SYN_SENT"), std::string::npos);
    EXPECT_EQ(table_->count(), 1U);
}

// CT-3, CT-6
TEST_F(TrackTest, a_connection_that_takes_the_place_of_another_forgets_what_that_one_acknowledged) {
    state_of_packet(tcp(kSyn, false, 1000));
    state_of_packet(tcp(kSyn | kAck, true, 5000, 1001));
    state_of_packet(tcp(kAck, false, 1001, 5001));
    state_of_packet(tcp(kAck, true, 5001, 90'000));
    // The client begins anew; the server follows, and what it acknowledges now lies far behind.
    state_of_packet(tcp(kSyn, false, 2000));
    state_of_packet(tcp(kSyn | kAck, true, 7000, 2001));
    state_of_packet(tcp(kAck, false, 2001, 7001));
    EXPECT_EQ(state_of_packet(tcp(kRst, false, 2001)), CtState::established);
    EXPECT_NE(shown().find("CLOSE"), std::string::npos) << shown();
}

// CT-5
TEST_F(TrackTest, packets_are_counted_by_direction_from_the_beginning_or_not_at_all) {
    through(udp());
    settings_.acct = true;
    through(udp(true));
    EXPECT_EQ(shown().find("packets="), std::string::npos);
    pass(31);
    through(udp());
    through(udp());
    through(udp(true));
    EXPECT_EQ(through(udp(true), L4Checksum::bad).state, CtState::invalid);
    EXPECT_EQ(shown(),
              "udp      17 30 src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=53 packets=2 bytes=96 src=8.8.8.8 "
              "dst=10.0.0.5 sport=53 dport=4000 packets=1 bytes=48 mark=0 use=1");
}

// CT-10, RFC 5508 REQ-1
TEST_F(TrackTest, icmp_requests_begin_connections_and_answers_out_of_nowhere_do_not) {
    const auto request = tuple(1, "10.0.0.5", 77, "8.8.8.8", 0x0800);
    EXPECT_EQ(state_of_packet(build(net::reply_of(request), 8)), CtState::invalid);
    EXPECT_EQ(state_of_packet(build(request, 8)), CtState::new_);
    EXPECT_EQ(shown(),
              "icmp     1 30 src=10.0.0.5 dst=8.8.8.8 type=8 code=0 id=77 [UNREPLIED] src=8.8.8.8 "
              "dst=10.0.0.5 type=0 code=0 id=77 mark=0 use=1");
    EXPECT_EQ(state_of_packet(build(net::reply_of(request), 8)), CtState::established);
    for (const unsigned type : {9U, 10U, 14U, 16U, 18U, 30U, 42U}) {
        auto other_type = request;
        other_type.destination_port = base::Be16::from_host(static_cast<std::uint16_t>(type << 8U));
        EXPECT_EQ(state_of_packet(build(other_type, 8)), CtState::invalid) << type;
    }
    EXPECT_EQ(table_->count(), 1U);
}

// CT-10
TEST_F(TrackTest, unknown_protocols_are_tracked_by_address) {
    EXPECT_EQ(state_of_packet(build(tuple(89, "10.0.0.5", 0, "8.8.8.8", 0), 30)), CtState::new_);
    EXPECT_EQ(shown(),
              "unknown  89 600 src=10.0.0.5 dst=8.8.8.8 [UNREPLIED] src=8.8.8.8 dst=10.0.0.5 mark=0 use=1");
    EXPECT_EQ(state_of_packet(build(tuple(89, "8.8.8.8", 0, "10.0.0.5", 0), 30)), CtState::established);
}

// CT-10
TEST_F(TrackTest, gre_is_assured_when_answered) {
    state_of_packet(build(tuple(47, "10.0.0.5", 0, "8.8.8.8", 0), 30));
    EXPECT_EQ(shown(),
              "gre      47 30 src=10.0.0.5 dst=8.8.8.8 srckey=0x0 dstkey=0x0 [UNREPLIED] src=8.8.8.8 "
              "dst=10.0.0.5 srckey=0x0 dstkey=0x0 mark=0 use=1");
    state_of_packet(build(tuple(47, "8.8.8.8", 0, "10.0.0.5", 0), 30));
    state_of_packet(build(tuple(47, "10.0.0.5", 0, "8.8.8.8", 0), 30));
    EXPECT_EQ(shown().substr(0, 15), "gre      47 180");
}

// CT-4
TEST_F(TrackTest, truncated_headers_have_no_tuple) {
    for (const auto protocol : std::to_array<std::uint8_t>({6, 17, 1, 132})) {
        std::array<std::byte, 3> bytes{};
        EXPECT_FALSE(tuple_of<Ipv4>({}, {}, {.protocol = protocol, .total_bytes = 3, .bytes = bytes}));
    }
    // GRE of version 1 without a call id is as good as any other; with another payload than PPP it is not.
    std::array<std::byte, 8> gre{std::byte{0}, std::byte{1}, std::byte{0x88}, std::byte{0x0b}};
    EXPECT_TRUE(tuple_of<Ipv4>({}, {}, {.protocol = 47, .total_bytes = 6, .bytes = std::span(gre).first(6)}));
    gre[3] = std::byte{0};
    EXPECT_FALSE(tuple_of<Ipv4>({}, {}, {.protocol = 47, .total_bytes = 8, .bytes = gre}));
}

TEST_F(TrackTest, checksums_are_verified_for_tcp_udp_and_icmp) {
    for (const auto protocol : std::to_array<std::uint8_t>({6, 17, 1})) {
        Built packet = build(tuple(protocol, "10.0.0.5", 77, "8.8.8.8", 0x0800), 33);
        EXPECT_TRUE(l4_checksum_is_good(packet.ip().source, packet.ip().destination, packet.view()));
        packet.data.back() ^= std::byte{1};
        EXPECT_FALSE(l4_checksum_is_good(packet.ip().source, packet.ip().destination, packet.view()));
    }
    Built without = udp();
    without.udp().checksum = {};
    EXPECT_TRUE(l4_checksum_is_good(without.ip().source, without.ip().destination, without.view()));
}

class IcmpErrorTest : public TrackTest {
protected:
    Found<Ipv4> find(Built&& error) {
        return find_error(*table_, error.ip().destination, {}, error.view(), now_);
    }
};

// ICMP-1, ICMP-2, ICMP-5
TEST_F(IcmpErrorTest, belongs_to_the_connection_that_it_quotes) {
    through(udp());
    const auto line = shown();
    for (const std::size_t quoted : {28U, 30U, 48U}) {
        const auto found = find(build_error(address("9.9.9.9"), address("10.0.0.5"), 3, 1, udp(), quoted));
        ASSERT_TRUE(found) << quoted;
        EXPECT_EQ(found.way, Way::reply);
    }
    const auto back = find(build_error(address("10.0.0.5"), address("8.8.8.8"), 3, 3, udp(true), 28));
    ASSERT_TRUE(back);
    EXPECT_EQ(back.way, Way::original);
    EXPECT_EQ(shown(), line);
}

// ICMP-2, ICMP-3
TEST_F(IcmpErrorTest, belongs_to_nothing_when_it_is_short_foreign_or_misdirected) {
    through(udp());
    EXPECT_FALSE(find(build_error(address("9.9.9.9"), address("10.0.0.5"), 3, 1, udp(), 27)));
    EXPECT_FALSE(find(build_error(address("9.9.9.9"), address("10.0.0.5"), 3, 1, udp(), 12)));
    EXPECT_FALSE(find(build_error(address("9.9.9.9"), address("10.0.0.6"), 3, 1, udp(), 28)));
    Built foreign = build(tuple(17, "10.0.0.5", 4001, "8.8.8.8", 53), 20);
    EXPECT_FALSE(find(build_error(address("9.9.9.9"), address("10.0.0.5"), 3, 1, foreign, 28)));
    Built fragment = udp();
    fragment.ip().fragment = base::Be16::from_host(1);
    EXPECT_FALSE(find(build_error(address("9.9.9.9"), address("10.0.0.5"), 3, 1, fragment, 28)));
    Built inner_error = build_error(address("10.0.0.5"), address("8.8.8.8"), 3, 1, udp(), 28);
    EXPECT_FALSE(find(build_error(address("9.9.9.9"), address("10.0.0.5"), 3, 1, inner_error, 40)));
}

// ICMP-2
TEST_F(IcmpErrorTest, finds_its_way_through_options_in_the_quote) {
    through(udp());
    Built with_options = udp();
    with_options.data.insert(with_options.data.begin() + 20, 8, std::byte{1});
    with_options.ip().version_ihl = 0x47;
    EXPECT_TRUE(find(build_error(address("9.9.9.9"), address("10.0.0.5"), 11, 0, with_options, 36)));
    EXPECT_FALSE(find(build_error(address("9.9.9.9"), address("10.0.0.5"), 11, 0, with_options, 35)));
}

// ROB-1
TEST_F(IcmpErrorTest, random_quotes_are_judged_without_reading_beyond_them) {
    through(udp());
    for (int i = 0; i < 20'000; ++i) {
        const std::size_t quoted = random_.below(49);
        Built error = build_error(address("9.9.9.9"), address("10.0.0.5"), 3, 1, udp(), quoted);
        for (unsigned flips = 0; flips < 3 && quoted > 0; ++flips) {
            error.data.at(28 + random_.below(static_cast<std::uint32_t>(quoted))) ^=
                static_cast<std::byte>(random_.next());
        }
        error.data.shrink_to_fit();
        find(std::move(error));
    }
}

}  // namespace
}  // namespace sluice::conntrack
