// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "conntrack/expectation.h"
#include "conntrack/hash.h"
#include "conntrack/help.h"
#include "conntrack/memory.h"
#include "dataplane/base/result.h"

/// What helpers expect, for all workers, without locks (nf_conntrack_expect.c).
///
/// An expectation is found by where it leads: protocol, destination, destination port, zone. Its hash names two sets
/// of eight cells; a set's first line has a word for each of its cells
///
///     tag 14 | generation 16 | state 2         state: free, busy, ready
///
/// so that the lookup that finds nothing, which is what new connections do while anything is expected, costs two lines.
/// A cell's words are read as they may be written, and are believed if its word is the same before and behind: who
/// takes an expectation out turns `ready` into `free` of the next generation, and only one can. So nothing waits for
/// grace periods, and an expectation is a copy from the beginning.
///
/// Two that some packet would fit both must not be there (expect_clash). Who adds one looks before and behind, as the
/// table does for tuples (table.h): of two at once one or both lose, and try another port.
///
/// Bounded (RES-3): for each connection by its helper's policy, and by `max` in all.
namespace sluice::conntrack {

enum class ExpectResult : std::uint8_t {
    added,
    taken,  ///< another one stands where it leads; another port may do (EBUSY)
    known,  ///< the same is expected by another connection, or as of another class (EALREADY)
    full,   ///< no room (EMFILE)
};

struct ExpectStatistics {
    std::atomic<std::uint64_t> created{0};
    std::atomic<std::uint64_t> deleted{0};
    std::atomic<std::uint64_t> arrived{0};
};

template <net::Family F>
class Expectations {
public:
    /// In: `max` as net.netfilter.nf_conntrack_expect_max. Shape: some 90 bytes for each of twice as many cells, in
    /// pages that come as they are touched.
    [[nodiscard]] static base::Result<std::unique_ptr<Expectations>> create_expectations(std::uint32_t max, base::Random& random);
    Expectations(const Expectations&) = delete;
    Expectations& operator=(const Expectations&) = delete;

