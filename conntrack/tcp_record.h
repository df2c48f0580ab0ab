// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "conntrack/connection.h"
#include "conntrack/tcp.h"

/// What is remembered of a TCP connection, in the record of that connection.
///
/// Where it lies. The control word (Shared::protocol) has the state, both ends' flags and scales, and what
/// the last segment was. Each direction's line has what its sender said: `sent.end`, `sent.max_ack`,
/// `sent.max_window`. The shared line has `max_end` of both, and the numbers of the last segment. No line
/// more than a connection of any protocol has anyway.
///
/// Two workers. The kernel holds a spin lock over a step. Here a step works on a copy: load, compute,
/// exchange the control word where it changes (else compute again from what is there now), then store the
/// other words that changed. Each word by itself is atomic; why the whole is right:
///
/// - Packets that do not race, because the later one is an answer to the earlier one or comes behind it in
/// its own
///   direction, see each other's words whole: an answer is made after the packet has left the router, and it
///   leaves after these stores. So every conversation in which the two ends take turns is judged as by the
///   kernel.
/// - Packets that do race cross each other on the wire, too; the kernel's lock would put them into one order
/// or the
///   other. Here each may be judged by windows that lack the other: as if it had come a moment earlier. No
///   update gets lost, because each word has one writer: `sent` is written by the packets of its direction,
///   `max_end` of an end by the packets of the other. What has two writers (the numbers of the last segment;
///   a receiver's `max_window` where a sender overshoots it; `end` of an end whose beginning nobody saw) is a
///   hint that the next packet writes anew.
/// - States and flags are in the control word: they never mix.
namespace sluice::conntrack {

/// The control word, from its lowest bit: state 4, kind of the last segment 3 and its way 1, last_flags 4,
/// last_scale 4; repeats 8, scales 4 each, flags 8 each; last_window 16. Put together by shifts: bytes that
/// are written one by one and read as a word would wait for each other.
[[nodiscard]] inline std::uint64_t tcp_control_word(const TcpMemory& memory) noexcept {
    const auto at = [](auto value, unsigned shift) { return static_cast<std::uint64_t>(value) << shift; };
    return at(memory.state, 0) | at(memory.last_kind, 4) | at(memory.last_way, 7) | at(memory.last_flags, 8) |
           at(memory.last_scale, 12) | at(memory.repeats, 16) | at(memory.sides[0].scale, 24) |
           at(memory.sides[1].scale, 28) | at(memory.sides[0].flags, 32) | at(memory.sides[1].flags, 40) |
           at(memory.last_window, 48);
}

/// The state alone, for those who only look.
[[nodiscard]] inline TcpState tcp_state_in(std::uint64_t word) noexcept {
    return static_cast<TcpState>(word & 0xfU);
}

/// The words beside the control word, as they were loaded.
struct TcpWords {
    struct Side {
        std::uint32_t end;
        std::uint32_t max_end;
        std::uint32_t max_ack;
        std::uint32_t max_window;
    };
    std::uint32_t last_end;
    std::uint32_t last_ack;
    std::uint16_t last_length;
    std::array<Side, 2> sides;
};

template <net::Family F>
[[nodiscard]] TcpWords load_words(const Connection<F>& connection) noexcept {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    const Shared& shared = connection.shared;
    const auto side = [&](unsigned i) -> TcpWords::Side {
        const Sent& sent = connection.directions[i].sent;
        return {sent.end.load(kRelaxed), shared.max_end[i].load(kRelaxed), sent.max_ack.load(kRelaxed),
                sent.max_window.load(kRelaxed)};
    };
    return {shared.chunk_link_or_last_end.load(kRelaxed),
            shared.last_ack.load(kRelaxed),
            shared.last_length.load(kRelaxed),
            {side(0), side(1)}};
}

/// In: `control`, the control word.
[[nodiscard]] inline TcpMemory memory_of(std::uint64_t control, const TcpWords& words) noexcept {
    const auto byte = [control](unsigned shift) { return static_cast<std::uint8_t>(control >> shift); };
    const auto nibble = [control](unsigned shift) {
        return static_cast<std::uint8_t>(control >> shift & 0xfU);
    };
    const auto side = [&](unsigned i) -> TcpSide {
        const TcpWords::Side& from = words.sides[i];
        return {from.end, from.max_end, from.max_ack, from.max_window, nibble(24 + 4 * i), byte(32 + 8 * i)};
    };
    return {.state = tcp_state_in(control),
            .last_kind = static_cast<TcpKind>(nibble(4) & 7U),
            .last_way = static_cast<Way>(nibble(7) & 1U),
            .last_flags = nibble(8),
            .last_scale = nibble(12),
            .repeats = byte(16),
            .last_window = static_cast<std::uint16_t>(control >> 48U),
            .last_end = words.last_end,
            .last_ack = words.last_ack,
            .last_length = words.last_length,
            .sides = {side(0), side(1)}};
}

/// Stores what differs, but for the control word.
template <net::Family F>
void store_words(Connection<F>& connection, const TcpWords& before, const TcpMemory& after) noexcept {
    const auto store = [](auto& word, auto old, auto value) {
        if (old != value) {
            word.store(value, std::memory_order_relaxed);
        }
    };
    Shared& shared = connection.shared;
    store(shared.chunk_link_or_last_end, before.last_end, after.last_end);
    store(shared.last_ack, before.last_ack, after.last_ack);
    store(shared.last_length, before.last_length, after.last_length);
    for (unsigned i = 0; i < 2; ++i) {
        Sent& sent = connection.directions[i].sent;
        const TcpWords::Side& old = before.sides[i];
        const TcpSide& side = after.sides[i];
        store(sent.end, old.end, side.end);
        store(sent.max_ack, old.max_ack, side.max_ack);
        store(sent.max_window, old.max_window, side.max_window);
        store(shared.max_end[i], old.max_end, side.max_end);
    }
}

}  // namespace sluice::conntrack
