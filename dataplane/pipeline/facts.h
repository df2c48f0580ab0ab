// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <tuple>
#include <utility>

#include "dataplane/packet/batch.h"

/// What is known of a packet between two stages, and the list of stages that checks it at compile time.
namespace sluice::pipeline {

/// A set of facts; a stage names those that it needs (`kNeeds`) and those that it adds (`kAdds`).
using Facts = std::uint32_t;

inline constexpr Facts kFrame = 1U << 0U;        ///< an mbuf with an Ethernet frame
inline constexpr Facts kParsed = 1U << 1U;       ///< data begins at a sound IP header; Parse's fields of PacketInfo
inline constexpr Facts kWhole = 1U << 2U;        ///< no fragment
inline constexpr Facts kTracked = 1U << 3U;      ///< connection, way, state
inline constexpr Facts kLongWay = 1U << 4U;      ///< no remembered path: walk is set
inline constexpr Facts kRouted = 1U << 5U;       ///< out, next_hop, mtu
inline constexpr Facts kForwardable = 1U << 6U;  ///< TTL, MTU and the like have been looked at
inline constexpr Facts kJudged = 1U << 7U;       ///< the hook before POSTROUTING has let it pass
inline constexpr Facts kDressed = 1U << 8U;      ///< POSTROUTING is over: headers as they leave

template <class Stage, class C, class B>
concept IsStage = requires(Stage stage, B& batch, C& context) {
    { Stage::kName };
    { Stage::kNeeds + Facts{0} };
    { Stage::kAdds + Facts{0} };
    { stage.process(batch, context) } noexcept;
};

/// Stages in their order. A stage that needs what no earlier one adds does not compile.
template <Facts Given, class... Stages>
class Pipeline {
    static constexpr bool needs_are_met() {
        Facts known = Given;
        bool met = true;
        ((met = met && (Stages::kNeeds & ~known) == 0, known |= Stages::kAdds), ...);
        return met;
    }
    static_assert(needs_are_met(), "a stage needs what no earlier stage sets");

public:
    template <class B, class C>
    void run(B& batch, C& context) noexcept {
        static_assert((IsStage<Stages, C, B> && ...));
        std::apply([&](Stages&... stage) { (step(stage, batch, context), ...); }, stages_);
    }

private:
    template <class Stage, class B, class C>
    static void step(Stage& stage, B& batch, C& context) noexcept {
        if (!batch.empty()) {
            stage.process(batch, context);
        }
    }
    std::tuple<Stages...> stages_;
};

}  // namespace sluice::pipeline
