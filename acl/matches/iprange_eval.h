// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/iprange.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

[[nodiscard]] constexpr bool holds(const AddressRange& range, net::Ipv4Address address) noexcept {
    const std::uint32_t value = address.host();
    return (value >= range.min.host() && value <= range.max.host()) != range.inverted;
}

template <>
struct Evaluate<IprangeMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const IprangeMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of((!match.source || holds(*match.source, packet.source)) &&
                         (!match.destination || holds(*match.destination, packet.destination)));
    }
};

}  // namespace sluice::acl
