// SPDX-License-Identifier: BSD-3-Clause
#include "tests/support/packet_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace sluice::test {

namespace {

constexpr std::string_view kFlagLetters = "FSRPAUEC";

unsigned octet(std::span<const std::byte> bytes, std::size_t at) {
    return at < bytes.size() ? std::to_integer<unsigned>(bytes[at]) : 0U;
}
unsigned word16(std::span<const std::byte> bytes, std::size_t at) {
    return octet(bytes, at) << 8U | octet(bytes, at + 1);
}
std::uint32_t word32(std::span<const std::byte> bytes, std::size_t at) {
    return std::uint32_t{word16(bytes, at)} << 16U | word16(bytes, at + 2);
}

std::string address_text(std::span<const std::byte> ip, std::size_t at) {
    return net::to_string(net::Ipv4Address::from_host(word32(ip, at)));
}

std::string mac_text(std::span<const std::byte> frame, std::size_t at) {
    net::MacAddress mac;
    std::memcpy(mac.bytes.data(), frame.data() + at, 6);
    return net::to_string(mac);
}

std::string flag_text(unsigned flags) {
    std::string text;
    for (std::size_t i = 0; i < kFlagLetters.size(); ++i) {
        if ((flags >> i & 1U) != 0) {
            text += kFlagLetters[i];
        }
    }
    return text;
}

std::uint32_t sum_words(std::span<const std::byte> bytes, std::uint32_t sum) {
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        sum += word16(bytes, i);
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    return sum;
}

template <class T>
Difference unless_equal(std::string_view what, const T& is, const T& wanted) {
    if (is == wanted) {
        return std::nullopt;
    }
    return fmt::format("{} is {}, not {}", what, is, wanted);
}

/// A check of an IPv4 field.
template <class Read, class T>
Check ip_check(std::string what, Read read, T wanted) {
    return [what = std::move(what), read, wanted](const Seen& packet) -> Difference {
        if (packet.ip.empty()) {
            return what + ": not an IPv4 packet";
        }
        return unless_equal<T>(what, static_cast<T>(read(packet)), wanted);
    };
}

/// A check of an L4 field of one protocol.
template <class Read, class T>
Check l4_check(std::uint8_t number, std::string what, Read read, T wanted) {
    return [number, what = std::move(what), read, wanted](const Seen& packet) -> Difference {
        if (packet.ip.empty() || packet.protocol != number || packet.is_later_fragment) {
            return fmt::format("{}: not a packet with a header of protocol {}", what, number);
        }
        return unless_equal<T>(what, static_cast<T>(read(packet)), wanted);
    };
}

std::uint32_t pseudo_sum(const Seen& packet) {
    return sum_words(packet.ip.subspan(12, 8), 0) + packet.protocol +
           static_cast<std::uint32_t>(packet.l4.size());
}

Difference l4_checksum_fault(const Seen& packet) {
    const bool is_whole = (word16(packet.ip, 6) & 0x3fffU) == 0;
    if (!is_whole || packet.is_quoted) {
        return std::nullopt;
    }
    switch (packet.protocol) {
        case net::kProtocolTcp:
            if (sum_words(packet.l4, pseudo_sum(packet)) != 0xffff) {
                return fmt::format("TCP checksum {:04x} is wrong", word16(packet.l4, 16));
            }
            break;
        case net::kProtocolUdp:
            if (word16(packet.l4, 6) != 0 && sum_words(packet.l4, pseudo_sum(packet)) != 0xffff) {
                return fmt::format("UDP checksum {:04x} is wrong", word16(packet.l4, 6));
            }
            break;
        case net::kProtocolIcmp:
            if (sum_words(packet.l4, 0) != 0xffff) {
                return fmt::format("ICMP checksum {:04x} is wrong", word16(packet.l4, 2));
            }
            break;
        default:
            break;
    }
    return std::nullopt;
}

Difference ip_checksum_fault(const Seen& packet) {
    const std::size_t header_bytes = (octet(packet.ip, 0) & 0xfU) * 4;
    if (packet.ip.size() < header_bytes || sum_words(packet.ip.subspan(0, header_bytes), 0) != 0xffff) {
        return fmt::format("IP header checksum {:04x} is wrong", word16(packet.ip, 10));
    }
    return std::nullopt;
}

}  // namespace

