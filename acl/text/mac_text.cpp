// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/mac_text.h"

#include <cstdint>

#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

/// Up to two hexadecimal digits; none at all are 0, as for iptables.
std::optional<std::uint8_t> parse_byte(std::string_view text) {
    if (text.size() > 2) {
        return std::nullopt;
    }
    unsigned value = 0;
    for (const char c : text) {
        const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        if ((lower < '0' || lower > '9') && (lower < 'a' || lower > 'f')) {
            return std::nullopt;
        }
        value = value * 16 + static_cast<unsigned>(lower <= '9' ? lower - '0' : lower - 'a' + 10);
    }
    return static_cast<std::uint8_t>(value);
}

}  // namespace

std::optional<net::MacAddress> parse_mac(std::string_view text) {
    net::MacAddress mac;
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        const bool is_last = i + 1 == mac.bytes.size();
        const std::size_t colon = is_last ? std::string_view::npos : text.find(':');
        const auto byte = parse_byte(text.substr(0, colon));
        if (!byte || (!is_last && colon == std::string_view::npos)) {
            return std::nullopt;
        }
        mac.bytes[i] = *byte;
        text.remove_prefix(is_last ? text.size() : colon + 1);
    }
    return mac;
}

void append_mac(const net::MacAddress& mac, bool upper, std::string& out) {
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        const std::string_view colon = i == 0 ? "" : ":";
        upper ? base::append(out, "{}{:02X}", colon, mac.bytes[i])
              : base::append(out, "{}{:02x}", colon, mac.bytes[i]);
    }
}

}  // namespace sluice::acl::text
