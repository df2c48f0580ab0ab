// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/base/big_endian.h"

namespace sluice::net {

/// 48 bits of an Ethernet address, in wire order.
struct MacAddress {
    std::array<std::uint8_t, 6> bytes{};

    [[nodiscard]] constexpr bool is_group() const noexcept { return (bytes[0] & 1U) != 0; }
    [[nodiscard]] constexpr bool is_broadcast() const noexcept { return *this == broadcast(); }
    [[nodiscard]] static constexpr MacAddress broadcast() noexcept {
        return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    }
    constexpr auto operator<=>(const MacAddress&) const = default;
};

/// An IPv4 address in wire order; ordered by value.
struct Ipv4Address {
    base::Be32 value;

    [[nodiscard]] static constexpr Ipv4Address from_host(std::uint32_t host) noexcept {
        return {base::Be32::from_host(host)};
    }
    [[nodiscard]] constexpr std::uint32_t host() const noexcept { return value.host(); }
    constexpr bool operator==(const Ipv4Address&) const = default;
    constexpr auto operator<=>(const Ipv4Address&) const = default;

    [[nodiscard]] constexpr bool is_unspecified() const noexcept { return value.raw() == 0; }
    [[nodiscard]] constexpr bool is_loopback() const noexcept { return (host() >> 24U) == 127; }
    [[nodiscard]] constexpr bool is_multicast() const noexcept { return (host() >> 28U) == 0xe; }
    [[nodiscard]] constexpr bool is_limited_broadcast() const noexcept { return host() == 0xffffffffU; }
    /// 224.0.0.1, the group that every host is in (RFC 1112, section 4).
    [[nodiscard]] constexpr bool is_all_hosts() const noexcept { return host() == 0xe0000001U; }
    /// 0.0.0.0/8, "this network" (RFC 1122, section 3.2.1.3).
    [[nodiscard]] constexpr bool is_zeronet() const noexcept { return (host() >> 24U) == 0; }
};

/// An IPv6 address in wire order.
struct Ipv6Address {
    std::array<std::uint8_t, 16> bytes{};
    constexpr auto operator<=>(const Ipv6Address&) const = default;

    [[nodiscard]] constexpr bool is_unspecified() const noexcept { return *this == Ipv6Address{}; }
    [[nodiscard]] constexpr bool is_multicast() const noexcept { return bytes[0] == 0xff; }
};

/// The netmask of a prefix length, 0 to 32, as a value.
[[nodiscard]] constexpr std::uint32_t ipv4_mask(unsigned length) noexcept {
    return length == 0 ? 0U : ~std::uint32_t{0} << (32U - length);
}

/// A prefix as written, host bits included: `10.0.0.2/24` keeps its `.2`.
struct Ipv4Prefix {
    Ipv4Address address;
    std::uint8_t length = 32;

    [[nodiscard]] constexpr Ipv4Address network() const noexcept {
        return Ipv4Address::from_host(address.host() & ipv4_mask(length));
    }
    [[nodiscard]] constexpr Ipv4Address broadcast() const noexcept {
        return Ipv4Address::from_host(address.host() | ~ipv4_mask(length));
    }
    [[nodiscard]] constexpr bool contains(Ipv4Address other) const noexcept {
        return ((other.host() ^ address.host()) & ipv4_mask(length)) == 0;
    }
    constexpr bool operator==(const Ipv4Prefix&) const = default;
};

/// Text forms. Parsing takes the whole text or nothing; IPv4 only in dotted quads without leading zeros.
[[nodiscard]] std::optional<MacAddress> parse_mac(std::string_view text);
[[nodiscard]] std::optional<Ipv4Address> parse_ipv4(std::string_view text);
[[nodiscard]] std::optional<Ipv6Address> parse_ipv6(std::string_view text);
/// `a.b.c.d` or `a.b.c.d/len`.
[[nodiscard]] std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text);

[[nodiscard]] std::string to_string(MacAddress mac);  ///< lower case, colons
[[nodiscard]] std::string to_string(Ipv4Address address);
[[nodiscard]] std::string to_string(const Ipv6Address& address);  ///< RFC 5952
[[nodiscard]] std::string to_string(Ipv4Prefix prefix);           ///< always with /len

}  // namespace sluice::net
