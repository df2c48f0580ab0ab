// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <type_traits>
#include <variant>

#include "acl/all_matches.h"
#include "acl/program/compiled_rule.h"  // all of Evaluate
#include "acl/ruleset.h"

namespace sluice::acl::literal {

/// What a match says of a packet; nothing where that depends on the packets before it, so that asking would be no
/// question but an event (limit, recent), or on what a loaded program keeps (rateest).
template <net::Family F>
[[nodiscard]] std::optional<Answer> ask_match(const AnyMatch& match, const PacketView<F>& packet) {
    std::optional<Answer> answer = Answer::yes;
    visit_match(
        match, [&](const auto& options) {
            with_parts(options, [&](const auto& part) {
                using Part = std::remove_cvref_t<decltype(part)>;
                if (answer != Answer::yes) {
                    return;
                }
                constexpr bool is_question = requires { Evaluate<Part>::ask(part, packet); };
                constexpr bool is_bound = !SharesState<std::remove_cvref_t<decltype(options)>>;
                if constexpr (is_question && is_bound && Evaluate<Part>::depends != Depends::history) {
                    answer = Evaluate<Part>::ask(part, packet);
                } else {
                    answer.reset();
                }
            });
        });
    return answer;
}

/// True where two equal matches in one chain say the same of a packet, whatever happens to it in between.
[[nodiscard]] inline bool is_steady(const AnyMatch& match) {
    bool steady = true;
    visit_match(
        match, [&](const auto& options) {
            with_parts(options, [&](const auto& part) {
                using Part = std::remove_cvref_t<decltype(part)>;
                steady = steady && Evaluate<Part>::depends == Depends::connection && !reads_outside<Part>();
            });
        });
    return steady;
}

}  // namespace sluice::acl::literal
