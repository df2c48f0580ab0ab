// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/generate.h"

#include <fmt/format.h>

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
constexpr std::array<std::uint8_t, 6> kProtocols = {6, 6, 17, 17, 1, 47};
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
    if (number == net::kProtocolTcp && chance(70)) {
        add(acl::TcpMatch{port_range(narrow), port_range(narrow)});
    } else if (number == net::kProtocolUdp && chance(70)) {
        add(acl::UdpMatch{port_range(narrow), port_range(narrow)});
    }
    if (chance(20)) {
        acl::ConntrackMatch match;
        match.states = static_cast<std::uint8_t>(below(32));
        match.snat = chance(20);
        match.dnat = chance(20);
        match.inverted = chance(20);
        add(match);
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
    for (const TableId id : {TableId::mangle, TableId::nat, TableId::filter}) {
        ruleset.tables[static_cast<std::size_t>(id)] = table(id, shape);
    }
    return ruleset;
}

acl::PacketView<Ipv4> Generator::packet(Hook hook, std::array<std::byte, 20>& bytes) {
    acl::PacketView<Ipv4> packet;
    packet.source = address();
    packet.destination = address();
    packet.protocol = kProtocols[below(static_cast<std::uint32_t>(kProtocols.size()))];
    packet.has_l4 = !chance(6);
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
    } else if (packet.has_l4 && packet.protocol != net::kProtocolGre) {
        packet.source_port = net::Be16::from_host(port());
        packet.destination_port = net::Be16::from_host(port());
    }
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
    packet.packet = bytes;
    return packet;
}

}  // namespace sluice::model
