// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "conntrack/account.h"
#include "conntrack/end_watch.h"
#include "conntrack/event_watch.h"
#include "conntrack/buckets.h"
#include "conntrack/connection.h"
#include "conntrack/expectations.h"
#include "conntrack/free_entries.h"
#include "conntrack/hash.h"
#include "conntrack/help.h"
#include "conntrack/labels.h"
#include "conntrack/limbo.h"
#include "conntrack/mappings.h"
#include "conntrack/memory.h"
#include "conntrack/statistics.h"
#include "conntrack/timer_wheel.h"
#include "conntrack/zone.h"
#include "dataplane/base/random.h"
#include "dataplane/base/result.h"

/// All connections of one family: one table for all workers, read and written without locks.
///
/// An entry is a Connection (three lines); its index is its identity. Two keys lead to it, the tuples of its
/// two directions, each a word in a bucket (buckets.h). A lookup reads one line of a bucket and one of the
/// entry.
///
/// The life of an entry
///   free       in a worker's cache or in a chunk that any worker may take
///   pending    `create` has put its original tuple into the buckets. Others who try to create it are told
///   so;
///              lookups do not find it. NAT chooses the reply tuple and reserves it (`reserve_reply`): a
///              tuple that any pending or confirmed entry has is refused. So two living connections never
///              share an outside tuple, whichever workers make them, and a burst sees its own choices
///              (NAT-2).
///   confirmed  the packet got through (CT-11): lookups find it, its timer runs. Tuples do not change any
///   more. dead       expired, deleted, evicted, reset: one compare-and-swap of `life` decides who takes it
///   out. That one
///              clears both keys. Then it goes to its owner, the worker that created it: directly, or through
///              the owner's inbox. The owner takes it out of its wheel and keeps it in limbo until nobody can
///              still hold it (a grace period, limbo.h); then it is free.
///   A pending entry whose packet is dropped is abandoned by its creator, and dead too.
///
/// Uniqueness without locks. Whoever inserts a key first looks whether it is there, then inserts it, and then
/// looks again for another entry with the same key. Of two that insert at once at least one sees the other
/// (sequential consistency, buckets.h) and takes its own out. Both may lose; then the packet is tried again
/// after the burst, or NAT takes the next port. So it is with the two ends of one connection that both speak first:
/// `create` looks for its opposite in the same way.
///
/// Who may call what: a worker passes its own WorkerId to everything that changes something; the control
/// thread has one of its own, `control()`. Each must be a reader of the grace period: between two of its
/// quiescent states a `Connection*` stays what it is. Each calls `tend` once in a while (workers: every
/// poll).
///
/// A full table evicts a connection that is not assured from the eight buckets after the new key's, as the
/// kernel does (which empties the first bucket that has one; ours have seven slots, so one goes); else one
/// that is closing, which the kernel's collector takes when 95 % are reached; else the new one is refused and
/// counted (RES-1).
namespace sluice::conntrack {

enum class CreateResult : std::uint8_t {
    created,
    exists,   ///< there is a confirmed one meanwhile: look up again
    pending,  ///< another packet is creating it: try again after this burst
    full,     ///< no room: drop the packet (counted)
};

template <net::Family F>
struct Created {
    CreateResult result = CreateResult::full;
    Connection<F>* connection = nullptr;  ///< where created
};

struct TableConfig {
    std::uint32_t max = 262'144;  ///< net.netfilter.nf_conntrack_max
    unsigned workers = 1;
    bool huge_pages = false;
    std::uint32_t expect_max = 4096;  ///< net.netfilter.nf_conntrack_expect_max
};

/// Where a walk over all connections stands.
struct Cursor {
    std::uint32_t next = 0;
};

template <net::Family F>
class Table {
public:
    static constexpr unsigned kBurst = 64;

