// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dataplane/net/address.h"
#include "dataplane/net/headers.h"

/// Packets for tests, written as one would say them:
///
///   packet().ip("10.0.0.5", "8.8.8.8").ttl(64).udp(4000, 53).payload("hello").frame()
///   packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 80).flags("S").bytes()
///   packet().ip("8.8.8.8", "10.0.0.5").icmp_error(3, 4, quoted.bytes()).icmp_mtu(1400)
///
/// Lengths and checksums are right unless a call breaks one on purpose (`bad_ip_checksum`, `total_length`,
/// ...). Nothing here knows DPDK or the router: it is a second opinion on the formats, not the first one
/// again.
namespace sluice::test {

using Bytes = std::vector<std::byte>;

/// A packet in the making; cheap to copy, so variants branch off a common beginning.
class PacketBuilder {
public:
    // Ethernet. Default: from 02:00:00:00:00:02 to 02:00:00:00:00:01.
    PacketBuilder& ethernet(std::string_view source, std::string_view destination);
    PacketBuilder& ether_type(std::uint16_t type);  ///< instead of what the content has
    PacketBuilder& vlan(std::uint16_t id, std::uint8_t priority = 0);

    // IPv4
    PacketBuilder& ip(std::string_view source, std::string_view destination);
    PacketBuilder& ttl(std::uint8_t value);
    PacketBuilder& tos(std::uint8_t value);
    PacketBuilder& id(std::uint16_t value);
    PacketBuilder& dont_fragment(bool on = true);
    PacketBuilder& more_fragments(bool on = true);
    PacketBuilder& fragment_offset(std::size_t offset_bytes);  ///< a multiple of 8
    PacketBuilder& ip_options(
        const std::vector<std::uint8_t>& options);  ///< padded with end-of-list to words
    PacketBuilder& protocol(std::uint8_t number);   ///< for content that is only payload

    // L4
    PacketBuilder& udp(std::uint16_t source_port, std::uint16_t destination_port);
    PacketBuilder& tcp(std::uint16_t source_port, std::uint16_t destination_port);
    PacketBuilder& flags(std::string_view letters);  ///< of "FSRPAUEC"
    PacketBuilder& seq(std::uint32_t value);
    PacketBuilder& ack(std::uint32_t value);  ///< the number; the flag is `flags`' business
    PacketBuilder& window(std::uint16_t value);
    PacketBuilder& tcp_options(const std::vector<std::uint8_t>& options);
    PacketBuilder& icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest = 0);
    PacketBuilder& icmp_echo(std::uint16_t id, std::uint16_t sequence);
    PacketBuilder& icmp_echo_reply(std::uint16_t id, std::uint16_t sequence);
    PacketBuilder& icmp_error(std::uint8_t type, std::uint8_t code, const Bytes& quoted);
    PacketBuilder& icmp_mtu(std::uint16_t value);
    PacketBuilder& icmp_pointer(std::uint8_t value);
    PacketBuilder& payload(std::string_view text);
    PacketBuilder& payload(Bytes bytes);
    PacketBuilder& payload_size(std::size_t count);  ///< bytes 0, 1, 2, ... 255, 0, ...

    // ARP, instead of IP
    PacketBuilder& arp_request(std::string_view sender_mac, std::string_view sender_ip,
                               std::string_view target_ip);
    PacketBuilder& arp_reply(std::string_view sender_mac, std::string_view sender_ip,
                             std::string_view target_mac, std::string_view target_ip);
    PacketBuilder& raw(Bytes content, std::uint16_t type);  ///< any EtherType

    // broken on purpose
    PacketBuilder& bad_ip_checksum();
    PacketBuilder& bad_l4_checksum();
    PacketBuilder& no_udp_checksum();  ///< 0: not a fault, RFC 768
    PacketBuilder& version(std::uint8_t value);
    PacketBuilder& header_words(std::uint8_t value);
    PacketBuilder& total_length(std::uint16_t value);
    PacketBuilder& udp_length(std::uint16_t value);
    PacketBuilder& tcp_header_words(std::uint8_t value);
    PacketBuilder& padding(std::size_t count);    ///< bytes of 0xee behind the packet
    PacketBuilder& truncated(std::size_t count);  ///< the frame's last bytes are missing

    /// The IP packet (or ARP, or raw content) without its Ethernet header.
    [[nodiscard]] Bytes bytes() const;
    /// The frame.
    [[nodiscard]] Bytes frame() const;
    /// The packet in pieces of at most `piece_bytes` of IP payload (a multiple of 8), all options in the
    /// first piece and none in the others; each piece is a builder of its own, to be sent in any order or
    /// broken further.
    [[nodiscard]] std::vector<PacketBuilder> fragments(std::size_t piece_bytes) const;

private:
    enum class Content : std::uint8_t { raw_ip, udp, tcp, icmp, not_ip };

    [[nodiscard]] Bytes l4_bytes() const;
    void fill_l4(Bytes& l4) const;

    net::MacAddress mac_source_{{0x02, 0, 0, 0, 0, 0x02}};
    net::MacAddress mac_destination_{{0x02, 0, 0, 0, 0, 0x01}};
    std::optional<std::uint16_t> vlan_control_;
    std::optional<std::uint16_t> ether_type_;
    net::Ipv4Header ip_{0x45,
                        0,
                        {},
                        {},
                        {},
                        64,
                        0,
                        {},
                        net::Ipv4Address::from_host(0x0a000001),
                        net::Ipv4Address::from_host(0x0a000002)};
    Bytes ip_options_;
    Content content_ = Content::raw_ip;
    net::UdpHeader udp_{};
    net::TcpHeader tcp_{{}, {}, {}, {}, 0, 0, net::Be16::from_host(8192), {}, {}};
    Bytes tcp_options_;
    net::IcmpHeader icmp_{};
    Bytes payload_;
    bool bad_ip_checksum_ = false;
    bool bad_l4_checksum_ = false;
    bool no_udp_checksum_ = false;
    std::optional<std::uint8_t> version_;
    std::optional<std::uint8_t> header_words_;
    std::optional<std::uint16_t> total_length_;
    std::optional<std::uint16_t> udp_length_;
    std::optional<std::uint8_t> tcp_header_words_;
    std::size_t padding_ = 0;
    std::size_t truncated_ = 0;
};

[[nodiscard]] inline PacketBuilder packet() {
    return {};
}

/// Text as bytes.
[[nodiscard]] Bytes bytes_of(std::string_view text);

}  // namespace sluice::test
