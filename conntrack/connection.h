// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <type_traits>

#include "conntrack/ct_state.h"
#include "conntrack/event.h"
#include "conntrack/helper_kind.h"
#include "conntrack/translation.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/ticks.h"
#include "dataplane/net/tuple.h"

/// A tracked connection: two directions and what they share.
///
/// Three cache lines for IPv4. Each direction has one, written only by the worker that receives that
/// direction, so that two workers do not fight over a line; the third is what both must agree on and seldom
/// change. Tuples and translations are written by the creator while the connection is pending, and never
/// again. Zero bytes are a valid free entry: the table's memory comes zeroed and is used as it comes.
///
/// What the trackers of protocols remember fills what is left of the three lines: TCP's 54 bytes of states
/// and windows lie in words that others have no use for (tcp_record.h). A fourth line of its own would cost
/// each TCP packet a miss and each connection 64 bytes; what helpers and the like will need is rare, and
/// belongs into a table beside this one, as counters (account.h) and labels (labels.h) do.
namespace sluice::conntrack {

using base::Ticks;

/// Bits of `Connection::status`; values of the kernel's IPS_* (nf_conntrack_common.h).
namespace status {
inline constexpr std::uint32_t kExpected = 1U << 0U;
inline constexpr std::uint32_t kSeenReply = 1U << 1U;
inline constexpr std::uint32_t kAssured = 1U << 2U;
inline constexpr std::uint32_t kConfirmed = 1U << 3U;
inline constexpr std::uint32_t kSrcNat = 1U << 4U;
inline constexpr std::uint32_t kDstNat = 1U << 5U;
inline constexpr std::uint32_t kNatMask = kSrcNat | kDstNat;
inline constexpr std::uint32_t kSequenceAdjust = 1U << 6U;
inline constexpr std::uint32_t kSrcNatDone = 1U << 7U;
inline constexpr std::uint32_t kDstNatDone = 1U << 8U;
inline constexpr std::uint32_t kDying = 1U << 9U;
inline constexpr std::uint32_t kFixedTimeout = 1U << 10U;
inline constexpr std::uint32_t kKernels = 0xffffU;     ///< those that are the kernel's; what follows is ours
inline constexpr std::uint32_t kUntold = 0xfffU << 16U;  ///< what has happened and nobody was told yet (event.h)
inline constexpr std::uint32_t kReported = 1U << 28U;  ///< not the kernel's: what happens to it is told (event.h)
inline constexpr std::uint32_t kLabelled = 1U << 29U;  ///< not the kernel's: has labels (labels.h)
inline constexpr std::uint32_t kReplyReserved =
    1U << 30U;                                        ///< not the kernel's: its reply tuple is in the buckets
inline constexpr std::uint32_t kCounted = 1U << 31U;  ///< not the kernel's: has counters (account.h)
}  // namespace status

/// Where an entry of the table stands. free → pending → confirmed → dead → free; or pending → dead.
enum class Life : std::uint8_t { free, pending, confirmed, dead };

/// Links of the timer wheel; touched by the owning worker only.
struct WheelLinks {
    std::uint32_t next = 0;
    std::uint32_t previous = 0;  ///< 0: in no list (else biased by one, or a slot; see timer_wheel.h)
};

inline constexpr std::uint32_t kNoEntry = 0xffffffffU;

/// What a tracker remembers of one direction. For TCP, what the names say (tcp_record.h); for SCTP, `end` is
/// the verification tag of the packets that go this way.
struct Sent {
    std::atomic<std::uint32_t> end;
    std::atomic<std::uint32_t> max_ack;
    std::atomic<std::uint32_t> max_window;
};

/// One direction. Threads: after confirmation written by the worker that receives this direction.
/// Shape: 64 bytes for IPv4, 128 for IPv6.
template <net::Family F>
struct alignas(64) Direction {
    net::Tuple<F> tuple;              ///< what the packets look like when they arrive
    Translation<F> leaves;            ///< what they wear when they leave
    std::atomic<std::uint64_t> path;  ///< the dataplane's: set of remembered paths
    std::atomic<std::uint64_t> hop;   ///< the dataplane's: adjacency with the generation of the routes
    std::atomic<Ticks> last_seen;     ///< last packet that prolonged the connection's life
    Sent sent;                        ///< the tracker's
};
static_assert(sizeof(Direction<net::Ipv4>) == 64);
static_assert(sizeof(Direction<net::Ipv6>) == 128);

/// What both directions share. Shape: 64 bytes.
struct alignas(64) Shared {
    std::atomic<std::uint64_t> protocol;  ///< packed state of the protocol's tracker (tcp.h, udp.h)
    mutable std::atomic<std::uint32_t> status;  ///< status::k...; who only looks at it may note what it has done
    std::atomic<Ticks> timeout;           ///< the connection ends this long after its last packet
    std::atomic<std::uint32_t> mark;      ///< CONNMARK
    Ticks began;                          ///< when it was created
    HelperId helper;               ///< who reads its packets (CT --helper)
    HelperId expected_by;          ///< the helper of the connection that expected this one
    std::uint8_t timeout_policy;   ///< whose timeouts hold instead of the settings' (CT --timeout); 0: the settings'
    std::uint8_t event_mask;       ///< the events that are told (CT --ctevents), event::k... moved down; 0: all
    base::InterfaceId masquerade;  ///< the interface whose address MASQUERADE took; kNoInterface: none
    std::uint8_t owner;            ///< slot of the worker that created the entry: its wheel holds it
    std::atomic<Life> life;
    std::atomic<bool> queued;                ///< in the owner's inbox, or retired
    std::atomic<std::uint8_t> placed;        ///< by which timeout the wheel has it: timeout_class()
    std::atomic<std::uint16_t> last_length;  ///< TCP: of the last segment
    WheelLinks wheel;
    std::atomic<std::uint32_t> link;  ///< in the inbox, in limbo or in a chunk of free entries
    /// While it is free the next chunk on the stack of free chunks; while it lives TCP's number behind the
    /// last segment.
    std::atomic<std::uint32_t> chunk_link_or_last_end;
    std::atomic<std::uint32_t> last_ack;                ///< TCP: of the last segment
    std::array<std::atomic<std::uint32_t>, 2> max_end;  ///< TCP: by direction, behind what it may send
};
static_assert(sizeof(Shared) == 64);

template <net::Family F>
struct Connection {
    std::array<Direction<F>, 2> directions;
    Shared shared;

