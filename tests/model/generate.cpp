// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "dataplane/net/headers.h"

namespace sluice::model {

namespace {

using acl::Hook;
using acl::TableId;
using net::Ipv4;

constexpr std::array<const char*, 10> kAddresses = {
    "10.0.0.1",    "10.0.0.2",    "10.0.0.77",   "10.0.1.1",    "10.1.0.1",
    "192.168.1.1", "192.168.1.9", "203.0.113.9", "203.0.113.1", "8.8.8.8"};
constexpr std::array<std::uint32_t, 9> kMasks = {0,          0xff000000, 0xffff0000, 0xffffff00, 0xfffffffc,
                                                 0xffffffff, 0xffffffff, 0xff00ff00, 0x000000ff};
constexpr std::array<std::uint16_t, 9> kPorts = {0, 22, 53, 80, 443, 1024, 4000, 40000, 65535};
constexpr std::array<std::uint8_t, 15> kProtocols = {6, 6, 6, 6, 17, 17, 17, 1, 47, 33, 132, 136, 50, 51, 108};
constexpr std::array<std::uint8_t, 5> kIcmpTypes = {0, 3, 5, 8, 11};

bool has_out(Hook hook) {
    return hook != Hook::prerouting && hook != Hook::input;
}
bool has_in(Hook hook) {
    return hook != Hook::output;
}

}  // namespace

std::vector<std::string> Generator::interfaces() {
    return {"lan", "wan", "eth0", "eth0.10", "eth1"};
}

net::Ipv4Address Generator::address() {
    return *net::parse_ipv4(kAddresses[below(static_cast<std::uint32_t>(kAddresses.size()))]);
}

std::uint16_t Generator::port() {
    return kPorts[below(static_cast<std::uint32_t>(kPorts.size()))];
}

acl::AddressMatch<Ipv4> Generator::address_match(bool narrow) {
    const std::uint32_t mask =
        narrow ? 0xffffffffU : kMasks[below(static_cast<std::uint32_t>(kMasks.size()))];
    acl::AddressMatch<Ipv4> match;
    match.mask = net::Ipv4Address::from_host(mask);
    match.address = net::Ipv4Address::from_host(address().host() & mask);
    match.inverted = mask != 0 && chance(20);
    return match;
}

acl::InterfaceMatch Generator::interface_match() {
    constexpr std::array<const char*, 7> names = {"lan", "wan", "eth0", "eth", "eth0.", "gone", ""};
    acl::InterfaceMatch match;
    match.name = names[below(names.size())];
    match.prefix = match.name.empty() || chance(40);
    match.inverted = !match.name.empty() && chance(25);
    return match;
}

acl::PortRange Generator::port_range(bool narrow) {
    acl::PortRange range;
    if (!narrow && chance(40)) {
        return range;
    }
    range.min = port();
    range.max = narrow || chance(50) ? range.min : port();
    if (range.max < range.min) {
        std::swap(range.min, range.max);
    }
    range.inverted = chance(15);
    return range;
}

std::uint8_t Generator::tcp_flags() {
    constexpr std::array<std::uint8_t, 9> flags = {0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14, 0x00, 0xff};
    return flags[below(flags.size())];
}

acl::TcpMatch Generator::tcp_match(bool narrow) {
    acl::TcpMatch match{port_range(narrow), port_range(narrow), {}, {}};
    if (chance(40)) {
        match.flags = {static_cast<std::uint8_t>(chance(50) ? 0x17 : below(64)),
                       static_cast<std::uint8_t>(tcp_flags() & 0x3f), chance(20)};
    }
    if (chance(20)) {
        match.option = {static_cast<std::uint8_t>(1 + below(9)), chance(30)};
    }
    return match;
}

acl::MultiportMatch Generator::multiport_match(std::uint8_t protocol) {
    acl::MultiportMatch match;
    match.protocol = protocol;
    match.count = static_cast<std::uint8_t>(1 + below(7));
    for (std::size_t i = 0; i < match.count; ++i) {
        const std::uint16_t low = port();
        match.ports[i] = {low, chance(70) ? low : std::max(low, port())};
    }
    match.side = static_cast<acl::MultiportMatch::Side>(below(3));
    match.inverted = chance(20);
    return match;
}

/// Some run backwards.
acl::AddressRange Generator::address_range() {
    const std::uint32_t low = address().host();
    const std::uint32_t high = chance(30) ? address().host() : low + below(300);
    return {net::Ipv4Address::from_host(low), net::Ipv4Address::from_host(high), chance(20)};
}

void Generator::add_transport_match(acl::Rule<Ipv4>& rule, bool narrow) {
    const auto add = [&](acl::AnyMatch match) { rule.matches.push_back(std::move(match)); };
    const auto given = [&] { return chance(60) ? std::optional(port_range(narrow)) : std::nullopt; };
    const auto spi = [&] { return acl::SpiRange{below(4), below(6), chance(20)}; };
    const std::uint8_t number = rule.protocol.number;
    const bool has_ports = number == net::kProtocolTcp || number == net::kProtocolUdp ||
                           number == net::kProtocolUdpLite || number == net::kProtocolSctp ||
                           number == net::kProtocolDccp;
    if (has_ports && chance(25)) {
        add(multiport_match(number));
    }
    if (chance(30)) {
        return;
    }
    switch (number) {
        case net::kProtocolTcp:
            return add(tcp_match(narrow));
        case net::kProtocolUdp:
            return add(acl::UdpMatch{port_range(narrow), port_range(narrow)});
        case net::kProtocolSctp:
            return add(acl::SctpMatch{given(), given(), chance(40) ? std::optional(sctp_chunks()) : std::nullopt});
        case net::kProtocolDccp: {
            acl::DccpMatch match{given(), given(), {}, {}};
            if (chance(40)) {
                match.types = acl::DccpTypes{static_cast<std::uint16_t>(below(0x10000)), chance(20)};
            }
            if (chance(30)) {
                match.option = acl::DccpOption{static_cast<std::uint8_t>(1 + below(12)), chance(30)};
            }
            return add(match);
        }
        case net::kProtocolAh:
            return add(acl::AhMatch{spi()});
        case net::kProtocolEsp:
            return add(acl::EspMatch{spi()});
        case net::kProtocolIpcomp:
            return add(acl::IpcompMatch{spi(), chance(50)});
        default:
            return;
    }
}

acl::Rule<Ipv4> Generator::rule(const Shape& shape) {
    acl::Rule<Ipv4> rule;
    const bool narrow = chance(shape.narrow_percent);
    if (narrow || chance(30)) {
        rule.source = address_match(narrow);
    }
    if (chance(40)) {
        rule.destination = address_match(narrow);
    }
    if (chance(15)) {
        rule.in = interface_match();
    }
    if (chance(15)) {
        rule.out = interface_match();
    }
    if (chance(60)) {
        rule.protocol.number = kProtocols[below(static_cast<std::uint32_t>(kProtocols.size()))];
        rule.protocol.inverted = chance(15);
    }
    const auto add = [&](acl::AnyMatch match) { rule.matches.push_back(std::move(match)); };
    if (chance(10)) {
        add(acl::CommentMatch{"nothing to see"});
    }
    const auto number = rule.protocol.inverted ? std::uint8_t{0} : rule.protocol.number;
    if (chance(3)) {
        rule.fragment = chance(50) ? acl::FragmentMatch::only : acl::FragmentMatch::never;
    }
    if (chance(10)) {
        acl::IprangeMatch match;
        match.source = chance(60) ? std::optional(address_range()) : std::nullopt;
        match.destination = chance(60) ? std::optional(address_range()) : std::nullopt;
        add(match);
    }
    if (number != 0) {
        add_transport_match(rule, narrow);
    }
    if (chance(20)) {
        add(conntrack_match());
    }
    if (chance(12)) {
        add(field_match());
    }
    if (chance(6)) {
        add(stranger_match());
    }
    if (shape.sets && chance(40)) {
        add(set_match());
    }
    if (number == net::kProtocolTcp && chance(5)) {
        add(ecn_match());
    }
    if (number == net::kProtocolTcp && chance(5)) {
        add(tcpmss_match());
    }
    if (chance(4)) {
        add(u32_match());
    }
    if (chance(4)) {
        add(rate_match());
    }
    if (has_strings_ && chance(25)) {
        add(string_match());
    }
    if (chance(4)) {
        add(acl::BpfMatch{bpf_program(), {}});
    }
    if (number == net::kProtocolIcmp && chance(70)) {
        acl::IcmpMatch match;
        match.type = chance(10) ? std::uint8_t{255} : kIcmpTypes[below(kIcmpTypes.size())];
        match.max_code = chance(50) ? std::uint8_t{255} : std::uint8_t{1};
        match.inverted = chance(20);
        add(match);
    }
    if (chance(10)) {
        add(acl::StateMatch{static_cast<std::uint8_t>(below(32)), chance(20)});
    }
    for (std::uint32_t percent = shape.memory_percent; percent > 0 && chance(percent); percent /= 3) {
        const std::uint32_t place = below(static_cast<std::uint32_t>(rule.matches.size()) + 1);
        rule.matches.insert(rule.matches.begin() + place, memory_match());
    }
    return rule;
}

acl::AnyTarget Generator::final_target(TableId table, std::optional<Hook> hook, const acl::Rule<Ipv4>& rule) {
    if (table == TableId::filter && chance(30)) {
        const bool is_tcp = rule.protocol.number == net::kProtocolTcp && !rule.protocol.inverted;
        return acl::RejectTarget{static_cast<acl::RejectTarget::With>(below(is_tcp ? 8 : 7))};
    }
    if (table == TableId::nat && hook && chance(70)) {
        const bool source = *hook == Hook::postrouting || *hook == Hook::input;
        acl::NatTarget target;
        target.kind = source ? acl::NatTarget::Kind::snat : acl::NatTarget::Kind::dnat;
        target.has_addresses = true;
        target.min_address = target.max_address = address();
        if (chance(30)) {
            target.kind = acl::NatTarget::Kind::netmap;
            const std::uint32_t own_bits = below(2) == 0 ? 0xff : 0xf;
            target.min_address = net::Ipv4Address::from_host(target.min_address.host() & ~own_bits);
            target.max_address = net::Ipv4Address::from_host(target.min_address.host() | own_bits);
        }
        return target;
    }
    return chance(50) ? acl::AnyTarget(acl::AcceptTarget{}) : acl::AnyTarget(acl::DropTarget{});
}

acl::AnyTarget Generator::target(std::optional<Hook> hook, std::size_t chain, const Shape& shape) {
    if (chain < shape.user_chains && chance(35)) {
        const auto left = static_cast<std::uint32_t>(shape.user_chains - chain);
        return acl::JumpTarget{fmt::format("chain-{}", chain + below(left)), chance(20)};
    }
    if (!hook && chance(20)) {
        return acl::ReturnTarget{};
    }
    if (chance(40)) {
        return changing_target();
    }
    return chance(3) ? acl::AnyTarget(acl::ReturnTarget{}) : acl::AnyTarget(acl::NoTarget{});
}

acl::Table<Ipv4> Generator::table(TableId id, const Shape& shape) {
    acl::Table<Ipv4> table;
    table.id = id;
    for (std::size_t hook = 0; hook < acl::kHooks; ++hook) {
        if (acl::has_chain(id, static_cast<Hook>(hook))) {
            acl::Chain<Ipv4> chain;
            chain.name = acl::kHookNames[hook];
            chain.hook = static_cast<Hook>(hook);
            chain.policy = chance(30) ? acl::Policy::drop : acl::Policy::accept;
            table.chains.push_back(std::move(chain));
        }
    }
    for (std::uint32_t i = 0; i < shape.user_chains; ++i) {
        acl::Chain<Ipv4> chain;
        chain.name = fmt::format("chain-{}", i);
        table.chains.push_back(std::move(chain));
    }
    std::size_t next_user = 0;
    for (acl::Chain<Ipv4>& chain : table.chains) {
        next_user += chain.hook ? 0U : 1U;  // a user chain calls only later ones: no loops
        const std::uint32_t count = below(shape.rules_a_chain + 1);
        for (std::uint32_t i = 0; i < count; ++i) {
            acl::Rule<Ipv4> made = rule(shape);
            made.target = chance(shape.final_percent) ? final_target(id, chain.hook, made)
                                                      : target(chain.hook, next_user, shape);
            made.where = {"random", static_cast<std::uint32_t>(i + 1), 1};
            chain.rules.push_back(std::move(made));
        }
    }
    return table;
}

acl::Ruleset<Ipv4> Generator::ruleset(const Shape& shape) {
    acl::Ruleset<Ipv4> ruleset;
    writes_sets_ = shape.sets;
    has_strings_ = !shape.sets && chance(20);  // they take long to compile
    has_many_hosts_ = shape.memory_percent > 0;
    for (const TableId id : {TableId::raw, TableId::mangle, TableId::nat, TableId::filter, TableId::security}) {
        making_ = id;
        ruleset.tables[static_cast<std::size_t>(id)] = table(id, shape);
    }
    for (const char* estimator : {"rate", "other"}) {  // that rules ask
        acl::Rule<Ipv4> made;
        made.target = acl::RateestTarget{estimator, {}};
        ruleset.tables[static_cast<std::size_t>(TableId::mangle)]->chains.front().rules.push_back(std::move(made));
    }
    return ruleset;
}

/// With options in and out of shape. Returns: the bytes that are there, rarely fewer than the header says.
std::size_t Generator::write_tcp(std::span<std::byte> room) {
    constexpr std::array<std::uint8_t, 12> usual = {2, 4, 5, 180, 1, 3, 3, 7, 4, 2, 8, 10};
    const std::size_t words = chance(50) ? 0 : below(11);
    for (std::size_t i = 0; i < words * 4; ++i) {
        room[20 + i] = std::byte(chance(70) ? usual[i % usual.size()] : below(12));
    }
    room[12] = std::byte((chance(4) ? below(16) : 5 + words) * 16);
    room[13] = std::byte(tcp_flags());
    return 20 + words * 4;
}

/// Returns: how many bytes there are behind the IP header.
std::size_t Generator::write_transport(const acl::PacketView<Ipv4>& packet, std::span<std::byte> room) {
    const std::uint16_t source = packet.source_port.host();
    const std::uint16_t destination = packet.destination_port.host();
    room[0] = std::byte(source >> 8);
    room[1] = std::byte(source & 0xff);
    room[2] = std::byte(destination >> 8);
    room[3] = std::byte(destination & 0xff);
    if (!packet.has_l4) {
        return below(8);
    }
    switch (packet.protocol) {
        case net::kProtocolTcp:
            return write_tcp(room);
        case net::kProtocolDccp:
            return write_dccp(room);
        case net::kProtocolSctp:
            return write_sctp(room);
        case net::kProtocolAh:
            room[7] = std::byte(below(6));
            return chance(8) ? 11 : 12;
        case net::kProtocolEsp:
            room[3] = std::byte(below(6));
            return chance(8) ? 7 : 8;
        case net::kProtocolIpcomp:
            room[2] = std::byte{0};
            room[3] = std::byte(below(6));
            return chance(8) ? 3 : 4;
        default:
            return 12;
    }
}

acl::PacketView<Ipv4> Generator::packet(Hook hook, HeaderBytes& bytes) {
    acl::PacketView<Ipv4> packet;
    packet.source = address();
    packet.destination = address();
    if (has_many_hosts_ && chance(20)) {
        packet.source = net::Ipv4Address::from_host(0x0a000000 + below(300));  // more than recent has room for
    }
    packet.protocol = kProtocols[below(static_cast<std::uint32_t>(kProtocols.size()))];
    const bool has_spi = packet.protocol == net::kProtocolAh || packet.protocol == net::kProtocolEsp ||
                         packet.protocol == net::kProtocolIpcomp;
    packet.has_l4 = has_spi || packet.protocol == net::kProtocolGre ||
                    !chance(6);  // their headers are not asked for on the way to the rules
    packet.bytes = 20 + below(1481);
    const auto interface = [&] { return static_cast<base::InterfaceId>(below(5)); };
    packet.in = has_in(hook) ? interface() : base::kNoInterface;
    packet.out = has_out(hook) ? interface() : base::kNoInterface;
    packet.state = static_cast<conntrack::CtState>(below(5));
    const bool is_tracked = packet.state < conntrack::CtState::invalid;
    packet.snat = is_tracked && chance(30);
    packet.dnat = is_tracked && chance(30);
    if (packet.has_l4 && packet.protocol == net::kProtocolIcmp) {
        packet.icmp_type = kIcmpTypes[below(kIcmpTypes.size())];
        packet.icmp_code = static_cast<std::uint8_t>(below(4));
    } else if (packet.has_l4 && packet.protocol != net::kProtocolGre && !has_spi) {
        packet.source_port = net::Be16::from_host(port());
        packet.destination_port = net::Be16::from_host(port());
    }
    fill_fields(packet);
    net::Ipv4Header header{};
    header.version_ihl = 0x45;
    header.protocol = packet.protocol;
    header.source = packet.source;
    header.destination = packet.destination;
    if (!packet.has_l4) {
        constexpr std::array<std::uint16_t, 3> offsets = {0, 1, 185};
        header.fragment = net::Be16::from_host(offsets[below(offsets.size())]);
    }
    static_assert(sizeof header == 20);
    std::memcpy(bytes.data(), &header, sizeof header);
    const std::span<std::byte> room = std::span(bytes).subspan(sizeof header);
    std::fill(room.begin(), room.end(), std::byte{0});
    packet.packet = std::span(bytes).first(sizeof header + write_transport(packet, room));
    return packet;
}

}  // namespace sluice::model
