// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_netfilter.h"

#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include "acl/all_matches.h"
#include "tests/model/slow_bytes.h"
#include "tests/model/slow_effects.h"
#include "tests/model/slow_fields.h"
#include "tests/model/slow_sets.h"

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

/// Bytes behind the IP header.
std::size_t transport_bytes(const Packet& packet) {
    if (packet.packet.size() < 20) {
        return 0;
    }
    const std::size_t begin = static_cast<std::size_t>(packet.packet[0]) % 16 * 4;
    return begin > packet.packet.size() ? 0 : packet.packet.size() - begin;
}

/// The byte at an offset behind the IP header.
unsigned transport_byte(const Packet& packet, std::size_t offset) {
    return static_cast<unsigned>(packet.packet[packet.packet.size() - transport_bytes(packet) + offset]);
}

std::uint32_t transport_word(const Packet& packet, std::size_t offset) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        word = word * 256 + transport_byte(packet, offset + i);
    }
    return word;
}

bool alike(acl::FragmentMatch match, unsigned offset) {
    switch (match) {
        case acl::FragmentMatch::any:
            return true;
        case acl::FragmentMatch::only:
            return offset != 0;
        case acl::FragmentMatch::never:
            return offset == 0;
    }
    return false;
}

Reading ask_ports(const acl::TcpMatch& match, const Packet& packet) {
    if (!packet.has_l4) {
        return unreadable(packet, true);
    }
    return {alike(match.source, packet.source_port) && alike(match.destination, packet.destination_port),
            false};
}

Reading ask(const acl::TcpFlags& flags, const Packet& packet) {
    if (!packet.has_l4) {
        return unreadable(packet, true);
    }
    bool equal = true;
    for (unsigned bit = 0; bit < 8; ++bit) {
        const bool is_asked = flags.mask >> bit & 1;
        const bool is_set = is_asked && (transport_byte(packet, 13) >> bit & 1) != 0;
        const bool should_be = flags.compare >> bit & 1;
        equal = equal && is_set == should_be;
    }
    return {flags.inverted ? !equal : equal, false};
}

Reading ask(const acl::TcpOption& option, const Packet& packet) {
    if (!packet.has_l4) {
        return unreadable(packet, true);
    }
    const std::size_t end = transport_byte(packet, 12) / 16 * 4;
    if (end < 20 || end > transport_bytes(packet)) {
        return {false, true};
    }
    bool found = false;
    for (std::size_t here = 20; here < end && !found;) {
        const unsigned kind = transport_byte(packet, here);
        found = kind == option.number;
        if (kind < 2 || here + 1 == end || transport_byte(packet, here + 1) == 0) {
            here += 1;
        } else {
            here += transport_byte(packet, here + 1);
        }
    }
    return {option.inverted ? !found : found, false};
}

Reading ask_given_ports(const std::optional<acl::PortRange>& source,
                        const std::optional<acl::PortRange>& destination, const Packet& packet) {
    if (!packet.has_l4) {
        return unreadable(packet, false);
    }
    return {(!source || alike(*source, packet.source_port)) &&
                (!destination || alike(*destination, packet.destination_port)),
            false};
}

Reading ask(const acl::DccpTypes& types, const Packet& packet) {
    if (!packet.has_l4) {
        return unreadable(packet, false);
    }
    const unsigned type = transport_byte(packet, 8) / 2 % 16;
    const bool among = types.types >> type & 1;
    return {types.inverted ? !among : among, false};
}

Reading ask_spi(const acl::SpiRange& range, const Packet& packet, std::size_t offset, std::size_t needed, std::uint64_t modulus = 0x100000000) {
    if (offset_of(packet) != 0 || transport_bytes(packet) < needed) {
        return unreadable(packet, false);
    }
    const auto spi = static_cast<std::uint32_t>(transport_word(packet, offset) % modulus);
    const bool inside = range.min <= spi && spi <= range.max;
    return {range.inverted ? !inside : inside, false};
}

Reading ask(const acl::AhMatch& match, const Packet& packet) {
    return ask_spi(match.spi, packet, 4, 12);
}

Reading ask(const acl::EspMatch& match, const Packet& packet) {
    return ask_spi(match.spi, packet, 0, 8);
}

Reading ask(const acl::IpcompMatch& match, const Packet& packet) {
    return ask_spi(match.spi, packet, 0, 4, 0x10000);
}

