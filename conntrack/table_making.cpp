// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <bit>

#include "conntrack/table.h"

// How a table is made. A file of its own because it allocates: nothing in table.cpp may (tests/checks).

namespace sluice::conntrack {

template <net::Family F>
base::Result<std::unique_ptr<Expectations<F>>> Expectations<F>::create_expectations(std::uint32_t max, base::Random& random) {
    constexpr std::uint32_t kLargest = 1U << 20U;
    if (max == 0 || max > kLargest) {
        return base::failure("net.netfilter.nf_conntrack_expect_max: must be 1 to 1048576");
    }
    const std::uint32_t sets = std::bit_ceil(std::max<std::uint32_t>(2, 2 * max / kWays));
    auto lines = Memory::map(std::size_t{sets} * sizeof(Line), false);
    if (!lines) {
        return tl::unexpected(lines.error());
    }
    auto cells = Memory::map(std::size_t{sets} * kWays * sizeof(Cell), false);
    if (!cells) {
        return tl::unexpected(cells.error());
    }
    return std::unique_ptr<Expectations>(new Expectations(max, sets, std::move(*lines), std::move(*cells), random));
}

template <net::Family F>
base::Result<std::unique_ptr<Table<F>>> Table<F>::create_table(const TableConfig& config,
                                                               base::Random& random) {
    constexpr std::uint32_t kLargest = 1U << 28U;
    if (config.max == 0 || config.max > kLargest || config.workers == 0 ||
        config.workers > base::kMaxWorkers) {
        return base::failure("net.netfilter.nf_conntrack_max: must be 1 to 268435456");
    }
    // room for dead entries that wait, and for what caches hold: the limit is max, not this
    const std::uint32_t spare =
        config.max / 8 + 1024 + (config.workers + 1) * 2 * FreeChunks<SharedOf>::kChunk;
    const std::uint32_t capacity = config.max + spare;
    // at most half of the slots full: two keys an entry, seven slots a bucket
    const std::uint32_t buckets = std::bit_ceil(std::max<std::uint32_t>(16, config.max / 7 * 4 + 4));
    auto entry_memory = Memory::map(std::size_t{capacity} * sizeof(Connection<F>), config.huge_pages);
    if (!entry_memory) {
        return tl::unexpected(entry_memory.error());
    }
    auto bucket_memory = Memory::map(std::size_t{buckets} * sizeof(Bucket), config.huge_pages);
    if (!bucket_memory) {
        return tl::unexpected(bucket_memory.error());
    }
    // ordinary pages: they are there only if something is counted
    auto account_memory = Memory::map(std::size_t{capacity} * sizeof(Account), false);
    if (!account_memory) {
        return tl::unexpected(account_memory.error());
    }
    auto label_memory = Memory::map(std::size_t{capacity} * sizeof(Labels), false);  // likewise
    if (!label_memory) {
        return tl::unexpected(label_memory.error());
    }
    auto help_memory = Memory::map(std::size_t{capacity} * sizeof(Help), false);  // likewise
    // and these only if sources are translated; a key an entry, in each
    const std::uint32_t source_buckets = buckets / 2;
    auto mapping_memory = Memory::map(std::size_t{capacity} * sizeof(Mapping<F>), false);
    auto held_memory = Memory::map(std::size_t{capacity} * sizeof(HeldMappings), false);
    auto inside_memory = Memory::map(std::size_t{source_buckets} * sizeof(Bucket), false);
    auto outside_memory = Memory::map(std::size_t{source_buckets} * sizeof(Bucket), false);
    for (const auto* memory : {&help_memory, &mapping_memory, &held_memory, &inside_memory, &outside_memory}) {
        if (!*memory) {
            return tl::unexpected(memory->error());
        }
    }
    auto expectations = Expectations<F>::create_expectations(config.expect_max, random);
    if (!expectations) {
        return tl::unexpected(expectations.error());
    }
    return std::unique_ptr<Table>(new Table(config, capacity,
                                            {std::move(*entry_memory), std::move(*bucket_memory),
                                             std::move(*account_memory), std::move(*label_memory),
                                             std::move(*help_memory), std::move(*mapping_memory),
                                             std::move(*held_memory), std::move(*inside_memory),
                                             std::move(*outside_memory)},
                                            std::move(*expectations), buckets, random));
}

template <net::Family F>
Mappings<F>::Mappings(std::span<Mapping<F>> entries, std::span<Bucket> inside, std::span<Bucket> outside,
                      unsigned workers, base::Random& random)
    : entries_(entries.data()),
      hash_(random),
      by_inside_(inside),
      by_outside_(outside),
      chunks_(EntriesOf{entries_}, static_cast<std::uint32_t>(entries.size())),
      slot_memory_(std::make_unique<std::unique_ptr<Slot>[]>(workers + 1)) {
    for (unsigned i = 0; i <= workers; ++i) {
        slot_memory_[i] = std::make_unique<Slot>(entries_);
    }
    slots_.slots = slot_memory_.get();
}

template <net::Family F>
Table<F>::Table(const TableConfig& config, std::uint32_t capacity, Memories memories,
                std::unique_ptr<Expectations<F>> expectations, std::uint32_t buckets, base::Random& random)
    : memories_(std::move(memories)),
      entries_(static_cast<Connection<F>*>(memories_.entries.data())),
      accounts_(static_cast<Account*>(memories_.accounts.data())),
      labels_(static_cast<Labels*>(memories_.labels.data())),
      helps_(static_cast<Help*>(memories_.helps.data())),
      expectations_(std::move(expectations)),
      workers_(config.workers),
      capacity_limit_(config.max),
      hash_(random),
      buckets_(std::span(static_cast<Bucket*>(memories_.buckets.data()), buckets)),
      chunks_(SharedOf{entries_}, capacity),
      mappings_(std::span(static_cast<Mapping<F>*>(memories_.mappings.data()), capacity),
                std::span(static_cast<Bucket*>(memories_.by_inside.data()), buckets / 2),
                std::span(static_cast<Bucket*>(memories_.by_outside.data()), buckets / 2), config.workers, random),
      held_(static_cast<HeldMappings*>(memories_.held.data())),
      max_(config.max),
      slot_memory_(std::make_unique<std::unique_ptr<Slot>[]>(config.workers + 1)) {
    for (unsigned i = 0; i <= workers_; ++i) {
        slot_memory_[i] = std::make_unique<Slot>(entries_);
    }
    slots_.slots = slot_memory_.get();
}

template Mappings<net::Ipv4>::Mappings(std::span<Mapping<net::Ipv4>>, std::span<Bucket>, std::span<Bucket>, unsigned,
                                        base::Random&);
template Mappings<net::Ipv6>::Mappings(std::span<Mapping<net::Ipv6>>, std::span<Bucket>, std::span<Bucket>, unsigned,
                                        base::Random&);
template base::Result<std::unique_ptr<Expectations<net::Ipv4>>> Expectations<net::Ipv4>::create_expectations(
    std::uint32_t, base::Random&);
template Table<net::Ipv4>::Table(const TableConfig&, std::uint32_t, Memories, std::unique_ptr<Expectations<net::Ipv4>>,
                                std::uint32_t, base::Random&);
template base::Result<std::unique_ptr<Expectations<net::Ipv6>>> Expectations<net::Ipv6>::create_expectations(
    std::uint32_t, base::Random&);
template Table<net::Ipv6>::Table(const TableConfig&, std::uint32_t, Memories, std::unique_ptr<Expectations<net::Ipv6>>,
                                std::uint32_t, base::Random&);
template base::Result<std::unique_ptr<Table<net::Ipv4>>> Table<net::Ipv4>::create_table(const TableConfig&,
                                                                                        base::Random&);
template base::Result<std::unique_ptr<Table<net::Ipv6>>> Table<net::Ipv6>::create_table(const TableConfig&,
                                                                                        base::Random&);

}  // namespace sluice::conntrack
