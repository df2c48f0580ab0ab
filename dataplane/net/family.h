// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>

#include "dataplane/net/address.h"
#include "dataplane/net/headers.h"

/// The address family as a type: what code that exists once for IPv4 and IPv6 is a template over.
namespace sluice::net {

struct Ipv4 {
    using Address = Ipv4Address;
    using Header = Ipv4Header;
    static constexpr std::uint16_t kEtherType = kEtherTypeIpv4;
    static constexpr std::uint8_t kIcmpProtocol = kProtocolIcmp;
};

struct Ipv6 {
    using Address = Ipv6Address;
    static constexpr std::uint16_t kEtherType = kEtherTypeIpv6;
    static constexpr std::uint8_t kIcmpProtocol = kProtocolIcmpV6;
};

template <class F>
concept Family = std::same_as<F, Ipv4> || std::same_as<F, Ipv6>;

}  // namespace sluice::net