    /// Shape: 192 bytes an entry (IPv4), 37 to 73 in buckets, and 32 if packets are counted; taken as they
    /// are used.
    [[nodiscard]] static base::Result<std::unique_ptr<Table>> create_table(const TableConfig& config,
                                                                           base::Random& random);
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    /// The control thread's own WorkerId.
    [[nodiscard]] base::WorkerId control() const noexcept { return base::WorkerId(workers_); }

    /// The living, confirmed connection that this tuple belongs to. Cost: two lines, both demand misses.
    [[nodiscard]] Found<F> find(const net::Tuple<F>& tuple, Ticks now, Ways ways = Ways::both) const noexcept;
    /// The same for a burst of up to 64, prefetched. In: `out` as long as `tuples`.
    void find_burst(std::span<const net::Tuple<F>> tuples, std::span<Found<F>> out, Ticks now) const noexcept;

    /// Begins a connection; it is pending until `confirm` or `abandon`, to be called in the same burst.
    [[nodiscard]] Created<F> create(base::WorkerId worker, const net::Tuple<F>& original, Ticks now) noexcept {
        return create(worker, original, original.zone, now);
    }
    /// The same where the zone of its replies is another than that of the original direction.
    [[nodiscard]] Created<F> create(base::WorkerId worker, const net::Tuple<F>& original, std::uint16_t reply_zone,
                                    Ticks now) noexcept;
    /// Makes `reply` the pending connection's reply tuple, if no other living connection has it.
    /// Returns false where it is taken: the connection keeps the reply tuple it had.
    [[nodiscard]] bool reserve_reply(base::WorkerId worker, Connection<F>& connection,
                                     const net::Tuple<F>& reply, Ticks now) noexcept;
    /// Makes `reply` the reply tuple without asking; `confirm` will ask.
    void set_reply(Connection<F>& connection, const net::Tuple<F>& reply) noexcept;
    /// Makes a pending connection visible and starts its timer. False: its reply tuple is taken; it is gone
    /// and the packet must be dropped (counted as insert_failed and drop).
    [[nodiscard]] bool confirm(base::WorkerId worker, Connection<F>& connection, Ticks now) noexcept;
    /// Gives up a pending connection: its packet was dropped.
    void abandon(base::WorkerId worker, Connection<F>& connection) noexcept;

    /// Before workers start. `watch` outlives the table.
    void watch_ends(EndWatch<F>& watch) noexcept { watch_ = &watch; }
    [[nodiscard]] bool watches_ends() const noexcept {
        return watch_ != nullptr && watch_->is_wanted.load(std::memory_order_relaxed);
    }
    /// TCP has closed a connection that stays for a while.
    void note_closed(const Connection<F>& connection) const noexcept { tell_end(connection); }

    /// Before workers start. `watch` outlives the table.
    void watch_events(EventWatch<F>& watch) noexcept { events_ = &watch; }
    /// Whether a connection that begins now is to be reported. In: `setting`, nf_conntrack_events.
    [[nodiscard]] bool reports(std::uint8_t setting) const noexcept {
        return setting == 1 || (setting == 2 && is_listened_to());
    }
    /// Of a pending connection only these events are told (CT --ctevents), and they are even where the setting says none.
    /// In: `events` as the kernel's IPCT_*. Of those that a rule can name there is room for the first eight; sequence
    /// adjustment and security marks, which come behind them, are not told by themselves.
    void restrict_events(Connection<F>& connection, std::uint16_t events, std::uint8_t setting) noexcept {
        connection.shared.event_mask = static_cast<std::uint8_t>(events);
        if (connection.shared.event_mask != 0 && (setting == 0 || reports(setting))) {
            connection.set(status::kReported);
            connection.note(connection.shared.protocol.load(std::memory_order_relaxed) != 0 ? event::kProtocolState : 0U);
        } else {
            connection.clear(status::kReported);
        }
    }
    /// Tells what has happened to a confirmed connection since it was last told. Cost: a load of its shared line, and
    /// a branch that is not taken where nobody listens.
    void tell(base::WorkerId worker, Connection<F>& connection, Ticks now) noexcept {
        if ((connection.shared.status.load(std::memory_order_relaxed) & status::kUntold) != 0) [[unlikely]] {
            tell_untold(worker, connection, now);
        }
    }

