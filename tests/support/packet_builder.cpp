// SPDX-License-Identifier: BSD-3-Clause
#include "tests/support/packet_builder.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>

namespace sluice::test {

namespace {

net::Ipv4Address address(std::string_view text) {
    const auto parsed = net::parse_ipv4(text);
    if (!parsed) {
        throw std::invalid_argument("not an IPv4 address: " + std::string(text));
    }
    return *parsed;
}

net::MacAddress mac(std::string_view text) {
    const auto parsed = net::parse_mac(text);
    if (!parsed) {
        throw std::invalid_argument("not a MAC address: " + std::string(text));
    }
    return *parsed;
}

void append(Bytes& bytes, std::span<const std::byte> more) {
    const std::size_t before = bytes.size();
    bytes.resize(before + more.size());
    std::copy(more.begin(), more.end(), bytes.begin() + static_cast<std::ptrdiff_t>(before));
}

template <class Header>
void append_header(Bytes& bytes, const Header& header) {
    append(bytes, std::as_bytes(std::span(&header, 1)));
}

Bytes padded_to_words(const std::vector<std::uint8_t>& options) {
    Bytes bytes;
    for (const std::uint8_t octet : options) {
        bytes.push_back(std::byte{octet});
    }
    bytes.resize((bytes.size() + 3) / 4 * 4);
    return bytes;
}

/// RFC 1071, word by word: slow, plain, and not the router's.
std::uint32_t added_words(const Bytes& bytes, std::uint32_t sum) {
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        const unsigned high = std::to_integer<unsigned>(bytes[i]);
        const unsigned low = i + 1 < bytes.size() ? std::to_integer<unsigned>(bytes[i + 1]) : 0U;
        sum += high << 8U | low;
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    return sum;
}

std::uint16_t checksum(const Bytes& bytes, std::uint32_t sum = 0) {
    return static_cast<std::uint16_t>(~added_words(bytes, sum) & 0xffffU);
}

void put16(Bytes& bytes, std::size_t at, std::uint16_t value) {
    bytes.at(at) = std::byte{static_cast<std::uint8_t>(value >> 8U)};
    bytes.at(at + 1) = std::byte{static_cast<std::uint8_t>(value & 0xffU)};
}

net::Be16 with_bit(net::Be16 field, std::uint16_t bit, bool on) {
    const std::uint16_t value = field.host();
    return net::Be16::from_host(static_cast<std::uint16_t>(on ? value | bit : value & ~unsigned{bit}));
}

}  // namespace

Bytes bytes_of(std::string_view text) {
    const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
    return {begin, begin + text.size()};
}

PacketBuilder& PacketBuilder::ethernet(std::string_view source, std::string_view destination) {
    mac_source_ = mac(source);
    mac_destination_ = mac(destination);
    return *this;
}

PacketBuilder& PacketBuilder::ether_type(std::uint16_t type) {
    ether_type_ = type;
    return *this;
}

PacketBuilder& PacketBuilder::vlan(std::uint16_t id, std::uint8_t priority) {
    vlan_control_ = static_cast<std::uint16_t>(unsigned{priority} << 13U | (id & 0xfffU));
    return *this;
}

PacketBuilder& PacketBuilder::ip(std::string_view source, std::string_view destination) {
    ip_.source = address(source);
    ip_.destination = address(destination);
    return *this;
}

PacketBuilder& PacketBuilder::ttl(std::uint8_t value) {
    ip_.ttl = value;
    return *this;
}

PacketBuilder& PacketBuilder::tos(std::uint8_t value) {
    ip_.tos = value;
    return *this;
}

PacketBuilder& PacketBuilder::id(std::uint16_t value) {
    ip_.id = net::Be16::from_host(value);
    return *this;
}

PacketBuilder& PacketBuilder::dont_fragment(bool on) {
    ip_.fragment = with_bit(ip_.fragment, net::Ipv4Header::kDontFragment, on);
    return *this;
}

PacketBuilder& PacketBuilder::more_fragments(bool on) {
    ip_.fragment = with_bit(ip_.fragment, net::Ipv4Header::kMoreFragments, on);
    return *this;
}

PacketBuilder& PacketBuilder::fragment_offset(std::size_t offset_bytes) {
    const unsigned flags = ip_.fragment.host() & 0xe000U;
    ip_.fragment = net::Be16::from_host(static_cast<std::uint16_t>(flags | offset_bytes / 8));
    return *this;
}

PacketBuilder& PacketBuilder::ip_options(const std::vector<std::uint8_t>& options) {
    ip_options_ = padded_to_words(options);
    return *this;
}

PacketBuilder& PacketBuilder::protocol(std::uint8_t number) {
    ip_.protocol = number;
    return *this;
}

PacketBuilder& PacketBuilder::udp(std::uint16_t source_port, std::uint16_t destination_port) {
    content_ = Content::udp;
    ip_.protocol = net::kProtocolUdp;
    udp_.source_port = net::Be16::from_host(source_port);
    udp_.destination_port = net::Be16::from_host(destination_port);
    return *this;
}

PacketBuilder& PacketBuilder::tcp(std::uint16_t source_port, std::uint16_t destination_port) {
    content_ = Content::tcp;
    ip_.protocol = net::kProtocolTcp;
    tcp_.source_port = net::Be16::from_host(source_port);
    tcp_.destination_port = net::Be16::from_host(destination_port);
    return *this;
}

PacketBuilder& PacketBuilder::flags(std::string_view letters) {
    constexpr std::string_view kLetters = "FSRPAUEC";
    tcp_.flags = 0;
    for (const char letter : letters) {
        tcp_.flags = static_cast<std::uint8_t>(tcp_.flags | 1U << kLetters.find(letter));
    }
    return *this;
}

PacketBuilder& PacketBuilder::seq(std::uint32_t value) {
    tcp_.sequence = net::Be32::from_host(value);
    return *this;
}

PacketBuilder& PacketBuilder::ack(std::uint32_t value) {
    tcp_.acknowledgement = net::Be32::from_host(value);
    return *this;
}

PacketBuilder& PacketBuilder::window(std::uint16_t value) {
    tcp_.window = net::Be16::from_host(value);
    return *this;
}

PacketBuilder& PacketBuilder::tcp_options(const std::vector<std::uint8_t>& options) {
    tcp_options_ = padded_to_words(options);
    return *this;
}

PacketBuilder& PacketBuilder::icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest) {
    content_ = Content::icmp;
    ip_.protocol = net::kProtocolIcmp;
    icmp_.type = type;
    icmp_.code = code;
    icmp_.id = net::Be16::from_host(static_cast<std::uint16_t>(rest >> 16U));
    icmp_.sequence = net::Be16::from_host(static_cast<std::uint16_t>(rest));
    return *this;
}

