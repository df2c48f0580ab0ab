// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/match_eval.h"
#include "acl/matches/rpfilter.h"

namespace sluice::acl {

/// Asked of every packet: routes may change while a connection lives. See: ipt_rpfilter.c.
template <>
struct Evaluate<RpfilterMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const RpfilterMatch& match, const PacketView<F>& packet) noexcept {
        return answer_of(holds(match, packet) != match.inverted);
    }

private:
    template <net::Family F>
    static bool holds(const RpfilterMatch& match, const PacketView<F>& packet) noexcept {
        constexpr std::uint32_t kLocalMulticast = 0xe00000;  // 224.0.0.0/24
        const bool is_to_neighbours =
            packet.destination.is_limited_broadcast() || packet.destination.host() >> 8U == kLocalMulticast;
        if (packet.source.host() >> 24U == 0 && is_to_neighbours) {
            return true;  // who has no address yet asks for one
        }
        switch (way_back(packet)) {
            case WayBack::none:
                return false;
            case WayBack::elsewhere:
                return match.is_loose;
            case WayBack::same:
                return true;
            case WayBack::local:
                return match.accepts_local && match.is_loose;
            case WayBack::local_there:
                return match.accepts_local;
        }
        return false;
    }

    template <net::Family F>
    static WayBack way_back(const PacketView<F>& packet) noexcept {
        if (packet.source.is_loopback()) {
            return WayBack::local;  // on lo, where nothing comes in
        }
        return packet.reverse_path.of == nullptr
                   ? WayBack::none
                   : packet.reverse_path.of(packet.reverse_path.router, packet.source, packet.in);
    }
};

}  // namespace sluice::acl
