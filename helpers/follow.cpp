// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/follow.h"

#include <optional>
#include <utility>

#include "nat/choose.h"

namespace sluice::helpers {

namespace {

using conntrack::Follow;
using conntrack::Way;

template <net::Family F>
nat::Range<F> range_to(const typename F::Address& address) noexcept {
    nat::Range<F> range;
    range.has_address = true;
    range.min_address = address;
    range.max_address = address;
    return range;
}

template <net::Family F>
nat::Range<F> range_to(const typename F::Address& address, base::Be16 port) noexcept {
    nat::Range<F> range = range_to<F>(address);
    range.has_ports = true;
    range.min_port = port;
    range.max_port = port;
    return range;
}

/// What the source of an expected SIP connection becomes (nf_nat_sip_expected): where the other stream of the pair was
/// announced, if it comes from there; else what its master's is, if it comes from the same host; nothing: what rules say.
template <net::Family F>
std::optional<nat::Range<F>> sip_source(conntrack::Table<F>& table, const conntrack::Connection<F>& connection,
                                        const conntrack::Connection<F>& master,
                                        const conntrack::Expectation<F>& expectation) noexcept {
    const net::Tuple<F>& original = connection[Way::original].tuple;
    std::optional<nat::Range<F>> range;
    const conntrack::Help* help = table.help(master);
    if (expectation.expect_class != 0 && help != nullptr) {
        table.expectations().each_of(*help, expectation.master, [&](const conntrack::Expectation<F>& other) {
            if (other.tuple.protocol == original.protocol && other.saved_address == original.source &&
                other.saved_port == original.source_port) {
                range = range_to<F>(other.tuple.destination, other.tuple.destination_port);
            }
        });
    }
    if (!range && original.source == master[expectation.way].tuple.source) {
        range = range_to<F>(master[conntrack::other(expectation.way)].tuple.destination);
    }
    return range;
}

/// A tunnel has come from one end: the other is not waited for any more. Its call ids follow the control connection's
/// (pptp_expectfn, pptp_nat_expected).
template <net::Family F, class Bind>
void follow_call(conntrack::Table<F>& table, const conntrack::Connection<F>& master,
                 const conntrack::Expectation<F>& expectation, Bind bind) noexcept {
    if (conntrack::Help* help = table.help(master)) {
        table.expectations().change_each(*help, expectation.master, [](conntrack::Expectation<F>& other) {
            return other.is_key && !std::exchange(other.inactive, true);
        });
    }
    if ((master.shared.status.load(std::memory_order_relaxed) & conntrack::status::kNatMask) == 0) {
        return;
    }
    const net::Tuple<F>& back = master[conntrack::other(expectation.way)].tuple;
    const bool from_client = expectation.way == Way::original;
    bind(nat::End::source, from_client ? range_to<F>(back.destination, expectation.saved_port) : range_to<F>(back.destination));
    bind(nat::End::destination, from_client ? range_to<F>(back.source) : range_to<F>(back.source, expectation.saved_port));
}

}  // namespace

template <net::Family F>
void follow(conntrack::Table<F>& table, base::WorkerId worker, conntrack::Connection<F>& connection,
            const conntrack::Expectation<F>& expectation, base::Random& random, base::Ticks now) noexcept {
    if (expectation.follow == Follow::rules) {
        return;
    }
    const conntrack::Connection<F>& master = table.at(expectation.master);
    const net::Tuple<F>& back = master[conntrack::other(expectation.way)].tuple;
    // What cannot be reserved here is refused by Table::confirm: nothing is to be done about it now.
    const auto bind = [&](nat::End end, const nat::Range<F>& range) {
        static_cast<void>(nat::bind(table, worker, connection, end, range, random, now));
    };
    if (expectation.follow == Follow::sip) {
        bind(nat::End::destination, range_to<F>(expectation.saved_address, expectation.saved_port));
        if (const auto source = sip_source(table, connection, master, expectation)) {
            bind(nat::End::source, *source);
        }
        return;
    }
    if (expectation.follow == Follow::pptp) {
        follow_call(table, master, expectation, bind);
        return;
    }
    bind(nat::End::source, range_to<F>(back.destination));
    bind(nat::End::destination, range_to<F>(back.source, expectation.saved_port));
}

template void follow(conntrack::Table<net::Ipv4>&, base::WorkerId, conntrack::Connection<net::Ipv4>&,
                     const conntrack::Expectation<net::Ipv4>&, base::Random&, base::Ticks) noexcept;

}  // namespace sluice::helpers
