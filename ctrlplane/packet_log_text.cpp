// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/packet_log_text.h"

#include <fmt/core.h>

#include <array>
#include <cstring>
#include <string_view>
#include <variant>

#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::ctrlplane {
namespace {

using Flag = acl::LogTarget::Flag;
using Bytes = std::span<const std::byte>;

/// A header at the beginning of what is there.
template <class Header>
Header read(Bytes bytes) {
    Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    return header;
}

/// Writes one line.
class Line {
public:
    /// In: `flags` of LOG.
    Line(const pipeline::LogRecord& record, std::span<const pipeline::Interface> interfaces, std::uint8_t flags)
        : record_(record), interfaces_(interfaces), flags_(flags) {}

    std::string text(std::string_view prefix) {
        add("{}IN={} OUT={} ", prefix, name(record_.in), name(record_.out));
        if (record_.in != base::kNoInterface) {
            add_mac();
        }
        add_ip(record_.bytes, true);
        return std::move(text_);
    }

private:
    template <class... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        base::append(text_, format, std::forward<Args>(args)...);
    }
    [[nodiscard]] bool has(Flag flag) const { return (flags_ & flag) != 0; }
    [[nodiscard]] std::string_view name(base::InterfaceId id) const {
        return base::index_of(id) < interfaces_.size() ? std::string_view(interfaces_[base::index_of(id)].name)
                                                       : std::string_view();
    }

    /// The frame's destination, as far as the record knows it: ours, or that of a group.
    [[nodiscard]] net::MacAddress destination_mac() const {
        if (record_.frame == acl::FrameKind::broadcast) {
            return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
        }
        if (record_.frame == acl::FrameKind::multicast && record_.bytes.size() >= sizeof(net::Ipv4Header)) {
            const std::uint32_t group = read<net::Ipv4Header>(record_.bytes).destination.host();
            return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(group >> 16U & 0x7fU),
                     static_cast<std::uint8_t>(group >> 8U), static_cast<std::uint8_t>(group)}};
        }
        return base::index_of(record_.in) < interfaces_.size() ? interfaces_[base::index_of(record_.in)].mac
                                                               : net::MacAddress{};
    }

    void add_mac() {
        const net::MacAddress to = destination_mac();
        if (has(Flag::mac_decode)) {
            add("MACSRC={} MACDST={} MACPROTO=0800 ", net::to_string(record_.source_mac), net::to_string(to));
            return;
        }
        add("MAC={}:{}:08:00 ", net::to_string(to), net::to_string(record_.source_mac));
    }

    void add_bytes(Bytes bytes) {
        add("OPT (");
        for (const std::byte byte : bytes) {
            add("{:02X}", static_cast<unsigned>(byte));
        }
        add(") ");
    }

    /// False, and says so, where a header is cut.
    bool is_whole(Bytes bytes, std::size_t needed) {
        if (bytes.size() >= needed) {
            return true;
        }
        add("INCOMPLETE [{} bytes] ", bytes.size());
        return false;
    }

    void add_ip(Bytes packet, bool is_outermost) {
        if (packet.size() < sizeof(net::Ipv4Header)) {
            add("TRUNCATED");
            return;
        }
        const auto ip = read<net::Ipv4Header>(packet);
        constexpr std::uint16_t kCongested = 0x8000;
        const unsigned tos = ip.tos;
        add("SRC={} DST={} LEN={} TOS=0x{:02X} PREC=0x{:02X} TTL={} ID={} ", net::to_string(ip.source),
            net::to_string(ip.destination), ip.total_length.host(), tos & 0x1eU, tos & 0xe0U, ip.ttl, ip.id.host());
        add("{}{}{}", (ip.fragment.host() & kCongested) != 0 ? "CE " : "", ip.dont_fragment() ? "DF " : "",
            (ip.fragment.host() & net::Ipv4Header::kMoreFragments) != 0 ? "MF " : "");
        if (ip.offset_bytes() != 0) {
            add("FRAG:{} ", ip.offset_bytes() / 8);
        }
        const std::size_t header = ip.header_bytes();
        if (header > packet.size()) {
            add("TRUNCATED");
            return;
        }
        if (has(Flag::ip_options) && header > sizeof ip) {
            add_bytes(packet.subspan(sizeof ip, header - sizeof ip));
        }
        add_l4(ip, packet.subspan(header), is_outermost);
        if (is_outermost && record_.mark != 0) {
            add("MARK=0x{:x} ", record_.mark);
        }
    }

    void add_l4(const net::Ipv4Header& ip, Bytes l4, bool is_outermost) {
        const bool is_later_piece = ip.offset_bytes() != 0;
        switch (ip.protocol) {
            case net::kProtocolTcp:
                add("PROTO=TCP ");
                return is_later_piece ? void() : add_tcp(l4);
            case net::kProtocolUdp:
            case net::kProtocolUdpLite:
                add("PROTO={} ", ip.protocol == net::kProtocolUdp ? "UDP" : "UDPLITE");
                return is_later_piece ? void() : add_udp(l4);
            case net::kProtocolIcmp:
                add("PROTO=ICMP ");
                return is_later_piece ? void() : add_icmp(l4, is_outermost);
            case net::kProtocolAh:
                add("PROTO=AH ");
                return is_later_piece ? void() : add_spi(l4, 12, 4);
            case net::kProtocolEsp:
                add("PROTO=ESP ");
                return is_later_piece ? void() : add_spi(l4, 8, 0);
            default: add("PROTO={} ", ip.protocol);
        }
    }

    void add_tcp(Bytes l4) {
        if (!is_whole(l4, sizeof(net::TcpHeader))) {
            return;
        }
        const auto tcp = read<net::TcpHeader>(l4);
        add("SPT={} DPT={} ", tcp.source_port.host(), tcp.destination_port.host());
        if (has(Flag::tcp_sequence)) {
            add("SEQ={} ACK={} ", tcp.sequence.host(), tcp.acknowledgement.host());
        }
        add("WINDOW={} RES=0x{:02x} ", tcp.window.host(), (tcp.data_offset & 0xfU) << 2U);
        struct Named {
            std::uint8_t bit;
            std::string_view name;
        };
        static constexpr std::array<Named, 8> kFlags = {{
            {net::TcpHeader::kCwr, "CWR"}, {net::TcpHeader::kEce, "ECE"}, {net::TcpHeader::kUrg, "URG"},
            {net::TcpHeader::kAck, "ACK"}, {net::TcpHeader::kPsh, "PSH"}, {net::TcpHeader::kRst, "RST"},
            {net::TcpHeader::kSyn, "SYN"}, {net::TcpHeader::kFin, "FIN"},
        }};
        for (const Named& flag : kFlags) {
            if ((tcp.flags & flag.bit) != 0) {
                add("{} ", flag.name);
            }
        }
        add("URGP={} ", tcp.urgent.host());
        if (has(Flag::tcp_options) && tcp.header_bytes() > sizeof tcp && tcp.header_bytes() <= l4.size()) {
            add_bytes(l4.subspan(sizeof tcp, tcp.header_bytes() - sizeof tcp));
        }
    }

    void add_udp(Bytes l4) {
        if (is_whole(l4, sizeof(net::UdpHeader))) {
            const auto udp = read<net::UdpHeader>(l4);
            add("SPT={} DPT={} LEN={} ", udp.source_port.host(), udp.destination_port.host(), udp.length.host());
        }
    }

    void add_spi(Bytes l4, std::size_t needed, std::size_t offset) {
        if (is_whole(l4, needed)) {
            add("SPI=0x{:x} ", read<net::Be32>(l4.subspan(offset)).host());
        }
    }

    void add_icmp(Bytes l4, bool is_outermost) {
        if (!is_whole(l4, sizeof(net::IcmpHeader))) {
            return;
        }
        const auto icmp = read<net::IcmpHeader>(l4);
        add("TYPE={} CODE={} ", icmp.type, icmp.code);
        const auto quoted = [&] {
            if (is_outermost) {
                add("[");
                add_ip(l4.subspan(sizeof icmp), false);
                add("] ");
            }
        };
        switch (static_cast<net::IcmpType>(icmp.type)) {
            case net::IcmpType::echo_request:
            case net::IcmpType::echo_reply:
                return add("ID={} SEQ={} ", icmp.id.host(), icmp.sequence.host());
            case net::IcmpType::parameter_problem: return add("PARAMETER={} ", icmp.id.host() >> 8U);
            case net::IcmpType::redirect:
                add("GATEWAY={} ", net::to_string(read<net::Ipv4Address>(l4.subspan(4))));
                return quoted();
            case net::IcmpType::destination_unreachable:
            case net::IcmpType::source_quench:
            case net::IcmpType::time_exceeded: {
                quoted();
                constexpr std::uint8_t kFragmentationNeeded = 4;
                if (icmp.type == 3 && icmp.code == kFragmentationNeeded) {
                    add("MTU={} ", icmp.sequence.host());
                }
                return;
            }
            default: return;
        }
    }

    const pipeline::LogRecord& record_;
    std::span<const pipeline::Interface> interfaces_;
    std::uint8_t flags_;
    std::string text_;
};