std::span<const std::byte> Seen::payload() const {
    std::size_t header = 0;
    if (!is_later_fragment) {
        switch (protocol) {
            case net::kProtocolUdp:
            case net::kProtocolIcmp:
                header = 8;
                break;
            case net::kProtocolTcp:
                header = (octet(l4, 12) >> 4U) * 4;
                break;
            default:
                break;
        }
    }
    return l4.subspan(std::min(header, l4.size()));
}

Seen seen_frame(std::span<const std::byte> frame) {
    std::size_t at = 14;
    unsigned type = word16(frame, 12);
    std::optional<std::uint16_t> vlan;
    if (type == net::kEtherTypeVlan) {
        vlan = static_cast<std::uint16_t>(word16(frame, 14) & 0xfffU);
        type = word16(frame, 16);
        at = 18;
    }
    const auto content = frame.subspan(std::min(at, frame.size()));
    Seen seen = type == net::kEtherTypeIpv4 ? seen_ip(content) : Seen{};
    if (type == net::kEtherTypeArp) {
        seen.arp = content;
    }
    seen.frame = frame;
    seen.vlan = vlan;
    return seen;
}

Seen seen_ip(std::span<const std::byte> packet) {
    Seen seen;
    const std::size_t header_bytes = (octet(packet, 0) & 0xfU) * 4;
    if (packet.size() < 20 || octet(packet, 0) >> 4U != 4 || header_bytes < 20 ||
        packet.size() < header_bytes) {
        return seen;
    }
    seen.ip = packet.first(
        std::min<std::size_t>(packet.size(), std::max<std::size_t>(word16(packet, 2), header_bytes)));
    seen.l4 = seen.ip.subspan(header_bytes);
    seen.protocol = static_cast<std::uint8_t>(octet(packet, 9));
    seen.is_later_fragment = (word16(packet, 6) & 0x1fffU) != 0;
    return seen;
}

Seen quoted_in(const Seen& packet) {
    constexpr std::array<unsigned, 5> kErrors = {3, 4, 5, 11, 12};
    const bool is_error = packet.protocol == net::kProtocolIcmp && !packet.is_later_fragment &&
                          std::find(kErrors.begin(), kErrors.end(), octet(packet.l4, 0)) != kErrors.end();
    if (!is_error || packet.l4.size() < 8) {
        return {};
    }
    Seen quote = seen_ip(packet.l4.subspan(8));
    quote.is_quoted = true;
    return quote;
}

std::string described(const Seen& packet) {
    if (packet.ip.empty()) {
        return fmt::format("{} of {} bytes", packet.arp.empty() ? "frame" : "ARP frame", packet.frame.size());
    }
    std::string text = fmt::format("{} > {} ttl {}", address_text(packet.ip, 12), address_text(packet.ip, 16),
                                   octet(packet.ip, 8));
    if (packet.is_later_fragment) {
        text +=
            fmt::format(" protocol {} fragment at {}", packet.protocol, (word16(packet.ip, 6) & 0x1fffU) * 8);
    } else if (packet.protocol == net::kProtocolTcp) {
        text += fmt::format(" TCP {} > {} [{}] seq {} ack {}", word16(packet.l4, 0), word16(packet.l4, 2),
                            flag_text(octet(packet.l4, 13)), word32(packet.l4, 4), word32(packet.l4, 8));
    } else if (packet.protocol == net::kProtocolUdp) {
        text += fmt::format(" UDP {} > {}", word16(packet.l4, 0), word16(packet.l4, 2));
    } else if (packet.protocol == net::kProtocolIcmp) {
        text += fmt::format(" ICMP {}/{}", octet(packet.l4, 0), octet(packet.l4, 1));
    } else {
        text += fmt::format(" protocol {}", packet.protocol);
    }
    return text + fmt::format(", {} bytes", packet.ip.size());
}

