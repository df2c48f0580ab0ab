// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace sluice::model {

namespace {

using test::PacketBuilder;

constexpr unsigned kIcmp = 1;
constexpr unsigned kTcp = 6;
constexpr unsigned kUdp = 17;
constexpr unsigned kFin = 1;
constexpr unsigned kSyn = 2;
constexpr unsigned kRst = 4;
constexpr unsigned kAck = 16;

std::string text_of(std::uint32_t address) {
    return net::to_string(net::Ipv4Address::from_host(address));
}
std::uint32_t number_of(const std::string& address) {
    return net::parse_ipv4(address)->host();
}

/// Errors about such destinations are rationed, so their order counts.
bool leads_nowhere(std::uint32_t address) {
    return std::any_of(dead_ends().begin(), dead_ends().end(),
                       [&](const std::string& end) { return number_of(end) == address; });
}

bool lives_on(const std::string& interface, std::uint32_t address) {
    for (const Host& host : hosts()) {
        if (host.interface == interface && number_of(host.address) == address) {
            return true;
        }
    }
    return false;
}

}  // namespace

PacketBuilder Traffic::packet_between(std::uint32_t source, std::uint32_t destination) {
    constexpr std::array kTos = {0, 0, 0, 8, 16, 184};
    return test::packet()
        .ip(text_of(source), text_of(destination))
        .ttl(static_cast<std::uint8_t>(chance(50) ? 64 : 2 + below(250)))
        .tos(static_cast<std::uint8_t>(one_of(kTos)))
        .id(static_cast<std::uint16_t>(random_.next()))
        .dont_fragment(chance(40));
}

void Traffic::send(const std::string& interface, const PacketBuilder& packet, bool alone) {
    Arrival arrival{interface, packet.bytes(), alone, is_answering_};
    if (sent_.size() < 200) {
        sent_.push_back(arrival);
    } else {
        sent_[below(sent_.size())] = arrival;
    }
    queue_.push_back(std::move(arrival));
}

std::vector<Arrival> Traffic::next_burst(std::size_t most, const Knows& knows) {
    while (queue_.size() < most && (queue_.empty() || chance(95))) {
        begin_something();
    }
    std::vector<Arrival> burst;
    const std::string interface = queue_.front().interface;
    for (auto next = queue_.begin(); next != queue_.end() && burst.size() < most;) {
        if (next->interface != interface) {
            ++next;
            continue;
        }
        const bool alone = next->alone || (next->is_answer && !knows(next->packet));
        if (alone && !burst.empty()) {
            break;
        }
        burst.push_back(std::move(*next));
        next = queue_.erase(next);
        if (alone) {
            break;
        }
    }
    return burst;
}

void Traffic::begin_something() {
    const Host& host = one_of(hosts());
    const std::uint32_t dice = below(100);
    if (dice < 40) {
        return continue_tcp();
    }
    if (dice < 55) {
        return repeat_something();
    }
    if (dice < 60) {
        return send_nonsense();
    }
    std::string destination = one_of(hosts()).address;
    if (chance(35)) {
        destination = one_of(router_addresses());
    } else if (chance(8)) {
        destination = one_of(dead_ends());
    }
    if (chance(35)) {
        begin_tcp(host, destination);
    } else {
        begin_flow(host, destination);
    }
}

void Traffic::begin_flow(const Host& host, const std::string& destination) {
    const bool has_low_ttl = chance(4);
    const bool is_long = chance(4);
    bool is_alone = leads_nowhere(number_of(destination)) || has_low_ttl || is_long;
    PacketBuilder packet = packet_between(number_of(host.address), number_of(destination));
    if (has_low_ttl) {
        packet.ttl(static_cast<std::uint8_t>(below(2)));
    }
    const std::string payload = fmt::format("n{}", ++number_);
    switch (below(10)) {
        case 0:
        case 1:
        case 2:
            packet.icmp_echo(static_cast<std::uint16_t>(1 + below(4)), static_cast<std::uint16_t>(number_));
            break;
        case 3:
            packet.protocol(chance(50) ? 47 : 99);
            is_alone = true;   // without ports, either end may have begun
            if (chance(50)) {  // GRE of version 0, or what nobody knows
                send(host.interface, packet.payload(Bytes(12 + below(40))), true);
                return;
            }
            break;
        default:
            packet.udp(one_of(client_ports()), one_of(server_ports()));
            if (chance(10)) {
                packet.no_udp_checksum();
            }
            break;
    }
    if (is_long) {
        packet.udp(one_of(client_ports()), one_of(server_ports())).dont_fragment(true).payload_size(1380);
    } else {
        packet.payload(payload + std::string(below(60), 'x'));
    }
    send(host.interface, packet, is_alone);
}

