// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "dataplane/base/ids.h"
#include "dataplane/net/family.h"

namespace sluice::acl {

/// What an address is to a router; numbers as the kernel's RTN_*.
///
/// Only four of them are ever answered, by the kernel as by us: inet_addr_type takes a route that refuses
/// (blackhole, unreachable, prohibit, throw), and no route at all, for unicast.
enum class AddressType : std::uint8_t {
    unspec,
    unicast,
    local,
    broadcast,
    anycast,
    multicast,
    blackhole,
    unreachable,
    prohibit,
    throw_,
    nat,
    xresolve,
};

[[nodiscard]] constexpr std::uint16_t bit(AddressType type) noexcept {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(type));
}

/// Whoever knows the router's addresses: two words that the dataplane puts into a packet's view, so that rules can
/// ask without knowing routes.
template <net::Family F>
struct AddressTypes {
    /// What the addresses of the router and their networks make of `address`: local, broadcast or else unicast.
    /// `device`: only an address of that interface counts; none: of any.
    using Of = AddressType(const void* router, const typename F::Address& address,
                           base::InterfaceId device) noexcept;

    const void* router = nullptr;
    Of* of = nullptr;
};

/// As inet_addr_type, or inet_dev_addr_type where there is a device.
[[nodiscard]] inline AddressType type_of(const AddressTypes<net::Ipv4>& types, const net::Ipv4Address& address,
                                         base::InterfaceId device) noexcept {
    constexpr std::uint32_t kLoopbackBroadcast = 0x7fffffff;
    if ((address.host() >> 24U) == 0 || address.is_limited_broadcast()) {
        return AddressType::broadcast;
    }
    if (address.is_multicast()) {
        return AddressType::multicast;
    }
    if (address.is_loopback()) {
        // 127.0.0.0/8 belongs to lo, which is none of ours.
        if (device != base::kNoInterface) {
            return AddressType::unicast;
        }
        return address.host() == kLoopbackBroadcast ? AddressType::broadcast : AddressType::local;
    }
    return types.of == nullptr ? AddressType::unicast : types.of(types.router, address, device);
}

}  // namespace sluice::acl
