// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"
#include "dataplane/net/address.h"
#include "dataplane/net/headers.h"

namespace sluice::acl {

/// SNAT, DNAT, MASQUERADE, REDIRECT and NETMAP: a range of addresses and a range of ports, as nf_nat_range2.
///
/// NETMAP has a network: its first and its last address. Each packet's address gets the network's bits and keeps its
/// own behind them, the source in POSTROUTING and INPUT, the destination in PREROUTING and OUTPUT (`mapped`).
///
/// With a base port (DNAT only) the ports of the range stand for those from the base on: with
/// `:8000-8100/80` what came for port 80 goes to 8000, what came for 81 to 8001.
///
/// `--endpoint-independent` is Sluice's own (SNAT and MASQUERADE), in words of RFC 4787: `mapping` gives a socket one
/// outside socket for all destinations, `filtering` lets anybody reach it there besides ("full cone").
struct NatTarget {
    enum class Kind : std::uint8_t { snat, dnat, masquerade, redirect, netmap };
    Kind kind = Kind::snat;
    bool has_addresses = false;
    bool has_ports = false;
    bool random = false;        ///< --random
    bool fully_random = false;  ///< --random-fully
    bool persistent = false;    ///< --persistent
    enum class Independence : std::uint8_t { none, mapping, filtering };
    Independence independence = Independence::none;  ///< --endpoint-independent
    bool has_base = false;      ///< the port keeps its distance from base_port
    net::Ipv4Address min_address;
    net::Ipv4Address max_address;
    net::Be16 min_port;
    net::Be16 max_port;
    net::Be16 base_port;
    bool operator==(const NatTarget&) const = default;
};

/// What NETMAP makes of an address.
[[nodiscard]] constexpr net::Ipv4Address mapped(const NatTarget& target, net::Ipv4Address address) noexcept {
    const std::uint32_t own_bits = target.min_address.host() ^ target.max_address.host();
    return net::Ipv4Address::from_host((address.host() & own_bits) | (target.min_address.host() & ~own_bits));
}

namespace text {

template <>
struct Syntax<NatTarget> {
    static std::span<const Form<NatTarget>> forms();
    static std::size_t form_of(const NatTarget& target);
    static Checked parse(NatTarget& target, const OptionUse& use);
    static void save(const NatTarget& target, std::string& out);
    static void list(const NatTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
