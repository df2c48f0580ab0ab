// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/addrtype.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// Addresses are the connection's, and what the router makes of them follows from its own addresses: when those
/// change, all paths end with the generation of the rules. Other routes have no part in it (address_types.h).
template <>
struct Evaluate<AddrtypeMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const AddrtypeMatch& match, const PacketView<F>& packet) noexcept {
        const base::InterfaceId device = match.limit == AddrtypeMatch::Limit::in    ? packet.in
                                         : match.limit == AddrtypeMatch::Limit::out ? packet.out
                                                                                    : base::kNoInterface;
        return answer_of(
            among(match.source, match.source_inverted, packet, packet.source, device) &&
            among(match.destination, match.destination_inverted, packet, packet.destination, device));
    }

private:
    template <net::Family F>
    static bool among(std::uint16_t types, bool inverted, const PacketView<F>& packet,
                      const typename F::Address& address, base::InterfaceId device) noexcept {
        return types == 0 || ((types & bit(type_of(packet.address_types, address, device))) != 0) != inverted;
    }
};

}  // namespace sluice::acl