    [[nodiscard]] Direction<F>& operator[](Way way) noexcept {
        return directions[static_cast<unsigned>(way)];
    }
    [[nodiscard]] const Direction<F>& operator[](Way way) const noexcept {
        return directions[static_cast<unsigned>(way)];
    }
    [[nodiscard]] bool has(std::uint32_t bits) const noexcept {
        return (shared.status.load(std::memory_order_relaxed) & bits) == bits;
    }
    /// Sets status bits; true where all of them were set already. No write in that case: the line stays
    /// shared.
    bool set(std::uint32_t bits) noexcept {
        // relaxed: a status bit publishes nothing else
        return has(bits) || (shared.status.fetch_or(bits, std::memory_order_relaxed) & bits) == bits;
    }
    void clear(std::uint32_t bits) noexcept {
        if ((shared.status.load(std::memory_order_relaxed) & bits) != 0) {
            shared.status.fetch_and(~bits, std::memory_order_relaxed);
        }
    }
    /// Keeps in mind what has happened (event::k...), where somebody wants to know; Table::tell tells it.
    void note(std::uint32_t events) const noexcept {
        const std::uint32_t before = shared.status.load(std::memory_order_relaxed);
        if ((before & status::kReported) != 0 && (before & events) != events) [[unlikely]] {
            shared.status.fetch_or(events, std::memory_order_relaxed);
        }
    }
    [[nodiscard]] bool is_confirmed() const noexcept {
        // acquire: pairs with confirm(), so that whoever sees the state also sees the tuples
        return shared.life.load(std::memory_order_acquire) == Life::confirmed;
    }
    [[nodiscard]] std::uint8_t protocol() const noexcept { return directions[0].tuple.protocol; }

    /// When the connection ends, unless another packet comes.
    [[nodiscard]] Ticks deadline() const noexcept {
        const Ticks a = directions[0].last_seen.load(std::memory_order_relaxed);
        const Ticks b = directions[1].last_seen.load(std::memory_order_relaxed);
        return (base::ticks_until(b, a) > 0 ? b : a) + shared.timeout.load(std::memory_order_relaxed);
    }
    /// As nf_ct_is_expired; looks at the other direction's line only where its own says "expired".
    [[nodiscard]] bool is_expired(Way way, Ticks now) const noexcept {
        const Ticks mine = (*this)[way].last_seen.load(std::memory_order_relaxed);
        const Ticks end = mine + shared.timeout.load(std::memory_order_relaxed);
        return base::ticks_until(end, now) <= 0 && base::ticks_until(deadline(), now) <= 0;
    }
};
static_assert(sizeof(Connection<net::Ipv4>) == 192);
static_assert(std::is_trivially_destructible_v<Connection<net::Ipv4>>);

/// A connection and the direction in which a packet goes through it; or nothing.
template <net::Family F>
struct Found {
    Connection<F>* connection = nullptr;
    Way way = Way::original;

    [[nodiscard]] explicit operator bool() const noexcept { return connection != nullptr; }
};

/// What rules see of the next packet that goes `way`, before it is tracked (resolve_normal_ct).
template <net::Family F>
[[nodiscard]] CtState state_of(const Connection<F>& connection, Way way) noexcept {
    if (way == Way::reply || connection.has(status::kSeenReply)) {
        return CtState::established;
    }
    return connection.has(status::kExpected) ? CtState::related : CtState::new_;
}

}  // namespace sluice::conntrack
