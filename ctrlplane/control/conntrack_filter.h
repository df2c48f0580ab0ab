// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "conntrack/text.h"
#include "ctrlplane/control/method.h"
#include "ctrlplane/control/params.h"
#include "dataplane/net/address.h"

namespace sluice::ctrlplane::control {

/// Which connections are meant: the filters of conntrack(8). All that are given must hold.
struct ConnectionFilter {
    using Copy = conntrack::ConnectionCopy<net::Ipv4>;

    std::optional<std::uint8_t> protocol;
    std::optional<net::Ipv4Prefix> source;                ///< -s, --orig-src: of the original direction
    std::optional<net::Ipv4Prefix> destination;           ///< -d, --orig-dst
    std::optional<net::Ipv4Prefix> reply_source;          ///< -r, --reply-src
    std::optional<net::Ipv4Prefix> reply_destination;     ///< -q, --reply-dst
    std::optional<std::uint16_t> source_port;             ///< --sport
    std::optional<std::uint16_t> destination_port;        ///< --dport
    std::optional<std::uint16_t> reply_source_port;       ///< --reply-port-src
    std::optional<std::uint16_t> reply_destination_port;  ///< --reply-port-dst
    std::uint32_t mark = 0;                               ///< -m, under its mask
    std::uint32_t mark_mask = 0;                          ///< 0: any mark
    std::uint32_t status_set = 0;                         ///< -u: bits that are set
    std::uint32_t status_unset = 0;                       ///< -u UNREPLIED: bits that are not
    std::uint32_t nat = 0;                                ///< -n, -g, -j: bits of which one is set; 0: any
    conntrack::LabelBits labels{};                        ///< -l: those that must be set
    std::optional<std::uint16_t> zone;                    ///< -w: of both directions; 0 where each has its own
    std::optional<std::uint16_t> original_zone;           ///< --orig-zone: its own; 0 where both have one
    std::optional<std::uint16_t> reply_zone;              ///< --reply-zone
    std::string state;                                    ///< --state of TCP or SCTP; empty: any
    bool matches_none = false;                            ///< a family that Sluice does not route

    [[nodiscard]] bool matches(const Copy& connection) const noexcept;
};

/// Reads the filter's parameters; `params.fault()` is to be asked besides. Errors: a value that makes no
/// sense.
[[nodiscard]] tl::expected<ConnectionFilter, Refusal> read_filter(Params& params);

}  // namespace sluice::ctrlplane::control
