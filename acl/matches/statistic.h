// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m statistic`: each packet with a probability, or every n-th one.
struct StatisticMatch {
    enum class Mode : std::uint8_t { none, random, nth };
    Mode mode = Mode::none;
    bool inverted = false;
    bool is_given = false;          ///< --every or --probability stands in the rule
    bool has_packet = false;        ///< --packet does
    std::uint32_t probability = 0;  ///< of 2^31
    std::uint32_t every = 0;
    std::uint32_t packet = 0;  ///< which of them, from 0
    bool operator==(const StatisticMatch&) const = default;
};

namespace text {

template <>
struct Syntax<StatisticMatch> {
    static std::span<const Form<StatisticMatch>> forms();
    static Checked parse(StatisticMatch& match, const OptionUse& use);
    static Checked finish(const StatisticMatch& match, const RuleFacts& rule);
    static void save(const StatisticMatch& match, std::string& out);
    static void list(const StatisticMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