    /// Ends a confirmed connection; false where another did.
    bool remove(base::WorkerId worker, Connection<F>& connection) noexcept;
    /// The same at a time that those who are told may know.
    bool remove(base::WorkerId worker, Connection<F>& connection, Ticks now) noexcept;
    /// Sets when a confirmed connection ends unless a packet comes before, whatever its state asks for.
    void expire_in(base::WorkerId worker, Connection<F>& connection, Ticks left, Ticks now) noexcept;
    /// Notes a packet: the connection lives for `timeout` ticks from now.
    void refresh(base::WorkerId worker, Connection<F>& connection, Way way, Ticks timeout,
                 Ticks now) noexcept;

    /// A worker's housekeeping: ends at most `budget` connections that are due, and makes free what has
    /// waited long enough. Without work it costs a few loads.
    template <Grace G>
    void tend(base::WorkerId worker, Ticks now, unsigned budget, G& grace) noexcept {
        auto& slot = slots_[index_of(worker)];
        look_after(worker, now, budget);
        slot.limbo.reclaim(grace, 2 * budget, [&](std::uint32_t index) { free_entry(slot, index); });
        mappings_.tend(worker, 2 * budget, grace);
    }

    /// The next confirmed connection that has not expired; nullptr at the end. Each one that lives all the
    /// while is met once.
    [[nodiscard]] Connection<F>* step(Cursor& cursor, Ticks now) noexcept;

