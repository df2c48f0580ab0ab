// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/expectations.h"

namespace sluice::conntrack {

template <net::Family F>
std::optional<Expectation<F>> Expectations<F>::find(const net::Tuple<F>& packet, base::Ticks now) const noexcept {
    std::optional<Expectation<F>> found;
    each_at(packet, [&](std::uint32_t, std::uint32_t, const Expectation<F>& expectation) {
        if (expectation.is_expired(now) || !expectation.fits(packet)) {
            return false;
        }
        found = expectation;
        return true;
    });
    return found;
}

/// Whether nothing that is there keeps a new one away; its like of the same connection is taken out.
template <net::Family F>
bool Expectations<F>::may_stand(const Expectation<F>& expectation, bool of_any, base::Ticks now, ExpectResult& why) noexcept {
    bool may = true;
    each_at(expectation.tuple, [&](std::uint32_t cell, std::uint32_t word, const Expectation<F>& other) {
        if (other.is_expired(now) && !other.is_key) {
            take(cell, word);
            return false;
        }
        const bool is_own = other.master == expectation.master && other.master_began == expectation.master_began;
        if ((is_own || of_any) && other.expects_the_same(expectation)) {
            if (!is_own || other.expect_class != expectation.expect_class) {
                why = ExpectResult::known;
                may = false;
                return true;
            }
            take(cell, word);
            return true;
        }
        if (other.clashes_with(expectation)) {
            why = ExpectResult::taken;
            may = false;
        }
        return !may;
    });
    return may;
}

/// How many of the class the connection expects; `oldest` gets the cell of the first of them. What is no longer there
/// leaves its list.
template <net::Family F>
unsigned Expectations<F>::count_of(Help& help, const Expectation<F>& like, base::Ticks now, Held& oldest) noexcept {
    unsigned count = 0;
    std::uint32_t first = 0;
    oldest = {};
    for (auto& slot : help.expected) {
        std::uint32_t reference = slot.load(std::memory_order_acquire);
        if (reference == 0) {
            continue;
        }
        const std::uint32_t cell = reference - 1;
        const std::uint32_t word = word_of(cell).load(std::memory_order_acquire);
        const auto expectation = read(cell, word);
        const bool is_own = expectation && expectation->master == like.master && expectation->master_began == like.master_began;
        if (is_own && expectation->is_key_only(now)) {
            continue;
        }
        if (!is_own || expectation->is_expired(now)) {
            slot.compare_exchange_strong(reference, 0, std::memory_order_relaxed);
        } else if (expectation->expect_class == like.expect_class) {
            if (count == 0 || static_cast<std::int32_t>(expectation->order - first) < 0) {
                first = expectation->order;
                oldest = {cell, word};
            }
            ++count;
        }
    }
    return count;
}

/// Writes it into a free cell of its sets; kNoCell: there is none.
template <net::Family F>
typename Expectations<F>::Held Expectations<F>::place(const Expectation<F>& expectation) noexcept {
    const Places places = places_of(expectation.tuple);
    for (const std::uint32_t set : places.sets) {
        for (unsigned way = 0; way < kWays; ++way) {
            const std::uint32_t cell = set * kWays + way;
            std::uint32_t word = word_of(cell).load(std::memory_order_relaxed);
            if ((word & kStateMask) != kFree || !lock(cell, word)) {
                continue;
            }
            write(cell, expectation);
            count_.fetch_add(1, std::memory_order_relaxed);
            statistics_.created.fetch_add(1, std::memory_order_relaxed);
            // seq_cst: then its adder looks for others, see above
            word = (next_generation(word) & kGenerationMask) | places.tag | kReady;
            word_of(cell).store(word, std::memory_order_seq_cst);
            return {cell, word};
        }
    }
    return {};
}

template <net::Family F>
bool Expectations<F>::note(Help& help, std::uint32_t cell) noexcept {
    for (auto& slot : help.expected) {
        std::uint32_t none = 0;
        if (slot.compare_exchange_strong(none, cell + 1, std::memory_order_release, std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

template <net::Family F>
ExpectResult Expectations<F>::add(Help& help, Expectation<F> expectation, const ExpectPolicy& policy,
                                  base::Ticks now, bool of_any) noexcept {
    ExpectResult why = ExpectResult::full;
    if (!may_stand(expectation, of_any, now, why)) {
        return why;
    }
    Held oldest;
    if (count_of(help, expectation, now, oldest) >= policy.most && oldest.cell != kNoCell) {
        take(oldest);
        count_of(help, expectation, now, oldest);  // it leaves the list, too
    }
    if (count() >= max_) {
        sweep(now);
        if (count() >= max_) {
            return ExpectResult::full;
        }
    }
    expectation.deadline = now + policy.timeout_s * base::kTicksPerSecond;
    expectation.order = help.expected_so_far.fetch_add(1, std::memory_order_relaxed);
    const Held mine = place(expectation);
    if (mine.cell == kNoCell) {
        return ExpectResult::full;
    }
    const auto withdraw = [&](ExpectResult result) {
        take(mine);
        return result;
    };
    bool is_alone = true;
    each_at(expectation.tuple, [&](std::uint32_t other_cell, std::uint32_t, const Expectation<F>& other) {
        is_alone = other_cell == mine.cell || (other.is_expired(now) && !other.is_key) || !other.clashes_with(expectation);
        return !is_alone;
    });
    if (!is_alone) {
        return withdraw(ExpectResult::taken);
    }
    return note(help, mine.cell) ? ExpectResult::added : withdraw(ExpectResult::full);
}

template <net::Family F>
void Expectations<F>::remove(Help& help, const Expectation<F>& expectation) noexcept {
    remove_if(help, expectation.master, [&](const Expectation<F>& other) { return other.expects_the_same(expectation); });
}

template <net::Family F>
void Expectations<F>::forget(Help& help, std::uint32_t master) noexcept {
    remove_if(help, master, [](const Expectation<F>&) { return true; });
}

template <net::Family F>
std::uint32_t Expectations<F>::clear() noexcept {
    std::uint32_t taken = 0;
    for (std::uint32_t cell = 0; cell < sets_ * kWays; ++cell) {
        const std::uint32_t word = word_of(cell).load(std::memory_order_acquire);
        const auto expectation = read(cell, word);
        taken += expectation && !expectation->inactive && spend(cell, word, *expectation) ? 1U : 0U;
    }
    return taken;
}

template <net::Family F>
void Expectations<F>::sweep(base::Ticks now) noexcept {
    if (empty()) {
        return;
    }
    for (std::uint32_t cell = 0; cell < sets_ * kWays; ++cell) {
        const std::uint32_t word = word_of(cell).load(std::memory_order_acquire);
        const auto expectation = read(cell, word);
        if (expectation && expectation->is_expired(now) && !expectation->is_key) {
            take(cell, word);
        }
    }
}

template class Expectations<net::Ipv4>;
template class Expectations<net::Ipv6>;

}  // namespace sluice::conntrack
