// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/packet_builder.h"

/// What a packet should look like, in small statements that compose:
///
///   EXPECT_EQ(differences(seen_frame(bytes), {ip_src("198.51.100.1"), ttl(63), valid_checksums()}), "");
///
/// A check returns what is different in words, or nothing; `differences` puts them together with the packet.
namespace sluice::test {

/// A packet taken apart: where each layer lies. Spans point into the bytes given.
struct Seen {
    std::span<const std::byte> frame;  ///< empty where there is none
    std::span<const std::byte> ip;     ///< header and payload, cut to the total length; empty: not IPv4
    std::span<const std::byte> l4;     ///< behind the IP header
    std::span<const std::byte> arp;
    std::optional<std::uint16_t> vlan;
    std::uint8_t protocol = 0;
    bool is_later_fragment = false;
    bool is_quoted = false;  ///< stands in an ICMP error: may be cut short

    [[nodiscard]] std::span<const std::byte> payload() const;  ///< behind the L4 header
};

[[nodiscard]] Seen seen_frame(std::span<const std::byte> frame);
[[nodiscard]] Seen seen_ip(std::span<const std::byte> packet);
/// The packet that an ICMP error quotes; an empty one where it is none.
[[nodiscard]] Seen quoted_in(const Seen& packet);

using Difference = std::optional<std::string>;
using Check = std::function<Difference(const Seen&)>;

/// All that is different, one a line, with a description of the packet; empty where all checks hold.
[[nodiscard]] std::string differences(const Seen& packet, const std::vector<Check>& checks);
/// `10.0.0.1 > 10.0.0.2 ttl 64 UDP 4000 > 53, 5 bytes`
[[nodiscard]] std::string described(const Seen& packet);

// Ethernet
[[nodiscard]] Check eth_src(std::string_view mac);
[[nodiscard]] Check eth_dst(std::string_view mac);
[[nodiscard]] Check on_vlan(std::uint16_t id);
[[nodiscard]] Check untagged();

// IPv4
[[nodiscard]] Check ip_src(std::string_view address);
[[nodiscard]] Check ip_dst(std::string_view address);
[[nodiscard]] Check ttl(std::uint8_t value);
[[nodiscard]] Check tos(std::uint8_t value);
[[nodiscard]] Check ip_id(std::uint16_t value);
[[nodiscard]] Check dont_fragment(bool on);
[[nodiscard]] Check fragment(std::size_t offset_bytes, bool more);
[[nodiscard]] Check protocol(std::uint8_t number);
[[nodiscard]] Check ip_length(std::size_t bytes);
[[nodiscard]] Check ip_options(std::vector<std::uint8_t> options);

// L4
[[nodiscard]] Check udp_ports(std::uint16_t source, std::uint16_t destination);
[[nodiscard]] Check tcp_ports(std::uint16_t source, std::uint16_t destination);
[[nodiscard]] Check tcp_flags(std::string_view letters);
[[nodiscard]] Check tcp_seq(std::uint32_t value);
[[nodiscard]] Check tcp_ack(std::uint32_t value);
[[nodiscard]] Check icmp_type(std::uint8_t type, std::uint8_t code);
[[nodiscard]] Check icmp_id(std::uint16_t value);
[[nodiscard]] Check icmp_sequence(std::uint16_t value);
[[nodiscard]] Check icmp_mtu(std::uint16_t value);
[[nodiscard]] Check icmp_pointer(std::uint8_t value);
[[nodiscard]] Check payload_is(std::string_view text);
[[nodiscard]] Check payload_is(Bytes bytes);
[[nodiscard]] Check payload_length(std::size_t bytes);
/// The packet in an ICMP error.
[[nodiscard]] Check quoted(std::vector<Check> checks);

/// The checksums of IP, TCP, UDP and ICMP, and the header checksum of a quoted packet. L4 only where the
/// packet is whole.
[[nodiscard]] Check valid_checksums();
/// The header checksum alone.
[[nodiscard]] Check valid_ip_checksum();

}  // namespace sluice::test
