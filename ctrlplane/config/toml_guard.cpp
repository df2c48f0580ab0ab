// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/toml_guard.h"

#include <fmt/core.h>

#include <algorithm>

namespace sluice::ctrlplane::config {

namespace {

/// More dots than any key of ours has.
constexpr unsigned kMostDotsInKey = 15;

constexpr bool is_ascii(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x80;
}

constexpr bool may_stand_in_key(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == ' ' || c == '\t';
}

/// Goes through a text as a TOML parser would divide it: strings, comments, and the rest.
class Guard {
public:
    explicit Guard(std::string_view text) : text_(text) {}

    std::optional<GuardFault> find() {
        while (at_ < text_.size() && !fault_ && !is_over_) {
            const char c = text_[at_];
            if (c == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (c == '"' || c == '\'') {
                skip_string(c);
            } else {
                take_plain(c);
            }
        }
        return fault_;
    }

private:
    void take_plain(char c) {
        if (!is_ascii(c)) {
            fault_ = {at_, "a character outside of ASCII can stand only in a string or a comment"};
        } else if (c == '.' && ++dots_ > kMostDotsInKey) {
            fault_ = {at_, fmt::format("a key may have at most {} dots", kMostDotsInKey)};
        } else if (c != '.' && !may_stand_in_key(c)) {
            dots_ = 0;
        }
        ++at_;
    }

    void skip_string(char quote) {
        const std::string closing(text_.substr(at_).starts_with(std::string(3, quote)) ? 3 : 1, quote);
        const bool multi_line = closing.size() == 3;
        for (at_ += closing.size(); at_ < text_.size() && !fault_; ++at_) {
            if (text_[at_] == '\\' && quote == '"') {
                skip_escape(multi_line);
            } else if (text_[at_] == '\n' && !multi_line) {
                is_over_ = true;
                return;
            } else if (text_.substr(at_).starts_with(closing)) {
                at_ += closing.size();
                return;
            }
        }
    }

    /// From the backslash to the last byte of the escape. One that ends a line takes the blanks after it
    /// along.
    void skip_escape(bool multi_line) {
        const std::size_t next = text_.find_first_not_of(" \t\r\n", at_ + 1);
        if (multi_line && next != std::string_view::npos && !is_ascii(text_[next])) {
            fault_ = {next, "the first character behind a backslash and blanks must be of ASCII here"};
            return;
        }
        const bool ends_line = multi_line && next != at_ + 1;
        at_ = ends_line ? std::min(next, text_.size()) - 1 : at_ + 1;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    unsigned dots_ = 0;
    bool is_over_ = false;
    std::optional<GuardFault> fault_;
};

}  // namespace

std::optional<GuardFault> find_what_the_parser_cannot_take(std::string_view text) {
    return Guard(text).find();
}

}  // namespace sluice::ctrlplane::config
