// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/keyed/bindings.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/rateest.h"

namespace sluice::acl {

/// `rateest` with the estimators that it asks.
struct RateQuestion {
    RateestMatch::Question question;
    const keyed::Estimator* first = nullptr;
    const keyed::Estimator* second = nullptr;  ///< none: the second side is a number
};

template <>
struct Evaluate<RateestMatch> {
    template <class Use>
    static void parts(const RateestMatch& match, Use&& use) {
        use(RateQuestion{match.question, nullptr, nullptr});
    }
    /// The estimators are RATEEST's: its rules say what they are like.
    static void require(const RateestMatch& /*match*/, keyed::Bindings& /*bindings*/) {}
    static void bind(const RateestMatch& match, RateQuestion& part, keyed::Bindings& bindings) {
        part.first = &bindings.estimator(match.first);
        part.second = match.is_relative() ? &bindings.estimator(match.second) : nullptr;
    }
};

/// Asked of every packet: rates change with time. See: xt_rateest.c, which compares 32 bits.
template <>
struct Evaluate<RateQuestion> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const RateQuestion& held, const PacketView<F>& /*packet*/) noexcept {
        const RateestMatch::Question& question = held.question;
        const Side first = side_of(question, 0, held.first);
        const Side second = held.second == nullptr ? Side{question.bytes[1], question.packets[1]}
                                                   : side_of(question, 1, held.second);
        const bool bytes = !question.asks_bytes || compare(question.mode, first.bytes, second.bytes);
        const bool packets = !question.asks_packets || compare(question.mode, first.packets, second.packets);
        return answer_of((bytes && packets) != question.inverted);
    }

private:
    struct Side {
        std::uint32_t bytes;
        std::uint32_t packets;
    };

    static Side side_of(const RateestMatch::Question& question, std::size_t side,
                        const keyed::Estimator* estimator) noexcept {
        const keyed::Estimator::Rate rate = estimator->rate();
        const auto less = [](std::uint32_t number, std::uint64_t measured) {
            return number >= measured ? static_cast<std::uint32_t>(number - measured) : 0U;
        };
        return question.is_delta
                   ? Side{less(question.bytes[side], rate.bytes), less(question.packets[side], rate.packets)}
                   : Side{static_cast<std::uint32_t>(rate.bytes), static_cast<std::uint32_t>(rate.packets)};
    }

    static constexpr bool compare(RateestMatch::Mode mode, std::uint32_t first,
                                  std::uint32_t second) noexcept {
        switch (mode) {
            case RateestMatch::Mode::lt:
                return first < second;
            case RateestMatch::Mode::gt:
                return first > second;
            case RateestMatch::Mode::eq:
                return first == second;
            case RateestMatch::Mode::none:
                break;
        }
        return true;
    }
};

}  // namespace sluice::acl
