// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_jhash.h>
#include <rte_random.h>

#include <array>
#include <cstdint>

#include "dataplane/base/counter.h"
#include "dataplane/packet/batch.h"
#include "dataplane/pipeline/request.h"
#include "dataplane/route/adjacency.h"

namespace sluice::route {

/// Packets of one worker that wait for a neighbour's MAC.
///
/// Each neighbour that is waited for has a queue. `add` puts a packet there, and asks the control thread when
/// the queue begins; `collect`, once a poll, looks at a few of the queues: a neighbour that has been resolved
/// releases its queue, whole and in order; one that failed since the queue began drops it with
/// neighbor_failed (ICMP 3/1); the others are asked for again every second. If the control thread never says
/// anything, a queue ends by itself.
///
/// While a queue exists, later packets to its neighbour must go behind it (`waits_for`), or they would
/// overtake. Rooms are fixed: kPackets in all, kPerNeighbor in a queue. A full queue loses its oldest packet,
/// as the kernel's; with all rooms taken, the oldest queue loses one.
///
/// A failure is an event, not a state, as in the kernel: a packet that comes after it starts a new queue, and
/// that a new round of questions. So a queue remembers how many failures the adjacency had when it began.
///
/// Shape: 64 KiB. Threads: the worker. Cost: one compare a poll while nothing waits.
template <net::Family F>
class Hold {
public:
    using Address = typename F::Address;
    static constexpr std::uint16_t kPackets = 1024;
    static constexpr std::uint16_t kPerNeighbor = 128;
    static constexpr std::uint64_t kAskAgainNs = 1'000'000'000;
    static constexpr std::uint64_t kGiveUpNs = 10'000'000'000;
    static constexpr unsigned kLooksACall = 16;

    /// `requests_lost` counts messages that found the ring full.
    Hold(pipeline::RequestRing<F>& requests, base::Counter& requests_lost) noexcept;
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    [[nodiscard]] bool empty() const noexcept { return packet_count_ == 0; }
    [[nodiscard]] std::uint16_t size() const noexcept { return packet_count_; }
    /// True where packets wait for this neighbour. Cost: one cache line while anything waits at all.
    [[nodiscard]] bool waits_for(base::InterfaceId interface, const Address& address) const noexcept {
        return !empty() && find(interface, address) != kNone;
    }

    /// Takes the packet over, to its info's `out` and `next_hop`. It forgets its connection: an answer to it
    /// is tracked by what it quotes. Drops: neighbor_queue_full, the oldest one.
    template <class Exits>
    void add(packet::Packet<F> packet, std::uint64_t now_ns, const AdjacencyTable<F>& adjacencies,
             Exits& exits) noexcept;

    /// Puts released packets into `out`, their `adjacency` and the verdict `held` set. Drops:
    /// neighbor_failed.
    template <class Exits>
    void collect(std::uint64_t now_ns, const AdjacencyTable<F>& adjacencies, packet::Batch<F>& out,
                 Exits& exits) noexcept;

    /// Gives all packets up, without answers; for the worker's end.
    template <class Exits>
    void drop_all(Exits& exits) noexcept;

private:
    static constexpr std::uint16_t kNone = 0xffff;
    static constexpr std::size_t kBuckets = 1024;

    struct Room {
        packet::Packet<F> packet;
        std::uint16_t next = kNone;  ///< in its queue, or among the free ones
    };
    struct Queue {
        Address address{};
        base::InterfaceId interface = base::kNoInterface;
        std::uint16_t first = kNone, last = kNone, count = 0;
        std::uint16_t chain = kNone;                 ///< next of its bucket, or among the free ones
        std::uint16_t older = kNone, newer = kNone;  ///< all queues by age
        std::uint32_t failures = 0;                  ///< of the adjacency when the queue began
        std::uint64_t since_ns = 0, asked_ns = 0;
    };

    [[nodiscard]] std::size_t bucket_of(base::InterfaceId interface, const Address& address) const noexcept;
    [[nodiscard]] std::uint16_t find(base::InterfaceId interface, const Address& address) const noexcept;
    std::uint16_t open(base::InterfaceId interface, const Address& address) noexcept;
    void close(std::uint16_t number) noexcept;
    [[nodiscard]] packet::Packet<F> take_first(Queue& queue) noexcept;
    void ask(Queue& queue, std::uint64_t now_ns) noexcept;
    [[nodiscard]] static bool has_failed(const Queue& queue, std::uint64_t link) noexcept;

