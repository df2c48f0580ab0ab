// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "conntrack/connection.h"
#include "conntrack/packet.h"
#include "conntrack/settings.h"

/// TCP's states, as the kernel sees them from the middle (nf_conntrack_proto_tcp.c).
///
/// What a packet does to a connection is a pure function, `tcp_step`: state and packet in, state and verdict
/// out. The state is one word in the connection's shared line, exchanged as a whole; a plain data packet of
/// an established connection changes nothing in it, so both directions read the line without taking it from
/// each other.
///
/// Windows are not tracked yet. Of what the kernel's window code feeds into the states, one number is kept
/// for each direction, by the worker that receives it: the highest acknowledgement. A RST below what its
/// receiver has acknowledged is INVALID, and only one that hits it exactly closes an established connection
/// (CT-6). The kernel also lets a RST close that follows directly upon data still unacknowledged; believing
/// that without knowing the window would let anybody close by two blind segments, so such a RST only shortens
/// the timeout to 10 s.
namespace sluice::conntrack {

/// Values and order are the kernel's (enum tcp_conntrack).
enum class TcpState : std::uint8_t {
    none,
    syn_sent,
    syn_recv,
    established,
    fin_wait,
    close_wait,
    last_ack,
    time_wait,
    close,
    syn_sent2,
};
inline constexpr unsigned kTcpStates = 10;

/// What a segment is, by its flags: RST before SYN before FIN before ACK.
enum class TcpKind : std::uint8_t { syn, syn_ack, fin, ack, rst, none };

/// What is remembered of a connection. Shape: 8 bytes.
struct TcpMemory {
    static constexpr std::uint8_t kCloseBegun = 1;  ///< a FIN took it out of ESTABLISHED (CLOSE_INIT)
    static constexpr std::uint8_t kSimultaneousOpen = 2;
    static constexpr std::uint8_t kChallengeAckExpected = 4;
    static constexpr std::uint8_t kMaxAckOriginal = 8;  ///< Direction::max_ack holds a number
    static constexpr std::uint8_t kMaxAckReply = 16;

    std::uint32_t last_end = 0;  ///< behind the last segment that was ignored
    TcpState state = TcpState::none;
    TcpKind last_kind = TcpKind::none;
    Way last_way = Way::original;
    std::uint8_t flags = 0;

    [[nodiscard]] bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    [[nodiscard]] static std::uint8_t max_ack_flag(Way way) noexcept {
        return way == Way::original ? kMaxAckOriginal : kMaxAckReply;
    }
    bool operator==(const TcpMemory&) const = default;
};
static_assert(sizeof(TcpMemory) == 8);

[[nodiscard]] inline TcpMemory tcp_memory(std::uint64_t word) noexcept {
    return std::bit_cast<TcpMemory>(word);
}
[[nodiscard]] inline std::uint64_t word_of(const TcpMemory& memory) noexcept {
    return std::bit_cast<std::uint64_t>(memory);
}

/// What of a segment matters here.
struct TcpSegment {
    TcpKind kind = TcpKind::none;
    std::uint32_t sequence = 0;
    std::uint32_t end = 0;  ///< the number behind it
    std::uint32_t acknowledgement = 0;
    std::uint16_t window = 0;
    bool has_ack = false;
};

/// Nothing: header cut off, or flags that no TCP sends (tcp_error).
[[nodiscard]] std::optional<TcpSegment> tcp_segment(const L4View& view) noexcept;

/// What else of the connection a step depends on.
struct TcpContext {
    bool is_new = false;  ///< not confirmed
    bool seen_reply = false;
    bool assured = false;
    std::uint32_t peer_max_ack = 0;  ///< what the other direction has acknowledged; with memory's flag
};

enum class TcpVerdict : std::uint8_t {
    accept,  ///< prolongs the connection by `timeout_s`
    pass,    ///< accepted, but prolongs nothing: ignored segments, repeated SYNs
    invalid,
    end,     ///< accepted, and the connection ends at once: a RST was the only answer
    reopen,  ///< end the connection, look up again
};

/// What a segment does. `memory` is the new state, to be stored where it differs.
struct TcpStep {
    TcpVerdict verdict = TcpVerdict::invalid;
    TcpMemory memory;
    std::uint32_t timeout_s = 0;
    bool becomes_assured = false;
    bool counts = false;  ///< its acknowledgement is to be noted in its direction
    bool first_acknowledgement = false;  ///< of its direction: what stands there is another connection's
};

[[nodiscard]] TcpStep tcp_step(const TcpMemory& before, Way way, const TcpSegment& segment,
                               const TcpContext& context, const Settings& settings) noexcept;

/// The state's timeout under its kernel name, in seconds.
[[nodiscard]] std::uint32_t tcp_timeout(TcpState state, const Timeouts& timeouts) noexcept;

/// As `conntrack -L` and /proc/net/nf_conntrack print it.
[[nodiscard]] const char* tcp_state_name(TcpState state) noexcept;

}  // namespace sluice::conntrack
