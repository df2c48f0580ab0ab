// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::ctrlplane {

/// The last lines that TRACE has told, for `sluicectl trace`, which asks for what has come since it asked
/// before.
///
/// Lines are numbered from 1. Threads: control.
class TraceTail {
public:
    static constexpr std::size_t kMostLines = 8192;

    /// Lines that are asked for together.
    struct Piece {
        std::string text;        ///< each with an end of line
        std::uint64_t last = 0;  ///< the number of the last one; what was asked for, where there are none
        std::uint64_t lost = 0;  ///< that were asked for and are gone already
    };

    void add(std::string line) {
        if (lines_.size() == kMostLines) {
            lines_.pop_front();
        }
        lines_.push_back(std::move(line));
        ++last_;
    }
    [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
    /// The lines behind number `after`, as many as `most_bytes` hold.
    [[nodiscard]] Piece behind(std::uint64_t after, std::size_t most_bytes) const {
        const std::uint64_t gone = last_ - lines_.size();
        Piece piece{
            .text = {}, .last = after > last_ ? last_ : after, .lost = after < gone ? gone - after : 0};
        piece.last += piece.lost;
        while (piece.last < last_ && piece.text.size() < most_bytes) {
            piece.text += lines_[piece.last - gone];
            piece.text += '\n';
            ++piece.last;
        }
        return piece;
    }

private:
    std::deque<std::string> lines_;
    std::uint64_t last_ = 0;
};

}  // namespace sluice::ctrlplane
