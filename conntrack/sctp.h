// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "conntrack/connection.h"
#include "conntrack/packet.h"
#include "conntrack/settings.h"

/// SCTP's states, and the verification tags that its packets must carry (nf_conntrack_proto_sctp.c of
/// Linux 6.18; RFC 9260, 8.5).
///
/// A packet is a row of chunks; each may move the connection on, so a step goes through all of them. Which
/// tag the packets of a direction carry is learnt from the INIT or INIT ACK of the other one, or, for further
/// paths of an association (multi-homing), from a HEARTBEAT.
///
/// In the record the control word has the state, `Sent::end` of each direction its tag. A step works on a
/// copy as TCP's does (tcp_record.h): an association changes its state by turns.
namespace sluice::conntrack {

/// Values and order are the kernel's (enum sctp_conntrack).
enum class SctpState : std::uint8_t {
    none,
    closed,
    cookie_wait,
    cookie_echoed,
    established,
    shutdown_sent,
    shutdown_recd,
    shutdown_ack_sent,
    heartbeat_sent,
};
inline constexpr unsigned kSctpStates = 9;

/// What is remembered of an association.
struct SctpMemory {
    SctpState state = SctpState::none;
    bool heartbeat_failed = false;        ///< one with a wrong tag came last
    Way last_way = Way::original;         ///< of that
    std::array<bool, 2> has_begun{};      ///< by direction: an INIT that no COOKIE ACK has answered yet
    std::array<std::uint32_t, 2> tags{};  ///< by direction, as they stand in the packet; 0: not known

    bool operator==(const SctpMemory&) const = default;
};

enum class SctpVerdict : std::uint8_t {
    accept,
    pass,  ///< accepted, but prolongs nothing: a repeated INIT, a heartbeat with a wrong tag
    invalid,
};

struct SctpStep {
    SctpVerdict verdict = SctpVerdict::invalid;
    std::uint32_t timeout_s = 0;
    bool becomes_assured = false;
};

/// What a packet does; `memory` is brought up to date, whatever the verdict. In: `is_new`, not confirmed.
[[nodiscard]] SctpStep sctp_step(SctpMemory& memory, Way way, const L4View& view, bool is_new,
                                 const Timeouts& timeouts) noexcept;

/// Where it lies in the record. In: `word`, the control word as loaded before.
template <net::Family F>
[[nodiscard]] SctpMemory load_sctp(const Connection<F>& connection, std::uint64_t word) noexcept {
    SctpMemory memory;
    memory.state = static_cast<SctpState>(word & 0xfU);
    memory.heartbeat_failed = (word & 1U << 4U) != 0;
    memory.last_way = static_cast<Way>(word >> 5U & 1U);
    memory.has_begun = {(word & 1U << 6U) != 0, (word & 1U << 7U) != 0};
    for (unsigned i = 0; i < 2; ++i) {
        memory.tags[i] = connection.directions[i].sent.end.load(std::memory_order_relaxed);
    }
    return memory;
}
[[nodiscard]] inline std::uint64_t sctp_control_word(const SctpMemory& memory) noexcept {
    const auto at = [](auto value, unsigned shift) { return static_cast<std::uint64_t>(value) << shift; };
    return at(memory.state, 0) | at(memory.heartbeat_failed, 4) | at(memory.last_way, 5) |
           at(memory.has_begun[0], 6) | at(memory.has_begun[1], 7);
}

/// True for states in which nothing but the end is left to come (sctp_can_early_drop).
[[nodiscard]] bool sctp_is_closing(SctpState state) noexcept;

/// As `conntrack -L` prints it.
[[nodiscard]] const char* sctp_state_name(SctpState state) noexcept;

}  // namespace sluice::conntrack
