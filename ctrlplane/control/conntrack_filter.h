// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "conntrack/text.h"
#include "ctrlplane/control/method.h"
#include "ctrlplane/control/params.h"
#include "dataplane/net/address.h"

namespace sluice::ctrlplane::control {

/// Which connections are meant: the filters of conntrack(8). All that are given must hold.
struct ConnectionFilter {
    using Copy = conntrack::ConnectionCopy<net::Ipv4>;

    std::optional<std::uint8_t> protocol;
    std::optional<net::Ipv4Prefix> source;             ///< -s, --orig-src: of the original direction
    std::optional<net::Ipv4Prefix> destination;        ///< -d, --orig-dst
    std::optional<net::Ipv4Prefix> reply_source;       ///< -r, --reply-src
    std::optional<net::Ipv4Prefix> reply_destination;  ///< -q, --reply-dst
    std::optional<std::uint16_t> source_port;          ///< --sport
    std::optional<std::uint16_t> destination_port;     ///< --dport
    bool matches_none = false;                         ///< a family that Sluice does not route

    [[nodiscard]] bool matches(const Copy& connection) const noexcept;
};

/// Reads the filter's parameters; `params.fault()` is to be asked besides. Errors: a value that makes no
/// sense.
[[nodiscard]] tl::expected<ConnectionFilter, Refusal> read_filter(Params& params);

}  // namespace sluice::ctrlplane::control