std::string differences(const Seen& packet, const std::vector<Check>& checks) {
    std::string text;
    for (const Check& check : checks) {
        if (const Difference difference = check(packet)) {
            text += *difference + "\n";
        }
    }
    return text.empty() ? text : text + "of " + described(packet) + "\n";
}

Check eth_src(std::string_view mac) {
    return [mac = std::string(mac)](const Seen& packet) -> Difference {
        return packet.frame.size() < 14 ? Difference("no Ethernet header")
                                        : unless_equal("source MAC", mac_text(packet.frame, 6), mac);
    };
}

Check eth_dst(std::string_view mac) {
    return [mac = std::string(mac)](const Seen& packet) -> Difference {
        return packet.frame.size() < 14 ? Difference("no Ethernet header")
                                        : unless_equal("destination MAC", mac_text(packet.frame, 0), mac);
    };
}

Check on_vlan(std::uint16_t id) {
    return [id](const Seen& packet) {
        return unless_equal<int>("VLAN (-1: none)", packet.vlan ? *packet.vlan : -1, id);
    };
}

Check untagged() {
    return [](const Seen& packet) {
        return unless_equal<int>("VLAN (-1: none)", packet.vlan ? *packet.vlan : -1, -1);
    };
}

Check ip_src(std::string_view address) {
    return ip_check(
        "source", [](const Seen& p) { return address_text(p.ip, 12); }, std::string(address));
}
Check ip_dst(std::string_view address) {
    return ip_check(
        "destination", [](const Seen& p) { return address_text(p.ip, 16); }, std::string(address));
}
Check ttl(std::uint8_t value) {
    return ip_check(
        "TTL", [](const Seen& p) { return octet(p.ip, 8); }, unsigned{value});
}
Check tos(std::uint8_t value) {
    return ip_check(
        "TOS", [](const Seen& p) { return octet(p.ip, 1); }, unsigned{value});
}
Check ip_id(std::uint16_t value) {
    return ip_check(
        "IP id", [](const Seen& p) { return word16(p.ip, 4); }, unsigned{value});
}
Check dont_fragment(bool on) {
    return ip_check(
        "DF", [](const Seen& p) { return (word16(p.ip, 6) & 0x4000U) != 0; }, on);
}
Check protocol(std::uint8_t number) {
    return ip_check(
        "protocol", [](const Seen& p) { return p.protocol; }, unsigned{number});
}
Check ip_length(std::size_t bytes) {
    return ip_check(
        "IP total length", [](const Seen& p) { return word16(p.ip, 2); }, bytes);
}

Check fragment(std::size_t offset_bytes, bool more) {
    const auto text = [](std::size_t offset, bool mf) { return fmt::format("{}{}", offset, mf ? "+" : ""); };
    return ip_check(
        "fragment",
        [text](const Seen& p) {
            return text((word16(p.ip, 6) & 0x1fffU) * 8, (word16(p.ip, 6) & 0x2000U) != 0);
        },
        text(offset_bytes, more));
}

Check ip_options(std::vector<std::uint8_t> options) {
    const auto text = [](auto begin, auto end) {
        std::string hex;
        for (; begin != end; ++begin) {
            hex += fmt::format("{:02x} ", static_cast<unsigned>(*begin));
        }
        return hex;
    };
    options.resize((options.size() + 3) / 4 * 4);
    return ip_check(
        "IP options",
        [text](const Seen& p) {
            const auto bytes = p.ip.subspan(20, p.ip.size() - p.l4.size() - 20);
            return text(bytes.begin(), bytes.end());
        },
        text(options.begin(), options.end()));
}

namespace {
Check port_check(std::uint8_t number, std::string what, std::uint16_t source, std::uint16_t destination) {
    return l4_check(
        number, std::move(what),
        [](const Seen& p) { return fmt::format("{} > {}", word16(p.l4, 0), word16(p.l4, 2)); },
        fmt::format("{} > {}", source, destination));
}
}  // namespace

