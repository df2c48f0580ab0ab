// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "conntrack/ct_state.h"
#include "conntrack/sequence_shift.h"

namespace sluice::conntrack {

/// Where PPTP's notes hold the call ids of client and server, by which the tunnel ends with its control connection.
inline constexpr std::size_t kPptpClientId = 2;
inline constexpr std::size_t kPptpServerId = 3;

/// What is remembered of a connection that has a helper, beside its entry in the table.
///
/// They lie in a table of their own with the same index, whose pages come as they are touched: connections without a
/// helper pay nothing. Threads: any worker that has a packet of the connection; each field says what is done about that.
/// Shape: 128 bytes; zero bytes are a fresh one.
struct alignas(64) Help {
    static constexpr std::size_t kMostExpected = 12;
    static constexpr std::size_t kNotes = 11;

    std::array<SharedShift, 2> shifts;  ///< by direction; changed by whoever has a packet of that direction
    std::array<std::atomic<std::uint32_t>, kMostExpected> expected;  ///< references to expectations; 0: none
    std::atomic<std::uint32_t> expected_so_far;
    /// The helper's own words, by its own plan. Each is right by itself: two packets that cross each other may be judged
    /// as if the other had not come yet, as in tcp_record.h.
    std::array<std::atomic<std::uint32_t>, kNotes> notes;

    [[nodiscard]] SharedShift& shift(Way way) noexcept { return shifts[static_cast<unsigned>(way)]; }
    [[nodiscard]] const SharedShift& shift(Way way) const noexcept { return shifts[static_cast<unsigned>(way)]; }

    /// For a pending connection; by its creator.
    void clear() noexcept {
        for (SharedShift& each : shifts) {
            each.reset({});
        }
        for (auto& each : expected) {
            each.store(0, std::memory_order_relaxed);
        }
        expected_so_far.store(0, std::memory_order_relaxed);
        for (auto& each : notes) {
            each.store(0, std::memory_order_relaxed);
        }
    }
};
static_assert(sizeof(Help) == 128);

}  // namespace sluice::conntrack
