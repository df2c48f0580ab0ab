// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

/// Lists of connection states, as `--ctstate` and `--state` take them.
namespace sluice::acl::text {

struct StateList {
    std::uint8_t states = 0;  ///< bits of conntrack::CtState
    bool snat = false;
    bool dnat = false;
};

/// `NEW,ESTABLISHED`: names in any case, each as far abbreviated as one likes (the first that fits counts).
[[nodiscard]] tl::expected<StateList, std::string> parse_state_list(std::string_view text,
                                                                    bool with_nat_states);

/// `INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT`: those that are in it, in this order.
void append_state_list(const StateList& list, std::string& out);

}  // namespace sluice::acl::text
