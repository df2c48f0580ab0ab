// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

/// The labels of a connection: 128 bits that rules set and ask for (connlabel); only the operator takes some away.
///
/// They lie beside the entries in a table of their own, with the same index, as accounts do (account.h): who
/// has no rule that speaks of labels pays neither memory nor a line. As in Linux a connection has labels if
/// such a rule was loaded when it began.
namespace sluice::conntrack {

inline constexpr unsigned kLabels = 128;

/// The bits of some labels, taken at one moment.
using LabelBits = std::array<std::uint64_t, kLabels / 64>;

[[nodiscard]] constexpr bool has_label(const LabelBits& bits, unsigned label) noexcept {
    return (bits[label / 64U] >> label % 64U & 1U) != 0;
}

/// Shape: 16 bytes. Threads: any set and read.
struct Labels {
    std::array<std::atomic<std::uint64_t>, kLabels / 64> words;

    [[nodiscard]] bool has(unsigned label) const noexcept {
        return (words[label / 64U].load(std::memory_order_relaxed) >> label % 64U & 1U) != 0;
    }
    void set(unsigned label) noexcept {
        // relaxed: a label publishes nothing but itself
        words[label / 64U].fetch_or(std::uint64_t{1} << label % 64U, std::memory_order_relaxed);
    }
    [[nodiscard]] LabelBits bits() const noexcept {
        LabelBits copy{};
        for (std::size_t i = 0; i < words.size(); ++i) {
            copy[i] = words[i].load(std::memory_order_relaxed);
        }
        return copy;
    }
    /// Adds some and takes some away, as the operator says.
    void change(const LabelBits& added, const LabelBits& removed) noexcept {
        for (std::size_t i = 0; i < words.size(); ++i) {
            words[i].fetch_and(~removed[i], std::memory_order_relaxed);
            words[i].fetch_or(added[i], std::memory_order_relaxed);
        }
    }
    void clear() noexcept {
        for (std::atomic<std::uint64_t>& word : words) {
            word.store(0, std::memory_order_relaxed);
        }
    }
};
static_assert(sizeof(Labels) == 16);

}  // namespace sluice::conntrack
