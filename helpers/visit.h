// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "conntrack/table.h"
#include "dataplane/base/random.h"
#include "helpers/payload.h"

/// What a helper is given, and what all of them do with it.
namespace sluice::helpers {

using conntrack::CtState;
using conntrack::Expectation;
using conntrack::ExpectResult;
using conntrack::HelperId;
using conntrack::Way;
using net::Ipv4;

/// What becomes of the packet. A helper drops what it understands but cannot follow: the sender tries again.
enum class Outcome : std::uint8_t { accept, drop };

/// A packet of a connection with a helper, behind all hooks, just before it leaves (nf_confirm): addresses and ports are
/// those that it leaves with, sequence numbers still those of its sender.
struct Visit {
    conntrack::Table<Ipv4>& table;
    base::WorkerId worker;
    conntrack::Connection<Ipv4>& connection;
    conntrack::Help& help;
    Way way = Way::original;
    CtState state = CtState::invalid;
    base::Random& random;
    base::Ticks now = 0;
    std::uint32_t sequence = 0;  ///< TCP
    Payload& payload;

    /// The tuple of the packets that go `direction`, as they arrive.
    [[nodiscard]] const net::Tuple<Ipv4>& tuple(Way direction) const noexcept { return connection[direction].tuple; }
    [[nodiscard]] bool is_translated() const noexcept {
        return (connection.shared.status.load(std::memory_order_relaxed) & conntrack::status::kNatMask) != 0;
    }
};

/// An expectation of this connection: towards `destination`, from `source` where there is one, from any port.
[[nodiscard]] inline Expectation<Ipv4> expectation_of(const Visit& visit, std::uint8_t protocol,
                                                      const net::Ipv4Address* source, net::Ipv4Address destination,
                                                      base::Be16 port) noexcept {
    Expectation<Ipv4> expectation;
    expectation.any_source = source == nullptr;
    if (source != nullptr) {
        expectation.tuple.source = *source;
    }
    expectation.tuple.destination = destination;
    expectation.tuple.destination_port = port;
    expectation.tuple.protocol = protocol;
    expectation.tuple.zone = visit.tuple(Way::original).zone;
    expectation.master = visit.table.index(visit.connection);
    expectation.master_began = visit.connection.shared.began;
    expectation.expected_by = visit.connection.shared.helper;
    return expectation;
}

/// `of_any`: what another connection expects alike is `known` instead of `taken`.
[[nodiscard]] inline ExpectResult expect(Visit& visit, const Expectation<Ipv4>& expectation, bool of_any = false) noexcept {
    const auto& policies = conntrack::kind_of(visit.connection.shared.helper).policies;
    return visit.table.expectations().add(visit.help, expectation, policies[expectation.expect_class], visit.now, of_any);
}

inline void withdraw(Visit& visit, const Expectation<Ipv4>& expectation) noexcept {
    visit.table.expectations().remove(visit.help, expectation);
}

/// Expects it at its own port, else at one above it (nf_nat_exp_find_port). Returns the port, which `expectation` has
/// got, too; 0: none was to be had.
[[nodiscard]] inline std::uint16_t expect_at_some_port(Visit& visit, Expectation<Ipv4>& expectation) noexcept {
    constexpr int kAttempts = 128;
    const std::uint16_t first = expectation.tuple.destination_port.host();
    const int range = 0xffff - first;
    int left = range < kAttempts ? range : kAttempts;
    for (std::uint16_t port = first;; port = static_cast<std::uint16_t>(first + visit.random.below(static_cast<unsigned>(range)))) {
        expectation.tuple.destination_port = base::Be16::from_host(port);
        const ExpectResult result = expect(visit, expectation);
        if (result == ExpectResult::added) {
            return port;
        }
        if (result != ExpectResult::taken || --left < 0) {
            return 0;
        }
    }
}

}  // namespace sluice::helpers
