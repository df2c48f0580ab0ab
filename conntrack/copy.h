// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "conntrack/sctp.h"
#include "conntrack/table.h"
#include "conntrack/tcp.h"

namespace sluice::conntrack {

/// What of a connection is shown, taken at one moment.
template <net::Family F>
struct ConnectionCopy {
    net::Tuple<F> original;
    net::Tuple<F> reply;
    std::uint32_t status = 0;
    std::uint32_t mark = 0;
    std::uint32_t seconds_left = 0;
    std::uint32_t id = 0;  ///< what `-o id` shows
    Ticks age = 0;         ///< since it began
    TcpState tcp_state = TcpState::none;
    SctpState sctp_state = SctpState::none;
    HelperId helper = HelperId::none;
    bool is_counted = false;
    std::array<std::uint32_t, 2> sctp_tags{};  ///< as they stand in packets
    LabelBits labels{};
    std::array<base::PacketCount, 2> counted{};  ///< by direction
};

/// A number that names a connection while it lives, and hardly ever another one. The kernel's is a hash, too.
template <net::Family F>
[[nodiscard]] std::uint32_t id_of(const Table<F>& table, const Connection<F>& connection) noexcept;

/// Copies a confirmed connection (Table::step) while workers go on using it.
template <net::Family F>
[[nodiscard]] ConnectionCopy<F> copy_of(Table<F>& table, const Connection<F>& connection, Ticks now) noexcept;

}  // namespace sluice::conntrack
