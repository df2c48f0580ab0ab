// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "dataplane/base/ids.h"
#include "dataplane/net/family.h"
#include "dataplane/net/tuple.h"
#include "nat/served_ports.h"

namespace sluice::nat {

/// Which end of a packet a nat hook changes: PREROUTING and OUTPUT the destination, POSTROUTING and INPUT the
/// source.
enum class End : std::uint8_t { source = 1, destination = 2 };

[[nodiscard]] constexpr End opposite(End end) noexcept {
    return end == End::source ? End::destination : End::source;
}

/// What a rule allows a connection to become (struct nf_nat_range2).
template <net::Family F>
struct Range {
    bool has_address = false;   ///< min_address to max_address
    bool has_ports = false;     ///< min_port to max_port; for ICMP they bound the id
    bool random = false;        ///< --random
    bool fully_random = false;  ///< --random-fully; as --random since Linux 5.0
    bool persistent = false;    ///< --persistent: the same address for a client whatever the destination
    bool independent = false;   ///< one outside socket for all destinations (RFC 4787, endpoint-independent mapping)
    bool open = false;          ///< with `independent`: anybody may answer (endpoint-independent filtering)
    bool port_offset = false;   ///< DNAT --to :min-max/base: the port keeps its distance from base_port
    typename F::Address min_address{};
    typename F::Address max_address{};
    base::Be16 min_port;
    base::Be16 max_port;
    base::Be16 base_port;
    bool holds_ports = false;               ///< what is closing keeps its port
    const ServedPorts* served = nullptr;    ///< these ports are not given to anybody; none: all may be
    base::InterfaceId interface = base::kNoInterface;  ///< with `independent`: where the outside is
};

}  // namespace sluice::nat
