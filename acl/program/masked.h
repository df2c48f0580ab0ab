// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "dataplane/net/address.h"

namespace sluice::acl {

/// True where `address` under `mask` is `wanted` (which the parser has masked already, as iptables does).
[[nodiscard]] inline bool equal_under_mask(net::Ipv4Address address, net::Ipv4Address mask,
                                           net::Ipv4Address wanted) noexcept {
    return (address.value.raw() & mask.value.raw()) == wanted.value.raw();
}

[[nodiscard]] inline bool equal_under_mask(const net::Ipv6Address& address, const net::Ipv6Address& mask,
                                           const net::Ipv6Address& wanted) noexcept {
    unsigned difference = 0;
    for (std::size_t i = 0; i < address.bytes.size(); ++i) {
        difference |= static_cast<unsigned>((address.bytes[i] & mask.bytes[i]) ^ wanted.bytes[i]);
    }
    return difference == 0;
}

/// How many leading ones a mask has: its length where it is a prefix.
[[nodiscard]] inline unsigned leading_ones(net::Ipv4Address mask) noexcept {
    return static_cast<unsigned>(std::countl_one(mask.host()));
}

[[nodiscard]] inline unsigned leading_ones(const net::Ipv6Address& mask) noexcept {
    unsigned ones = 0;
    for (const std::uint8_t byte : mask.bytes) {
        ones += static_cast<unsigned>(std::countl_one(byte));
        if (byte != 0xff) {
            break;
        }
    }
    return ones;
}

/// 32 bits of an address in host order, counted from the left: what rte_acl takes as one field.
[[nodiscard]] inline std::uint32_t word(net::Ipv4Address address, std::size_t) noexcept {
    return address.host();
}

[[nodiscard]] inline std::uint32_t word(const net::Ipv6Address& address, std::size_t i) noexcept {
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < 4; ++k) {
        value = value << 8U | address.bytes[4 * i + k];
    }
    return value;
}

}  // namespace sluice::acl
