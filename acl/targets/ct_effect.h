// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/targets/ct.h"
#include "acl/targets/effect.h"
#include "conntrack/connection.h"

namespace sluice::acl {

/// What CT does, of what it says.
struct CtChoice {
    bool notrack = false;
    std::uint8_t timeout_policy = 0;  ///< its number
    std::uint16_t events = 0;         ///< that are told; 0: as without the rule
    conntrack::ZoneChoice zone;
    conntrack::HelperId helper = conntrack::HelperId::none;
};

/// In: the number of the policy that it names.
[[nodiscard]] inline CtChoice choice_of(const CtTarget& target, std::uint8_t timeout_policy = 0) noexcept {
    const bool is_one = target.has_original_zone != target.has_reply_zone;
    return {target.notrack,
            timeout_policy,
            target.events,
            {target.zone, target.zone_of_mark, !is_one || target.has_original_zone, !is_one || target.has_reply_zone},
            conntrack::helper_named(target.helper)};
}

/// What stands in for the connection in the rules behind a CT that does not say `--notrack`: the kernel's template, a
/// connection without addresses.
template <net::Family F>
inline constinit const conntrack::Connection<F> kCtTemplate{};

template <>
struct Effect<CtChoice> {
    static constexpr Touches touches = Touches::view;

    template <net::Family F>
    static Applied apply(const CtChoice& target, Subject<F>& subject) noexcept {
        PacketView<F>& view = subject.view;
        // An answer that the router makes belongs to a connection already, and stays with it; so does a packet of which
        // an earlier CT has decided.
        if (view.connection != nullptr || view.is_untracked) {
            return Applied::done;
        }
        if (target.notrack) {
            view.is_untracked = true;
            view.state = conntrack::CtState::untracked;
            return Applied::done;
        }
        view.connection = &kCtTemplate<F>;
        view.state = conntrack::CtState::new_;
        view.zone = target.zone;
        view.timeout_policy = target.timeout_policy;
        view.helper = target.helper;
        view.events = target.events;
        return Applied::done;
    }
};

template <>
struct Effect<CtTarget> {
    static constexpr Touches touches = Touches::view;

    template <net::Family F>
    static Applied apply(const CtTarget& target, Subject<F>& subject) noexcept {
        return Effect<CtChoice>::apply(choice_of(target), subject);
    }
};

}  // namespace sluice::acl