    [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t max() const noexcept { return max_.load(std::memory_order_relaxed); }
    /// Sets the limit while running, up to what the table was made for. Returns what it is now.
    std::uint32_t set_max(std::uint32_t max) noexcept;
    [[nodiscard]] Statistics& statistics(base::WorkerId worker) noexcept {
        return slots_[index_of(worker)].statistics;
    }
    [[nodiscard]] unsigned workers() const noexcept { return workers_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return memories_.entries.bytes() + memories_.buckets.bytes();
    }
    /// A small number that names the connection while it lives.
    [[nodiscard]] std::uint32_t index(const Connection<F>& connection) const noexcept {
        return static_cast<std::uint32_t>(&connection - entries_);
    }
    [[nodiscard]] Connection<F>& at(std::uint32_t index) noexcept { return entries_[index]; }

    /// The counters of a connection; nullptr: it is not counted.
    [[nodiscard]] Account* account(const Connection<F>& connection) noexcept {
        return connection.has(status::kCounted) ? &accounts_[index(connection)] : nullptr;
    }
    /// Gives a pending connection counters; by its creator.
    void begin_account(Connection<F>& connection) noexcept {
        accounts_[index(connection)].clear();
        connection.set(status::kCounted);
    }

    /// The labels of a connection; nullptr: it has none, and gets none.
    [[nodiscard]] Labels* labels(const Connection<F>& connection) noexcept {
        return connection.has(status::kLabelled) ? &labels_[index(connection)] : nullptr;
    }
    /// Gives a pending connection room for labels; by its creator.
    void begin_labels(Connection<F>& connection) noexcept {
        labels_[index(connection)].clear();
        connection.set(status::kLabelled);
    }

    /// What inside sockets look like outside.
    [[nodiscard]] Mappings<F>& mappings() noexcept { return mappings_; }
    /// Notes what a pending connection has claimed, to be released at its end; by its creator, for one with source NAT.
    void keep_mapping(Connection<F>& connection, std::uint32_t mapping) noexcept {
        held_[index(connection)].of_source.store(mapping + 1, std::memory_order_relaxed);
    }
    /// What a connection holds of that kind; nullptr: nothing.
    [[nodiscard]] const Mapping<F>* mapping_of(const Connection<F>& connection) const noexcept {
        const std::uint32_t held = held_[index(connection)].of_source.load(std::memory_order_relaxed);
        return held == 0 ? nullptr : &mappings_.at(held - 1);
    }
    /// A connection is answered for the first time.
    void note_answer(base::WorkerId worker, Connection<F>& connection) noexcept;
    /// What is remembered of a connection with a helper; nullptr: it has none.
    [[nodiscard]] Help* help(const Connection<F>& connection) noexcept {
        return connection.shared.helper != HelperId::none ? &helps_[index(connection)] : nullptr;
    }
    /// Gives a pending connection a helper; by its creator.
    void begin_help(Connection<F>& connection, HelperId helper) noexcept {
        helps_[index(connection)].clear();
        connection.shared.helper = helper;
    }
    [[nodiscard]] Expectations<F>& expectations() noexcept { return *expectations_; }
    /// Ends the tunnels of a PPTP control connection, and forgets what it expects (pptp_destroy_siblings).
    void end_calls(base::WorkerId worker, Connection<F>& master) noexcept;
    /// What a packet does not say itself of its tuple: the source key of GRE version 1.
    void complete(net::Tuple<F>& tuple) const noexcept {
        if (tuple.protocol == net::kProtocolGre && !expectations_->empty()) [[unlikely]] {
            tuple.source_port = expectations_->key_of(tuple);
        }
    }
    /// What a living connection expected, if this packet is it (nf_ct_find_expectation).
    [[nodiscard]] std::optional<Expectation<F>> claim_expected(const net::Tuple<F>& packet, Ticks now) noexcept {
        if (expectations_->empty()) [[likely]] {
            return std::nullopt;
        }
        return expectations_->claim(packet, now, [this](const Expectation<F>& expectation) {
            const Connection<F>& master = entries_[expectation.master];
            return master.is_confirmed() && master.shared.began == expectation.master_began;
        });
    }

private:
    struct SharedOf {
        Connection<F>* entries;
        Shared& operator()(std::uint32_t index) const noexcept { return entries[index].shared; }
    };
    struct LinksOf {
        Connection<F>* entries;
        WheelLinks& operator()(std::uint32_t index) const noexcept { return entries[index].shared.wheel; }
    };

    /// Whether somebody wants to know what happens.
    [[nodiscard]] bool is_listened_to() const noexcept {
        return events_ != nullptr && events_->is_wanted.load(std::memory_order_relaxed);
    }
    [[nodiscard]] static bool is_told(const Connection<F>& connection, std::uint32_t events) noexcept {
        const std::uint8_t mask = connection.shared.event_mask;
        return mask == 0 || (events & std::uint32_t{mask} << event::kShift) != 0;
    }
    void tell_untold(base::WorkerId worker, Connection<F>& connection, Ticks now) noexcept;

    /// What a worker has of its own; only `inbox` is written by others.
    struct alignas(64) Slot {
        explicit Slot(Connection<F>* entries) : wheel(LinksOf{entries}), limbo(SharedOf{entries}) {}

        std::atomic<std::uint32_t> inbox{kNoEntry};   ///< a stack that its owner takes as a whole: no ABA
        alignas(64) std::uint32_t opened = kNoEntry;  ///< what it took and has not looked at yet
        EntryCache<SharedOf> cache;
        TimerWheel<LinksOf> wheel;
        Limbo<SharedOf> limbo;
        Statistics statistics;
        Ticks now = 0;  ///< when it was last told: what those may know who are told of an end
    };

    /// The mappings that a connection holds, by index plus one; 0: none.
    struct HeldMappings {
        std::atomic<std::uint32_t> of_source;
        std::atomic<std::uint32_t> of_destination;  ///< by which it came in
    };

    /// Who else has a key.
    enum class Clash : std::uint8_t { none, pending, confirmed };

    struct Memories {
        Memory entries;
        Memory buckets;
        Memory accounts;
        Memory labels;
        Memory helps;
        Memory mappings;
        Memory held;
        Memory by_inside;
        Memory by_outside;
    };
    Table(const TableConfig& config, std::uint32_t capacity, Memories memories,
          std::unique_ptr<Expectations<F>> expectations, std::uint32_t buckets, base::Random& random);

    [[nodiscard]] static EntryRef reference(std::uint32_t index, Way way) noexcept {
        return index << 1U | static_cast<std::uint32_t>(way);
    }
    [[nodiscard]] Found<F> match(EntryRef ref, const net::Tuple<F>& tuple, Ticks now) const noexcept;
    [[nodiscard]] Found<F> find_at(Place place, const net::Tuple<F>& tuple, Ways ways, Ticks now) const noexcept;
    [[nodiscard]] Clash clash(base::WorkerId worker, Place place, const net::Tuple<F>& tuple, Ways ways,
                              std::uint32_t except, Ticks now, bool may_reverse = false) noexcept;
    template <class May>
    [[nodiscard]] bool evict(base::WorkerId worker, Place place, Ticks now, May may) noexcept;
    [[nodiscard]] bool early_drop(base::WorkerId worker, Place place, Ticks now) noexcept;
    [[nodiscard]] bool count_one(base::WorkerId worker, Place place, Ticks now) noexcept;
    void prepare(base::WorkerId worker, std::uint32_t index, const net::Tuple<F>& original,
                 const net::Tuple<F>& reply, Ticks now) noexcept;
    void drop_reply_key(Connection<F>& connection) noexcept;
    void let_mappings_go(base::WorkerId worker, Connection<F>& connection) noexcept;
    void take_out(base::WorkerId worker, Connection<F>& connection) noexcept;
    void retire(Slot& slot, std::uint32_t index) noexcept;
    void retire_or_send(base::WorkerId worker, Connection<F>& connection) noexcept;
    void send(Connection<F>& connection) noexcept;
    void put_into_wheel(Slot& slot, Connection<F>& connection) noexcept;
    void place_anew(base::WorkerId worker, Connection<F>& connection) noexcept;
    unsigned open_inbox(Slot& slot, unsigned budget) noexcept;
    void look_after(base::WorkerId worker, Ticks now, unsigned budget) noexcept;
    void free_entry(Slot& slot, std::uint32_t index) noexcept;

    void tell_end(const Connection<F>& connection) const noexcept {
        if (watches_ends()) [[unlikely]] {
            watch_->ended(watch_->self, connection);
        }
    }

    EndWatch<F>* watch_ = nullptr;
    EventWatch<F>* events_ = nullptr;
    Memories memories_;
    Connection<F>* entries_;
    Account* accounts_;
    Labels* labels_;
    Help* helps_;
    std::unique_ptr<Expectations<F>> expectations_;
    unsigned workers_;
    std::uint32_t capacity_limit_;
    TupleHash hash_;
    Buckets buckets_;
    FreeChunks<SharedOf> chunks_;
    Mappings<F> mappings_;
    HeldMappings* held_;  ///< by connection
    alignas(64) std::atomic<std::uint32_t> count_{0};
    std::atomic<std::uint32_t> max_;
    std::unique_ptr<std::unique_ptr<Slot>[]> slot_memory_;
    struct SlotsView {
        std::unique_ptr<Slot>* slots = nullptr;
        Slot& operator[](std::uint32_t i) const noexcept { return *slots[i]; }
    } slots_;
};

/// The connection of a packet in its zone: as a packet of the original direction, then as a reply
/// (resolve_normal_ct). The tuple's own zone is not looked at.
template <net::Family F>
[[nodiscard]] inline Found<F> find_in(const Table<F>& table, Zone zone, net::Tuple<F> tuple, Ticks now) noexcept {
    tuple.zone = zone.original;
    const Found<F> found = table.find(tuple, now, ways_in(zone, Way::original));
    if (found || !zone.has_one_direction()) {
        return found;
    }
    tuple.zone = zone.reply;
    return table.find(tuple, now, Ways::reply);
}

extern template class Table<net::Ipv4>;
extern template class Table<net::Ipv6>;

}  // namespace sluice::conntrack
