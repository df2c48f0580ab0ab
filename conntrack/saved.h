// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "conntrack/sctp.h"
#include "conntrack/settings.h"
#include "conntrack/table.h"
#include "conntrack/tcp.h"

/// A connection outside of the table: all that has to be kept so that it goes on as if nothing had been, and a line of
/// text for it. Control path only: this allocates.
///
///     tcp src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=443 reply-src=8.8.8.8 reply-dst=203.0.113.2 reply-sport=443
///     reply-dport=4000 left-ms=431999000 age-ms=1200 status=0x18e mark=7 counted=3,180,2,120 masquerade=wan
///     mapping=0,wan state=ESTABLISHED original=END,MAX_END,MAX_ACK,MAX_WINDOW,SCALE,FLAGS reply=… last=KIND,WAY,FLAGS,SCALE,REPEATS,
///     WINDOW,END,ACK,LENGTH
///
/// One line each, words of `name=value` behind the protocol, in any order. Ports are the tuple's two halves in any
/// protocol: of ICMP the id, and type and code; of GRE its keys. Lines and not a binary dump, because a file that is
/// wrong can then say where, people can look for a host in it or take lines out, and it does not depend on how the
/// record lies in memory; lines of our own and not `conntrack -o save`, because those have neither windows nor counters.
namespace sluice::conntrack {

/// What a connection with source NAT holds beside its tuples (mapping.h).
struct SavedMapping {
    std::uint8_t manner = 0;  ///< manner::kIndependent, kFiltering
    base::InterfaceId interface = base::kNoInterface;
};

template <net::Family F>
struct SavedConnection {
    net::Tuple<F> original{};
    net::Tuple<F> reply{};
    std::uint64_t left_ms = 0;
    std::uint64_t age_ms = 0;
    std::uint32_t status = 0;  ///< the kernel's bits, those that it brings along
    std::uint32_t mark = 0;
    base::InterfaceId masquerade = base::kNoInterface;
    std::optional<SavedMapping> mapping{};
    std::optional<LabelBits> labels{};  ///< none: it has no room for labels
    std::optional<std::array<base::PacketCount, 2>> counted{};
    TcpMemory tcp{};
    SctpMemory sctp{};
};

/// The names of interfaces, which outlive a restart; their numbers do not.
struct InterfaceNames {
    std::function<std::string_view(base::InterfaceId)> name;
    std::function<std::optional<base::InterfaceId>(std::string_view)> id;
};

/// A confirmed connection as it is now.
template <net::Family F>
[[nodiscard]] SavedConnection<F> saved_of(Table<F>& table, const Connection<F>& connection, Ticks now);

enum class Restored : std::uint8_t {
    restored,
    clash,  ///< one of its tuples belongs to another connection
    full,   ///< no room in the table
};

/// Puts it into the table, confirmed. In: the WorkerId of the calling thread; the settings in force.
template <net::Family F>
[[nodiscard]] Restored restore(Table<F>& table, base::WorkerId worker, const SavedConnection<F>& saved,
                               const Settings& settings, Ticks now);

/// Its line, without an end.
template <net::Family F>
[[nodiscard]] std::string saved_line(const SavedConnection<F>& saved, const InterfaceNames& interfaces);

/// The reverse. Errors: what is wrong, with the word.
template <net::Family F>
[[nodiscard]] tl::expected<SavedConnection<F>, std::string> parse_saved_line(std::string_view line,
                                                                             const InterfaceNames& interfaces);

}  // namespace sluice::conntrack
