// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/keyed_hash.h"
#include "dataplane/net/family.h"

namespace sluice::packet {

/// What each sender of fragments holds, and how many it has sent: the base of the bound on one source
/// (FRAG-5) and of the kernel's ipfrag_max_dist.
///
/// A slot is the first comer's until it holds nothing any more. Others of the same hash share its account,
/// which only makes the bound stricter for them, and are not asked for distance.
template <net::Family F>
class FragmentSources {
public:
    using Address = typename F::Address;
    static constexpr std::size_t kSlots = 4096;
    static constexpr std::uint32_t kMaxDistance = 64;  ///< ipfrag_max_dist

    explicit FragmentSources(std::uint64_t secret) : hash_(secret), slots_(kSlots) {}

    [[nodiscard]] std::uint64_t bytes(const Address& source) const noexcept {
        return slots_[slot(source)].bytes;
    }

    void charge(const Address& source, std::uint32_t bytes) noexcept {
        Slot& entry = slots_[slot(source)];
        if (entry.bytes == 0 && !(entry.owner == source)) {
            entry = {.owner = source};
        }
        entry.bytes += bytes;
    }
    /// In: what was charged before.
    void release(const Address& source, std::uint32_t bytes) noexcept { slots_[slot(source)].bytes -= bytes; }

    /// Counts a fragment of a datagram whose last one had the number `mark`, and gives it its number.
    /// Returns true where the source has sent so many others since that its ids may have come round (RFC
    /// 4963).
    [[nodiscard]] bool is_too_far(const Address& source, std::uint32_t& mark, bool has_pieces) noexcept {
        Slot& entry = slots_[slot(source)];
        if (!(entry.owner == source)) {
            return false;
        }
        const std::uint32_t before = mark;
        mark = ++entry.fragments;
        return has_pieces && mark - before > kMaxDistance;
    }

private:
    struct Slot {
        Address owner{};
        std::uint32_t fragments = 0;
        std::uint64_t bytes = 0;
    };

    [[nodiscard]] std::size_t slot(const Address& source) const noexcept {
        return hash_(std::as_bytes(std::span(&source, 1))) % kSlots;
    }

    base::KeyedHash hash_;
    std::vector<Slot> slots_;
};

}  // namespace sluice::packet
