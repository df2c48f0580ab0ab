// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/set.h"
#include "acl/sets/question.h"

namespace sluice::acl {

/// A set match with the slot that its set lies in: what is asked on the packet path.
///
/// Elements come and go between two packets, so the answer is no connection's: every packet of a remembered path asks.
/// Where the set counts packets, asking changes it, and each packet asks once; the program is made again when a set
/// that counts takes the place of one that does not (Program::is_outdated).
template <bool kCounts>
struct SetAsk {
    sets::Slot* slot = nullptr;
    const sets::InterfaceName* names = nullptr;  ///< the program's
    std::size_t name_count = 0;
    sets::Question question;
    bool inverted = false;
};
using InSet = SetAsk<false>;
using InCountingSet = SetAsk<true>;

template <bool kCounts>
struct Evaluate<SetAsk<kCounts>> {
    static constexpr Depends depends = kCounts ? Depends::history : Depends::headers;
    static constexpr bool reads_outside = true;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const SetAsk<kCounts>& match, const PacketView<F>& packet) noexcept {
        const sets::InterfaceNames names{match.names, match.name_count};
        return answer_of(sets::is_in(*match.slot, match.question, names, packet) != match.inverted);
    }
};

/// As written, it names a set; the compiler finds its slot.
template <>
struct Evaluate<SetMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;
    static constexpr bool reads_outside = true;
};

template <bool kCounts>
[[nodiscard]] inline SetAsk<kCounts> ask_of(const SetMatch& match, sets::Slot& slot, sets::InterfaceNames names) noexcept {
    return {&slot,
            names.data(),
            names.size(),
            {match.directions, match.return_nomatch, match.leave_counters, match.leave_subcounters, match.packets,
             match.bytes},
            match.inverted};
}

}  // namespace sluice::acl
