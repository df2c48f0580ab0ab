// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/state_list.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/nearest.h"
#include "acl/text/syntax.h"
#include "conntrack/ct_state.h"

namespace sluice::acl::text {

namespace {

using conntrack::CtState;

struct NamedState {
    std::string_view name;
    CtState state;
};

/// In the order in which abbreviations are tried.
constexpr std::array<NamedState, 5> kParsed = {{
    {"INVALID", CtState::invalid},
    {"NEW", CtState::new_},
    {"ESTABLISHED", CtState::established},
    {"RELATED", CtState::related},
    {"UNTRACKED", CtState::untracked},
}};

/// In the order in which they are printed.
constexpr std::array<NamedState, 5> kPrinted = {{
    {"INVALID", CtState::invalid},
    {"NEW", CtState::new_},
    {"RELATED", CtState::related},
    {"ESTABLISHED", CtState::established},
    {"UNTRACKED", CtState::untracked},
}};

bool add_state(std::string_view name, bool with_nat_states, StateList& list) {
    for (const NamedState& known : kParsed) {
        if (starts_with_no_case(known.name, name)) {
            list.states = static_cast<std::uint8_t>(list.states | conntrack::bit(known.state));
            return true;
        }
    }
    if (with_nat_states && starts_with_no_case("SNAT", name)) {
        list.snat = true;
        return true;
    }
    if (with_nat_states && starts_with_no_case("DNAT", name)) {
        list.dnat = true;
        return true;
    }
    return false;
}

}  // namespace

tl::expected<StateList, std::string> parse_state_list(std::string_view text, bool with_nat_states) {
    static constexpr std::array<std::string_view, 7> kNames = {"INVALID",   "NEW",  "ESTABLISHED", "RELATED",
                                                               "UNTRACKED", "SNAT", "DNAT"};
    StateList list;
    for (bool more = true; more;) {
        const std::size_t comma = text.find(',');
        const std::string_view name = text.substr(0, comma);
        if (name.empty() || !add_state(name, with_nat_states, list)) {
            return tl::unexpected(fmt::format(
                "bad connection state '{}': a list such as ESTABLISHED,RELATED without blanks{}", name,
                did_you_mean(name, std::span(kNames).first(with_nat_states ? kNames.size() : 5))));
        }
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return list;
}

void append_state_list(const StateList& list, std::string& out) {
    bool first = true;
    const auto append = [&](std::string_view name) {
        out += first ? "" : ",";
        out += name;
        first = false;
    };
    for (const NamedState& known : kPrinted) {
        if ((list.states & conntrack::bit(known.state)) != 0) {
            append(known.name);
        }
    }
    if (list.snat) {
        append("SNAT");
    }
    if (list.dnat) {
        append("DNAT");
    }
}

}  // namespace sluice::acl::text
