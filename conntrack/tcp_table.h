// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "conntrack/tcp.h"

/// Where each kind of segment leads from each state (the kernel's tcp_conntracks). Of tcp.cpp alone.
namespace sluice::conntrack::tcp_table {

/// What the table says of a segment: a state to go to, or one of these.
inline constexpr auto kInvalid = static_cast<TcpState>(10);
inline constexpr auto kIgnored = static_cast<TcpState>(11);

/// The table, one row a state: what each kind of segment does, first in original, then in reply direction.
/// Read a row as a story: after SYN_SENT a client may repeat its SYN, the server may answer with SYN+ACK or
/// SYN.
struct Row {
    std::array<TcpState, 4> original;  ///< by syn, syn_ack, fin, ack
    std::array<TcpState, 4> reply;
    TcpState rst;
};

constexpr std::array<Row, kTcpStates> make_table() {
    using enum TcpState;
    constexpr TcpState x = kInvalid;
    constexpr TcpState i = kIgnored;
    std::array<Row, kTcpStates> t{};
    const auto row = [&t](TcpState s) -> Row& { return t[static_cast<unsigned>(s)]; };
    // clang-format off
    //                  original: syn  syn_ack   fin        ack          reply: syn         syn_ack   fin        ack                rst
    row(none)        = {{syn_sent,  x,        x,         established},           {x,         x,        x,         x},                x};
    row(syn_sent)    = {{syn_sent,  x,        x,         x},                     {syn_sent2, syn_recv, x,         i},                close};
    row(syn_recv)    = {{i,         syn_recv, fin_wait,  established},           {x,         i,        fin_wait,  syn_recv},         close};
    row(established) = {{i,         x,        fin_wait,  established},           {x,         i,        fin_wait,  established},      close};
    row(fin_wait)    = {{i,         x,        last_ack,  close_wait},            {x,         i,        last_ack,  close_wait},       close};
    row(close_wait)  = {{i,         x,        last_ack,  close_wait},            {x,         i,        last_ack,  close_wait},       close};
    row(last_ack)    = {{i,         x,        last_ack,  time_wait},             {x,         i,        last_ack,  time_wait},        close};
    row(time_wait)   = {{syn_sent,  x,        time_wait, time_wait},             {syn_sent,  i,        time_wait, time_wait},        close};
    row(close)       = {{syn_sent,  x,        close,     close},                 {x,         i,        close,     close},            close};
    row(syn_sent2)   = {{syn_sent2, syn_recv, x,         x},                     {syn_sent2, syn_recv, x,         i},                close};
    // clang-format on
    return t;
}
inline constexpr auto kTable = make_table();

[[nodiscard]] inline TcpState next_state(TcpState state, Way way, TcpKind kind) noexcept {
    const Row& row = kTable[static_cast<unsigned>(state)];
    switch (kind) {
        case TcpKind::rst:
            return row.rst;
        case TcpKind::none:
            return kInvalid;
        default:
            return (way == Way::original ? row.original : row.reply)[static_cast<unsigned>(kind)];
    }
}

}  // namespace sluice::conntrack::tcp_table
