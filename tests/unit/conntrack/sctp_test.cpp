// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/sctp.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <vector>

#include "dataplane/base/random.h"

namespace sluice::conntrack {
namespace {

using enum SctpState;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kData = 0;
constexpr std::uint8_t kInit = 1;
constexpr std::uint8_t kInitAck = 2;
constexpr std::uint8_t kHeartbeat = 4;
constexpr std::uint8_t kHeartbeatAck = 5;
constexpr std::uint8_t kAbort = 6;
constexpr std::uint8_t kShutdown = 7;
constexpr std::uint8_t kShutdownAck = 8;
constexpr std::uint8_t kCookieEcho = 10;
constexpr std::uint8_t kCookieAck = 11;
constexpr std::uint8_t kShutdownComplete = 14;

Bytes chunk(std::uint8_t type, std::uint8_t announced = 0, std::uint8_t flags = 0) {
    Bytes bytes(type == kInit || type == kInitAck ? 20 : 8);
    bytes[0] = type;
    bytes[1] = flags;
    bytes[3] = static_cast<std::uint8_t>(bytes.size());
    bytes[7] = announced;
    return bytes;
}

/// An association to which packets happen. The client's carry the tag 22, the server's 11.
struct Observed {
    SctpMemory memory;
    bool is_new = true;
    Timeouts timeouts;

    SctpStep see(Way way, std::uint8_t tag, const Bytes& chunks) {
        Bytes packet(12);
        packet[7] = tag;
        packet.insert(packet.end(), chunks.begin(), chunks.end());
        return see(way, packet);
    }
    SctpStep see(Way way, const Bytes& packet) {
        const L4View view{.protocol = net::kProtocolSctp,
                          .total_bytes = static_cast<std::uint32_t>(packet.size()),
                          .bytes = std::as_bytes(std::span(packet))};
        const SctpStep step = sctp_step(memory, way, view, is_new, timeouts);
        is_new = is_new && step.verdict == SctpVerdict::invalid;
        return step;
    }
    SctpStep client(std::uint8_t tag, const Bytes& chunks) { return see(Way::original, tag, chunks); }
    SctpStep server(std::uint8_t tag, const Bytes& chunks) { return see(Way::reply, tag, chunks); }
    void associate() {
        client(0, chunk(kInit, 11));
        server(11, chunk(kInitAck, 22));
        client(22, chunk(kCookieEcho));
        server(11, chunk(kCookieAck));
    }
};

// CT-10
TEST(Sctp, goes_from_init_to_shutdown_with_the_kernels_timeouts) {
    Observed sctp;
    EXPECT_EQ(sctp.client(0, chunk(kInit, 11)).timeout_s, 10U);
    EXPECT_EQ(sctp.memory.state, closed);
    EXPECT_EQ(sctp.server(11, chunk(kInitAck, 22)).timeout_s, 3U);
    EXPECT_EQ(sctp.memory.state, cookie_wait);
    EXPECT_EQ(sctp.client(22, chunk(kCookieEcho)).timeout_s, 3U);
    EXPECT_EQ(sctp.memory.state, cookie_echoed);
    const SctpStep open = sctp.server(11, chunk(kCookieAck));
    EXPECT_TRUE(open.becomes_assured);
    EXPECT_EQ(open.timeout_s, 210U);
    EXPECT_EQ(sctp.client(22, chunk(kData)).verdict, SctpVerdict::accept);
    sctp.client(22, chunk(kShutdown));
    EXPECT_EQ(sctp.memory.state, shutdown_sent);
    sctp.server(11, chunk(kShutdownAck));
    EXPECT_EQ(sctp.memory.state, shutdown_ack_sent);
    EXPECT_EQ(sctp.client(22, chunk(kShutdownComplete)).timeout_s, 10U);
    EXPECT_EQ(sctp.memory.state, closed);
}

// CT-10, RFC 9260 8.5
TEST(Sctp, wrong_tags_are_invalid_and_close_nothing) {
    Observed sctp;
    sctp.associate();
    const SctpMemory before = sctp.memory;
    EXPECT_EQ(sctp.client(23, chunk(kData)).verdict, SctpVerdict::invalid);
    EXPECT_EQ(sctp.client(11, chunk(kAbort)).verdict, SctpVerdict::invalid);
    EXPECT_EQ(sctp.client(22, chunk(kAbort, 0, 1)).verdict, SctpVerdict::invalid);
    EXPECT_EQ(sctp.client(7, chunk(kInit, 11)).verdict, SctpVerdict::invalid);
    EXPECT_TRUE(sctp.memory == before);
    EXPECT_EQ(sctp.client(11, chunk(kAbort, 0, 1)).verdict, SctpVerdict::accept);  // reflected
    EXPECT_EQ(sctp.memory.state, closed);
}

TEST(Sctp, a_further_path_is_learnt_from_its_heartbeat) {
    Observed sctp;
    EXPECT_EQ(sctp.client(22, chunk(kHeartbeat)).timeout_s, 30U);
    EXPECT_EQ(sctp.memory.state, heartbeat_sent);
    sctp.server(11, chunk(kHeartbeatAck));
    EXPECT_EQ(sctp.memory.state, established);
    EXPECT_EQ(sctp.client(33, chunk(kHeartbeat)).verdict, SctpVerdict::pass);  // of another association
    EXPECT_EQ(sctp.server(44, chunk(kHeartbeatAck)).verdict, SctpVerdict::accept);
    EXPECT_EQ(sctp.memory.tags[1] >> 24U, 44U);
}

TEST(Sctp, a_repeated_init_does_not_prolong) {
    Observed sctp;
    sctp.client(0, chunk(kInit, 11));
    EXPECT_EQ(sctp.client(0, chunk(kInit, 11)).verdict, SctpVerdict::pass);
}

// CT-4, ROB-1
TEST(Sctp, bytes_without_sense_are_judged_without_reading_beyond_them) {
    base::Random random(7);
    auto connection = std::make_unique<Connection<net::Ipv4>>();
    for (int i = 0; i < 20'000; ++i) {
        Observed sctp;
        sctp.associate();
        Bytes packet(random.below(60));
        for (std::uint8_t& byte : packet) {
            byte = static_cast<std::uint8_t>(random.below(random.below(2) == 0 ? 16 : 256));
        }
        packet.shrink_to_fit();
        sctp.see(static_cast<Way>(random.below(2)), packet);
        // and the record holds whatever came of it
        for (unsigned side = 0; side < 2; ++side) {
            connection->directions[side].sent.end.store(sctp.memory.tags[side]);
        }
        ASSERT_TRUE(load_sctp(*connection, sctp_control_word(sctp.memory)) == sctp.memory);
    }
}

}  // namespace
}  // namespace sluice::conntrack
