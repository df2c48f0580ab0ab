// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_netfilter.h"

#include <stdexcept>

namespace sluice::model {

namespace {

using Rule = acl::Rule<net::Ipv4>;

bool alike(const acl::AddressMatch<net::Ipv4>& match, net::Ipv4Address address) {
    const bool equal = (address.host() & match.mask.host()) == match.address.host();
    return match.inverted ? !equal : equal;
}

/// `eth+` for all that begins so, `+` and nothing for any; "" is the name where a packet has no interface.
bool alike(const acl::InterfaceMatch& match, const std::string& name) {
    bool equal = name == match.name;
    if (match.prefix || match.name.empty()) {
        equal = name.substr(0, match.name.size()) == match.name;
    }
    return match.inverted ? !equal : equal;
}

bool alike(const acl::ProtocolMatch& match, std::uint8_t protocol) {
    if (match.number == 0) {
        return true;
    }
    return match.inverted ? protocol != match.number : protocol == match.number;
}

bool alike(const acl::PortRange& range, net::Be16 port) {
    const bool inside = range.min <= port.host() && port.host() <= range.max;
    return range.inverted ? !inside : inside;
}

/// The fragment offset in the packet's own bytes 6 and 7.
unsigned offset_of(const Packet& packet) {
    if (packet.packet.size() < 20) {
        return 0;
    }
    const auto high = static_cast<unsigned>(packet.packet[6]);
    const auto low = static_cast<unsigned>(packet.packet[7]);
    return (high * 256 + low) % 8192;
}

/// A match that reads the transport header finds none: later fragments just do not match, a cut header drops.
Reading unreadable(const Packet& packet, bool is_tcp) {
    const unsigned offset = offset_of(packet);
    return {false, offset == 0 || (is_tcp && offset == 1)};
}

Reading ask(const acl::TcpMatch& match, const Packet& packet) {
    if (!packet.has_l4) {
        return unreadable(packet, true);
    }
    return {alike(match.source, packet.source_port) && alike(match.destination, packet.destination_port),
            false};
}

Reading ask(const acl::UdpMatch& match, const Packet& packet) {
    if (!packet.has_l4) {
        return unreadable(packet, false);
    }
    return {alike(match.source, packet.source_port) && alike(match.destination, packet.destination_port),
            false};
}

Reading ask(const acl::IcmpMatch& match, const Packet& packet) {
    if (!packet.has_l4) {
        return unreadable(packet, false);
    }
    bool equal = true;
    if (match.type != 255) {
        equal = match.type == packet.icmp_type && match.min_code <= packet.icmp_code &&
                packet.icmp_code <= match.max_code;
    }
    return {match.inverted ? !equal : equal, false};
}

bool listed(std::uint8_t states, conntrack::CtState state) {
    return (states >> static_cast<unsigned>(state)) % 2 == 1;
}

Reading ask(const acl::ConntrackMatch& match, const Packet& packet) {
    bool among = listed(match.states, packet.state);
    if (match.snat && packet.snat) {
        among = true;
    }
    if (match.dnat && packet.dnat) {
        among = true;
    }
    return {match.inverted ? !among : among, false};
}

Reading ask(const acl::StateMatch& match, const Packet& packet) {
    const bool among = listed(match.states, packet.state);
    return {match.inverted ? !among : among, false};
}

Reading ask(const acl::CommentMatch&, const Packet&) {
    return {true, false};
}

Reading ask(const acl::AnyMatch& match, const Packet& packet) {
    return std::visit([&](const auto& held) { return ask(held, packet); }, match);
}

/// True for matches whose answer may differ between packets of one connection.
bool asks_headers(const acl::AnyMatch& match) {
    return std::holds_alternative<acl::IcmpMatch>(match);
}

bool asks_anything(const acl::AnyMatch& match) {
    return !std::holds_alternative<acl::CommentMatch>(match);
}

const acl::Chain<net::Ipv4>& chain_named(const acl::Table<net::Ipv4>& table, const std::string& name) {
    for (const auto& chain : table.chains) {
        if (chain.name == name) {
            return chain;
        }
    }
    throw std::invalid_argument("no chain " + name);
}

}  // namespace

std::string SlowNetfilter::name_of(base::InterfaceId id) const {
    return id == base::kNoInterface ? std::string() : interfaces_.at(base::index_of(id));
}

bool SlowNetfilter::holds_standard(const Rule& rule, const Packet& packet) const {
    return alike(rule.source, packet.source) && alike(rule.destination, packet.destination) &&
           alike(rule.in, name_of(packet.in)) && alike(rule.out, name_of(packet.out)) &&
           alike(rule.protocol, packet.protocol);
}

Reading SlowNetfilter::holds(const Rule& rule, const Packet& packet) const {
    if (!holds_standard(rule, packet)) {
        return {false, false};
    }
    for (const acl::AnyMatch& match : rule.matches) {
        const Reading reading = ask(match, packet);
        if (!reading.holds) {
            return reading;
        }
    }
    return {true, false};
}

void SlowNetfilter::note_questions(const Rule& rule, const Place& place, const Packet& packet,
                                   Judgement& judgement) const {
    if (!holds_standard(rule, packet)) {
        return;
    }
    for (const acl::AnyMatch& match : rule.matches) {
        if (!asks_headers(match) && !ask(match, packet).holds) {
            return;
        }
    }
    std::size_t number = 0;
    for (const acl::AnyMatch& match : rule.matches) {
        if (asks_headers(match)) {
            const bool answer = ask(match, packet).holds;
            judgement.questions.push_back({place, number, answer});
            if (!answer) {
                return;
            }
        }
        number += asks_anything(match) ? 1U : 0U;
    }
}

void SlowNetfilter::count(const Place& place, const Packet& packet, Judgement& judgement) {
    base::PacketCount& counter = counters_[place];
    counter.packets += 1;
    counter.bytes += packet.bytes;
    judgement.met.push_back(place);
}

Judgement SlowNetfilter::judge(TableId table_id, Hook hook, const Packet& packet) {
    Judgement judgement;
    const auto& table = rules_.tables.at(static_cast<std::size_t>(table_id));
    if (!table || !acl::has_chain(table_id, hook)) {
        return judgement;
    }
    const bool has_transport = packet.protocol == 1 || packet.protocol == 6 || packet.protocol == 17;
    judgement.is_readable = packet.has_l4 || !has_transport;
    const std::string base(acl::kHookNames.at(static_cast<std::size_t>(hook)));
    std::vector<Position> callers;
    Position here = {base, 0};
    for (;;) {
        const auto& chain = chain_named(*table, here.chain);
        bool returns = false;
        if (here.rule == chain.rules.size()) {
            if (chain.hook) {
                count({table_id, chain.name, -1}, packet, judgement);
                judgement.verdict = chain.policy == acl::Policy::accept ? Verdict::accept : Verdict::drop;
                return judgement;
            }
            returns = true;
        } else {
            const Rule& rule = chain.rules[here.rule];
            const bool met =
                meet(rule, {table_id, chain.name, static_cast<int>(here.rule)}, packet, judgement);
            if (judgement.is_final) {
                return judgement;
            }
            const auto* jump = std::get_if<acl::JumpTarget>(&rule.target);
            returns = met && std::holds_alternative<acl::ReturnTarget>(rule.target);
            here.rule += 1;
            if (met && jump != nullptr) {
                if (!jump->is_goto) {
                    callers.push_back(here);
                }
                here = {jump->chain, 0};
            }
        }
        if (returns && callers.empty()) {
            here = {base, chain_named(*table, base).rules.size()};
        } else if (returns) {
            here = callers.back();
            callers.pop_back();
        }
    }
}

bool SlowNetfilter::meet(const Rule& rule, const Place& place, const Packet& packet, Judgement& judgement) {
    if (judgement.is_readable) {
        note_questions(rule, place, packet, judgement);
    }
    const Reading reading = holds(rule, packet);
    if (reading.drops) {
        judgement.verdict = Verdict::drop;
        judgement.is_final = true;
    }
    if (!reading.holds) {
        return false;
    }
    count(place, packet, judgement);
    judgement.is_final = true;
    if (std::holds_alternative<acl::AcceptTarget>(rule.target)) {
        judgement.verdict = Verdict::accept;
    } else if (std::holds_alternative<acl::DropTarget>(rule.target)) {
        judgement.verdict = Verdict::drop;
    } else if (const auto* reject = std::get_if<acl::RejectTarget>(&rule.target)) {
        judgement.verdict = Verdict::reject;
        judgement.reject = *reject;
    } else if (const auto* nat = std::get_if<acl::NatTarget>(&rule.target)) {
        judgement.verdict = Verdict::nat;
        judgement.nat = *nat;
    } else {
        judgement.is_final = false;
    }
    return true;
}

}  // namespace sluice::model
