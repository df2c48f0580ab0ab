// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "acl/ruleset.h"

/// `-s` and `-d`: addresses with masks, read and printed as iptables does.
namespace sluice::acl::text {

template <net::Family F>
struct AddressText;

template <>
struct AddressText<net::Ipv4> {
    using Match = AddressMatch<net::Ipv4>;

    /// `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.255.0`, `10` (for 10.0.0.0), or several with commas. Octets
    /// may be decimal, 0x hexadecimal or 0 octal; host bits are cut off. Host names are refused: nothing is
    /// looked up.
    static tl::expected<std::vector<Match>, std::string> parse(std::string_view text);

    /// ` ! -s 10.0.0.0/8`; nothing for any address.
    static void save(char option, const Match& match, std::string& out);

    /// `10.0.0.0/8`, `10.0.0.1`, `anywhere` (0.0.0.0/0 if `numeric`).
    static std::string list(const Match& match, bool numeric);
};

/// One address without a mask, as iptables reads numbers: `10.0.0.1`, `10` (for 10.0.0.0), octets in any base.
[[nodiscard]] std::optional<net::Ipv4Address> parse_address(std::string_view text);

/// One address as options read it that name a host: as inet_aton(3), so `10` is 0.0.0.10.
[[nodiscard]] std::optional<net::Ipv4Address> parse_host(const std::string& text);

struct HostAndMask {
    net::Ipv4Address address;  ///< as written, host bits and all
    net::Ipv4Address mask;     ///< that of a prefix
};

/// Such an address, and behind a slash a length or a dotted mask. iptables takes a mask with holes, or a length beyond
/// 32, for /32; here they are refused.
[[nodiscard]] tl::expected<HostAndMask, std::string> parse_host_and_mask(const std::string& text);

}  // namespace sluice::acl::text