void Traffic::begin_tcp(const Host& host, const std::string& destination) {
    const Flow flow{number_of(host.address), number_of(destination), one_of(client_ports()),
                    one_of(server_ports()), kTcp};
    Socket& socket = sockets_[{host.interface, flow}];
    if (!socket.is_open) {
        socket = Socket{};
        socket.is_client = true;
        socket.next = socket.acknowledged = static_cast<std::uint32_t>(random_.next() | 1U);
    }
    socket.next = socket.is_open ? socket.next : socket.acknowledged;
    send_segment(host.interface, flow, socket, "S", 0);
}

void Traffic::send_segment(const std::string& interface, const Flow& flow, Socket& socket, const char* flags,
                           std::size_t data) {
    const std::string letters = flags;
    PacketBuilder packet = packet_between(flow.source, flow.destination)
                               .tcp(flow.source_port, flow.destination_port)
                               .flags(letters)
                               .seq(socket.next)
                               .ack(letters.find('A') == std::string::npos ? 0 : socket.heard);
    if (letters.find('R') != std::string::npos) {
        packet.seq(socket.acknowledged);
    }
    if (data > 0) {
        packet.payload(fmt::format("n{}", ++number_) + std::string(data, 'd'));
        socket.next += static_cast<std::uint32_t>(data + fmt::format("n{}", number_).size());
    }
    if (letters.find_first_of("SF") != std::string::npos) {
        socket.next += 1;
    }
    // A reset may end the connection of its own burst. Only a SYN needs nothing before it.
    const bool was_answering = is_answering_;
    is_answering_ = letters != "S";
    send(interface, packet, letters.find('R') != std::string::npos || leads_nowhere(flow.destination));
    is_answering_ = was_answering;
}

void Traffic::continue_tcp() {
    if (sockets_.empty()) {
        return;
    }
    auto chosen = sockets_.begin();
    std::advance(chosen, below(sockets_.size()));
    auto& [key, socket] = *chosen;
    const auto& [interface, flow] = key;
    if (!socket.is_open) {
        socket.next = socket.acknowledged;  // once more
        return send_segment(interface, flow, socket, socket.is_client ? "S" : "SA", 0);
    }
    const std::uint32_t dice = below(100);
    if (dice < 85) {
        for (std::uint32_t count = 1 + below(6); count > 0; --count) {
            send_segment(interface, flow, socket, "PA", 1 + below(40));
        }
    } else if (dice < 95 && !socket.has_finished) {
        socket.has_finished = true;
        send_segment(interface, flow, socket, "FA", 0);
    } else {
        send_segment(interface, flow, socket, "RA", 0);
        sockets_.erase(chosen);
    }
}

void Traffic::send_nonsense() {
    const Host& host = one_of(hosts());
    const std::string& destination = chance(30) ? one_of(router_addresses()) : one_of(hosts()).address;
    PacketBuilder packet = packet_between(number_of(host.address), number_of(destination));
    constexpr std::array kFlags = {"SA", "FA", "R", "RA", "A", "F", "SF", "", "FPU", "PA"};
    switch (below(7)) {
        case 0:
        case 1:
            packet.tcp(one_of(client_ports()), one_of(server_ports()))
                .flags(one_of(kFlags))
                .seq(1000)
                .ack(2000);
            break;
        case 2:
            packet.udp(one_of(client_ports()), one_of(server_ports())).payload("bad").bad_l4_checksum();
            break;
        case 3:
            packet.tcp(one_of(client_ports()), one_of(server_ports())).flags("S").bad_l4_checksum();
            break;
        case 4:
            packet.icmp_echo_reply(static_cast<std::uint16_t>(1 + below(4)), 7);
            break;
        case 5:
            packet.protocol(chance(50) ? 6 : 17).payload(Bytes(below(12)));
            break;
        default:
            packet.udp(one_of(client_ports()), one_of(server_ports())).udp_length(9000).payload("long");
            break;
    }
    send(host.interface, packet, true);
}

void Traffic::repeat_something() {
    if (!sent_.empty()) {
        queue_.push_back(one_of(sent_));
    }
}

