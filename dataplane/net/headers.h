// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "dataplane/base/big_endian.h"
#include "dataplane/net/address.h"

/// Headers as they lie on the wire. Every struct has alignment 1 or 2 and no padding; read and write them in
/// place through `reinterpret_cast` of packet bytes (x86 takes unaligned words; the build assumes it).
namespace sluice::net {

using base::Be16;
using base::Be32;

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;

inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolDccp = 33;
inline constexpr std::uint8_t kProtocolGre = 47;
inline constexpr std::uint8_t kProtocolEsp = 50;
inline constexpr std::uint8_t kProtocolAh = 51;
inline constexpr std::uint8_t kProtocolIcmpV6 = 58;
inline constexpr std::uint8_t kProtocolIpcomp = 108;
inline constexpr std::uint8_t kProtocolSctp = 132;
inline constexpr std::uint8_t kProtocolUdpLite = 136;

#pragma pack(push, 1)

/// IEEE 802.3, 14 bytes.
struct EthernetHeader {
    MacAddress destination;
    MacAddress source;
    Be16 type;
};
static_assert(sizeof(EthernetHeader) == 14);

/// What follows type 0x8100 (IEEE 802.1Q), 4 bytes.
struct VlanTag {
    Be16 control;  ///< priority 3 bits, DEI 1 bit, VLAN id 12 bits
    Be16 type;     ///< of what follows

    [[nodiscard]] constexpr std::uint16_t id() const noexcept { return control.host() & 0x0fffU; }
};
static_assert(sizeof(VlanTag) == 4);

/// ARP for IPv4 over Ethernet (RFC 826), 28 bytes.
struct ArpPacket {
    Be16 hardware_type;  ///< 1: Ethernet
    Be16 protocol_type;  ///< 0x0800
    std::uint8_t hardware_length;
    std::uint8_t protocol_length;
    Be16 operation;  ///< 1 request, 2 reply
    MacAddress sender_mac;
    Ipv4Address sender_ip;
    MacAddress target_mac;
    Ipv4Address target_ip;
};
static_assert(sizeof(ArpPacket) == 28);

/// RFC 791, section 3.1; 20 bytes, options follow.
struct Ipv4Header {
    std::uint8_t version_ihl;
    std::uint8_t tos;
    Be16 total_length;
    Be16 id;
    Be16 fragment;  ///< reserved, DF, MF and 13 bits of offset in units of 8 bytes
    std::uint8_t ttl;
    std::uint8_t protocol;
    Be16 checksum;
    Ipv4Address source;
    Ipv4Address destination;

    static constexpr std::uint16_t kDontFragment = 0x4000;
    static constexpr std::uint16_t kMoreFragments = 0x2000;
    static constexpr std::uint16_t kOffsetMask = 0x1fff;

    [[nodiscard]] constexpr unsigned version() const noexcept { return version_ihl >> 4U; }
    [[nodiscard]] constexpr unsigned header_bytes() const noexcept { return (version_ihl & 0xfU) * 4U; }
    [[nodiscard]] constexpr bool dont_fragment() const noexcept { return (fragment.host() & kDontFragment) != 0; }
    [[nodiscard]] constexpr bool is_fragment() const noexcept {
        return (fragment.host() & (kMoreFragments | kOffsetMask)) != 0;
    }
    /// Bytes from the start of the datagram's payload.
    [[nodiscard]] constexpr unsigned offset_bytes() const noexcept { return (fragment.host() & kOffsetMask) * 8U; }
};
static_assert(sizeof(Ipv4Header) == 20);

/// RFC 792; the first 8 bytes of every ICMP message.
struct IcmpHeader {
    std::uint8_t type;
    std::uint8_t code;
    Be16 checksum;
    Be16 id;        ///< echo; 0 or pointer in errors
    Be16 sequence;  ///< echo; next-hop MTU in "fragmentation needed" (RFC 1191)
};
static_assert(sizeof(IcmpHeader) == 8);

/// ICMP types by number (IANA).
enum class IcmpType : std::uint8_t {
    echo_reply = 0,
    destination_unreachable = 3,
    source_quench = 4,
    redirect = 5,
    echo_request = 8,
    time_exceeded = 11,
    parameter_problem = 12,
    timestamp_request = 13,
    timestamp_reply = 14,
    information_request = 15,
    information_reply = 16,
    address_mask_request = 17,
    address_mask_reply = 18,
};

/// RFC 9293, section 3.1; 20 bytes, options follow.
struct TcpHeader {
    Be16 source_port;
    Be16 destination_port;
    Be32 sequence;
    Be32 acknowledgement;
    std::uint8_t data_offset;  ///< high four bits: header length in words
    std::uint8_t flags;
    Be16 window;
    Be16 checksum;
    Be16 urgent;

    static constexpr std::uint8_t kFin = 0x01;
    static constexpr std::uint8_t kSyn = 0x02;
    static constexpr std::uint8_t kRst = 0x04;
    static constexpr std::uint8_t kPsh = 0x08;
    static constexpr std::uint8_t kAck = 0x10;
    static constexpr std::uint8_t kUrg = 0x20;
    static constexpr std::uint8_t kEce = 0x40;
    static constexpr std::uint8_t kCwr = 0x80;

    [[nodiscard]] constexpr unsigned header_bytes() const noexcept { return (data_offset >> 4U) * 4U; }
};
static_assert(sizeof(TcpHeader) == 20);

/// RFC 768.
struct UdpHeader {
    Be16 source_port;
    Be16 destination_port;
    Be16 length;
    Be16 checksum;  ///< 0: none
};
static_assert(sizeof(UdpHeader) == 8);

#pragma pack(pop)

}  // namespace sluice::net
