// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "conntrack/ct_state.h"
#include "conntrack/helper_kind.h"
#include "dataplane/base/ticks.h"
#include "dataplane/net/tuple.h"

namespace sluice::conntrack {

/// How a connection that was expected is translated when it comes (the kernel's expectfn).
enum class Follow : std::uint8_t {
    rules,   ///< as the nat rules say
    master,  ///< as the connection that expected it (nf_nat_follow_master)
    sip,     ///< the same, where its source is that connection's (nf_nat_sip_expected)
    pptp,    ///< as the control connection, by its call ids (pptp_nat_expected)
};

/// A connection that a helper has read of: the first packet that fits it begins a RELATED one (struct
/// nf_conntrack_expect). A value; Expectations keeps them.
template <net::Family F>
struct Expectation {
    net::Tuple<F> tuple{};  ///< what its first packet will look like when it arrives
    typename F::Address saved_address{};  ///< Follow::sip: the destination before it was announced anew
    base::Be16 saved_port;                ///< Follow::master: the destination's port as its owner knows it
    bool any_source = false;              ///< the tuple's source address does not matter
    bool any_source_port = true;
    std::uint32_t master = 0;  ///< the connection that expects it, by its index
    base::Ticks master_began = 0;
    base::Ticks deadline = 0;
    std::uint32_t order = 0;   ///< among those of its master
    Way way = Way::reply;      ///< of the master's, in which its first packet goes
    Follow follow = Follow::rules;
    std::uint8_t expect_class = 0;
    HelperId helper = HelperId::none;  ///< whom the new connection gets as its helper
    HelperId expected_by = HelperId::none;
    bool permanent = false;  ///< stays when a connection has come
    bool inactive = false;   ///< is only known of: no connection comes by it
    /// Of GRE: tells the source key of packets that fit but for that, which do not bear it; as long as its master lives,
    /// whether a connection has come or not (the kernel's keymap).
    bool is_key = false;

    [[nodiscard]] bool fits(const net::Tuple<F>& packet) const noexcept {
        return has_same_end(packet) && (any_source || tuple.source == packet.source) &&
               (any_source_port || tuple.source_port == packet.source_port);
    }
    [[nodiscard]] bool fits_but_for_its_port(const net::Tuple<F>& packet) const noexcept {
        return has_same_end(packet) && (any_source || tuple.source == packet.source);
    }
    /// Some packet could fit both.
    [[nodiscard]] bool clashes_with(const Expectation& other) const noexcept {
        return has_same_end(other.tuple) &&
               (any_source || other.any_source || tuple.source == other.tuple.source) &&
               (any_source_port || other.any_source_port || tuple.source_port == other.tuple.source_port);
    }
    [[nodiscard]] bool expects_the_same(const Expectation& other) const noexcept {
        return tuple == other.tuple && any_source == other.any_source && any_source_port == other.any_source_port;
    }
    [[nodiscard]] bool is_expired(base::Ticks now) const noexcept { return base::ticks_until(deadline, now) <= 0; }
    /// A key that nobody waits for any more.
    [[nodiscard]] bool is_key_only(base::Ticks now) const noexcept { return is_key && (inactive || is_expired(now)); }

private:
    [[nodiscard]] bool has_same_end(const net::Tuple<F>& other) const noexcept {
        return tuple.protocol == other.protocol && tuple.zone == other.zone && tuple.destination == other.destination &&
               tuple.destination_port == other.destination_port;
    }
};

}  // namespace sluice::conntrack