PacketBuilder& PacketBuilder::icmp_echo(std::uint16_t id, std::uint16_t sequence) {
    return icmp(8, 0, std::uint32_t{id} << 16U | sequence);
}

PacketBuilder& PacketBuilder::icmp_echo_reply(std::uint16_t id, std::uint16_t sequence) {
    return icmp(0, 0, std::uint32_t{id} << 16U | sequence);
}

PacketBuilder& PacketBuilder::icmp_error(std::uint8_t type, std::uint8_t code, const Bytes& quoted) {
    return icmp(type, code).payload(quoted);
}

PacketBuilder& PacketBuilder::icmp_mtu(std::uint16_t value) {
    icmp_.sequence = net::Be16::from_host(value);
    return *this;
}

PacketBuilder& PacketBuilder::icmp_pointer(std::uint8_t value) {
    icmp_.id = net::Be16::from_host(static_cast<std::uint16_t>(value << 8U));
    return *this;
}

PacketBuilder& PacketBuilder::payload(std::string_view text) {
    return payload(bytes_of(text));
}

PacketBuilder& PacketBuilder::payload(Bytes bytes) {
    payload_ = std::move(bytes);
    return *this;
}

PacketBuilder& PacketBuilder::payload_size(std::size_t count) {
    payload_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        payload_[i] = std::byte{static_cast<std::uint8_t>(i)};
    }
    return *this;
}

PacketBuilder& PacketBuilder::arp_request(std::string_view sender_mac, std::string_view sender_ip,
                                          std::string_view target_ip) {
    Bytes content;
    append_header(content, net::ArpPacket{net::Be16::from_host(1),
                                          net::Be16::from_host(net::kEtherTypeIpv4),
                                          6,
                                          4,
                                          net::Be16::from_host(1),
                                          mac(sender_mac),
                                          address(sender_ip),
                                          {},
                                          address(target_ip)});
    mac_source_ = mac(sender_mac);
    mac_destination_ = net::MacAddress::broadcast();
    return raw(std::move(content), net::kEtherTypeArp);
}

PacketBuilder& PacketBuilder::arp_reply(std::string_view sender_mac, std::string_view sender_ip,
                                        std::string_view target_mac, std::string_view target_ip) {
    Bytes content;
    append_header(content, net::ArpPacket{net::Be16::from_host(1), net::Be16::from_host(net::kEtherTypeIpv4),
                                          6, 4, net::Be16::from_host(2), mac(sender_mac), address(sender_ip),
                                          mac(target_mac), address(target_ip)});
    mac_source_ = mac(sender_mac);
    mac_destination_ = mac(target_mac);
    return raw(std::move(content), net::kEtherTypeArp);
}

PacketBuilder& PacketBuilder::raw(Bytes content, std::uint16_t type) {
    content_ = Content::not_ip;
    payload_ = std::move(content);
    ether_type_ = type;
    return *this;
}

PacketBuilder& PacketBuilder::bad_ip_checksum() {
    bad_ip_checksum_ = true;
    return *this;
}

PacketBuilder& PacketBuilder::bad_l4_checksum() {
    bad_l4_checksum_ = true;
    return *this;
}

PacketBuilder& PacketBuilder::no_udp_checksum() {
    no_udp_checksum_ = true;
    return *this;
}

PacketBuilder& PacketBuilder::version(std::uint8_t value) {
    version_ = value;
    return *this;
}

PacketBuilder& PacketBuilder::header_words(std::uint8_t value) {
    header_words_ = value;
    return *this;
}

