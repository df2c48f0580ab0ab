// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m rateest`: compares the rate of an estimator with a number, or with that of another.
struct RateestMatch {
    static constexpr std::size_t kMaxName = 15;
    enum class Mode : std::uint8_t { none, eq, lt, gt };

    struct Question {
        Mode mode = Mode::none;
        bool inverted = false;
        bool is_delta = false;  ///< each side is a number less the rate of its estimator
        bool asks_bytes = false;
        bool asks_packets = false;
        std::array<std::uint32_t, 2> bytes{};  ///< a second; of both sides
        std::array<std::uint32_t, 2> packets{};
        bool operator==(const Question&) const = default;
    };
    Question question;
    std::string first;
    std::string second;  ///< empty: the second side is a number

    [[nodiscard]] bool is_relative() const { return !second.empty(); }
    bool operator==(const RateestMatch&) const = default;
};

namespace text {

template <>
struct Syntax<RateestMatch> {
    static std::span<const Form<RateestMatch>> forms();
    static Checked parse(RateestMatch& match, const OptionUse& use);
    static Checked finish(const RateestMatch& match, const RuleFacts& rule);
    static void save(const RateestMatch& match, std::string& out);
    static void list(const RateestMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
