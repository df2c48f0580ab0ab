// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/table.h"
#include "dataplane/base/assertion.h"

// The second half of table.cpp, which alone includes it: how entries end, are placed anew, and become free.

namespace sluice::conntrack {

// --- the end of an entry

template <net::Family F>
void Table<F>::let_mappings_go(base::WorkerId worker, Connection<F>& connection) noexcept {
    if ((connection.shared.status.load(std::memory_order_relaxed) & status::kNatMask) == 0) {
        return;
    }
    HeldMappings& held = held_[index(connection)];
    for (std::atomic<std::uint32_t>* word : {&held.of_source, &held.of_destination}) {
        // seq_cst: see note_answer
        const std::uint32_t mapping = word->exchange(0, std::memory_order_seq_cst);
        if (mapping != 0) {
            mappings_.release(worker, mapping - 1);
        }
    }
}

template <net::Family F>
void Table<F>::note_answer(base::WorkerId worker, Connection<F>& connection) noexcept {
    if (!connection.has(status::kDstNat) || !mappings_.has_independent()) {
        return;
    }
    const std::uint32_t mapping = mappings_.hold_open(connection[Way::original].tuple, connection[Way::reply].tuple);
    if (mapping == kNoEntry) {
        return;
    }
    HeldMappings& held = held_[index(connection)];
    const std::uint32_t before = held.of_destination.exchange(mapping + 1, std::memory_order_seq_cst);
    if (before != 0) {
        mappings_.release(worker, before - 1);
    }
    // Who ends the connection at this moment either sees what it holds, or has been seen here.
    if (connection.shared.life.load(std::memory_order_seq_cst) != Life::confirmed) {
        let_mappings_go(worker, connection);
    }
}

template <net::Family F>
void Table<F>::take_out(base::WorkerId worker, Connection<F>& connection) noexcept {
    const Place place = buckets_.place(hash_(connection[Way::original].tuple));
    buckets_.remove(place, reference(index(connection), Way::original));
    drop_reply_key(connection);
    let_mappings_go(worker, connection);
    count_.fetch_sub(1, std::memory_order_relaxed);
    if (Help* help = this->help(connection)) [[unlikely]] {
        expectations_->forget(*help, index(connection));
    }
    tell_end(connection);
}

template <net::Family F>
void Table<F>::abandon(base::WorkerId worker, Connection<F>& connection) noexcept {
    SLUICE_ASSERT(connection.shared.owner == index_of(worker));
    // release: creators that compare this entry stop doing so without touching what follows
    connection.shared.life.store(Life::dead, std::memory_order_release);
    connection.shared.queued.store(true, std::memory_order_relaxed);
    take_out(worker, connection);
    slots_[index_of(worker)].limbo.add(index(connection));  // it was never in the wheel
}

template <net::Family F>
bool Table<F>::remove(base::WorkerId worker, Connection<F>& connection) noexcept {
    Life expected = Life::confirmed;
    // acquire: the tuples, for finding the keys; release: whoever meets "dead" in the owner's inbox may
    // retire it
    if (!connection.shared.life.compare_exchange_strong(expected, Life::dead, std::memory_order_acq_rel,
                                                        std::memory_order_relaxed)) {
        return false;
    }
    connection.set(status::kDying);
    if (connection.shared.helper == HelperId::pptp) [[unlikely]] {
        end_calls(worker, connection);
    }
    take_out(worker, connection);
    if (connection.has(status::kReported) && is_told(connection, event::kDestroy) && is_listened_to()) [[unlikely]] {
        events_->happened(events_->self, worker, *this, connection, event::kDestroy, slots_[index_of(worker)].now);
    }
    connection.clear(status::kReported | status::kUntold);  // that was the last word about it
    retire_or_send(worker, connection);
    return true;
}

template <net::Family F>
void Table<F>::end_calls(base::WorkerId worker, Connection<F>& master) noexcept {
    Help* help = this->help(master);
    if (help == nullptr) {
        return;
    }
    expectations_->forget(*help, index(master));
    const Ticks now = master.deadline() - master.shared.timeout.load(std::memory_order_relaxed);  // its last packet
    for (const Way way : {Way::original, Way::reply}) {
        const std::size_t source = way == Way::original ? kPptpClientId : kPptpServerId;
        const std::size_t destination = way == Way::original ? kPptpServerId : kPptpClientId;
        net::Tuple<F> tuple = master[way].tuple;
        tuple.protocol = net::kProtocolGre;
        tuple.source_port = base::Be16::from_host(static_cast<std::uint16_t>(help->notes[source].load(std::memory_order_relaxed)));
        tuple.destination_port =
            base::Be16::from_host(static_cast<std::uint16_t>(help->notes[destination].load(std::memory_order_relaxed)));
        if (const Found<F> found = find(tuple, now)) {
            remove(worker, *found.connection);
        }
    }
}

template <net::Family F>
bool Table<F>::remove(base::WorkerId worker, Connection<F>& connection, Ticks now) noexcept {
    slots_[index_of(worker)].now = now;
    return remove(worker, connection);
}

template <net::Family F>
void Table<F>::tell_untold(base::WorkerId worker, Connection<F>& connection, Ticks now) noexcept {
    const std::uint32_t before = connection.shared.status.fetch_and(~status::kUntold, std::memory_order_relaxed);
    const std::uint32_t events = before & status::kUntold;
    if (events != 0 && is_told(connection, events) && is_listened_to()) {  // else another has told it meanwhile, or nobody listens any more
        events_->happened(events_->self, worker, *this, connection, events, now);
    }
}

template <net::Family F>
void Table<F>::retire_or_send(base::WorkerId worker, Connection<F>& connection) noexcept {
    if (connection.shared.owner != index_of(worker)) {
        send(connection);
    } else if (!connection.shared.queued.exchange(true, std::memory_order_acq_rel)) {
        retire(slots_[index_of(worker)], index(connection));
    }  // else it lies in our inbox, and is retired from there
}

/// Out of the wheel, into limbo. `queued` is set, so that nobody sends it again.
template <net::Family F>
void Table<F>::retire(Slot& slot, std::uint32_t index) noexcept {
    if (slot.wheel.holds(index)) {
        slot.wheel.remove(index);
    }
    slot.limbo.add(index);
}

template <net::Family F>
void Table<F>::free_entry(Slot& slot, std::uint32_t index) noexcept {
    entries_[index].shared.life.store(Life::free, std::memory_order_relaxed);
    slot.cache.give(chunks_, index);
}

// --- timers

template <net::Family F>
void Table<F>::refresh(base::WorkerId worker, Connection<F>& connection, Way way, Ticks timeout,
                       Ticks now) noexcept {
    auto& last_seen = connection[way].last_seen;
    if (last_seen.load(std::memory_order_relaxed) != now) {
        last_seen.store(now, std::memory_order_relaxed);
    }
    if (connection.has(status::kFixedTimeout)) {
        return;
    }
    // relaxed: two workers may write different timeouts in any order, as two packets may come in any order
    const Ticks before = connection.shared.timeout.load(std::memory_order_relaxed);
    if (before == timeout) {
        return;
    }
    connection.shared.timeout.store(timeout, std::memory_order_relaxed);
    if (timeout < before &&
        timeout_class(timeout) < connection.shared.placed.load(std::memory_order_relaxed) &&
        connection.is_confirmed()) {
        place_anew(worker, connection);
    }
}

template <net::Family F>
void Table<F>::expire_in(base::WorkerId worker, Connection<F>& connection, Ticks left, Ticks now) noexcept {
    // the deadline is reckoned from the last packet
    const Ticks seen = connection.deadline() - connection.shared.timeout.load(std::memory_order_relaxed);
    const Ticks before = connection.shared.timeout.exchange(now - seen + left, std::memory_order_relaxed);
    if (now - seen + left < before && connection.is_confirmed()) {
        place_anew(worker, connection);
    }
}

template <net::Family F>
void Table<F>::put_into_wheel(Slot& slot, Connection<F>& connection) noexcept {
    // relaxed: whoever reads a class of before asks to have it placed again, and is right or harmless
    const Ticks timeout = connection.shared.timeout.load(std::memory_order_relaxed);
    connection.shared.placed.store(timeout_class(timeout), std::memory_order_relaxed);
    slot.wheel.insert(index(connection), connection.deadline());
}

template <net::Family F>
void Table<F>::place_anew(base::WorkerId worker, Connection<F>& connection) noexcept {
    Slot& slot = slots_[index_of(worker)];
    const std::uint32_t self = index(connection);
    if (connection.shared.owner != index_of(worker)) {
        send(connection);
    } else if (slot.wheel.holds(self)) {
        slot.wheel.remove(self);
        put_into_wheel(slot, connection);
    }
}

/// Puts the connection into its owner's inbox, unless it is there already.
template <net::Family F>
void Table<F>::send(Connection<F>& connection) noexcept {
    // acq_rel: what the sender wrote before (a timeout, the end) is seen by the owner, which clears the flag
    // before it looks; where the flag is set already the owner has yet to clear it, and will see it too
    if (connection.shared.queued.exchange(true, std::memory_order_acq_rel)) {
        return;
    }
    auto& inbox = slots_[connection.shared.owner].inbox;
    std::uint32_t head = inbox.load(std::memory_order_relaxed);
    do {
        connection.shared.link.store(head, std::memory_order_relaxed);
    } while (!inbox.compare_exchange_weak(head, index(connection), std::memory_order_release,
                                          std::memory_order_relaxed));
}

/// Looks at what others sent: dead ones are retired, living ones placed anew. Returns how many.
template <net::Family F>
unsigned Table<F>::open_inbox(Slot& slot, unsigned budget) noexcept {
    unsigned opened = 0;
    while (opened < budget) {
        if (slot.opened == kNoEntry) {
            if (slot.inbox.load(std::memory_order_relaxed) == kNoEntry) {
                break;
            }
            slot.opened = slot.inbox.exchange(kNoEntry, std::memory_order_acquire);
        }
        const std::uint32_t index = slot.opened;
        Shared& shared = entries_[index].shared;
        slot.opened = shared.link.load(std::memory_order_relaxed);
        ++opened;
        shared.queued.exchange(false, std::memory_order_acq_rel);  // before looking: see send()
        if (shared.life.load(std::memory_order_acquire) == Life::confirmed) {
            if (slot.wheel.holds(index)) {
                slot.wheel.remove(index);
                put_into_wheel(slot, entries_[index]);
            }
        } else if (!shared.queued.exchange(true, std::memory_order_acq_rel)) {
            retire(slot, index);
        }  // else it was sent again meanwhile, and comes again
    }
    return opened;
}

template <net::Family F>
void Table<F>::look_after(base::WorkerId worker, Ticks now, unsigned budget) noexcept {
    Slot& slot = slots_[index_of(worker)];
    slot.now = now;
    const unsigned opened = open_inbox(slot, budget);
    slot.wheel.advance(now, budget - opened, [&](std::uint32_t index) -> std::optional<Ticks> {
        Connection<F>& connection = entries_[index];
        if (!connection.is_confirmed()) {
            return std::nullopt;  // another worker ended it: it is on its way to our inbox
        }
        const Ticks deadline = connection.deadline();
        if (base::ticks_until(deadline, now) > 0) {
            const Ticks timeout = connection.shared.timeout.load(std::memory_order_relaxed);
            connection.shared.placed.store(timeout_class(timeout), std::memory_order_relaxed);
            return connection.deadline();
        }
        if (remove(worker, connection)) {
            slot.statistics.expired.add(1);
        }
        return std::nullopt;
    });
}

// --- walking

template <net::Family F>
Connection<F>* Table<F>::step(Cursor& cursor, Ticks now) noexcept {
    const std::uint32_t end = chunks_.ever_used();
    while (cursor.next < end) {
        Connection<F>& connection = entries_[cursor.next++];
        if (connection.is_confirmed() && !connection.is_expired(Way::original, now)) {
            return &connection;
        }
    }
    return nullptr;
}

}  // namespace sluice::conntrack
