// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "conntrack/buckets.h"
#include "conntrack/free_entries.h"
#include "conntrack/hash.h"
#include "conntrack/limbo.h"
#include "conntrack/mapping.h"

/// Which outside sockets inside sockets have: the kernel's index by source (nf_nat_bysource), and what
/// endpoint-independent NAT needs besides.
///
/// The kernel chains connections by their source. Here it is the mappings that are kept: many connections of one
/// socket share one, so a lookup reads one entry where the kernel walks a chain, and a connection that ends takes one
/// from a count. Of several mappings of one socket the one that a connection took last comes first, as there.
///
///     10.0.0.5:4000 → 8.8.8.8:53     leaves as 198.51.100.1:61000, since 10.0.0.6 had port 4000 there
///     mapping: 10.0.0.5:4000 ↔ 198.51.100.1:61000, held by that connection
///     10.0.0.5:4000 → 9.9.9.9:53     finds the mapping, and leaves as 198.51.100.1:61000 too
///
/// Life: `claim` finds or makes a mapping and holds it for a connection; `release` at the connection's end; with its
/// last holder it leaves the index, and after a grace period it is free.
///
/// Endpoint-independent mappings are exclusive: no two of them for one inside socket, and nobody else has an outside
/// socket that one of them has. As for connections (table.h) who inserts looks again: of two that come at once, one at
/// least withdraws. Who comes in through one (endpoint-independent filtering) holds it from the first answer on: an
/// inside host that sends keeps its mapping, strangers alone do not (RFC 4787 REQ-6).
///
/// Threads: a worker, and control, each with its own WorkerId; readers of the grace period.
/// Cost: nothing for packets of known connections. A new one that is translated: a line of a bucket, one of the entry.
namespace sluice::conntrack {

template <net::Family F>
class Mappings {
public:
    /// What a connection wants.
    struct Wish {
        net::Tuple<F> original;  ///< its own, with its zone
        net::Tuple<F> reply;     ///< what it has reserved
        std::uint8_t manner = 0;
        base::InterfaceId interface = base::kNoInterface;
    };
    enum class Result : std::uint8_t {
        held,       ///< `index` is held once more
        unindexed,  ///< no room: the connection does without
        taken,      ///< another inside socket has this outside one for itself, or is not to lose it
        rival,      ///< another worker makes an endpoint-independent mapping of this inside socket: look again
    };
    struct Claim {
        Result result = Result::unindexed;
        std::uint32_t index = kNoEntry;
    };

    Mappings(std::span<Mapping<F>> entries, std::span<Bucket> inside, std::span<Bucket> outside, unsigned workers,
             base::Random& random);

    /// The mapping of a source that was taken last, of those of which may(mapping) is true; nullptr: none.
    template <class May>
    [[nodiscard]] const Mapping<F>* newest(const net::Tuple<F>& original, May may) const noexcept {
        const Mapping<F>* best = nullptr;
        by_inside_.any(by_inside_.place(hash_(inside_key(original))), [&](EntryRef ref) {
            const Mapping<F>& mapping = entries_[ref];
            if (mapping.is_of(original) && mapping.is_living() && may(mapping) &&
                (best == nullptr || is_later(mapping, *best))) {
                best = &mapping;
            }
            return false;
        });
        return best;
    }

    /// The endpoint-independent mapping that packets of this tuple come to; nullptr: none.
    [[nodiscard]] const Mapping<F>* reached_by(const net::Tuple<F>& tuple) const noexcept;
    [[nodiscard]] bool has_independent() const noexcept {
        return independent_.load(std::memory_order_relaxed) != 0;
    }
    /// From now on all mappings are found by their outside sockets: rules speak of endpoint-independent ones.
    void index_outside() noexcept { indexes_outside_.store(true, std::memory_order_relaxed); }

    [[nodiscard]] Claim claim(base::WorkerId worker, const Wish& wish) noexcept;
    void release(base::WorkerId worker, std::uint32_t index) noexcept;
    /// Holds the mapping by which a stranger's connection came in; kNoEntry: there is none.
    [[nodiscard]] std::uint32_t hold_open(const net::Tuple<F>& original, const net::Tuple<F>& reply) noexcept;
    [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
    [[nodiscard]] const Mapping<F>& at(std::uint32_t index) const noexcept { return entries_[index]; }

    /// Makes free what has waited long enough.
    template <Grace G>
    void tend(base::WorkerId worker, unsigned budget, G& grace) noexcept {
        Slot& slot = slots_[base::index_of(worker)];
        slot.limbo.reclaim(grace, budget, [&](std::uint32_t index) { slot.cache.give(chunks_, index); });
    }

private:
    struct EntriesOf {
        Mapping<F>* entries;
        Mapping<F>& operator()(std::uint32_t index) const noexcept { return entries[index]; }
    };
    struct alignas(64) Slot {
        explicit Slot(Mapping<F>* entries) : limbo(EntriesOf{entries}) {}
        EntryCache<EntriesOf> cache;
        Limbo<EntriesOf> limbo;
    };

    [[nodiscard]] static bool is_later(const Mapping<F>& a, const Mapping<F>& b) noexcept {
        return static_cast<std::int32_t>(a.order.load(std::memory_order_relaxed) -
                                         b.order.load(std::memory_order_relaxed)) > 0;
    }
    [[nodiscard]] static net::Tuple<F> inside_key(const net::Tuple<F>& original) noexcept;
    [[nodiscard]] static net::Tuple<F> outside_key(const net::Tuple<F>& reply) noexcept;
    [[nodiscard]] static net::Tuple<F> inside_key(const Mapping<F>& mapping) noexcept;
    [[nodiscard]] static net::Tuple<F> outside_key(const Mapping<F>& mapping) noexcept;
    [[nodiscard]] static bool hold(Mapping<F>& mapping) noexcept;

    [[nodiscard]] bool others_have(const Wish& wish) const noexcept;
    [[nodiscard]] bool has_rival(const Wish& wish, std::uint32_t self) const noexcept;
    [[nodiscard]] Claim join(const Wish& wish, std::uint32_t& order) noexcept;
    [[nodiscard]] Claim make(base::WorkerId worker, const Wish& wish, std::uint32_t order) noexcept;

    Mapping<F>* entries_;
    TupleHash hash_;
    Buckets by_inside_;
    Buckets by_outside_;
    FreeChunks<EntriesOf> chunks_;
    std::atomic<bool> indexes_outside_{false};
    alignas(64) std::atomic<std::uint32_t> count_{0};
    std::atomic<std::uint32_t> independent_{0};
    std::unique_ptr<std::unique_ptr<Slot>[]> slot_memory_;
    struct SlotsView {
        std::unique_ptr<Slot>* slots = nullptr;
        Slot& operator[](std::uint32_t i) const noexcept { return *slots[i]; }
    } slots_;
};

extern template class Mappings<net::Ipv4>;
extern template class Mappings<net::Ipv6>;

}  // namespace sluice::conntrack