PacketBuilder& PacketBuilder::total_length(std::uint16_t value) {
    total_length_ = value;
    return *this;
}

PacketBuilder& PacketBuilder::udp_length(std::uint16_t value) {
    udp_length_ = value;
    return *this;
}

PacketBuilder& PacketBuilder::tcp_header_words(std::uint8_t value) {
    tcp_header_words_ = value;
    return *this;
}

PacketBuilder& PacketBuilder::padding(std::size_t count) {
    padding_ = count;
    return *this;
}

PacketBuilder& PacketBuilder::truncated(std::size_t count) {
    truncated_ = count;
    return *this;
}

Bytes PacketBuilder::l4_bytes() const {
    Bytes l4;
    switch (content_) {
        case Content::udp:
            append_header(l4, udp_);
            break;
        case Content::tcp:
            append_header(l4, tcp_);
            append(l4, tcp_options_);
            break;
        case Content::icmp:
            append_header(l4, icmp_);
            break;
        case Content::raw_ip:
        case Content::not_ip:
            break;
    }
    append(l4, payload_);
    fill_l4(l4);
    return l4;
}

void PacketBuilder::fill_l4(Bytes& l4) const {
    Bytes pseudo;
    append_header(pseudo, ip_.source);
    append_header(pseudo, ip_.destination);
    append_header(pseudo, net::Be16::from_host(ip_.protocol));
    append_header(pseudo, net::Be16::from_host(static_cast<std::uint16_t>(l4.size())));
    const std::uint32_t pseudo_sum = added_words(pseudo, 0);
    const std::uint16_t fault = bad_l4_checksum_ ? 0x5555 : 0;
    switch (content_) {
        case Content::udp: {
            put16(l4, 4, udp_length_.value_or(static_cast<std::uint16_t>(l4.size())));
            const std::uint16_t sum = checksum(l4, pseudo_sum);
            put16(l4, 6,
                  no_udp_checksum_ ? std::uint16_t{0}
                                   : static_cast<std::uint16_t>((sum == 0 ? 0xffff : sum) ^ fault));
            break;
        }
        case Content::tcp: {
            const std::size_t words =
                tcp_header_words_.value_or(static_cast<std::uint8_t>(5 + tcp_options_.size() / 4));
            l4[12] = std::byte{static_cast<std::uint8_t>(words << 4U)};
            put16(l4, 16, static_cast<std::uint16_t>(checksum(l4, pseudo_sum) ^ fault));
            break;
        }
        case Content::icmp:
            put16(l4, 2, static_cast<std::uint16_t>(checksum(l4) ^ fault));
            break;
        case Content::raw_ip:
        case Content::not_ip:
            break;
    }
}

Bytes PacketBuilder::bytes() const {
    Bytes bytes;
    if (content_ == Content::not_ip) {
        bytes = payload_;
    } else {
        const Bytes l4 = l4_bytes();
        net::Ipv4Header header = ip_;
        const std::size_t header_bytes = sizeof header + ip_options_.size();
        header.version_ihl = static_cast<std::uint8_t>(
            version_.value_or(4) << 4U | header_words_.value_or(static_cast<std::uint8_t>(header_bytes / 4)));
        header.total_length = net::Be16::from_host(
            total_length_.value_or(static_cast<std::uint16_t>(header_bytes + l4.size())));
        header.checksum = {};
        append_header(bytes, header);
        append(bytes, ip_options_);
        put16(bytes, 10, static_cast<std::uint16_t>(checksum(bytes) ^ (bad_ip_checksum_ ? 0x5555 : 0)));
        append(bytes, l4);
    }
    bytes.resize(bytes.size() + padding_, std::byte{0xee});
    bytes.resize(bytes.size() - std::min(truncated_, bytes.size()));
    return bytes;
}

Bytes PacketBuilder::frame() const {
    const net::Be16 type = net::Be16::from_host(ether_type_.value_or(net::kEtherTypeIpv4));
    Bytes frame;
    append_header(frame,
                  net::EthernetHeader{mac_destination_, mac_source_,
                                      vlan_control_ ? net::Be16::from_host(net::kEtherTypeVlan) : type});
    if (vlan_control_) {
        append_header(frame, net::VlanTag{net::Be16::from_host(*vlan_control_), type});
    }
    append(frame, bytes());
    return frame;
}

std::vector<PacketBuilder> PacketBuilder::fragments(std::size_t piece_bytes) const {
    const Bytes l4 = l4_bytes();
    std::vector<PacketBuilder> pieces;
    for (std::size_t offset = 0; offset < l4.size(); offset += piece_bytes) {
        const std::size_t count = std::min(piece_bytes, l4.size() - offset);
        PacketBuilder piece = *this;
        piece.content_ = Content::raw_ip;
        piece.payload_.assign(l4.begin() + static_cast<std::ptrdiff_t>(offset),
                              l4.begin() + static_cast<std::ptrdiff_t>(offset + count));
        if (offset > 0) {
            piece.ip_options_.clear();
        }
        piece.fragment_offset(offset).more_fragments(offset + count < l4.size());
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

}  // namespace sluice::test
