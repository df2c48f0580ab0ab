// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/source_text.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::ctrlplane::config {

namespace {

constexpr std::size_t kBytesBetweenMarks = 256;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

constexpr bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// The place behind the byte `c` that stands at `place`. A character counts at its first byte.
constexpr Place behind(Place place, char c) noexcept {
    if (c == '\n') {
        return {place.line + 1, 1};
    }
    return {place.line, place.column + (is_continuation(c) ? 0U : 1U)};
}

/// The length of the code point `value` in UTF-8.
constexpr std::size_t utf8_length(std::uint32_t value) noexcept {
    return value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
}

/// One step through a string literal: so many bytes of the file give so many bytes of the string.
struct Step {
    std::size_t raw = 0;
    std::size_t decoded = 0;
};

/// The escape at the beginning of `raw`, which starts with a backslash.
Step escape_step(std::string_view raw, bool multi_line) {
    if (raw.size() < 2) {
        return {};
    }
    if (raw[1] == 'u' || raw[1] == 'U') {
        const std::size_t digits = raw[1] == 'u' ? 4 : 8;
        std::uint32_t value = 0;
        if (raw.size() < 2 + digits) {
            return {};
        }
        std::from_chars(raw.data() + 2, raw.data() + 2 + digits, value, 16);
        return {2 + digits, utf8_length(value)};
    }
    const std::size_t end = std::min(raw.find_first_not_of(" \t\r\n", 1), raw.size());
    if (multi_line && end > 1) {
        return {end, 0};  // the backslash that ends a line, with all blanks after it
    }
    return {2, 1};
}

Step next_step(std::string_view raw, char decoded, bool escapes, bool multi_line) {
    if (raw.empty()) {
        return {};
    }
    if (escapes && raw[0] == '\\') {
        return escape_step(raw, multi_line);
    }
    if (raw.starts_with("\r\n") && decoded == '\n') {
        return {2, 1};
    }
    return raw[0] == decoded ? Step{1, 1} : Step{};
}

}  // namespace

base::Location StringPlaces::at(std::size_t offset) const {
    if (jumps_.empty()) {
        return {file_, 0, 0};
    }
    auto after = std::upper_bound(jumps_.begin(), jumps_.end(), offset,
                                  [](std::size_t wanted, const Jump& jump) { return wanted < jump.offset; });
    const Jump& jump = *std::prev(after);
    return {file_, jump.place.line, jump.place.column + static_cast<std::uint32_t>(offset - jump.offset)};
}

SourceText::SourceText(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
    if (text_.starts_with(kByteOrderMark)) {
        text_.remove_prefix(kByteOrderMark.size());
    }
    Place place{1, 1};
    for (std::size_t offset = 0; offset < text_.size(); ++offset) {
        if (offset % kBytesBetweenMarks == 0) {
            marks_.push_back({offset, place});
        }
        place = behind(place, text_[offset]);
    }
    if (marks_.empty()) {
        marks_.push_back({0, place});
    }
}

Place SourceText::place_of(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const Mark& mark = marks_[std::min(offset / kBytesBetweenMarks, marks_.size() - 1)];
    Place place = mark.place;
    for (std::size_t i = mark.offset; i < offset; ++i) {
        place = behind(place, text_[i]);
    }
    return place;
}

std::size_t SourceText::offset_of(Place place) const {
    auto after = std::upper_bound(marks_.begin(), marks_.end(), place,
                                  [](Place wanted, const Mark& mark) { return wanted < mark.place; });
    const Mark& mark = after == marks_.begin() ? *after : *std::prev(after);
    std::size_t offset = mark.offset;
    for (Place here = mark.place; offset < text_.size() && here < place; ++offset) {
        here = behind(here, text_[offset]);
    }
    while (offset < text_.size() && is_continuation(text_[offset])) {
        ++offset;
    }
    return offset;
}

StringPlaces SourceText::places_of_string(Place opening, std::string_view decoded) const {
    const StringPlaces unknown(file_, {{0, opening}});
    std::size_t offset = offset_of(opening);
    const std::string_view literal = text_.substr(offset);
    if (literal.empty() || (literal[0] != '"' && literal[0] != '\'')) {
        return unknown;
    }
    const bool escapes = literal[0] == '"';
    const bool multi_line = literal.starts_with("\"\"\"") || literal.starts_with("'''");
    offset += multi_line ? 3 : 1;
    Place place{opening.line, opening.column + (multi_line ? 3U : 1U)};
    const auto advance = [&](std::size_t bytes) {
        for (; bytes > 0 && offset < text_.size(); --bytes, ++offset) {
            place = behind(place, text_[offset]);
        }
    };
    if (multi_line) {
        const std::string_view inside = text_.substr(offset);
        advance(inside.starts_with("\r\n") ? 2 : inside.starts_with("\n") ? 1 : 0);
    }
    std::vector<StringPlaces::Jump> jumps;
    Place expected{};
    for (std::size_t done = 0; done < decoded.size();) {
        const Step step = next_step(text_.substr(offset), decoded[done], escapes, multi_line);
        if (step.raw == 0) {
            return unknown;
        }
        if (step.decoded > 0 && place != expected && !is_continuation(decoded[done])) {
            jumps.push_back({static_cast<std::uint32_t>(done), place});
        }
        if (step.decoded > 0) {
            expected = {place.line, place.column + static_cast<std::uint32_t>(step.decoded)};
        }
        advance(step.raw);
        done += step.decoded;
    }
    if (place != expected) {
        jumps.push_back({static_cast<std::uint32_t>(decoded.size()), place});
    }
    if (jumps.empty() || jumps.front().offset != 0) {
        return unknown;
    }
    return {file_, std::move(jumps)};
}

}  // namespace sluice::ctrlplane::config
