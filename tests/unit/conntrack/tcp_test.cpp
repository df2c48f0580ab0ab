// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/tcp.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace sluice::conntrack {
namespace {

using enum TcpState;
using Header = net::TcpHeader;

constexpr Settings kDefaults;

/// A connection to which segments happen, as track() keeps it.
struct Observed {
    TcpMemory memory;
    std::array<std::uint32_t, 2> max_ack{};
    bool is_new = true;
    bool seen_reply = false;
    bool assured = false;
    Settings settings;

    TcpStep see(Way way, const TcpSegment& segment) {
        const TcpContext context{.is_new = is_new,
                                 .seen_reply = seen_reply,
                                 .assured = assured,
                                 .peer_max_ack = max_ack[static_cast<unsigned>(other(way))]};
        const TcpStep step = tcp_step(memory, way, segment, context, settings);
        memory = step.memory;
        if (step.counts && segment.has_ack) {
            max_ack[static_cast<unsigned>(way)] = segment.acknowledgement;
        }
        is_new = false;
        assured = assured || step.becomes_assured;
        seen_reply = seen_reply || (way == Way::reply && step.verdict != TcpVerdict::invalid);
        return step;
    }
    TcpStep client(TcpKind kind, std::uint32_t seq, std::uint32_t ack, std::uint32_t bytes = 0) {
        return see(Way::original, segment(kind, seq, ack, bytes));
    }
    TcpStep server(TcpKind kind, std::uint32_t seq, std::uint32_t ack, std::uint32_t bytes = 0) {
        return see(Way::reply, segment(kind, seq, ack, bytes));
    }
    void establish() {
        client(TcpKind::syn, 1000, 0);
        server(TcpKind::syn_ack, 5000, 1001);
        client(TcpKind::ack, 1001, 5001);
    }
    static TcpSegment segment(TcpKind kind, std::uint32_t seq, std::uint32_t ack, std::uint32_t bytes) {
        const std::uint32_t flags =
            kind == TcpKind::syn || kind == TcpKind::syn_ack || kind == TcpKind::fin ? 1 : 0;
        return {.kind = kind,
                .sequence = seq,
                .end = seq + bytes + flags,
                .acknowledgement = ack,
                .window = 1000,
                .has_ack = kind != TcpKind::syn && ack != 0};
    }
};

/// The kernel's table as its source prints it: a row for each kind of segment, a column for each state.
/// N none, S syn_sent, R syn_recv, E established, F fin_wait, W close_wait, L last_ack, T time_wait, C close,
/// 2 syn_sent2; i ignored, x invalid.
struct KernelRow {
    Way way;
    TcpKind kind;
    std::string_view next;
};
constexpr std::string_view kStates = "NSREFWLTC2";
constexpr std::array<KernelRow, 12> kKernel = {{
    {Way::original, TcpKind::syn, "SSiiiiiSS2"},
    {Way::original, TcpKind::syn_ack, "xxRxxxxxxR"},
    {Way::original, TcpKind::fin, "xxFFLLLTCx"},
    {Way::original, TcpKind::ack, "ExEEWWTTCx"},
    {Way::original, TcpKind::rst, "xCCCCCCCCC"},
    {Way::original, TcpKind::none, "xxxxxxxxxx"},
    {Way::reply, TcpKind::syn, "x2xxxxxSx2"},
    {Way::reply, TcpKind::syn_ack, "xRiiiiiiiR"},
    {Way::reply, TcpKind::fin, "xxFFLLLTCx"},
    {Way::reply, TcpKind::ack, "xiREWWTTCi"},
    {Way::reply, TcpKind::rst, "xCCCCCCCCC"},
    {Way::reply, TcpKind::none, "xxxxxxxxxx"},
}};

// CT-1
TEST(TcpStates, every_state_and_segment_leads_where_the_kernel_goes) {
    for (const auto& row : kKernel) {
        for (std::size_t i = 0; i < kStates.size(); ++i) {
            TcpMemory memory;
            memory.state = static_cast<TcpState>(i);
            const TcpContext context{.is_new = i == 0 && row.way == Way::original, .seen_reply = true};
            const auto step =
                tcp_step(memory, row.way, Observed::segment(row.kind, 1, 1, 0), context, kDefaults);
            const char got =
                step.verdict == TcpVerdict::invalid ? 'x'
                : step.verdict == TcpVerdict::pass && step.memory.state == memory.state && row.next[i] == 'i'
                    ? 'i'
                    : kStates[static_cast<std::size_t>(step.memory.state)];
            const bool reopening = row.next[i] == 'S' && i >= 7;  // another test's
            if (!reopening) {
                EXPECT_EQ(got, row.next[i])
                    << "state " << kStates[i] << " kind " << static_cast<int>(row.kind) << " way "
                    << static_cast<int>(row.way);
            }
        }
    }
}

// CT-4
TEST(TcpFlags, only_combinations_that_a_tcp_sends_are_segments) {
    unsigned good = 0;
    for (unsigned flags = 0; flags < 64; ++flags) {
        std::array<std::byte, 20> bytes{};
        bytes[12] = std::byte{0x50};
        bytes[13] = static_cast<std::byte>(flags);
        const L4View view{.protocol = 6, .total_bytes = 20, .bytes = bytes};
        good += tcp_segment(view).has_value() ? 1U : 0U;
    }
    EXPECT_EQ(good, 2 * 9U);  // nine combinations, each with and without PSH
}

// CT-4
TEST(TcpFlags, a_header_that_is_cut_off_or_lies_about_its_length_is_none) {
    std::array<std::byte, 24> bytes{};
    bytes[13] = std::byte{Header::kSyn};
    const auto segment_of = [&](unsigned words, std::size_t there, std::uint32_t total) {
        bytes[12] = static_cast<std::byte>(words << 4U);
        return tcp_segment({.protocol = 6, .total_bytes = total, .bytes = std::span(bytes).first(there)});
    };
    EXPECT_TRUE(segment_of(5, 20, 20));
    EXPECT_TRUE(segment_of(6, 24, 24));
    EXPECT_FALSE(segment_of(4, 20, 20));
    EXPECT_FALSE(segment_of(6, 20, 20));
    EXPECT_FALSE(segment_of(5, 19, 19));
}

// CT-1
TEST(TcpLife, goes_from_handshake_to_time_wait_with_the_kernels_timeouts) {
    Observed tcp;
    EXPECT_EQ(tcp.client(TcpKind::syn, 1000, 0).timeout_s, 120U);
    EXPECT_EQ(tcp.memory.state, syn_sent);
    EXPECT_EQ(tcp.server(TcpKind::syn_ack, 5000, 1001).timeout_s, 60U);
    EXPECT_EQ(tcp.memory.state, syn_recv);
    EXPECT_EQ(tcp.client(TcpKind::ack, 1001, 5001).timeout_s, 432'000U);
    EXPECT_EQ(tcp.memory.state, established);
    EXPECT_TRUE(tcp.assured);
    EXPECT_EQ(tcp.client(TcpKind::fin, 1001, 5001).timeout_s, 120U);
    EXPECT_EQ(tcp.memory.state, fin_wait);
    EXPECT_EQ(tcp.server(TcpKind::ack, 5001, 1002).timeout_s, 60U);
    EXPECT_EQ(tcp.memory.state, close_wait);
    EXPECT_EQ(tcp.server(TcpKind::fin, 5001, 1002).timeout_s, 30U);
    EXPECT_EQ(tcp.memory.state, last_ack);
    EXPECT_EQ(tcp.client(TcpKind::ack, 1002, 5002).timeout_s, 120U);
    EXPECT_EQ(tcp.memory.state, time_wait);
}

// CT-1
TEST(TcpLife, a_simultaneous_open_gets_established) {
    Observed tcp;
    tcp.client(TcpKind::syn, 1000, 0);
    tcp.server(TcpKind::syn, 5000, 0);
    EXPECT_EQ(tcp.memory.state, syn_sent2);
    tcp.client(TcpKind::syn_ack, 1000, 5001);
    EXPECT_EQ(tcp.memory.state, syn_recv);
    tcp.server(TcpKind::syn_ack, 5000, 1001);
    tcp.server(TcpKind::ack, 5001, 1001);
    EXPECT_EQ(tcp.memory.state, established);
}

// CT-3
TEST(TcpReuse, a_syn_after_a_close_by_fin_reopens) {
    Observed tcp;
    tcp.establish();
    tcp.client(TcpKind::fin, 1001, 5001);
    tcp.server(TcpKind::fin, 5001, 1002);
    tcp.client(TcpKind::ack, 1002, 5002);
    Observed by_server = tcp;  // the server may have become the client
    EXPECT_EQ(tcp.client(TcpKind::syn, 9000, 0).verdict, TcpVerdict::reopen);
    EXPECT_EQ(by_server.server(TcpKind::syn, 9000, 0).verdict, TcpVerdict::reopen);
}

// CT-3
TEST(TcpReuse, a_syn_of_the_side_that_reset_reopens_and_one_of_the_other_passes) {
    Observed by_client;
    by_client.establish();
    by_client.server(TcpKind::ack, 5001, 1001);
    by_client.client(TcpKind::rst, 1001, 5001);
    EXPECT_EQ(by_client.memory.state, close);
    EXPECT_EQ(by_client.client(TcpKind::syn, 9000, 0).verdict, TcpVerdict::reopen);

    Observed by_server;
    by_server.establish();
    by_server.server(TcpKind::rst, 5001, 1001);
    EXPECT_EQ(by_server.memory.state, close);
    EXPECT_EQ(by_server.client(TcpKind::syn, 9000, 0).verdict, TcpVerdict::pass);
    by_server.server(TcpKind::syn_ack, 7000, 9001);
    EXPECT_EQ(by_server.memory.state, syn_recv);
}

// CT-3
TEST(TcpReuse, a_new_syn_on_a_living_connection_is_followed_when_the_server_answers_it) {
    Observed tcp;
    tcp.establish();
    EXPECT_EQ(tcp.client(TcpKind::syn, 70000, 0).verdict, TcpVerdict::pass);
    EXPECT_EQ(tcp.memory.state, established);
    tcp.server(TcpKind::syn_ack, 90000, 70001);
    EXPECT_EQ(tcp.memory.state, syn_recv);
    tcp.client(TcpKind::ack, 70001, 90001);
    EXPECT_EQ(tcp.memory.state, established);
}

TEST(TcpReuse, a_challenge_ack_in_last_ack_does_not_pass_for_the_last_one) {
    Observed tcp;
    tcp.establish();
    tcp.client(TcpKind::fin, 1001, 5001);
    tcp.server(TcpKind::fin, 5001, 1002);
    EXPECT_EQ(tcp.memory.state, last_ack);
    tcp.client(TcpKind::syn, 9000, 0);
    EXPECT_EQ(tcp.server(TcpKind::ack, 5002, 1002).verdict, TcpVerdict::pass);
    EXPECT_EQ(tcp.memory.state, last_ack);
}

// CT-6
TEST(TcpReset, only_the_exact_number_closes_an_established_connection) {
    Observed tcp;
    tcp.establish();
    tcp.server(TcpKind::ack, 5001, 1501);
    const Observed before = tcp;

    EXPECT_EQ(tcp.client(TcpKind::rst, 1400, 0).verdict, TcpVerdict::invalid);
    EXPECT_EQ(tcp.memory.state, established);
    EXPECT_EQ(tcp.client(TcpKind::rst, 1600, 0).verdict, TcpVerdict::accept);
    EXPECT_EQ(tcp.memory.state, established);
    tcp = before;
    EXPECT_EQ(tcp.client(TcpKind::rst, 1501, 0).timeout_s, 10U);
    EXPECT_EQ(tcp.memory.state, close);
}

TEST(TcpReset, a_reset_as_the_only_answer_ends_the_connection) {
    Observed tcp;
    tcp.client(TcpKind::syn, 1000, 0);
    EXPECT_EQ(tcp.server(TcpKind::rst, 0, 1001).verdict, TcpVerdict::end);
}

// surprise 9, CT-5
TEST(TcpPickUp, takes_acks_from_the_middle_unless_told_not_to) {
    Observed loose;
    const auto step = loose.client(TcpKind::ack, 1, 1);
    EXPECT_EQ(step.verdict, TcpVerdict::accept);
    EXPECT_EQ(step.timeout_s, 300U);
    EXPECT_EQ(loose.memory.state, established);
    EXPECT_FALSE(loose.assured);
    loose.server(TcpKind::ack, 1, 1);
    loose.server(TcpKind::ack, 1, 1);
    EXPECT_TRUE(loose.assured);

    Observed strict;
    strict.settings.tcp_loose = false;
    EXPECT_EQ(strict.client(TcpKind::ack, 1, 1).verdict, TcpVerdict::invalid);
    for (const auto kind : {TcpKind::fin, TcpKind::rst, TcpKind::syn_ack}) {
        Observed out_of_nowhere;
        EXPECT_EQ(out_of_nowhere.client(kind, 1, 1).verdict, TcpVerdict::invalid);
    }
}

TEST(TcpTimeouts, a_repeated_syn_does_not_prolong_and_a_closed_window_shortens) {
    Observed tcp;
    tcp.client(TcpKind::syn, 1000, 0);
    EXPECT_EQ(tcp.client(TcpKind::syn, 1000, 0).verdict, TcpVerdict::pass);
    tcp.server(TcpKind::syn_ack, 5000, 1001);
    tcp.client(TcpKind::ack, 1001, 5001);
    auto stop = Observed::segment(TcpKind::ack, 5001, 1001, 0);
    stop.window = 0;
    EXPECT_EQ(tcp.see(Way::reply, stop).timeout_s, 300U);
}

TEST(TcpMemory, data_both_ways_of_an_established_connection_writes_nothing) {
    Observed tcp;
    tcp.establish();
    tcp.server(TcpKind::ack, 5001, 1001, 100);
    const TcpMemory before = tcp.memory;
    for (std::uint32_t i = 0; i < 10; ++i) {
        tcp.client(TcpKind::ack, 1001 + i * 100, 5001, 100);
        tcp.server(TcpKind::ack, 5001 + i * 100, 1001, 100);
    }
    EXPECT_TRUE(tcp.memory == before);
}

}  // namespace
}  // namespace sluice::conntrack