Check udp_ports(std::uint16_t source, std::uint16_t destination) {
    return port_check(net::kProtocolUdp, "UDP ports", source, destination);
}
Check tcp_ports(std::uint16_t source, std::uint16_t destination) {
    return port_check(net::kProtocolTcp, "TCP ports", source, destination);
}
Check tcp_flags(std::string_view letters) {
    unsigned flags = 0;
    for (const char letter : letters) {
        flags |= 1U << kFlagLetters.find(letter);
    }
    return l4_check(
        net::kProtocolTcp, "TCP flags", [](const Seen& p) { return flag_text(octet(p.l4, 13)); },
        flag_text(flags));
}
Check tcp_seq(std::uint32_t value) {
    return l4_check(
        net::kProtocolTcp, "TCP sequence", [](const Seen& p) { return word32(p.l4, 4); }, value);
}
Check tcp_ack(std::uint32_t value) {
    return l4_check(
        net::kProtocolTcp, "TCP acknowledgement", [](const Seen& p) { return word32(p.l4, 8); }, value);
}
Check icmp_type(std::uint8_t type, std::uint8_t code) {
    return l4_check(
        net::kProtocolIcmp, "ICMP",
        [](const Seen& p) { return fmt::format("{}/{}", octet(p.l4, 0), octet(p.l4, 1)); },
        fmt::format("{}/{}", type, code));
}
Check icmp_id(std::uint16_t value) {
    return l4_check(
        net::kProtocolIcmp, "ICMP id", [](const Seen& p) { return word16(p.l4, 4); }, unsigned{value});
}
Check icmp_sequence(std::uint16_t value) {
    return l4_check(
        net::kProtocolIcmp, "ICMP sequence", [](const Seen& p) { return word16(p.l4, 6); }, unsigned{value});
}
Check icmp_mtu(std::uint16_t value) {
    return l4_check(
        net::kProtocolIcmp, "ICMP MTU", [](const Seen& p) { return word16(p.l4, 6); }, unsigned{value});
}
Check icmp_pointer(std::uint8_t value) {
    return l4_check(
        net::kProtocolIcmp, "ICMP pointer", [](const Seen& p) { return octet(p.l4, 4); }, unsigned{value});
}

Check payload_is(std::string_view text) {
    return payload_is(bytes_of(text));
}

Check payload_is(Bytes bytes) {
    return [bytes = std::move(bytes)](const Seen& packet) -> Difference {
        const auto payload = packet.payload();
        if (std::equal(payload.begin(), payload.end(), bytes.begin(), bytes.end())) {
            return std::nullopt;
        }
        const auto [at, wanted] = std::mismatch(payload.begin(), payload.end(), bytes.begin(), bytes.end());
        return fmt::format("payload of {} bytes (wanted {}) differs from byte {} on", payload.size(),
                           bytes.size(), at - payload.begin());
    };
}

Check payload_length(std::size_t bytes) {
    return [bytes](const Seen& packet) {
        return unless_equal("payload length", packet.payload().size(), bytes);
    };
}

Check quoted(std::vector<Check> checks) {
    return [checks = std::move(checks)](const Seen& packet) -> Difference {
        const Seen quote = quoted_in(packet);
        if (quote.ip.empty()) {
            return "no packet quoted";
        }
        const std::string text = differences(quote, checks);
        return text.empty() ? Difference() : Difference("in the quoted packet: " + text);
    };
}

Check valid_ip_checksum() {
    return [](const Seen& packet) {
        return packet.ip.empty() ? Difference("no IPv4 packet") : ip_checksum_fault(packet);
    };
}

Check valid_checksums() {
    return [](const Seen& packet) -> Difference {
        if (packet.ip.empty()) {
            return "no IPv4 packet";
        }
        if (const Difference fault = ip_checksum_fault(packet)) {
            return fault;
        }
        if (const Difference fault = l4_checksum_fault(packet)) {
            return fault;
        }
        const Seen quote = quoted_in(packet);
        if (!quote.ip.empty()) {
            if (const Difference fault = ip_checksum_fault(quote)) {
                return "quoted packet: " + *fault;
            }
        }
        return std::nullopt;
    };
}

}  // namespace sluice::test
