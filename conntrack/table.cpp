// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/table.h"

#include <algorithm>

#include "conntrack/sctp.h"
#include "conntrack/table_removal.h"
#include "conntrack/tcp_record.h"
#include "conntrack/tuple_words.h"
#include "dataplane/base/assertion.h"

// Lookups, and the life of an entry up to its confirmation; what comes after is in table_removal.h.

namespace sluice::conntrack {

template <net::Family F>
std::uint32_t Table<F>::set_max(std::uint32_t max) noexcept {
    const std::uint32_t limited = std::clamp<std::uint32_t>(max, 1, capacity_limit_);
    max_.store(limited, std::memory_order_relaxed);
    return limited;
}

// --- lookups

template <net::Family F>
Found<F> Table<F>::match(EntryRef ref, const net::Tuple<F>& tuple, Ticks now) const noexcept {
    Connection<F>& connection = entries_[ref >> 1U];
    const Way way = static_cast<Way>(ref & 1U);
    const bool same = stored_equals(connection[way].tuple, tuple) && connection.is_confirmed();
    if (!same || connection.is_expired(way, now)) {
        return {};
    }
    return {&connection, way};
}

template <net::Family F>
Found<F> Table<F>::find_at(Place place, const net::Tuple<F>& tuple, Ways ways, Ticks now) const noexcept {
    Found<F> found;
    buckets_.any(place, [&](EntryRef ref) {
        if (includes(ways, static_cast<Way>(ref & 1U))) {
            found = match(ref, tuple, now);
        }
        return static_cast<bool>(found);
    });
    return found;
}

template <net::Family F>
Found<F> Table<F>::find(const net::Tuple<F>& tuple, Ticks now, Ways ways) const noexcept {
    return find_at(buckets_.place(hash_(tuple)), tuple, ways, now);
}

template <net::Family F>
void Table<F>::find_burst(std::span<const net::Tuple<F>> tuples, std::span<Found<F>> out,
                          Ticks now) const noexcept {
    SLUICE_ASSERT(tuples.size() <= kBurst && out.size() >= tuples.size());
    std::array<Place, kBurst> places;
    std::array<EntryRef, kBurst> candidates;
    for (std::size_t i = 0; i < tuples.size(); ++i) {
        places[i] = buckets_.place(hash_(tuples[i]));
        buckets_.prefetch(places[i]);
    }
    for (std::size_t i = 0; i < tuples.size(); ++i) {
        candidates[i] = buckets_.first_candidate(places[i]);
        if (candidates[i] != Buckets::kNone) {
            const Connection<F>& connection = entries_[candidates[i] >> 1U];
            __builtin_prefetch(&connection[static_cast<Way>(candidates[i] & 1U)]);
            __builtin_prefetch(&connection.shared);
        }
    }
    for (std::size_t i = 0; i < tuples.size(); ++i) {
        out[i] = candidates[i] != Buckets::kNone ? match(candidates[i], tuples[i], now) : Found<F>{};
        if (!out[i]) {
            out[i] = find_at(places[i], tuples[i], Ways::both, now);  // an alternate bucket, or an equal tag
        }
    }
}

// --- creation

template <net::Family F>
typename Table<F>::Clash Table<F>::clash(base::WorkerId worker, Place place, const net::Tuple<F>& tuple,
                                         Ways ways, std::uint32_t except, Ticks now, bool may_reverse) noexcept {
    Clash result = Clash::none;
    buckets_.any(place, [&](EntryRef ref) {
        const std::uint32_t index = ref >> 1U;
        Connection<F>& connection = entries_[index];
        if (index == except || !includes(ways, static_cast<Way>(ref & 1U)) ||
            !stored_equals(connection[static_cast<Way>(ref & 1U)].tuple, tuple)) {
            return false;
        }
        switch (connection.shared.life.load(std::memory_order_acquire)) {
            case Life::pending:
                if (may_reverse && static_cast<Way>(ref & 1U) == Way::original) {
                    return false;
                }
                result = Clash::pending;
                return true;
            case Life::confirmed:
                if (connection.is_expired(static_cast<Way>(ref & 1U), now)) {
                    remove(worker, connection);
                    return false;
                }
                result = Clash::confirmed;
                return true;
            default:
                return false;  // on its way out
        }
    });
    return result;
}

/// Ends one connection of which `may(connection)` says that it may go.
template <net::Family F>
template <class May>
bool Table<F>::evict(base::WorkerId worker, Place place, Ticks now, May may) noexcept {
    constexpr std::uint32_t kBucketsTried = 8;  // NF_CT_EVICTION_RANGE
    bool dropped = false;
    for (std::uint32_t i = 0; i < kBucketsTried && !dropped; ++i) {
        dropped = buckets_.any_of_bucket(place.primary + i, [&](EntryRef ref) {
            Connection<F>& connection = entries_[ref >> 1U];
            if (!connection.is_confirmed()) {
                return false;
            }
            if (connection.is_expired(Way::original, now)) {
                remove(worker, connection);
                return false;
            }
            return may(connection) && remove(worker, connection);
        });
    }
    return dropped;
}

template <net::Family F>
bool Table<F>::early_drop(base::WorkerId worker, Place place, Ticks now) noexcept {
    const auto is_unassured = [](const Connection<F>& connection) {
        return !connection.has(status::kAssured);
    };
    const auto is_closing = [](const Connection<F>& connection) {
        const std::uint64_t control = connection.shared.protocol.load(std::memory_order_relaxed);
        switch (connection.protocol()) {
            case net::kProtocolTcp:
                return tcp_is_closing(tcp_state_in(control));
            case net::kProtocolSctp:
                return sctp_is_closing(load_sctp(connection, control).state);
            default:
                return false;
        }
    };
    const bool dropped = evict(worker, place, now, is_unassured) || evict(worker, place, now, is_closing);
    if (dropped) {
        statistics(worker).early_drop.add(1);
    }
    return dropped;
}

template <net::Family F>
bool Table<F>::count_one(base::WorkerId worker, Place place, Ticks now) noexcept {
    // relaxed: a number that orders nothing
    if (count_.fetch_add(1, std::memory_order_relaxed) < max() || early_drop(worker, place, now)) {
        return true;
    }
    count_.fetch_sub(1, std::memory_order_relaxed);
    return false;
}

template <net::Family F>
void Table<F>::prepare(base::WorkerId worker, std::uint32_t index, const net::Tuple<F>& original,
                       const net::Tuple<F>& reply, Ticks now) noexcept {
    Connection<F>& connection = entries_[index];
    constexpr auto kRelaxed = std::memory_order_relaxed;  // nobody sees the entry until its key is inserted
    store_tuple(connection[Way::original].tuple, original);
    store_tuple(connection[Way::reply].tuple, reply);
    for (auto& direction : connection.directions) {
        direction.leaves = {};
        direction.path.store(0, kRelaxed);
        direction.hop.store(0, kRelaxed);
        direction.last_seen.store(now, kRelaxed);
        direction.sent.end.store(0, kRelaxed);
        direction.sent.max_ack.store(0, kRelaxed);
        direction.sent.max_window.store(0, kRelaxed);
    }
    Shared& shared = connection.shared;
    shared.protocol.store(0, kRelaxed);
    shared.status.store(0, kRelaxed);
    shared.timeout.store(0, kRelaxed);
    shared.mark.store(0, kRelaxed);
    shared.began = now;
    shared.helper = HelperId::none;
    shared.expected_by = HelperId::none;
    shared.timeout_policy = 0;
    shared.event_mask = 0;
    shared.masquerade = base::kNoInterface;
    shared.owner = static_cast<std::uint8_t>(index_of(worker));
    shared.queued.store(false, kRelaxed);
    shared.last_length.store(0, kRelaxed);
    shared.chunk_link_or_last_end.store(0, kRelaxed);
    shared.last_ack.store(0, kRelaxed);
    shared.max_end[0].store(0, kRelaxed);
    shared.max_end[1].store(0, kRelaxed);
    shared.placed.store(0, kRelaxed);
    shared.wheel = {};
    shared.life.store(Life::pending, kRelaxed);
}

template <net::Family F>
Created<F> Table<F>::create(base::WorkerId worker, const net::Tuple<F>& original, std::uint16_t reply_zone,
                            Ticks now) noexcept {
    Slot& slot = slots_[index_of(worker)];
    const Place place = buckets_.place(hash_(original));
    const Zone zone{original.zone, reply_zone};
    Clash other_has = clash(worker, place, original, ways_in(zone, Way::original), kNoEntry, now);
    // Both ends may speak first: who finds the other's connection pending waits, for this may be its reply.
    // (The bucket is the one that reserve_reply will look at.)
    net::Tuple<F> opposite = net::reply_of(original);
    opposite.zone = reply_zone;
    const Place opposite_place = buckets_.place(hash_(opposite));
    const auto is_opposite_pending = [&](std::uint32_t self) {
        return clash(worker, opposite_place, opposite, ways_in(zone, Way::reply), self, now) == Clash::pending;
    };
    if (other_has == Clash::none && is_opposite_pending(kNoEntry)) {
        other_has = Clash::pending;
    }
    if (other_has == Clash::none) {
        if (!count_one(worker, place, now)) {
            slot.statistics.drop.add(1);
            return {CreateResult::full, nullptr};
        }
        const std::uint32_t index = slot.cache.take(chunks_);
        if (index == kNoEntry) {
            count_.fetch_sub(1, std::memory_order_relaxed);
            slot.statistics.drop.add(1);
            return {CreateResult::full, nullptr};
        }
        prepare(worker, index, original, opposite, now);
        if (!buckets_.insert(place, reference(index, Way::original))) {
            count_.fetch_sub(1, std::memory_order_relaxed);
            entries_[index].shared.life.store(Life::free, std::memory_order_relaxed);
            slot.cache.give(chunks_, index);  // nobody has seen it
            slot.statistics.insert_failed.add(1);
            slot.statistics.drop.add(1);
            return {CreateResult::full, nullptr};
        }
        // The opposite first: where it has become confirmed meanwhile, its reply is found under our own key.
        other_has = is_opposite_pending(index)
                        ? Clash::pending
                        : clash(worker, place, original, ways_in(zone, Way::original), index, now);
        if (other_has == Clash::none) {
            return {CreateResult::created, &entries_[index]};
        }
        abandon(worker, entries_[index]);
    }
    if (other_has == Clash::confirmed) {
        slot.statistics.clash_resolve.add(1);
        return {CreateResult::exists, nullptr};
    }
    slot.statistics.search_restart.add(1);
    return {CreateResult::pending, nullptr};
}

template <net::Family F>
void Table<F>::drop_reply_key(Connection<F>& connection) noexcept {
    if (connection.has(status::kReplyReserved)) {
        const Place place = buckets_.place(hash_(connection[Way::reply].tuple));
        buckets_.remove(place, reference(index(connection), Way::reply));
        connection.clear(status::kReplyReserved);
    }
}

template <net::Family F>
bool Table<F>::reserve_reply(base::WorkerId worker, Connection<F>& connection, const net::Tuple<F>& reply,
                             Ticks now) noexcept {
    const std::uint32_t self = index(connection);
    if (connection.has(status::kReplyReserved) && connection[Way::reply].tuple == reply) {
        return true;
    }
    const Place place = buckets_.place(hash_(reply));
    const Ways ways = ways_in({connection[Way::original].tuple.zone, reply.zone}, Way::reply);
    // The other end may be making the opposite connection: it came later, will see this one, and give its own up.
    net::Tuple<F> opposite = net::reply_of(connection[Way::original].tuple);
    opposite.zone = reply.zone;
    const bool may_reverse = opposite == reply;
    if (clash(worker, place, reply, ways, self, now, may_reverse) != Clash::none) {
        statistics(worker).found.add(1);
        return false;
    }
    const net::Tuple<F> before = connection[Way::reply].tuple;
    drop_reply_key(connection);
    store_tuple(connection[Way::reply].tuple, reply);
    if (buckets_.insert(place, reference(self, Way::reply))) {
        if (clash(worker, place, reply, ways, self, now, may_reverse) == Clash::none) {
            connection.set(status::kReplyReserved);
            return true;
        }
        buckets_.remove(place, reference(self, Way::reply));
    }
    store_tuple(connection[Way::reply].tuple, before);  // no longer reserved: confirm() asks again
    return false;
}

template <net::Family F>
void Table<F>::set_reply(Connection<F>& connection, const net::Tuple<F>& reply) noexcept {
    drop_reply_key(connection);
    store_tuple(connection[Way::reply].tuple, reply);
}

template <net::Family F>
bool Table<F>::confirm(base::WorkerId worker, Connection<F>& connection, Ticks now) noexcept {
    Slot& slot = slots_[index_of(worker)];
    SLUICE_ASSERT(connection.shared.owner == index_of(worker));
    if (!connection.has(status::kReplyReserved) &&
        !reserve_reply(worker, connection, net::Tuple<F>(connection[Way::reply].tuple), now)) {
        slot.statistics.insert_failed.add(1);
        slot.statistics.drop.add(1);
        abandon(worker, connection);
        return false;
    }
    Direction<F>& original = connection[Way::original];
    Direction<F>& reply = connection[Way::reply];
    original.leaves = translation_between(original.tuple, reply.tuple);
    reply.leaves = translation_between(reply.tuple, original.tuple);
    original.last_seen.store(now, std::memory_order_relaxed);
    reply.last_seen.store(now, std::memory_order_relaxed);
    connection.set(status::kConfirmed);
    connection.note(connection.has(status::kExpected) ? event::kRelated : event::kNew);
    if (connection.shared.helper != HelperId::none) {
        connection.note(event::kHelper);  // for who is told of nothing else (CT --ctevents helper)
    }
    if (slot.wheel.size() == 0) {
        slot.wheel.set_clock(now);
    }
    put_into_wheel(slot, connection);
    slot.statistics.insert.add(1);
    // release: pairs with is_confirmed(); from here on others see the tuples and all that was written above
    connection.shared.life.store(Life::confirmed, std::memory_order_release);
    return true;
}

template class Table<net::Ipv4>;
template class Table<net::Ipv6>;

}  // namespace sluice::conntrack
