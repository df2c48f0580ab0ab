// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "conntrack/connection.h"
#include "dataplane/base/ticks.h"

/// Deadlines without scans.
///
/// Each worker has a wheel, and each connection is in the wheel of the worker that created it (its owner).
/// Only the owner touches the wheel and the links in its connections.
///
///     level 0: 256 slots of 0.16 s    level 1: 256 slots of 41 s    level 2: 256 slots of 2.9 h, 31 days in
///     all
///
/// A packet does not move its connection: it writes `last_seen` in its own direction and no more. So the slot
/// says when to *look*, not when to end. When a slot is over, each of its connections is visited: the visitor
/// computes the true deadline (newest last_seen + timeout) and ends the connection, or names the next time to
/// look. A busy connection of five days costs one visit in five days, a busy UDP stream one in two minutes. A
/// connection of a higher level is visited a few more times on its way down. Nothing else is ever looked at.
///
/// A timeout may also *shrink*: an established TCP connection (5 days) sees a RST (10 s). Then the entry lies
/// in a slot that is too late. Looking at everything every few seconds would cost a scan; writing the links
/// from another worker would need locks. Instead the worker that shrank the timeout asks the owner, through
/// the owner's inbox (table.h), to place it anew: a flag in the connection keeps that to one request at a
/// time, so requests are bounded by the number of connections. The owner itself moves it at once. An entry
/// that was placed by a timeout about as short (timeout_class) stays where it is: else each TCP segment with
/// data would move it, for until that is acknowledged 300 s are left, and five days after. So this happens a
/// few times in the life of a TCP connection, once in 300 s while it runs, and never for UDP.
///
/// Work is bounded: `advance` visits at most `budget` entries and goes on there at the next call; a slot is
/// left only when it is empty. Entries that are late for that reason are no longer found by lookups, which
/// test the deadline themselves: being late costs memory, not correctness.
namespace sluice::conntrack {

/// A timeout's size, to three bits behind its highest: an entry that was placed by a timeout of the same
/// class is looked at an eighth of it late, at most. Shape: monotone, one byte.
[[nodiscard]] constexpr std::uint8_t timeout_class(Ticks timeout) noexcept {
    const auto bits = static_cast<unsigned>(std::bit_width(timeout));
    return static_cast<std::uint8_t>(bits <= 3 ? timeout : bits << 3U | (timeout >> (bits - 4) & 7U));
}

/// In: Nodes: `WheelLinks& operator()(std::uint32_t index)`.
/// Shape: 3 KiB. Cost: insert and remove touch the neighbours in the list.
template <class Nodes>
class TimerWheel {
public:
    static constexpr unsigned kGranularityBits = 4;  ///< 16 ticks, 0.16 s
    static constexpr unsigned kSlotBits = 8;
    static constexpr unsigned kLevels = 3;

    explicit TimerWheel(Nodes nodes, Ticks now = 0) noexcept : nodes_(nodes) { set_clock(now); }

    /// Says what time it is; while the wheel is empty only.
    void set_clock(Ticks now) noexcept { at_ = now & ~kUnitMask; }

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] bool holds(std::uint32_t index) noexcept { return nodes_(index).previous != 0; }

    /// Puts an entry where it will be looked at when `due` has passed; at the latest after 31 days.
    void insert(std::uint32_t index, Ticks due) noexcept {
        const std::uint32_t slot = slot_for(due);
        WheelLinks& links = nodes_(index);
        links.next = heads_[slot];
        links.previous = kSlotFlag | slot;
        if (links.next != 0) {
            nodes_(links.next - 1).previous = index + 1;
        }
        heads_[slot] = index + 1;
        ++size_;
    }

    void remove(std::uint32_t index) noexcept {
        WheelLinks& links = nodes_(index);
        if ((links.previous & kSlotFlag) != 0) {
            heads_[links.previous & ~kSlotFlag] = links.next;
        } else {
            nodes_(links.previous - 1).next = links.next;
        }
        if (links.next != 0) {
            nodes_(links.next - 1).previous = links.previous;
        }
        links = WheelLinks{};
        --size_;
    }

    /// Visits what is due at `now`, at most `budget` entries; returns how many.
    ///
    /// In: visit(index) -> std::optional<Ticks>: when to look again (after `now`), or nothing: the entry has
    /// left.
    template <class Visit>
    unsigned advance(Ticks now, unsigned budget, Visit visit) noexcept {
        unsigned visited = 0;
        if (size_ == 0) {
            set_clock(now);
        }
        // only units that lie wholly in the past: their deadlines have passed, so nothing comes back to them
        while (base::ticks_until(now & ~kUnitMask, at_) > 0) {
            if (size_ == 0) {
                at_ = now & ~kUnitMask;
                break;
            }
            if (!drain_unit(visited, budget, visit)) {
                break;
            }
            at_ += kUnitMask + 1;
        }
        return visited;
    }

private:
    static constexpr Ticks kUnitMask = (1U << kGranularityBits) - 1;
    static constexpr std::uint32_t kSlots = 1U << kSlotBits;
    static constexpr std::uint32_t kSlotFlag = 0x80000000U;

    [[nodiscard]] static constexpr unsigned shift(unsigned level) noexcept {
        return kGranularityBits + level * kSlotBits;
    }
    [[nodiscard]] static constexpr std::uint32_t slot_of(unsigned level, Ticks instant) noexcept {
        return level * kSlots + ((instant >> shift(level)) & (kSlots - 1));
    }

    [[nodiscard]] std::uint32_t slot_for(Ticks due) const noexcept {
        std::int32_t ahead = base::ticks_until(due, at_);
        constexpr std::int32_t kHorizon = (1 << shift(kLevels)) - 1;
        ahead = ahead < 0 ? 0 : (ahead > kHorizon ? kHorizon : ahead);
        const Ticks instant = at_ + static_cast<Ticks>(ahead);
        unsigned level = 0;
        while (level + 1 < kLevels && (static_cast<Ticks>(ahead) >> shift(level + 1)) != 0) {
            ++level;
        }
        // may be the slot of the current turn: that one was emptied when its turn began, and comes again in
        // time
        return slot_of(level, instant);
    }

    /// Empties the slots whose time is `at_`, coarse ones first; false: the budget ended before.
    template <class Visit>
    bool drain_unit(unsigned& visited, unsigned budget, Visit& visit) noexcept {
        for (unsigned level = kLevels; level-- > 0;) {
            const Ticks within = (Ticks{1} << shift(level)) - 1;
            if ((at_ & within) != 0) {
                continue;  // this level's slot began earlier and has been emptied then
            }
            const std::uint32_t slot = slot_of(level, at_);
            while (heads_[slot] != 0) {
                if (visited == budget) {
                    return false;
                }
                ++visited;
                const std::uint32_t index = heads_[slot] - 1;
                remove(index);
                if (const std::optional<Ticks> again = visit(index)) {
                    insert(index, *again);
                }
            }
        }
        return true;
    }

    Nodes nodes_;
    Ticks at_ = 0;  ///< start of the first unit that is not over
    std::uint32_t size_ = 0;
    std::array<std::uint32_t, std::size_t{kLevels} * kSlots> heads_{};  ///< index + 1, 0: empty
};

}  // namespace sluice::conntrack