    [[nodiscard]] bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }
    /// Those whose time is over and who have not been swept yet included.
    [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t max() const noexcept { return max_; }
    [[nodiscard]] const ExpectStatistics& statistics() const noexcept { return statistics_; }

    /// Adds what the connection of `help` expects; `policy` is its helper's for the class (nf_ct_expect_related). What the
    /// same connection expected alike before is replaced; where it expects as many as it may, the oldest goes. What
    /// another connection expects alike is `known` where `of_any` asks for that, else it clashes.
    [[nodiscard]] ExpectResult add(Help& help, Expectation<F> expectation, const ExpectPolicy& policy, base::Ticks now,
                                   bool of_any = false) noexcept;

    /// The active one that a packet fits, taken out unless it is permanent. `may(expectation)`: whether its master is
    /// still there.
    template <class May>
    [[nodiscard]] std::optional<Expectation<F>> claim(const net::Tuple<F>& packet, base::Ticks now, May may) noexcept {
        std::optional<Expectation<F>> found;
        each_at(packet, [&](std::uint32_t cell, std::uint32_t word, const Expectation<F>& expectation) {
            if (expectation.inactive || expectation.is_expired(now) || !expectation.fits(packet)) {
                return false;
            }
            if (may(expectation) && (expectation.permanent || spend(cell, word, expectation))) {
                statistics_.arrived.fetch_add(1, std::memory_order_relaxed);
                found = expectation;
            }
            return true;
        });
        return found;
    }
    /// The one that a packet fits, active or not; it stays.
    [[nodiscard]] std::optional<Expectation<F>> find(const net::Tuple<F>& packet, base::Ticks now) const noexcept;
    /// The source key of a GRE packet that does not bear it; 0: nobody knows it.
    [[nodiscard]] base::Be16 key_of(const net::Tuple<F>& packet) const noexcept {
        base::Be16 key;
        each_at(packet, [&](std::uint32_t, std::uint32_t, const Expectation<F>& expectation) {
            if (!expectation.is_key || !expectation.fits_but_for_its_port(packet)) {
                return false;
            }
            key = expectation.tuple.source_port;
            return true;
        });
        return key;
    }
    /// Takes out those of this connection that lead where `expectation` does (nf_ct_unexpect_related).
    void remove(Help& help, const Expectation<F>& expectation) noexcept;
    /// Takes out those of a connection for which `is_over(expectation)`.
    template <class IsOver>
    void remove_if(Help& help, std::uint32_t master, IsOver is_over) noexcept {
        for (auto& slot : help.expected) {
            const std::uint32_t reference = slot.load(std::memory_order_acquire);
            if (reference == 0) {
                continue;
            }
            const std::uint32_t word = word_of(reference - 1).load(std::memory_order_acquire);
            const auto expectation = read(reference - 1, word);
            if (expectation && expectation->master == master && is_over(*expectation)) {
                take(reference - 1, word);
                slot.store(0, std::memory_order_relaxed);
            }
        }
    }
    /// Takes out all of a connection that ends.
    void forget(Help& help, std::uint32_t master) noexcept;
    /// Takes out all (conntrack -F expect). Returns how many.
    std::uint32_t clear() noexcept;
    /// Takes out those whose time is over; by whoever keeps house, once in a while.
    void sweep(base::Ticks now) noexcept;

    /// Calls `use(expectation)` for each whose time is not over.
    template <class Use>
    void each(base::Ticks now, Use&& use) const {
        for (std::uint32_t cell = 0; cell < sets_ * kWays; ++cell) {
            const std::uint32_t word = word_of(cell).load(std::memory_order_acquire);
            const auto expectation = read(cell, word);
            if (expectation && !expectation->is_expired(now) && !expectation->is_key_only(now)) {
                use(*expectation);
            }
        }
    }
    /// Changes those for which `change(expectation)` says so; for SIP, which makes them active when the call is taken.
    template <class Change>
    void change_each(Help& help, std::uint32_t master, Change change) noexcept {
        for (auto& slot : help.expected) {
            const std::uint32_t reference = slot.load(std::memory_order_acquire);
            if (reference == 0) {
                continue;
            }
            const std::uint32_t cell = reference - 1;
            std::uint32_t word = word_of(cell).load(std::memory_order_acquire);
            auto expectation = read(cell, word);
            if (expectation && expectation->master == master && change(*expectation) && lock(cell, word)) {
                write(cell, *expectation);
                unlock(cell, word);
            }
        }
    }
    /// Calls `use(expectation)` for each of a connection.
    template <class Use>
    void each_of(const Help& help, std::uint32_t master, Use use) const noexcept {
        for (const auto& slot : help.expected) {
            const std::uint32_t reference = slot.load(std::memory_order_acquire);
            if (reference == 0) {
                continue;
            }
            const std::uint32_t word = word_of(reference - 1).load(std::memory_order_acquire);
            const auto expectation = read(reference - 1, word);
            if (expectation && expectation->master == master) {
                use(*expectation);
            }
        }
    }

private:
    static constexpr unsigned kWays = 8;
    static constexpr std::size_t kWords = (sizeof(Expectation<F>) + 7) / 8;
    static constexpr std::uint32_t kStateMask = 3;
    static constexpr std::uint32_t kFree = 0;
    static constexpr std::uint32_t kBusy = 1;
    static constexpr std::uint32_t kReady = 2;
    static constexpr std::uint32_t kGeneration = 4;
    static constexpr std::uint32_t kGenerationMask = 0xffffU << 2U;
    static constexpr unsigned kTagShift = 18;

    struct alignas(32) Line {
        std::array<std::atomic<std::uint32_t>, kWays> words;
    };
    struct Cell {
        std::array<std::atomic<std::uint64_t>, kWords> words;
    };
    struct Places {
        std::array<std::uint32_t, 2> sets;
        std::uint32_t tag;
    };

    Expectations(std::uint32_t max, std::uint32_t sets, Memory lines, Memory cells, base::Random& random)
        : max_(max), sets_(sets), lines_(std::move(lines)), cells_(std::move(cells)), hash_(random) {}

    [[nodiscard]] Places places_of(const net::Tuple<F>& tuple) const noexcept {
        net::Tuple<F> end{};
        end.destination = tuple.destination;
        end.destination_port = tuple.destination_port;
        end.protocol = tuple.protocol;
        end.zone = tuple.zone;
        const std::uint64_t hash = hash_(end);
        return {{static_cast<std::uint32_t>(hash) & (sets_ - 1), static_cast<std::uint32_t>(hash >> 24U) & (sets_ - 1)},
                static_cast<std::uint32_t>(hash >> 50U) << kTagShift};
    }
    [[nodiscard]] std::atomic<std::uint32_t>& word_of(std::uint32_t cell) const noexcept {
        return static_cast<Line*>(lines_.data())[cell / kWays].words[cell % kWays];
    }
    [[nodiscard]] std::optional<Expectation<F>> read(std::uint32_t cell, std::uint32_t word) const noexcept {
        if ((word & kStateMask) != kReady) {
            return std::nullopt;
        }
        std::array<std::uint64_t, kWords> copy;
        const Cell& stored = static_cast<const Cell*>(cells_.data())[cell];
        for (std::size_t i = 0; i < kWords; ++i) {
            copy[i] = stored.words[i].load(std::memory_order_acquire);  // before the second look
        }
        if (word_of(cell).load(std::memory_order_relaxed) != word) {
            return std::nullopt;  // it has gone meanwhile
        }
        Expectation<F> expectation;
        std::memcpy(static_cast<void*>(&expectation), copy.data(), sizeof(expectation));
        return expectation;
    }
    /// For who holds the cell busy.
    void write(std::uint32_t cell, const Expectation<F>& expectation) noexcept {
        std::array<std::uint64_t, kWords> copy{};
        std::memcpy(copy.data(), static_cast<const void*>(&expectation), sizeof(expectation));
        Cell& stored = static_cast<Cell*>(cells_.data())[cell];
        for (std::size_t i = 0; i < kWords; ++i) {
            stored.words[i].store(copy[i], std::memory_order_release);  // not before the cell is busy
        }
    }
    /// `ready` or `free` to `busy`, if nobody else was quicker.
    [[nodiscard]] bool lock(std::uint32_t cell, std::uint32_t& word) noexcept {
        std::uint32_t busy = (word & ~kStateMask) | kBusy;
        if (!word_of(cell).compare_exchange_strong(word, busy, std::memory_order_acquire)) {
            return false;
        }
        word = busy;
        return true;
    }
    void unlock(std::uint32_t cell, std::uint32_t word) noexcept {
        word_of(cell).store(next_generation(word) | kReady, std::memory_order_release);
    }
    [[nodiscard]] static std::uint32_t next_generation(std::uint32_t word) noexcept {
        const std::uint32_t generation = (word + kGeneration) & kGenerationMask;
        return (word & ~(kGenerationMask | kStateMask)) | generation;
    }
    /// True for the one who takes it out.
    bool take(std::uint32_t cell, std::uint32_t word) noexcept {
        const std::uint32_t empty = (next_generation(word) & kGenerationMask) | kFree;
        if (!word_of(cell).compare_exchange_strong(word, empty, std::memory_order_acq_rel)) {
            return false;
        }
        count_.fetch_sub(1, std::memory_order_relaxed);
        statistics_.deleted.fetch_add(1, std::memory_order_relaxed);
        return true;
    }

    /// Takes out what a connection has come by; of a key the expectation only.
    bool spend(std::uint32_t cell, std::uint32_t word, Expectation<F> expectation) noexcept {
        if (!expectation.is_key) {
            return take(cell, word);
        }
        if (!lock(cell, word)) {
            return false;
        }
        expectation.inactive = true;
        write(cell, expectation);
        unlock(cell, word);
        return true;
    }

    /// Calls `use(cell, word, expectation)` for those whose tag is that of where `tuple` leads, until it says true.
    template <class Use>
    void each_at(const net::Tuple<F>& tuple, Use use) const noexcept {
        const Places places = places_of(tuple);
        for (unsigned i = 0; i < 2; ++i) {
            if (i == 1 && places.sets[1] == places.sets[0]) {
                return;
            }
            for (unsigned way = 0; way < kWays; ++way) {
                const std::uint32_t cell = places.sets[i] * kWays + way;
                // seq_cst: who adds looks for others behind its own, see above
                const std::uint32_t word = word_of(cell).load(std::memory_order_seq_cst);
                if ((word & kStateMask) != kReady || word >> kTagShift != places.tag >> kTagShift) {
                    continue;
                }
                const auto expectation = read(cell, word);
                if (expectation && use(cell, word, *expectation)) {
                    return;
                }
            }
        }
    }

    static constexpr std::uint32_t kNoCell = ~std::uint32_t{0};
    /// A cell with what its word was: what can be taken out.
    struct Held {
        std::uint32_t cell = kNoCell;
        std::uint32_t word = 0;
    };
    bool take(Held held) noexcept { return take(held.cell, held.word); }

    [[nodiscard]] bool may_stand(const Expectation<F>& expectation, bool of_any, base::Ticks now, ExpectResult& why) noexcept;
    [[nodiscard]] Held place(const Expectation<F>& expectation) noexcept;
    [[nodiscard]] bool note(Help& help, std::uint32_t cell) noexcept;
    unsigned count_of(Help& help, const Expectation<F>& like, base::Ticks now, Held& oldest) noexcept;

    std::uint32_t max_;
    std::uint32_t sets_;
    Memory lines_;
    Memory cells_;
    TupleHash hash_;
    std::atomic<std::uint32_t> count_{0};
    ExpectStatistics statistics_;
};

}  // namespace sluice::conntrack
