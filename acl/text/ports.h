// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "acl/matches/tcp.h"
#include "acl/text/names.h"

/// `--sport` and `--dport` of all protocols that have ports.
namespace sluice::acl::text {

/// `80`, `http`, `80:90`, `:90`, `80:`. Numbers are as iptables reads them for the protocol: with base 0 for
/// tcp and sctp (010 is 8), decimal for udp and dccp (010 is 10).
[[nodiscard]] tl::expected<PortRange, std::string> parse_ports(std::string_view text, ServiceOf protocol);

/// One port: a number with base 0 (0x50, 0120) or a service of the protocol.
[[nodiscard]] tl::expected<std::uint16_t, std::string> parse_port(std::string_view text, ServiceOf protocol);

/// As iptables' newer option parser does it for udp, dccp and single options: decimal, and any protocol's service
/// will do.
[[nodiscard]] tl::expected<std::uint16_t, std::string> parse_decimal_port(std::string_view text,
                                                                          ServiceOf protocol);

/// The name of the service, or the number where there is none or `numeric`.
[[nodiscard]] std::string port_text(std::uint16_t port, ServiceOf protocol, bool numeric);

/// ` ! --sport 80:90`; nothing for all ports.
void save_ports(std::string_view option, const PortRange& ports, std::string& out);

/// The same of protocols that print what was given, even if it is all ports.
void save_given_ports(std::string_view option, const std::optional<PortRange>& ports, std::string& out);

/// ` spt:80`, ` spts:!80:90`; nothing for all ports.
void list_ports(std::string_view label, const PortRange& ports, ServiceOf protocol, bool numeric,
                std::string& out);

}  // namespace sluice::acl::text
