// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "ctrlplane/control/conntrack_filter.h"
#include "ctrlplane/control/conntrack_style.h"
#include "ctrlplane/control/router_view.h"

namespace sluice::ctrlplane::control {

/// A walk over all connections, a turn of the control thread's loop after the other: so many connections at most, and so
/// much text.
struct ConnectionWalk {
    using Table = conntrack::Table<net::Ipv4>;
    using Connection = conntrack::Connection<net::Ipv4>;
    using Copy = conntrack::ConnectionCopy<net::Ipv4>;
    static constexpr unsigned kConnectionsATurn = 2048;
    static constexpr std::size_t kBytesATurn = std::size_t{64} << 10U;

    explicit ConnectionWalk(const RouterView& view)
        : table(view.connections), now_ns(view.now_ns), utc_ns_now(view.utc_ns), tracking(view.tracking()) {}

    Table* table;
    std::function<std::uint64_t()> now_ns;
    std::function<std::uint64_t()> utc_ns_now;
    conntrack::Settings tracking;  ///< in force when it began
    ConnectionFilter filter{};
    ConnectionStyle style{};
    conntrack::Cursor cursor{};
    std::uint64_t shown = 0;
    bool begun = false;
    base::Ticks now = 0;       ///< of this turn
    std::uint64_t utc_ns = 0;  ///< the same

    /// Visits a turn's connections: visit(connection, copy). In: `out`, what they add to. False: there are no more.
    template <class Visit>
    bool turn(std::string& out, Visit visit) {
        const std::size_t enough = out.size() + kBytesATurn;
        now = base::ticks_from_ns(now_ns());
        utc_ns = utc_ns_now();
        for (unsigned i = 0; i < kConnectionsATurn && out.size() < enough; ++i) {
            Connection* connection = table->step(cursor, now);
            if (connection == nullptr) {
                return false;
            }
            const Copy copy = conntrack::copy_of(*table, *connection, now);
            if (filter.matches(copy)) {
                visit(*connection, copy);
            }
        }
        return true;
    }
    /// True at the first turn.
    [[nodiscard]] bool begins() { return !std::exchange(begun, true); }
    /// A line inside of a JSON string.
    void add_line(const Copy& copy, std::string& out) {
        line_.clear();
        style.add(copy, utc_ns, line_);
        add_json_text(line_, out);
    }
    /// The connection's line as it is after it was changed.
    void add_line(const Connection& connection, std::string& out) {
        add_line(conntrack::copy_of(*table, connection, now), out);
    }

private:
    std::string line_;
};

/// Reads filter and style. Errors: what is wrong with the parameters.
[[nodiscard]] tl::expected<ConnectionWalk, Refusal> read_walk(Params& params, const RouterView& view);

}  // namespace sluice::ctrlplane::control
