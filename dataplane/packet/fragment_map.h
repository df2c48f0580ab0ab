// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace sluice::packet {

/// Which parts of a datagram have arrived, in units of 8 bytes, and how they hang together.
///
/// The kernel keeps *runs*: a fragment that begins where the furthest one ends lengthens that one's run,
/// every other makes a run of its own. A new fragment inside one run is a duplicate; one that touches a run
/// otherwise overlaps. Two bitmaps say the same: units that are there, and units where a run begins. Each
/// question costs a few words, however many fragments there are and in whatever order. Shape: 2 KiB.
class FragmentMap {
public:
    static constexpr std::uint32_t kUnits = 8192;  ///< 65536 bytes

    enum class Answer : std::uint8_t { fresh, duplicate, overlap };

    /// Must be called before first use; later costs only what was used.
    void clear(bool is_first_use) noexcept {
        const std::size_t words = is_first_use ? kWords : (furthest_ + 63U) / 64U;
        std::fill_n(there_.begin(), words, 0);
        std::fill_n(begins_.begin(), words, 0);
        furthest_ = 0;
    }

    /// Enters the units from `begin` to before `end` unless they touch what is there.
    /// In: begin < end <= kUnits.
    [[nodiscard]] Answer enter(std::uint32_t begin, std::uint32_t end) noexcept {
        const std::uint32_t present = count(there_, begin, end);
        if (present != 0) {
            const bool is_inside_one_run = present == end - begin && count(begins_, begin + 1, end) == 0;
            return is_inside_one_run ? Answer::duplicate : Answer::overlap;
        }
        for_words(begin, end, [this](std::size_t word, std::uint64_t mask) { there_[word] |= mask; });
        if (begin != furthest_ || furthest_ == 0) {
            begins_[begin / 64] |= std::uint64_t{1} << (begin % 64U);
        }
        furthest_ = std::max(furthest_, end);
        return Answer::fresh;
    }

private:
    static constexpr std::size_t kWords = kUnits / 64;

    /// Calls `use(word, mask)` for each word of a range.
    template <class Use>
    static void for_words(std::uint32_t begin, std::uint32_t end, Use&& use) noexcept {
        while (begin < end) {
            const std::uint32_t word = begin / 64U;
            const std::uint32_t stop = std::min(end, (word + 1U) * 64U);
            const std::uint32_t bits = stop - begin;
            const std::uint64_t mask = (bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1U)
                                       << begin % 64U;
            use(word, mask);
            begin = stop;
        }
    }

    static std::uint32_t count(const std::array<std::uint64_t, kWords>& map, std::uint32_t begin,
                               std::uint32_t end) noexcept {
        std::uint32_t bits = 0;
        for_words(begin, end, [&](std::size_t word, std::uint64_t mask) {
            bits += static_cast<std::uint32_t>(std::popcount(map[word] & mask));
        });
        return bits;
    }

    std::array<std::uint64_t, kWords> there_;
    std::array<std::uint64_t, kWords> begins_;
    std::uint32_t furthest_;
};

}  // namespace sluice::packet
