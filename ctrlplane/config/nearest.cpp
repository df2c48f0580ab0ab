// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/nearest.h"

#include <algorithm>
#include <array>

#include "ctrlplane/config/diagnostic_text.h"

namespace sluice::ctrlplane::config {

namespace {
constexpr std::size_t kLongestWord = 64;
}

unsigned edit_distance(std::string_view a, std::string_view b) {
    a = a.substr(0, kLongestWord);
    b = b.substr(0, kLongestWord);
    using Row = std::array<unsigned, kLongestWord + 1>;
    Row before_last{};
    Row last{};
    Row row{};
    for (unsigned j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (unsigned i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (unsigned j = 1; j <= b.size(); ++j) {
            const unsigned replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last = last;
        last = row;
    }
    return last[b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
    std::string_view best;
    unsigned best_distance = ~0U;
    for (const std::string_view candidate : known) {
        const unsigned distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string nearest_hint(std::string_view word, std::span<const std::string_view> known) {
    const std::string_view best = nearest(word, known);
    return best.empty() ? std::string() : "; the nearest known one is " + in_quotes(best);
}

}  // namespace sluice::ctrlplane::config
