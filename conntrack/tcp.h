// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "conntrack/ct_state.h"
#include "conntrack/packet.h"
#include "conntrack/settings.h"

/// TCP's states and windows, as the kernel sees them from the middle (nf_conntrack_proto_tcp.c of
/// Linux 6.18).
///
/// What a segment does to a connection is a pure function, `tcp_step`: what is remembered and the segment in,
/// what is remembered and a verdict out. Three questions, in this order:
///
///     the table:   what does such a segment mean in this state?      tcp.cpp
///     the window:  can its sender have sent it, and may its          tcp_window.h
///                  receiver take it?
///     the outcome: the new state, and how long it lasts              tcp.cpp
///
/// How that fits into the record of a connection, and what happens when two workers see both directions at
/// once, is in tcp_record.h.
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

/// What is known of one end, from what it has sent and from what it was told that it may send.
struct TcpSide {
    // The kernel's IP_CT_TCP_FLAG_*.
    static constexpr std::uint8_t kScales = 1;       ///< offered window scaling
    static constexpr std::uint8_t kTakesSack = 2;    ///< offered SACK
    static constexpr std::uint8_t kBeganClose = 4;   ///< its FIN took the connection out of ESTABLISHED
    static constexpr std::uint8_t kLiberal = 8;      ///< out of its window is no fault: nobody saw it begin
    static constexpr std::uint8_t kHasUnacked = 16;  ///< has sent what was not acknowledged yet
    static constexpr std::uint8_t kHasMaxAck = 32;   ///< max_ack holds a number

    std::uint32_t end = 0;      ///< behind the last it has sent
    std::uint32_t max_end = 0;  ///< behind the last it may send: the other end's acknowledgement and window
    std::uint32_t max_ack = 0;  ///< the highest acknowledgement it has sent
    std::uint32_t max_window = 0;  ///< the largest window it has offered, scaled; 0: it has sent nothing yet
    std::uint8_t scale = 0;        ///< its windows are shifted by this
    std::uint8_t flags = 0;

    [[nodiscard]] bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    bool operator==(const TcpSide&) const = default;
};

/// What is remembered of a connection.
struct TcpMemory {
    // Of the last segment that was let through without belonging to the connection.
    static constexpr std::uint8_t kLastScales = TcpSide::kScales;
    static constexpr std::uint8_t kLastTakesSack = TcpSide::kTakesSack;
    static constexpr std::uint8_t kSimultaneousOpen = 4;
    static constexpr std::uint8_t kChallengeAckExpected = 8;

    TcpState state = TcpState::none;
    TcpKind last_kind = TcpKind::syn;
    Way last_way = Way::original;
    std::uint8_t last_flags = 0;
    std::uint8_t last_scale = 0;
    std::uint8_t repeats = 0;  ///< how often the last ACK came again; wraps as the kernel's does
    std::uint16_t last_window = 0;
    std::uint32_t last_end = 0;
    std::uint32_t last_ack = 0;
    std::uint16_t last_length = 0;  ///< last_end less its sequence number
    std::array<TcpSide, 2> sides{};

    [[nodiscard]] TcpSide& operator[](Way way) noexcept { return sides[static_cast<unsigned>(way)]; }
    [[nodiscard]] const TcpSide& operator[](Way way) const noexcept {
        return sides[static_cast<unsigned>(way)];
    }
    bool operator==(const TcpMemory&) const = default;
};

/// What of a segment matters here.
struct TcpSegment {
    TcpKind kind = TcpKind::none;
    bool has_ack = false;
    std::uint16_t window = 0;
    std::uint32_t sequence = 0;
    std::uint32_t end = 0;  ///< the number behind it
    std::uint32_t acknowledgement = 0;
    std::span<const std::byte> options{};
    std::uint32_t shift = 0;  ///< by which the acknowledged numbers were shifted on their way (sequence_shift.h)

    [[nodiscard]] bool is_syn() const noexcept { return kind == TcpKind::syn || kind == TcpKind::syn_ack; }
};

/// Nothing: header cut off, or flags that no TCP sends (tcp_error).
[[nodiscard]] std::optional<TcpSegment> tcp_segment(const L4View& view) noexcept;

/// What else of the connection a step depends on.
struct TcpContext {
    bool is_new = false;  ///< not confirmed
    bool seen_reply = false;
    bool assured = false;
    std::uint32_t seconds_left = 0;  ///< until the connection ends
};

enum class TcpVerdict : std::uint8_t {
    accept,  ///< prolongs the connection by `timeout_s`
    pass,    ///< accepted, but prolongs nothing: ignored segments, repeated SYNs
    invalid,
    shorten,  ///< invalid, and the connection ends in `timeout_s`: both ends say that it is over
    end,      ///< accepted, and the connection ends at once: a RST was the only answer
    reopen,   ///< end the connection, look up again
};

struct TcpStep {
    TcpVerdict verdict = TcpVerdict::invalid;
    std::uint32_t timeout_s = 0;
    bool becomes_assured = false;
};

/// What a segment does; `memory` is brought up to date, whatever the verdict.
[[nodiscard]] TcpStep tcp_step(TcpMemory& memory, Way way, const TcpSegment& segment,
                               const TcpContext& context, const Settings& settings) noexcept;

/// True for states in which nothing but the end is left to come (tcp_can_early_drop).
[[nodiscard]] bool tcp_is_closing(TcpState state) noexcept;

/// The state's timeout under its kernel name, in seconds.
[[nodiscard]] std::uint32_t tcp_timeout(TcpState state, const Timeouts& timeouts) noexcept;

/// As `conntrack -L` and /proc/net/nf_conntrack print it.
[[nodiscard]] const char* tcp_state_name(TcpState state) noexcept;

/// Sequence numbers wrap: `a` lies before `b`.
[[nodiscard]] constexpr bool lies_before(std::uint32_t a, std::uint32_t b) noexcept {
    return static_cast<std::int32_t>(a - b) < 0;
}

}  // namespace sluice::conntrack
