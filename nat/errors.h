// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include "conntrack/connection.h"
#include "nat/range.h"

/// ICMP errors about translated connections (nf_nat_icmp_reply_translation).
///
/// A client 10.0.0.5:4000 behind 198.51.100.1 asks 8.8.8.8:53, and a router on the way answers with an error
/// to 198.51.100.1 that quotes 198.51.100.1:4000 → 8.8.8.8:53. At the hook where replies get their
/// destination changed (PREROUTING), the quote's *source* becomes 10.0.0.5:4000 again, the outer
/// destination 10.0.0.5. The other way round for an error that an inside host sends about what it was sent.
namespace sluice::nat {

/// Translates an ICMP error at a hook that changes `end`, inside and outside. False: it must be dropped (a
/// wrong outer checksum, ICMP-6; a redirect about a translated connection).
///
/// In: `packet` from the IP header on, with at least 8 quoted bytes behind the quoted header (find_error saw
/// to that). `way`: the direction that find_error found.
/// Type, code and the other fields stay; the quoted L4 checksum is mended where it is quoted.
[[nodiscard]] bool translate_error(std::span<std::byte> packet, std::size_t l4_offset,
                                   const conntrack::Connection<net::Ipv4>& connection, conntrack::Way way,
                                   End end) noexcept;

}  // namespace sluice::nat
