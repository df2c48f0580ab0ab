// SPDX-License-Identifier: BSD-3-Clause
// Making the tables and reading them out: what allocates, apart from what runs for packets.
#include <algorithm>
#include <bit>
#include <cstdlib>

#include "acl/keyed/hash_limits.h"
#include "acl/keyed/recent_list.h"
#include "acl/keyed/slots.h"
#include "dataplane/base/assertion.h"

namespace sluice::acl::keyed {

Slots::Slots(std::size_t keys, base::Random& random)
    : bucket_count_(std::bit_ceil(std::max<std::size_t>(2, keys * kRoom / kPerBucket))),
      buckets_(std::make_unique<Bucket[]>(bucket_count_)) {
    for (std::uint64_t& word : secret_) {
        word = random.next() | 1U;
    }
}

RecentList::RecentList(std::size_t instants, base::Random& random)
    : instants_(instants),
      slots_(kEntries, random),
      order_(std::make_unique<Word[]>(slots_.count())),
      ring_(std::make_unique<Word[]>(slots_.count())),
      stamp_(static_cast<Word*>(std::calloc(slots_.count() * instants, sizeof(Word)))),
      key_(std::make_unique<Word[]>(slots_.count() * kKeyWords)) {
    SLUICE_ASSERT(stamp_ != nullptr);
}

void RecentList::Free::operator()(Word* words) const noexcept { std::free(words); }

std::vector<RecentList::Entry> RecentList::entries() const {
    std::vector<Entry> all;
    for (std::uint32_t slot = 0; slot < slots_.count(); ++slot) {
        const Ring ring = unpacked(ring_[slot].load(std::memory_order_relaxed));
        if (slots_.at(slot) == 0 || ring.count == 0) {
            continue;
        }
        Entry& entry = all.emplace_back();
        entry.key = {key_[slot * kKeyWords].load(std::memory_order_relaxed), key_[slot * kKeyWords + 1].load(std::memory_order_relaxed)};
        entry.ttl = ring.ttl;
        entry.index = ring.index;
        for (std::uint32_t i = 0; i < ring.count; ++i) {
            entry.instants_ns.push_back(stamp_[slot * instants_ + i].load(std::memory_order_relaxed));
        }
    }
    return all;
}

HashLimits::HashLimits(const HashLimitOptions& options, base::Random& random)
    : options_(options),
      room_(options.room()),
      expire_ns_(options.expire_ms * 1'000'000ULL),
      slots_(options.room(), random),
      by_slot_(std::make_unique<Group[]>(slots_.count())) {}

}  // namespace sluice::acl::keyed
