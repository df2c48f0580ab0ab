// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/connection_counts.h"

namespace sluice::acl::keyed {

std::uint32_t ConnectionCounts::insert(std::uint64_t group, const TupleWords& tuple) noexcept {
    const std::uint64_t fingerprint = pairs_.fingerprint(pair_of(group, tuple));
    const std::array<std::uint64_t, 1> key = {group};
    const Slots::Found found = pairs_.claim(fingerprint);
    if (found.slot == Slots::kNone) {
        return 0;
    }
    if (!found.is_new) {
        const std::uint32_t value = groups_.value(groups_.hash(key));
        return value == 0 ? 1 : value;  // another worker has claimed the pair and is about to count it
    }
    const std::uint32_t value = groups_.add(groups_.hash(key));
    if (value == 0) {
        pairs_.release(found.slot, fingerprint);
    }
    return value;
}

std::uint32_t ConnectionCounts::count_with(std::uint64_t group, const TupleWords& tuple) const noexcept {
    const bool is_known = pairs_.find(pairs_.fingerprint(pair_of(group, tuple))) != Slots::kNone;
    return count(group) + (is_known ? 0 : 1);
}

std::uint32_t ConnectionCounts::count(std::uint64_t group) const noexcept {
    const std::array<std::uint64_t, 1> key = {group};
    return groups_.value(groups_.hash(key));
}

void ConnectionCounts::erase(std::uint64_t group, const TupleWords& tuple) noexcept {
    const std::uint64_t fingerprint = pairs_.fingerprint(pair_of(group, tuple));
    const std::uint32_t slot = pairs_.find(fingerprint);
    if (slot != Slots::kNone && pairs_.release(slot, fingerprint)) {
        const std::array<std::uint64_t, 1> key = {group};
        groups_.subtract(groups_.hash(key));
    }
}

}  // namespace sluice::acl::keyed
