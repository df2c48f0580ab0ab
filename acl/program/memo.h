// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/matches/match_eval.h"
#include "acl/program/trace.h"

namespace sluice::acl {

/// The answers that a packet has got from matches whose asking counts.
///
/// A packet may be asked by a remembered path that then does not hold, by a second path, and by the rules in the
/// end. Paths of one connection share their beginning up to the first question that is answered otherwise, so the
/// questions come again in the same order: who has been asked already answers from here, and counts once.
///
/// Shape: as many as a path has steps; a path that had more was never recorded.
class Memo {
public:
    void clear() noexcept { count_ = next_ = 0; }
    [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }
    /// Before another attempt to answer from the beginning.
    void rewind() noexcept { next_ = 0; }

    /// The answer of `ask()`, which is called only where the question has not been asked of this packet.
    template <class Ask>
    [[nodiscard]] Answer answer(RuleId rule, std::uint8_t match, Ask&& ask) noexcept {
        if (next_ < count_) {
            const Entry& entry = entries_[next_];
            if (entry.rule == rule && entry.match == match) {
                ++next_;
                return entry.answer;
            }
            count_ = next_;  // what the questions hung on has changed meanwhile: the rest is void
        }
        const Answer answer = ask();
        if (count_ < entries_.size()) {
            entries_[count_++] = {rule, match, answer};
            next_ = count_;
        }
        return answer;
    }

private:
    struct Entry {
        RuleId rule;
        std::uint8_t match;
        Answer answer;
    };
    std::uint8_t count_ = 0;
    std::uint8_t next_ = 0;
    std::array<Entry, Trace::kMaxSteps> entries_;
};

}  // namespace sluice::acl
