// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Names of protocols and services, from the machine's /etc/protocols and /etc/services.
namespace sluice::acl::text {

/// A protocol by its name in lower case: iptables' own names first, then /etc/protocols, then common names
/// for machines without that file. Also `ipv4`, which Red Hat's file has for 4 and Debian's has not.
[[nodiscard]] std::optional<std::uint8_t> protocol_number(std::string_view name);

/// The name that iptables prints for a protocol; nothing where it prints the number.
[[nodiscard]] std::optional<std::string> protocol_name(std::uint8_t number);

/// Protocols that have services.
enum class ServiceOf : std::uint8_t { tcp, udp, udplite, sctp, dccp };

/// Nothing for a protocol without ports.
[[nodiscard]] std::optional<ServiceOf> service_of(std::uint8_t protocol);

/// The port of a service of the protocol.
[[nodiscard]] std::optional<std::uint16_t> service_port(std::string_view name, ServiceOf protocol);
/// The port of a service, whatever its protocol.
[[nodiscard]] std::optional<std::uint16_t> service_port(std::string_view name);

[[nodiscard]] std::optional<std::string> service_name(std::uint16_t port, ServiceOf protocol);

}  // namespace sluice::acl::text