/// Four bytes are enough, even where the header is cut behind them.
Reading ask(const acl::MultiportMatch& match, const Packet& packet) {
    unsigned source = packet.source_port.host();
    unsigned destination = packet.destination_port.host();
    if (!packet.has_l4) {
        if (offset_of(packet) != 0 || transport_bytes(packet) < 4) {
            return unreadable(packet, false);
        }
        source = transport_word(packet, 0) / 65536;
        destination = transport_word(packet, 0) % 65536;
    }
    bool found = false;
    for (std::size_t i = 0; i < match.count; ++i) {
        const auto inside = [&](unsigned port) {
            return match.ports[i].min <= port && port <= match.ports[i].max;
        };
        if (match.side != acl::MultiportMatch::Side::destination) {
            found = found || inside(source);
        }
        if (match.side != acl::MultiportMatch::Side::source) {
            found = found || inside(destination);
        }
    }
    return {match.inverted ? !found : found, false};
}

bool alike(const std::optional<acl::AddressRange>& range, net::Ipv4Address address) {
    if (!range) {
        return true;
    }
    const bool inside = range->min.host() <= address.host() && address.host() <= range->max.host();
    return range->inverted ? !inside : inside;
}

Reading ask(const acl::IprangeMatch& match, const Packet& packet) {
    return {alike(match.source, packet.source) && alike(match.destination, packet.destination), false};
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

Reading ask(const acl::StateMatch& match, const Packet& packet) {
    const bool among = listed(match.states, packet.state);
    return {match.inverted ? !among : among, false};
}

Reading ask(const acl::SctpChunks& chunks, const Packet& packet) {
    return packet.has_l4 ? read_bytes(chunks, packet) : unreadable(packet, false);
}

Reading ask(const acl::DccpOption& option, const Packet& packet) {
    return packet.has_l4 ? read_bytes(option, packet) : unreadable(packet, false);
}

Reading ask(const acl::U32Match& match, const Packet& packet) {
    return read_bytes(match, packet);
}

Reading ask(const acl::BpfMatch& match, const Packet& packet) {
    return read_bytes(match, packet);
}

Reading ask(const acl::TcpmssMatch& match, const Packet& packet) {
    return read_bytes(match, packet);
}

Reading ask(const acl::StringMatch& match, const Packet& packet) {
    return read_bytes(match, packet);
}

template <class Match>
requires requires(const Match& match, const Packet& packet) {
    field_holds(match, packet);
}
Reading ask(const Match& match, const Packet& packet) {
    return {field_holds(match, packet), false};
}

/// What an answer hangs on.
enum class Hangs : std::uint8_t {
    on_connection,
    on_packet,   ///< may differ between packets of one connection
    on_string,   ///< the same, kept as what was found of all strings
    on_history,  ///< asking changes it
};

/// One question of a match, and what it says, if that can be known without asking.
struct Part {
    Reading reading;
    Hangs hangs = Hangs::on_connection;
    const acl::AnyMatch* match = nullptr;  ///< on history: to be asked
    bool needs_string = false;             ///< on a string, which must be there
};

template <class Match, class... Among>
constexpr bool kIsAmong = (std::is_same_v<Match, Among> || ...);
template <class Match>
constexpr Hangs kHangs = kIsAmong<Match, acl::IcmpMatch, acl::AhMatch, acl::EspMatch, acl::IpcompMatch, acl::MarkMatch, acl::ConnmarkMatch,
                                 acl::LengthMatch, acl::TtlMatch, acl::TosMatch, acl::DscpMatch, acl::EcnMatch,
                                 acl::MacMatch, acl::PkttypeMatch, acl::CpuMatch, acl::TimeMatch,
                                 acl::ConnbytesMatch, acl::RpfilterMatch, acl::RateestMatch, acl::U32Match,
                                 acl::TcpmssMatch, acl::BpfMatch>
                             ? Hangs::on_packet
                             : Hangs::on_connection;

template <class Match>
std::vector<Part> parts_of(const Match& match, const Packet& packet) {
    if constexpr (std::is_same_v<Match, acl::StringMatch>) {
        return {{ask(match, packet), Hangs::on_string, nullptr, !match.inverted}};
    } else if constexpr (requires { ask(match, packet); }) {
        return {{ask(match, packet), kHangs<Match>}};
    } else if constexpr (Remembers<Match>) {
        return {{{}, Hangs::on_history}};
    } else {
        // Never loaded, or no generator makes it; the kernel is its judge (tests/e2e).
        throw std::logic_error("a match that is not modelled");
    }
}

/// Asked when its turn comes, since that may count; or now, where nothing comes of it.
std::vector<Part> parts_of(const acl::SetMatch& match, SlowSets& sets, const Packet& packet) {
    if (sets.counts(match.name)) {
        return {{{}, Hangs::on_history}};
    }
    return {{{sets.ask(match, packet), false}, Hangs::on_packet}};
}

std::vector<Part> parts_of(const acl::CommentMatch&, const Packet&) {
    return {};
}

std::vector<Part> parts_of(const acl::ConntrackMatch& match, const Packet& packet) {
    std::vector<Part> parts;
    for (const OptionAnswer& option : options_of(match, packet)) {
        parts.push_back({{option.holds, false}, option.may_change ? Hangs::on_packet : Hangs::on_connection});
    }
    return parts;
}

std::vector<Part> parts_of(const acl::TcpMatch& match, const Packet& packet) {
    std::vector<Part> parts = {{ask_ports(match, packet)}};
    if (match.flags.mask != 0 || match.flags.compare != 0 || match.flags.inverted) {
        parts.push_back({ask(match.flags, packet), Hangs::on_packet});
    }
    if (match.option.number != 0) {
        parts.push_back({ask(match.option, packet), Hangs::on_packet});
    }
    return parts;
}

std::vector<Part> parts_of(const acl::DccpMatch& match, const Packet& packet) {
    std::vector<Part> parts = {{ask_given_ports(match.source, match.destination, packet)}};
    if (match.types) {
        parts.push_back({ask(*match.types, packet), Hangs::on_packet});
    }
    if (match.option) {
        parts.push_back({ask(*match.option, packet), Hangs::on_packet});
    }
    return parts;
}

std::vector<Part> parts_of(const acl::SctpMatch& match, const Packet& packet) {
    std::vector<Part> parts = {{ask_given_ports(match.source, match.destination, packet)}};
    if (match.chunks) {
        parts.push_back({ask(*match.chunks, packet), Hangs::on_packet});
    }
    return parts;
}

/// All questions of a rule's matches, in the order in which the kernel asks them.
std::vector<Part> parts_of(const Rule& rule, SlowSets& sets, const Packet& packet) {
    std::vector<Part> all;
    for (const acl::AnyMatch& match : rule.matches) {
        const auto parts_of_match = [&]<class Match>(const Match& held) {
            if constexpr (std::is_same_v<Match, acl::SetMatch>) {
                return parts_of(held, sets, packet);
            } else {
                return parts_of(held, packet);
            }
        };
        for (Part part : acl::visit_match(match, parts_of_match)) {
            part.match = &match;
            all.push_back(part);
        }
    }
    return all;
}

/// False where some match may find its header cut or out of shape.
bool readable(const Packet& packet) {
    switch (packet.protocol) {
        case 6:
            if (packet.has_l4 && transport_bytes(packet) >= 20) {
                const std::size_t header = transport_byte(packet, 12) / 16 * 4;
                return header >= 20 && header <= transport_bytes(packet);
            }
            return packet.has_l4;
        case 33:
            return packet.has_l4 && (transport_bytes(packet) == 0 || is_dccp_sound(packet));
        case 132:
            return packet.has_l4 && (transport_bytes(packet) == 0 || are_chunks_sound(packet));
        case 1:
        case 17:
        case 136:
            return packet.has_l4;
        case 50:
            return transport_bytes(packet) >= 8;
        case 51:
            return transport_bytes(packet) >= 12;
        case 108:
            return transport_bytes(packet) >= 4;
        default:
            return true;
    }
}

/// What a packet has put into a set itself, no later packet may take for granted.
void note_set(const Part& part, Judgement& judgement) {
    const bool asks_set = acl::holds<acl::SetMatch>(*part.match);
    judgement.leaves_no_path = judgement.leaves_no_path || (asks_set && judgement.changes_sets);
}

/// The questions of a rule that remembers nothing: headers are asked last, where all else holds.
void note_questions(const std::vector<Part>& parts, const Place& place, Judgement& judgement) {
    const auto is_known = [](const Part& part) {
        return part.hangs == Hangs::on_connection && !part.reading.holds;
    };
    if (std::any_of(parts.begin(), parts.end(), is_known)) {
        return;
    }
    const bool lacks_string = std::any_of(parts.begin(), parts.end(), [](const Part& part) {
        return part.needs_string && !part.reading.holds;
    });
    if (lacks_string) {
        judgement.lack_string.insert(place);
        judgement.asks_string =
            judgement.asks_string || std::all_of(parts.begin(), parts.end(), [](const Part& part) {
                return part.hangs == Hangs::on_string || part.reading.holds;
            });
        return;
    }
    for (std::size_t number = 0; number < parts.size(); ++number) {
        const Part& part = parts[number];
        if (part.hangs == Hangs::on_string) {
            judgement.asks_string = true;
        } else if (part.hangs == Hangs::on_packet) {
            judgement.questions.push_back({place, number, part.reading.holds});
            note_set(part, judgement);
        }
        if (!part.reading.holds) {
            return;
        }
    }
}

Reading ask_memory(SlowMemory& memory, const acl::AnyMatch& match, const MatchPlace& place, const Packet& packet) {
    return acl::visit_match(match, [&]<class Match>(const Match& held) -> Reading {
        if constexpr (Remembers<Match>) {
            return memory.ask(held, place, packet);
        } else {
            throw std::logic_error("a match without a memory");
        }
    });
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
           alike(rule.protocol, packet.protocol) && alike(rule.fragment, offset_of(packet));
}

Reading SlowNetfilter::holds(const Rule& rule, const Place& place, const Packet& packet, Judgement& judgement) {
    if (!holds_standard(rule, packet)) {
        return {false, false};
    }
    std::vector<Part> parts = parts_of(rule, memory_.sets(), packet);
    const bool remembers = std::any_of(parts.begin(), parts.end(),
                                       [](const Part& part) { return part.hangs == Hangs::on_history; });
    if (!remembers && judgement.is_readable) {
        note_questions(parts, place, judgement);
    }
    for (std::size_t number = 0; number < parts.size(); ++number) {
        Part& part = parts[number];
        if (part.hangs == Hangs::on_history) {
            part.reading = ask_memory(memory_, *part.match, {place, number}, packet);
        }
        const bool is_noted = remembers && judgement.is_readable;
        if (is_noted && part.hangs == Hangs::on_string) {
            judgement.asks_string = true;
        } else if (is_noted && part.hangs != Hangs::on_connection) {
            judgement.questions.push_back(
                {place, number, part.reading.holds, part.hangs == Hangs::on_history});
            note_set(part, judgement);
        }
        if (!part.reading.holds) {
            return part.reading;
        }
    }
    return {true, false};
}

void SlowNetfilter::count(const Place& place, const Packet& packet, Judgement& judgement) {
    base::PacketCount& counter = counters_[place];
    counter.packets += 1;
    counter.bytes += packet.bytes;
    judgement.met.push_back(place);
}

Judgement SlowNetfilter::judge(TableId table_id, Hook hook, const Packet& packet, std::vector<std::byte> bytes) {
    Judgement judgement;
    judgement.after = packet;
    judgement.bytes = std::move(bytes);
    if (!judgement.bytes.empty()) {
        judgement.after.packet = judgement.bytes;
    }
    const auto& table = rules_.tables.at(static_cast<std::size_t>(table_id));
    if (!table || !acl::has_chain(table_id, hook)) {
        return judgement;
    }
    judgement.is_readable = readable(packet);
    const std::string base(acl::kHookNames.at(static_cast<std::size_t>(hook)));
    std::vector<Position> callers;
    Position here = {base, 0};
    for (;;) {
        const auto& chain = chain_named(*table, here.chain);
        bool returns = false;
        if (here.rule == chain.rules.size()) {
            if (chain.hook) {
                count({table_id, chain.name, -1}, judgement.after, judgement);
                judgement.verdict = chain.policy == acl::Policy::accept ? Verdict::accept : Verdict::drop;
                return judgement;
            }
            returns = true;
        } else {
            const Rule& rule = chain.rules[here.rule];
            const bool met = meet(rule, {table_id, chain.name, static_cast<int>(here.rule)}, judgement);
            if (judgement.is_final) {
                return judgement;
            }
            const auto* jump = acl::get_if<acl::JumpTarget>(&rule.target);
            returns = met && acl::holds<acl::ReturnTarget>(rule.target);
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

bool SlowNetfilter::meet(const Rule& rule, const Place& place, Judgement& judgement) {
    const Packet packet = judgement.after;
    const Reading reading = holds(rule, place, packet, judgement);
    if (reading.drops) {
        judgement.leaves_no_path = true;
        judgement.verdict = Verdict::drop;
        judgement.is_final = true;
    }
    if (!reading.holds) {
        return false;
    }
    count(place, packet, judgement);
    judgement.is_final = true;
    if (acl::holds<acl::AcceptTarget>(rule.target)) {
        judgement.verdict = Verdict::accept;
    } else if (acl::holds<acl::DropTarget>(rule.target)) {
        judgement.verdict = Verdict::drop;
    } else if (const auto* reject = acl::get_if<acl::RejectTarget>(&rule.target)) {
        judgement.verdict = Verdict::reject;
        judgement.reject = *reject;
    } else if (const auto* nat = acl::get_if<acl::NatTarget>(&rule.target)) {
        judgement.verdict = Verdict::nat;
        judgement.nat = *nat;
    } else {
        judgement.is_final = drops(rule.target, judgement.bytes);
        if (judgement.is_final) {
            judgement.verdict = Verdict::drop;
            return true;
        }
        judgement.after = affected(rule.target, packet, judgement.bytes);
        if (const auto* set = acl::get_if<acl::SetTarget>(&rule.target)) {
            memory_.sets().apply(*set, judgement.after);
            judgement.changes_sets = true;
        }
    }
    return true;
}

}  // namespace sluice::model
