// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/result.h"

namespace sluice::ctrlplane::config {

/// A line and a column within one file, both from 1; a column is a character (code point), as toml++ counts.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    constexpr auto operator<=>(const Place&) const = default;
};

/// Where each byte of a decoded TOML string stands in the file.
///
/// Most strings lie in the file as they are, and then one jump (at byte 0) says it all. An escape, a line
/// break or a character of several bytes adds a jump after it.
class StringPlaces {
public:
    /// From byte `offset` of the decoded string on, the file continues at `place`, a column a byte.
    struct Jump {
        std::uint32_t offset;
        Place place;
    };

    StringPlaces() = default;
    StringPlaces(std::string file, std::vector<Jump> jumps)
        : file_(std::move(file)), jumps_(std::move(jumps)) {}

    /// The place of byte `offset` of the decoded string; one past its end is allowed and gives what follows
    /// it.
    [[nodiscard]] base::Location at(std::size_t offset) const;
    /// True when the column of each byte is that of the first byte plus its offset.
    [[nodiscard]] bool is_one_to_one() const noexcept { return jumps_.size() <= 1; }

private:
    std::string file_;
    std::vector<Jump> jumps_;  ///< ascending offsets, the first 0
};

/// A file's text with an index from bytes to places and back.
///
/// Cost: one pass to build; a look-up walks at most 256 bytes, whatever the length of a line.
class SourceText {
public:
    /// A byte order mark at the beginning is no part of the text.
    SourceText(std::string_view text, std::string file);

    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] base::Location location(Place place) const { return {file_, place.line, place.column}; }

    [[nodiscard]] Place place_of(std::size_t offset) const;
    /// The first byte that stands at `place` or behind it.
    [[nodiscard]] std::size_t offset_of(Place place) const;

    /// Follows the TOML string literal that opens at `opening` beside what it decodes to.
    /// Returns one jump to `opening` should the two not agree.
    [[nodiscard]] StringPlaces places_of_string(Place opening, std::string_view decoded) const;

private:
    struct Mark {
        std::size_t offset;
        Place place;
    };

    std::string_view text_;
    std::string file_;
    std::vector<Mark> marks_;  ///< one every 256 bytes
};

}  // namespace sluice::ctrlplane::config