void Traffic::report_error(const std::string& interface, const Bytes& about, std::uint32_t reporter) {
    constexpr std::array<std::pair<int, int>, 8> kErrors = {
        {{3, 0}, {3, 1}, {3, 3}, {3, 4}, {3, 13}, {11, 0}, {12, 0}, {5, 1}}};
    const auto [type, code] = one_of(kErrors);
    constexpr std::size_t kLongestQuote = 548;
    Bytes quote = about;
    quote.resize(std::min(quote.size(), kLongestQuote));
    if (chance(60)) {
        quote.resize(std::min<std::size_t>(quote.size(), 20 + below(40)));
    }
    PacketBuilder packet =
        packet_between(reporter, source_of(about))
            .icmp_error(static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code), quote);
    if (code == 4 && type == 3) {
        packet.icmp_mtu(1300);
    }
    if (chance(5)) {
        packet.bad_l4_checksum();
    }
    // The connection that it is about may begin anew in its own burst.
    send(interface, packet, true);
}

void Traffic::reached(const std::string& interface, const Bytes& packet) {
    is_answering_ = true;
    react(interface, packet);
    is_answering_ = false;
}

void Traffic::react(const std::string& interface, const Bytes& packet) {
    Flow flow;
    const unsigned protocol = protocol_of(packet);
    const bool is_error = protocol == kIcmp && is_icmp_error(byte_at(packet, 20));
    if (is_error || !read_flow(packet, 0, flow)) {
        return;
    }
    if (chance(6)) {
        const bool by_itself = chance(50);
        report_error(interface, packet,
                     by_itself ? destination_of(packet)
                               : number_of(interface == "wan" ? "203.0.113.77" : "172.16.0.99"));
    }
    if (!lives_on(interface, flow.destination)) {
        return;
    }
    if (protocol == kTcp) {
        return tcp_reached(interface, packet);
    }
    if (!chance(85)) {
        return;
    }
    PacketBuilder answer = packet_between(flow.destination, flow.source);
    const std::string payload = fmt::format("answer {}", ++number_);
    if (protocol == kUdp) {
        send(interface, answer.udp(flow.destination_port, flow.source_port).payload(payload));
    } else if (protocol == kIcmp && flow.destination_port == 8 * 256) {
        send(interface, answer.icmp_echo_reply(flow.source_port, word_at(packet, 26)).payload(payload));
    } else if (protocol != kIcmp) {
        send(interface, answer.protocol(static_cast<std::uint8_t>(protocol)).payload(Bytes(12)));
    }
}

void Traffic::tcp_reached(const std::string& interface, const Bytes& packet) {
    Flow flow;
    if (packet.size() < 40 || !read_flow(packet, 0, flow)) {
        return;
    }
    const std::pair key{interface, inverse(flow)};
    const unsigned flags = byte_at(packet, 33);
    const std::uint32_t sequence = long_at(packet, 24);
    const auto data = static_cast<std::uint32_t>(packet.size() - 20 - byte_at(packet, 32) / 16 * 4);
    if ((flags & kRst) != 0) {
        sockets_.erase(key);
        return;
    }
    auto known = sockets_.find(key);
    if ((flags & (kSyn | kAck)) == kSyn) {
        Socket& socket = sockets_[key];
        socket = Socket{};
        socket.heard = sequence + 1;
        if (chance(15)) {
            send_segment(interface, key.second, socket, "RA", 0);
            sockets_.erase(key);
            return;
        }
        socket.next = socket.acknowledged = static_cast<std::uint32_t>(random_.next() | 1U);
        return send_segment(interface, key.second, socket, "SA", 0);
    }
    if (known == sockets_.end()) {
        if (chance(30)) {
            Socket stranger;
            stranger.acknowledged = long_at(packet, 28);
            send_segment(interface, key.second, stranger, "R", 0);
        }
        return;
    }
    Socket& socket = known->second;
    if ((flags & kAck) != 0) {
        socket.acknowledged = long_at(packet, 28);
    }
    socket.is_open = true;
    const bool takes_room = data > 0 || (flags & (kSyn | kFin)) != 0;
    if (!takes_room) {
        return;
    }
    socket.heard = sequence + data + ((flags & (kSyn | kFin)) != 0 ? 1U : 0U);
    send_segment(interface, key.second, socket, "A", 0);
    if ((flags & kFin) != 0 && !socket.has_finished && chance(70)) {
        socket.has_finished = true;
        send_segment(interface, key.second, socket, "FA", 0);
    }
}

}  // namespace sluice::model
