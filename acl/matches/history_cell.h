// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>

#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// What a match remembers from packet to packet, shared by all workers: one word, changed by compare and swap, alone on
/// its cache line.
///
/// A ruleset that follows another takes over the cells of the rules that stay (Program::take_history).
struct alignas(64) HistoryCell {
    std::atomic<std::uint64_t> word{0};
};

/// Changes the word to `next(word)`, and returns what it was. Threads: any number; `next` may be called again.
template <class Next>
inline std::uint64_t exchange(HistoryCell& cell, Next&& next) noexcept {
    // relaxed: the word publishes nothing but itself
    std::uint64_t word = cell.word.load(std::memory_order_relaxed);
    while (!cell.word.compare_exchange_weak(word, next(word), std::memory_order_relaxed)) {
    }
    return word;
}

/// A match that keeps one word of its own; what others remember lies elsewhere (a connection's labels).
template <class M>
concept KeepsCell = requires(const M& match) { Evaluate<M>::initial(match); };

/// A match with the cell that the program has given it: what is asked on the packet path. `Evaluate<M>` of such a match
/// has `ask(match, cell, packet)` and `initial(match)`.
template <class M>
struct Remembering {
    M match;
    HistoryCell* cell = nullptr;
};

template <class M>
struct Evaluate<Remembering<M>> {
    static constexpr Depends depends = Depends::history;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const Remembering<M>& held, const PacketView<F>& packet) noexcept {
        return Evaluate<M>::ask(held.match, *held.cell, packet);
    }
};

}  // namespace sluice::acl
