// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <optional>

#include "acl/matches/match_eval.h"
#include "acl/matches/packet_bytes.h"
#include "acl/matches/u32.h"

namespace sluice::acl {

/// A word that is not all there fails the match, or fulfils a negated one. See: xt_u32.c.
template <>
struct Evaluate<U32Match> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;
    static constexpr bool reads_bytes = true;
    static constexpr bool is_large = true;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const U32Match& match, const PacketView<F>& packet) noexcept {
        const bool holds =
            std::all_of(match.tests.begin(), match.tests.end(), [&](const U32Match::Test& test) {
                const std::optional<std::uint32_t> value = value_of(test, packet);
                return value &&
                       std::any_of(test.ranges.begin(), test.ranges.end(), [&](const U32Match::Range& range) {
                           return range.min <= *value && *value <= range.max;
                       });
            });
        return answer_of(holds != match.inverted);
    }

private:
    template <net::Family F>
    static std::optional<std::uint32_t> value_of(const U32Match::Test& test,
                                                 const PacketView<F>& packet) noexcept {
        std::uint64_t begin = 0;  // beyond 32 bits it is beyond every packet, as the kernel says
        std::uint32_t value = 0;
        for (const U32Match::Step& step : test.steps) {
            switch (step.operation) {
                case U32Match::Operation::bit_and:
                    value &= step.number;
                    break;
                case U32Match::Operation::left:
                    value <<= step.number;
                    break;
                case U32Match::Operation::right:
                    value >>= step.number;
                    break;
                case U32Match::Operation::at: {
                    begin += value;
                    const std::optional<std::uint32_t> word = word_of(packet, begin + step.number);
                    if (!word) {
                        return std::nullopt;
                    }
                    value = *word;
                    break;
                }
            }
        }
        return value;
    }
};

}  // namespace sluice::acl