std::string trace_prefix(const acl::TraceLine& line) {
    constexpr std::array<std::string_view, 3> kKinds = {"rule", "policy", "return"};
    return fmt::format("TRACE: {}:{}:{}:{} ", acl::kTableNames[static_cast<std::size_t>(line.table)],
                       line.chain.data(), kKinds[static_cast<std::size_t>(line.kind)], line.number);
}

/// As xt_AUDIT.c writes it, without what the audit subsystem puts in front.
std::string audit_text(const pipeline::LogRecord& record) {
    const std::string mark = fmt::format("mark=0x{:x}", record.mark);
    if (record.bytes.size() < sizeof(net::Ipv4Header)) {
        return mark + " saddr=? daddr=? proto=-1";
    }
    const auto ip = read<net::Ipv4Header>(record.bytes);
    return fmt::format("{} saddr={} daddr={} proto={}", mark, net::to_string(ip.source),
                       net::to_string(ip.destination), ip.protocol);
}

}  // namespace

std::string packet_log_text(const pipeline::LogRecord& record, std::span<const pipeline::Interface> interfaces) {
    const auto& told = record.told.what;
    if (const auto* log = std::get_if<acl::LogTarget>(&told)) {
        return Line(record, interfaces, log->flags).text(log->prefix.data());
    }
    if (const auto* nflog = std::get_if<acl::NflogTarget>(&told)) {
        return Line(record, interfaces, 0).text(nflog->prefix.data());
    }
    if (const auto* line = std::get_if<acl::TraceLine>(&told)) {
        constexpr std::uint8_t kAllThatTraceTells =
            Flag::tcp_sequence | Flag::tcp_options | Flag::ip_options | Flag::uid;
        return Line(record, interfaces, kAllThatTraceTells).text(trace_prefix(*line));
    }
    return audit_text(record);
}

}  // namespace sluice::ctrlplane
