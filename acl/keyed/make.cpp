// SPDX-License-Identifier: BSD-3-Clause
// Making the tables and reading them out: what allocates, apart from what runs for packets.
#include <sys/mman.h>

#include <algorithm>
#include <bit>

#include "acl/keyed/connection_counts.h"
#include "acl/keyed/hash_limits.h"
#include "acl/keyed/recent_list.h"
#include "acl/keyed/slots.h"
#include "dataplane/base/assertion.h"

namespace sluice::acl::keyed {

void* zero_pages(std::size_t bytes) {
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    SLUICE_ASSERT(pages != MAP_FAILED);
    return pages;
}

void give_back_pages(void* pages, std::size_t bytes) noexcept { munmap(pages, bytes); }

Slots::Slots(std::size_t keys, base::Random& random)
    : bucket_count_(std::bit_ceil(std::max<std::size_t>(2, keys * kRoom / kPerBucket))),
      buckets_(bucket_count_),
      secret_(random) {}

Counters::Counters(std::size_t keys, base::Random& random)
    : bucket_count_(std::bit_ceil(std::max<std::size_t>(2, keys / 2))),
      words_(bucket_count_ * kPerBucket),
      secret_(random) {}

ConnectionCounts::ConnectionCounts(base::Random& random)
    : pairs_(kConnections, random), groups_(kConnections, random) {}

RecentList::RecentList(std::size_t instants, base::Random& random)
    : instants_(instants),
      slots_(kEntries, random),
      order_(std::make_unique<Word[]>(slots_.count())),
      ring_(std::make_unique<Word[]>(slots_.count())),
      stamp_(slots_.count() * instants),
      key_(std::make_unique<Word[]>(slots_.count() * kKeyWords)) {}

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
      sweep_ns_(options.sweep_ms * 1'000'000ULL),
      rate_(options.rate()),
      quota_(options.by_bytes ? rate_ * std::max<std::uint64_t>(options.burst, 1) : rate_ + options.burst),
      slots_(options.room(), random),
      by_slot_(slots_.count()) {}

}  // namespace sluice::acl::keyed
