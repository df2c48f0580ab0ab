// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dataplane/net/address.h"

namespace sluice::acl::text {

/// Six bytes with colons between them, each of up to two hexadecimal digits; none at all are 0, as for
/// iptables.
[[nodiscard]] std::optional<net::MacAddress> parse_mac(std::string_view text);

/// `00:11:22:aa:bb:cc`, or `00:11:22:AA:BB:CC`.
void append_mac(const net::MacAddress& mac, bool upper, std::string& out);

}  // namespace sluice::acl::text
