// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/mappings.h"

namespace sluice::conntrack {

// --- keys: a tuple with one end only, and a mark of which

template <net::Family F>
net::Tuple<F> Mappings<F>::inside_key(const net::Tuple<F>& original) noexcept {
    net::Tuple<F> key{};
    key.source = original.source;
    key.source_port = original.source_port;
    key.protocol = original.protocol;
    key.zone = original.zone;
    return key;
}

template <net::Family F>
net::Tuple<F> Mappings<F>::outside_key(const net::Tuple<F>& reply) noexcept {
    net::Tuple<F> key{};
    key.source = reply.destination;
    key.source_port = reply.protocol == F::kIcmpProtocol ? reply.source_port : reply.destination_port;
    key.protocol = reply.protocol;
    key.zone = reply.zone;
    return key;
}

template <net::Family F>
net::Tuple<F> Mappings<F>::inside_key(const Mapping<F>& mapping) noexcept {
    net::Tuple<F> key{};
    key.source = mapping.inside;
    key.source_port = mapping.inside_port;
    key.protocol = mapping.protocol;
    key.zone = mapping.inside_zone;
    return key;
}

template <net::Family F>
net::Tuple<F> Mappings<F>::outside_key(const Mapping<F>& mapping) noexcept {
    net::Tuple<F> key{};
    key.source = mapping.outside;
    key.source_port = mapping.outside_port;
    key.protocol = mapping.protocol;
    key.zone = mapping.outside_zone;
    return key;
}

// --- looking

template <net::Family F>
const Mapping<F>* Mappings<F>::reached_by(const net::Tuple<F>& tuple) const noexcept {
    const Mapping<F>* result = nullptr;
    if (has_independent()) {
        by_outside_.any(by_outside_.place(hash_(outside_key(tuple))), [&](EntryRef ref) {
            const Mapping<F>& mapping = entries_[ref];
            if (mapping.has(manner::kIndependent | manner::kSettled) && mapping.is_reached_by(tuple) &&
                mapping.is_living()) {
                result = &mapping;
            }
            return result != nullptr;
        });
    }
    return result;
}

/// Whether another inside socket has the outside one, and one of the two has it for itself.
template <net::Family F>
bool Mappings<F>::others_have(const Wish& wish) const noexcept {
    const bool is_exclusive = (wish.manner & manner::kIndependent) != 0;
    if (!is_exclusive && !has_independent()) {
        return false;
    }
    return by_outside_.any(by_outside_.place(hash_(outside_key(wish.reply))), [&](EntryRef ref) {
        const Mapping<F>& mapping = entries_[ref];
        return (is_exclusive || mapping.has(manner::kIndependent)) && mapping.is_reached_by(wish.reply) &&
               !mapping.is_of(wish.original) && mapping.is_living();
    });
}

/// Whether the inside socket is given another endpoint-independent mapping to this outside address at this moment. One
/// that was there before has been seen, and does not suit: its port is not in the rule's range.
template <net::Family F>
bool Mappings<F>::has_rival(const Wish& wish, std::uint32_t self) const noexcept {
    return by_inside_.any(by_inside_.place(hash_(inside_key(wish.original))), [&](EntryRef ref) {
        const Mapping<F>& mapping = entries_[ref];
        const bool is_elder = mapping.has(manner::kSettled) && is_later(entries_[self], mapping);
        return ref != self && mapping.has(manner::kIndependent) && !is_elder && mapping.is_of(wish.original) &&
               mapping.outside == wish.reply.destination && mapping.is_living();
    });
}

// --- taking and giving back

/// Holds a mapping that somebody holds; false: its last holder has just gone.
template <net::Family F>
bool Mappings<F>::hold(Mapping<F>& mapping) noexcept {
    std::uint32_t holders = mapping.holders.load(std::memory_order_relaxed);
    while (holders != 0) {
        // relaxed: its fields were seen with the key in the buckets
        if (mapping.holders.compare_exchange_weak(holders, holders + 1, std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

template <net::Family F>
std::uint32_t Mappings<F>::hold_open(const net::Tuple<F>& original, const net::Tuple<F>& reply) noexcept {
    const Mapping<F>* mapping = reached_by(original);
    if (mapping == nullptr || !mapping->has(manner::kFiltering) || mapping->inside != reply.source ||
        mapping->inside_port != reply.source_port) {
        return kNoEntry;
    }
    const auto index = static_cast<std::uint32_t>(mapping - entries_);
    return hold(entries_[index]) ? index : kNoEntry;
}

/// Holds the mapping that is there already. An endpoint-independent one that another worker is just making is waited
/// for: once it is settled nobody could tell it from one that was there before. Out: `order`, one more than that of the source's newest.
template <net::Family F>
typename Mappings<F>::Claim Mappings<F>::join(const Wish& wish, std::uint32_t& order) noexcept {
    const std::uint8_t kind = wish.manner & manner::kIndependent;
    std::uint32_t same = kNoEntry;
    bool is_being_made = false;
    const Mapping<F>* latest = nullptr;
    by_inside_.any(by_inside_.place(hash_(inside_key(wish.original))), [&](EntryRef ref) {
        const Mapping<F>& mapping = entries_[ref];
        if (!mapping.is_of(wish.original) || !mapping.is_living()) {
            return false;
        }
        latest = latest == nullptr || is_later(mapping, *latest) ? &mapping : latest;
        const std::uint8_t its = mapping.manner.load(std::memory_order_relaxed);
        if (mapping.is_reached_by(wish.reply) && (its & manner::kIndependent) == kind && (its & manner::kSettled) != 0) {
            same = ref;
        }
        is_being_made = is_being_made || (kind != 0 && (its & kind) != 0 && (its & manner::kSettled) == 0 &&
                                          mapping.outside == wish.reply.destination);
        return false;
    });
    order = latest == nullptr ? 0 : latest->order.load(std::memory_order_relaxed) + 1;
    if (same == kNoEntry && is_being_made) {
        return {Result::rival, kNoEntry};
    }
    if (same == kNoEntry || !hold(entries_[same])) {
        return {};
    }
    Mapping<F>& mapping = entries_[same];
    if (&mapping != latest) {
        mapping.order.store(order, std::memory_order_relaxed);
    }
    if ((wish.manner & manner::kFiltering) != 0 && !mapping.has(manner::kFiltering)) {
        mapping.manner.fetch_or(manner::kFiltering, std::memory_order_relaxed);
    }
    return {Result::held, same};
}

template <net::Family F>
typename Mappings<F>::Claim Mappings<F>::make(base::WorkerId worker, const Wish& wish, std::uint32_t order) noexcept {
    const bool is_exclusive = (wish.manner & manner::kIndependent) != 0;
    const Result no_room = is_exclusive ? Result::taken : Result::unindexed;
    Slot& slot = slots_[base::index_of(worker)];
    const std::uint32_t index = slot.cache.take(chunks_);
    if (index == kNoEntry) {
        return {no_room, kNoEntry};
    }
    if (is_exclusive) {
        index_outside();
    }
    const bool by_outside = indexes_outside_.load(std::memory_order_relaxed);
    const net::Tuple<F> inside = inside_key(wish.original);
    const net::Tuple<F> outside = outside_key(wish.reply);
    Mapping<F>& mapping = entries_[index];
    mapping.inside = inside.source;
    mapping.outside = outside.source;
    mapping.inside_port = inside.source_port;
    mapping.outside_port = outside.source_port;
    mapping.inside_zone = inside.zone;
    mapping.outside_zone = outside.zone;
    mapping.interface = wish.interface;
    mapping.protocol = inside.protocol;
    // relaxed: nobody sees the entry until a key is inserted
    mapping.manner.store(static_cast<std::uint8_t>(wish.manner | (by_outside ? manner::kByOutside : 0U) |
                                                   (is_exclusive ? 0U : manner::kSettled)),
                         std::memory_order_relaxed);
    mapping.order.store(order, std::memory_order_relaxed);
    mapping.holders.store(1, std::memory_order_relaxed);
    count_.fetch_add(1, std::memory_order_relaxed);
    if (is_exclusive) {
        independent_.fetch_add(1, std::memory_order_seq_cst);  // before the key: who has a plain one looks for it
    }
    Result result = Result::held;
    if (by_outside && !by_outside_.insert(by_outside_.place(hash_(outside)), index)) {
        mapping.manner.fetch_and(static_cast<std::uint8_t>(~manner::kByOutside), std::memory_order_relaxed);
        result = no_room;
    } else if (by_outside && others_have(wish)) {
        result = Result::taken;
    }
    if (!by_inside_.insert(by_inside_.place(hash_(inside)), index)) {
        // Not to be found by its inside, so not to be removed from there: release() finds nothing and does no harm.
        result = result == Result::held ? no_room : result;
    } else if (is_exclusive && has_rival(wish, index)) {
        result = Result::rival;
    }
    if (result != Result::held) {
        release(worker, index);
        return {result, kNoEntry};
    }
    mapping.manner.fetch_or(manner::kSettled, std::memory_order_release);
    return {Result::held, index};
}

template <net::Family F>
typename Mappings<F>::Claim Mappings<F>::claim(base::WorkerId worker, const Wish& wish) noexcept {
    if (others_have(wish)) {
        return {Result::taken, kNoEntry};
    }
    std::uint32_t order = 0;
    const Claim joined = join(wish, order);
    return joined.result == Result::held || joined.result == Result::rival ? joined : make(worker, wish, order);
}

template <net::Family F>
void Mappings<F>::release(base::WorkerId worker, std::uint32_t index) noexcept {
    Mapping<F>& mapping = entries_[index];
    // acq_rel: the last one sees what the others did with it before it goes
    if (mapping.holders.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    by_inside_.remove(by_inside_.place(hash_(inside_key(mapping))), index);
    if (mapping.has(manner::kByOutside)) {
        by_outside_.remove(by_outside_.place(hash_(outside_key(mapping))), index);
    }
    if (mapping.has(manner::kIndependent)) {
        independent_.fetch_sub(1, std::memory_order_relaxed);
    }
    count_.fetch_sub(1, std::memory_order_relaxed);
    slots_[base::index_of(worker)].limbo.add(index);
}

template class Mappings<net::Ipv4>;
template class Mappings<net::Ipv6>;

}  // namespace sluice::conntrack
