// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "conntrack/sctp.h"
#include "conntrack/table.h"
#include "conntrack/tcp.h"

/// Connections as an operator reads them. Control path only: this allocates.
namespace sluice::conntrack {

/// What of a connection is shown, taken at one moment.
template <net::Family F>
struct ConnectionCopy {
    net::Tuple<F> original;
    net::Tuple<F> reply;
    std::uint32_t status = 0;
    std::uint32_t mark = 0;
    std::uint32_t seconds_left = 0;
    TcpState tcp_state = TcpState::none;
    SctpState sctp_state = SctpState::none;
    LabelBits labels{};
    bool is_counted = false;
    std::array<base::PacketCount, 2> counted{};  ///< by direction
};

/// Copies a confirmed connection (Table::step) while workers go on using it.
template <net::Family F>
[[nodiscard]] ConnectionCopy<F> copy_of(Table<F>& table, const Connection<F>& connection, Ticks now);

/// One line of `conntrack -L` (conntrack-tools 1.4.7), without the newline:
/// `tcp      6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… [ASSURED] mark=0
/// use=1`, with `packets=… bytes=…` behind each direction where they are counted.
template <net::Family F>
[[nodiscard]] std::string conntrack_line(const ConnectionCopy<F>& copy);

/// The name of the state of a protocol that has states; empty for others.
template <net::Family F>
[[nodiscard]] std::string_view state_text(const ConnectionCopy<F>& copy);

}  // namespace sluice::conntrack
