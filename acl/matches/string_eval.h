// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/string.h"
#include "acl/strings/scanner.h"

namespace sluice::acl {

/// A string match with its string's number among the program's: what is asked on the packet path.
struct StringQuestion {
    strings::Scanner* scanner = nullptr;
    strings::Number number = 0;
    bool inverted = false;
};

template <>
struct Evaluate<StringQuestion> {
    static constexpr Depends depends = Depends::headers;
    static constexpr bool reads_bytes = true;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const StringQuestion& match, const PacketView<F>& packet) noexcept {
        strings::Hits alone;  // who walks through the rules without a place for them
        strings::Hits& hits = packet.string_hits == nullptr ? alone : *packet.string_hits;
        return answer_of(match.scanner->has(match.number, packet, hits) != match.inverted);
    }
};

[[nodiscard]] inline strings::Sought sought_by(const StringMatch& match) noexcept {
    return {match.pattern, match.from, match.to, match.ignores_case};
}

/// As written, it is sought alone; the compiler puts it among the others.
template <>
struct Evaluate<StringMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;
    static constexpr bool reads_bytes = true;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const StringMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of(strings::occurs(sought_by(match), packet) != match.inverted);
    }
};

}  // namespace sluice::acl