    template <class Exits>
    void drop_first(std::uint16_t number, packet::Verdict verdict, Exits& exits) noexcept;
    /// False where the queue has to wait for another call.
    template <class Exits>
    bool look_at(std::uint16_t number, std::uint64_t now_ns, const AdjacencyTable<F>& adjacencies,
                 packet::Batch<F>& out, Exits& exits) noexcept;

    pipeline::RequestRing<F>& requests_;
    base::Counter& requests_lost_;
    std::uint64_t seed_;  ///< keys the buckets
    std::array<Room, kPackets> rooms_;
    std::array<Queue, kPackets> queues_;
    std::array<std::uint16_t, kBuckets> buckets_;
    std::uint16_t free_room_ = 0;
    std::uint16_t free_queue_ = 0;
    std::uint16_t oldest_ = kNone, newest_ = kNone;
    std::uint16_t cursor_ = kNone;  ///< the queue that the next `collect` begins with
    std::uint16_t packet_count_ = 0;
};

template <net::Family F>
Hold<F>::Hold(pipeline::RequestRing<F>& requests, base::Counter& requests_lost) noexcept
    : requests_(requests), requests_lost_(requests_lost), seed_(rte_rand()) {
    buckets_.fill(kNone);
    for (std::uint16_t i = 0; i < kPackets; ++i) {
        const auto next = static_cast<std::uint16_t>(i + 1 == kPackets ? kNone : i + 1);
        rooms_[i].next = next;
        queues_[i].chain = next;
    }
}

template <net::Family F>
Hold<F>::~Hold() {
    while (!empty()) {  // the worker has ended without drop_all: nobody counts any more
        Queue& queue = queues_[oldest_];
        while (queue.count > 0) {
            rte_pktmbuf_free(take_first(queue).mbuf());
        }
        close(oldest_);
    }
}

template <net::Family F>
template <class Exits>
void Hold<F>::add(packet::Packet<F> packet, std::uint64_t now_ns, const AdjacencyTable<F>& adjacencies,
                  Exits& exits) noexcept {
    packet::PacketInfo<F>& info = packet.info();
    info.connection = nullptr;  // may end, and its memory be another's, before the packet leaves
    info.walk = nullptr;
    if (packet_count_ == kPackets) {
        drop_first(oldest_, packet::Verdict::neighbor_queue_full, exits);
    }
    std::uint16_t number = find(info.out, info.next_hop);
    if (number != kNone && queues_[number].count == kPerNeighbor) {
        drop_first(number, packet::Verdict::neighbor_queue_full, exits);
    }
    if (number == kNone) {
        number = open(info.out, info.next_hop);
        Queue& queue = queues_[number];
        const base::AdjacencyId id = adjacencies.find(info.out, info.next_hop);
        queue.failures = id == base::kNoAdjacency ? 0 : Adjacency::failures_of(adjacencies.at(id).read());
        queue.since_ns = now_ns;
        ask(queue, now_ns);
    }
    Queue& queue = queues_[number];
    const std::uint16_t room = free_room_;
    free_room_ = rooms_[room].next;
    rooms_[room] = {packet, kNone};
    (queue.count == 0 ? queue.first : rooms_[queue.last].next) = room;
    queue.last = room;
    ++queue.count;
    ++packet_count_;
    exits.leave(packet, packet::Verdict::held);
}

template <net::Family F>
template <class Exits>
void Hold<F>::collect(std::uint64_t now_ns, const AdjacencyTable<F>& adjacencies, packet::Batch<F>& out,
                      Exits& exits) noexcept {
    if (empty()) [[likely]] {
        return;
    }
    for (unsigned looks = 0; looks < kLooksACall && !empty() && !out.full(); ++looks) {
        const std::uint16_t number = cursor_ == kNone ? oldest_ : cursor_;
        cursor_ = queues_[number].newer;
        if (!look_at(number, now_ns, adjacencies, out, exits)) {
            cursor_ = number;  // `out` is full; goes on from here
        }
        if (cursor_ == kNone) {
            return;  // once round is enough
        }
    }
}

template <net::Family F>
template <class Exits>
bool Hold<F>::look_at(std::uint16_t number, std::uint64_t now_ns, const AdjacencyTable<F>& adjacencies,
                      packet::Batch<F>& out, Exits& exits) noexcept {
    Queue& queue = queues_[number];
    const base::AdjacencyId id = adjacencies.find(queue.interface, queue.address);
    const std::uint64_t link = id == base::kNoAdjacency ? 0 : adjacencies.at(id).read();
    if ((link & Adjacency::kResolved) != 0) {
        while (queue.count > 0 && !out.full()) {
            const packet::Packet<F> packet = take_first(queue);
            packet.info().adjacency = id;
            packet.info().verdict = packet::Verdict::held;
            out.push(packet);
        }
        if (queue.count > 0) {
            return false;
        }
        close(number);
        return true;
    }
    if (has_failed(queue, link) || now_ns - queue.since_ns >= kGiveUpNs) {
        while (queue.count > 1) {
            exits.leave(take_first(queue), packet::Verdict::neighbor_failed);
        }
        drop_first(number, packet::Verdict::neighbor_failed, exits);
        return true;
    }
    // While an entry stands there unresolved, the control thread is asking the neighbour.
    const bool is_known = id != base::kNoAdjacency && (link & Adjacency::kFailed) == 0;
    if (!is_known && now_ns - queue.asked_ns >= kAskAgainNs) {
        ask(queue, now_ns);
    }
    return true;
}

template <net::Family F>
template <class Exits>
void Hold<F>::drop_all(Exits& exits) noexcept {
    while (!empty()) {
        drop_first(oldest_, packet::Verdict::neighbor_queue_full, exits);
    }
}

template <net::Family F>
std::size_t Hold<F>::bucket_of(base::InterfaceId interface, const Address& address) const noexcept {
    return rte_jhash(&address, sizeof(Address),
                     static_cast<std::uint32_t>(seed_) + base::index_of(interface)) %
           kBuckets;
}

template <net::Family F>
std::uint16_t Hold<F>::find(base::InterfaceId interface, const Address& address) const noexcept {
    std::uint16_t number = buckets_[bucket_of(interface, address)];
    while (number != kNone &&
           (queues_[number].interface != interface || !(queues_[number].address == address))) {
        number = queues_[number].chain;
    }
    return number;
}

template <net::Family F>
std::uint16_t Hold<F>::open(base::InterfaceId interface, const Address& address) noexcept {
    // As many queues as packets, none of them empty: with room for a packet there is one for its queue.
    const std::uint16_t number = free_queue_;
    Queue& queue = queues_[number];
    free_queue_ = queue.chain;
    queue = Queue{};
    queue.interface = interface;
    queue.address = address;
    std::uint16_t& head = buckets_[bucket_of(interface, address)];
    queue.chain = head;
    head = number;
    queue.older = newest_;
    (newest_ == kNone ? oldest_ : queues_[newest_].newer) = number;
    newest_ = number;
    return number;
}

template <net::Family F>
void Hold<F>::close(std::uint16_t number) noexcept {
    Queue& queue = queues_[number];
    std::uint16_t* link = &buckets_[bucket_of(queue.interface, queue.address)];
    while (*link != number) {
        link = &queues_[*link].chain;
    }
    *link = queue.chain;
    (queue.older == kNone ? oldest_ : queues_[queue.older].newer) = queue.newer;
    (queue.newer == kNone ? newest_ : queues_[queue.newer].older) = queue.older;
    if (cursor_ == number) {
        cursor_ = queue.newer;
    }
    queue.chain = free_queue_;
    free_queue_ = number;
}

template <net::Family F>
packet::Packet<F> Hold<F>::take_first(Queue& queue) noexcept {
    const std::uint16_t room = queue.first;
    const packet::Packet<F> packet = rooms_[room].packet;
    queue.first = rooms_[room].next;
    --queue.count;
    --packet_count_;
    rooms_[room].next = free_room_;
    free_room_ = room;
    return packet;
}

template <net::Family F>
template <class Exits>
void Hold<F>::drop_first(std::uint16_t number, packet::Verdict verdict, Exits& exits) noexcept {
    const packet::Packet<F> packet = take_first(queues_[number]);
    if (queues_[number].count == 0) {
        close(number);
    }
    exits.leave(packet, verdict);
}

template <net::Family F>
void Hold<F>::ask(Queue& queue, std::uint64_t now_ns) noexcept {
    queue.asked_ns = now_ns;
    if (!requests_.push({pipeline::Request<F>::Kind::neighbor_needed, queue.interface, queue.address, {}})) {
        requests_lost_.add(1);
    }
}

template <net::Family F>
bool Hold<F>::has_failed(const Queue& queue, std::uint64_t link) noexcept {
    const std::uint32_t more = (Adjacency::failures_of(link) - queue.failures) & Adjacency::kFailuresMask;
    return more != 0 && more <= Adjacency::kFailuresMask / 2;  // fewer than before: another entry, made since
}

}  // namespace sluice::route
