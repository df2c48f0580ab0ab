// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "conntrack/copy.h"
#include "conntrack/event_watch.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/ring.h"

namespace sluice::conntrack {

/// One message of `conntrack -E`: the connection as it was when it was told.
template <net::Family F>
struct Event {
    std::uint64_t number = 0;  ///< in the order of their happening, whichever worker saw it
    std::uint32_t events = 0;  ///< event::k...
    ConnectionCopy<F> connection;

    [[nodiscard]] bool is_destroy() const noexcept { return (events & event::kDestroy) != 0; }
    [[nodiscard]] bool is_new() const noexcept { return (events & (event::kNew | event::kRelated)) != 0; }
};

/// The way of events from workers to the control thread: a bounded ring each. What does not fit is lost and counted; no
/// packet ever waits for it.
///
/// Threads: `watch().happened` by workers and control; all else by control.
template <net::Family F>
class EventRings {
public:
    static constexpr std::size_t kEvents = 4096;  ///< of a writer, between two times of taking them

    /// In: `writers`, the workers and control.
    explicit EventRings(unsigned writers) {
        for (unsigned i = 0; i < writers; ++i) {
            writers_.push_back(std::make_unique<Writer>());
        }
        watch_.happened = &EventRings::happened;
        watch_.self = this;
    }
    EventRings(const EventRings&) = delete;
    EventRings& operator=(const EventRings&) = delete;

    [[nodiscard]] EventWatch<F>& watch() noexcept { return watch_; }
    void listen(bool on) noexcept { watch_.is_wanted.store(on, std::memory_order_relaxed); }
    [[nodiscard]] bool is_listening() const noexcept { return watch_.is_wanted.load(std::memory_order_relaxed); }

    /// Takes what there is, at most a ring's worth of each writer: use(event), writer by writer.
    template <class Use>
    void take(Use&& use) {
        for (const std::unique_ptr<Writer>& writer : writers_) {
            for (std::size_t i = 0; i < kEvents; ++i) {
                const auto event = writer->ring.pop();
                if (!event) {
                    break;
                }
                use(*event);
            }
        }
    }
    /// How many found no room, since the start.
    [[nodiscard]] std::uint64_t lost() const noexcept {
        std::uint64_t sum = 0;
        for (const std::unique_ptr<Writer>& writer : writers_) {
            sum += writer->lost.value();
        }
        return sum;
    }

private:
    struct Writer {
        base::Ring<Event<F>, kEvents> ring;
        base::Counter lost;
    };

    static void happened(void* self, base::WorkerId worker, Table<F>& table, const Connection<F>& connection,
                         std::uint32_t events, Ticks now) noexcept {
        auto& rings = *static_cast<EventRings*>(self);
        Writer& writer = *rings.writers_[base::index_of(worker)];
        Event<F> event;
        // relaxed: it orders messages only, and the ring hands them over
        event.number = rings.next_.fetch_add(1, std::memory_order_relaxed);
        event.events = events;
        event.connection = copy_of(table, connection, now);
        if (!writer.ring.push(event)) {
            writer.lost.add(1);
        }
    }

    EventWatch<F> watch_;
    std::vector<std::unique_ptr<Writer>> writers_;
    std::atomic<std::uint64_t> next_{0};
};

}  // namespace sluice::conntrack
