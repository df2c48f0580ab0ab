// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "acl/sets/set_type.h"
#include "dataplane/net/address.h"
#include "dataplane/net/family.h"

namespace sluice::acl::sets {

/// An address of either family as a number; IPv4 in the lower 32 bits. Which family it is, its set says.
struct SetAddress {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    [[nodiscard]] static constexpr SetAddress of(net::Ipv4Address address) noexcept { return {0, address.host()}; }
    [[nodiscard]] static constexpr SetAddress of(const net::Ipv6Address& address) noexcept {
        SetAddress result;
        for (std::size_t i = 0; i < 8; ++i) {
            result.high = result.high << 8U | address.bytes[i];
            result.low = result.low << 8U | address.bytes[i + 8];
        }
        return result;
    }
    /// The network of the first `length` of `bits` (32 or 128) bits.
    [[nodiscard]] constexpr SetAddress masked(unsigned length, unsigned bits) const noexcept {
        const unsigned cut = bits - length;  // bits to clear at the low end
        if (cut == 0) {
            return *this;
        }
        if (cut >= 64) {
            return {cut >= 128 ? 0 : high & ~std::uint64_t{0} << (cut - 64), 0};
        }
        return {high, low & ~std::uint64_t{0} << cut};
    }
    constexpr auto operator<=>(const SetAddress&) const = default;
};

/// One element of a set, or what a packet shows of itself to a set. Dimensions that the type lacks stay empty.
struct Element {
    SetAddress address;
    SetAddress second;             ///< the last dimension of ip,port,ip and its kin
    std::uint8_t length = 0;       ///< of the prefix `address`; the full width for a host
    std::uint8_t second_length = 0;
    std::uint8_t protocol = 0;
    std::uint16_t port = 0;        ///< or type * 256 + code of ICMP
    std::uint32_t mark = 0;
    net::MacAddress mac;
    bool has_mac = false;
    bool physdev = false;          ///< the interface is a bridge's port; no routed packet has one
    bool wildcard = false;         ///< `iface` is the beginning of a name
    std::array<char, 16> iface{};  ///< zeros behind the name
    auto operator<=>(const Element&) const = default;
};

/// What an element may carry besides its key; printed where its set was created with it.
struct Extension {
    std::uint32_t timeout_s = 0;  ///< left; 0: does not end
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint32_t mark = 0;
    std::uint32_t mark_mask = 0;
    std::uint32_t priority = 0;  ///< major << 16 | minor
    std::uint16_t queue = 0;
    bool nomatch = false;
    std::string comment;
};

}  // namespace sluice::acl::sets
