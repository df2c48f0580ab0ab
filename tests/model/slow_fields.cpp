// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_fields.h"

#include <chrono>

#include "conntrack/account.h"
#include "conntrack/connection.h"

namespace sluice::model {

namespace {

bool unless(bool inverted, bool holds) {
    return inverted ? !holds : holds;
}

bool listed(std::uint16_t types, acl::AddressType type) {
    return types / (1U << static_cast<unsigned>(type)) % 2 == 1;
}

/// Local, broadcast, multicast; the rest is unicast.
acl::AddressType type_of_address(const Packet& packet, net::Ipv4Address address, base::InterfaceId device) {
    const unsigned first = address.host() / 0x1000000;
    if (first == 0 || address.host() == 0xffffffff) {
        return acl::AddressType::broadcast;
    }
    if (first >= 224 && first < 240) {
        return acl::AddressType::multicast;
    }
    if (first == 127) {
        // lo has 127.0.0.1/8; it is no interface that a packet comes in by here.
        if (device != base::kNoInterface) {
            return acl::AddressType::unicast;
        }
        return address.host() == 0x7fffffff ? acl::AddressType::broadcast : acl::AddressType::local;
    }
    return packet.address_types.of(packet.address_types.router, address, device);
}

/// The 13th byte behind the IP header, or -1 where the TCP header is cut.
int tcp_flags(const Packet& packet) {
    const std::size_t begin = static_cast<std::size_t>(packet.packet[0]) % 16 * 4;
    return packet.packet.size() < begin + 20 ? -1 : static_cast<int>(packet.packet[begin + 13]);
}

bool as_asked(acl::EcnMatch::Ask ask, bool is_set) {
    switch (ask) {
        case acl::EcnMatch::Ask::nothing:
            return true;
        case acl::EcnMatch::Ask::set:
            return is_set;
        case acl::EcnMatch::Ask::clear:
            return !is_set;
    }
    return false;
}

/// An end of a connection, by number: original source and destination, reply source and destination.
struct End {
    std::uint32_t address;
    std::uint16_t port;
};

End end_of(const Packet& packet, acl::ConnectionEnd end) {
    const auto& original = packet.connection->directions[0].tuple;
    const auto& reply = packet.connection->directions[1].tuple;
    switch (end) {
        case acl::ConnectionEnd::original_source:
            return {original.source.host(), original.source_port.host()};
        case acl::ConnectionEnd::original_destination:
            return {original.destination.host(), original.destination_port.host()};
        case acl::ConnectionEnd::reply_source:
            return {reply.source.host(), reply.source_port.host()};
        case acl::ConnectionEnd::reply_destination:
            break;
    }
    return {reply.destination.host(), reply.destination_port.host()};
}

bool among_states(const acl::ConntrackMatch& match, const Packet& packet) {
    bool among = match.states / (1U << static_cast<unsigned>(packet.state)) % 2 == 1;
    among = among || (match.snat && packet.snat);
    return among || (match.dnat && packet.dnat);
}

std::uint32_t seconds_left(const Packet& packet) {
    if (packet.connection->shared.life != conntrack::Life::confirmed) {
        return 0;
    }
    const auto& connection = *packet.connection;
    const std::int64_t left = std::max<std::int64_t>(connection.directions[0].last_seen.load(),
                                                     connection.directions[1].last_seen.load()) +
                              connection.shared.timeout.load() - packet.now;
    return left < 0 ? 0 : static_cast<std::uint32_t>(left / 100);
}

}  // namespace

bool field_holds(const acl::MarkMatch& match, const Packet& packet) {
    return unless(match.inverted, (packet.mark & match.mask) == match.value);
}

bool field_holds(const acl::ConnmarkMatch& match, const Packet& packet) {
    return packet.connection != nullptr &&
           unless(match.inverted, (packet.connection_mark & match.mask) == match.value);
}

bool field_holds(const acl::LengthMatch& match, const Packet& packet) {
    return unless(match.inverted, match.min <= packet.bytes && packet.bytes <= match.max);
}

bool field_holds(const acl::TtlMatch& match, const Packet& packet) {
    switch (match.mode) {
        case acl::TtlMatch::Mode::equal:
            return match.ttl == packet.ttl;
        case acl::TtlMatch::Mode::unequal:
            return match.ttl != packet.ttl;
        case acl::TtlMatch::Mode::less:
            return packet.ttl < match.ttl;
        case acl::TtlMatch::Mode::greater:
            return packet.ttl > match.ttl;
        case acl::TtlMatch::Mode::none:
            break;
    }
    return false;
}

bool field_holds(const acl::TosMatch& match, const Packet& packet) {
    bool equal = true;
    for (unsigned bit = 1; bit < 256; bit *= 2) {
        const bool is_set = packet.tos / bit % 2 == 1 && match.mask / bit % 2 == 1;
        equal = equal && is_set == (match.value / bit % 2 == 1);
    }
    return unless(match.inverted, equal);
}

bool field_holds(const acl::DscpMatch& match, const Packet& packet) {
    return unless(match.inverted, packet.tos / 4 == match.dscp);
}

bool field_holds(const acl::EcnMatch& match, const Packet& packet) {
    if (!as_asked(match.ect, packet.tos % 4 == match.ect_value)) {
        return false;
    }
    if (match.cwr == acl::EcnMatch::Ask::nothing && match.ece == acl::EcnMatch::Ask::nothing) {
        return true;
    }
    const int flags = tcp_flags(packet);
    return flags >= 0 && as_asked(match.cwr, flags >= 128) && as_asked(match.ece, flags % 128 >= 64);
}

bool field_holds(const acl::MacMatch& match, const Packet& packet) {
    return unless(match.inverted, match.source == packet.source_mac);
}

bool field_holds(const acl::PkttypeMatch& match, const Packet& packet) {
    return unless(match.inverted, match.kind == packet.frame);
}

bool field_holds(const acl::AddrtypeMatch& match, const Packet& packet) {
    base::InterfaceId device = base::kNoInterface;
    if (match.limit == acl::AddrtypeMatch::Limit::in) {
        device = packet.in;
    } else if (match.limit == acl::AddrtypeMatch::Limit::out) {
        device = packet.out;
    }
    const bool source =
        match.source == 0 ||
        unless(match.source_inverted, listed(match.source, type_of_address(packet, packet.source, device)));
    const bool destination =
        match.destination == 0 ||
        unless(match.destination_inverted,
               listed(match.destination, type_of_address(packet, packet.destination, device)));
    return source && destination;
}

bool field_holds(const acl::DevgroupMatch& match, const Packet&) {
    bool holds = true;
    for (const acl::DevgroupMatch::Side& side : {match.in, match.out}) {
        if (side.is_asked) {
            holds = holds && unless(side.inverted, (side.group.value & side.group.mask) == 0);
        }
    }
    return holds;
}

/// Bob Jenkins' lookup3 of one word, as a list of its seven steps.
bool field_holds(const acl::ClusterMatch& match, const Packet& packet) {
    if (packet.connection == nullptr) {
        return false;
    }
    std::uint64_t word = 0;
    std::uint32_t source = packet.connection->directions[0].tuple.source.host();
    for (int i = 0; i < 4; ++i) {
        word = word * 256 + source % 256;  // the lowest byte first
        source /= 256;
    }
    constexpr std::uint64_t kWhole = 0x100000000;
    const std::uint64_t begin = 0xdeadbeef + 4 + match.seed;
    std::array<std::uint64_t, 3> abc = {(begin + word) % kWhole, begin % kWhole, begin % kWhole};
    struct Mix {
        std::size_t changed;
        std::size_t by;
        unsigned turned;
    };
    for (const Mix mix : {Mix{2, 1, 14}, Mix{0, 2, 11}, Mix{1, 0, 25}, Mix{2, 1, 16}, Mix{0, 2, 4}, Mix{1, 0, 14}, Mix{2, 1, 24}}) {
        const std::uint64_t other = abc.at(mix.by);
        const std::uint64_t turned = (other << mix.turned) % kWhole + (other >> (32 - mix.turned));
        abc.at(mix.changed) = ((abc.at(mix.changed) ^ other) + kWhole - turned) % kWhole;
    }
    const std::uint64_t node = abc[2] * match.nodes / kWhole;
    return unless(match.inverted, match.node_mask >> node & 1);
}

bool field_holds(const acl::TimeMatch& match, const Packet& packet) {
    namespace chrono = std::chrono;
    chrono::sys_seconds now(chrono::floor<chrono::seconds>(chrono::nanoseconds(packet.utc_ns)));
    now -= match.is_local ? chrono::minutes(packet.minutes_west) : chrono::minutes(0);
    if (now < chrono::sys_seconds(chrono::seconds(match.date_start)) ||
        now > chrono::sys_seconds(chrono::seconds(match.date_stop))) {
        return false;
    }
    chrono::sys_days day = chrono::floor<chrono::days>(now);
    const auto second = static_cast<std::uint32_t>((now - day).count());
    const bool over_midnight = match.day_start >= match.day_stop;
    const bool is_after = second >= match.day_start;
    const bool is_before = second <= match.day_stop;
    if (over_midnight ? !is_after && !is_before : !is_after || !is_before) {
        return false;
    }
    if (over_midnight && match.is_contiguous && is_before) {
        day -= chrono::days(1);
    }
    const unsigned weekday = chrono::weekday(day).iso_encoding();
    const auto monthday = static_cast<unsigned>(chrono::year_month_day(day).day());
    return match.weekdays >> weekday & 1 && match.monthdays >> monthday & 1;
}

bool field_holds(const acl::ConnbytesMatch& match, const Packet& packet) {
    using Direction = acl::ConnbytesMatch::Direction;
    if (packet.account == nullptr) {
        return false;
    }
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    for (unsigned way = 0; way < 2; ++way) {
        const bool is_asked = match.direction == Direction::both || (match.direction == Direction::reply) == (way == 1);
        if (is_asked) {
            packets += packet.account->directions.at(way).packets.value();
            bytes += packet.account->directions.at(way).bytes.value();
        }
    }
    std::uint64_t value = packets;
    if (match.mode == acl::ConnbytesMatch::Mode::bytes) {
        value = bytes;
    } else if (match.mode == acl::ConnbytesMatch::Mode::avgpkt) {
        value = packets > 0 ? bytes / packets : 0;
    }
    const bool inverted = match.min > match.max;
    const bool inside = std::min(match.min, match.max) <= value && value <= std::max(match.min, match.max);
    return unless(inverted, inside);
}

bool field_holds(const acl::RateestMatch& match, const Packet&) {
    const acl::RateestMatch::Question& question = match.question;
    bool holds = true;
    const auto compare = [&](const std::array<std::uint32_t, 2>& numbers) {
        const std::uint32_t left = question.is_delta ? numbers[0] : 0;
        const std::uint32_t right = !match.is_relative() || question.is_delta ? numbers[1] : 0;
        const bool is_so = question.mode == acl::RateestMatch::Mode::eq   ? left == right
                           : question.mode == acl::RateestMatch::Mode::lt ? left < right
                                                                          : left > right;
        holds = holds && is_so;
    };
    if (question.asks_bytes) {
        compare(question.bytes);
    }
    if (question.asks_packets) {
        compare(question.packets);
    }
    return holds != question.inverted;
}

bool field_holds(const acl::RpfilterMatch& match, const Packet& packet) {
    const unsigned first = packet.destination.host() / 0x1000000;
    const bool to_all_here = packet.destination.host() == 0xffffffff ||
                             (first == 224 && packet.destination.host() / 256 % 0x10000 == 0);
    bool holds = packet.source.host() / 0x1000000 == 0 && to_all_here;
    if (!holds) {
        const acl::WayBack way = packet.source.host() / 0x1000000 == 127
                                     ? acl::WayBack::local
                                     : packet.reverse_path.of(packet.reverse_path.router, packet.source, packet.in);
        const bool is_local = way == acl::WayBack::local || way == acl::WayBack::local_there;
        const bool is_there = way == acl::WayBack::same || way == acl::WayBack::local_there;
        holds = way != acl::WayBack::none && (!is_local || match.accepts_local) && (is_there || match.is_loose);
    }
    return unless(match.inverted, holds);
}

std::vector<OptionAnswer> options_of(const acl::ConntrackMatch& match, const Packet& packet) {
    std::vector<OptionAnswer> answers;
    if (match.asks_state) {
        answers.push_back({unless(match.inverted, among_states(match, packet)), false});
    }
    // Without a connection the kernel goes no further than the state, and is content if there was one to ask.
    const auto add = [&](bool may_change, auto&& holds) {
        answers.push_back({packet.connection == nullptr ? match.asks_state : holds(), may_change});
    };
    if (match.way) {
        add(false, [&] { return packet.way == *match.way; });
    }
    for (const auto& asked : match.addresses) {
        if (asked) {
            add(false, [&] {
                const std::uint32_t mask = asked->mask.host();
                const bool equal =
                    (end_of(packet, asked->end).address & mask) == (asked->address.host() & mask);
                return unless(asked->inverted, equal);
            });
        }
    }
    if (match.protocol) {
        add(false, [&] {
            return unless(match.protocol->inverted,
                          packet.connection->directions[0].tuple.protocol == match.protocol->number);
        });
    }
    for (const auto& asked : match.ports) {
        if (asked) {
            add(false, [&] {
                const std::uint16_t port = end_of(packet, asked->end).port;
                return unless(asked->inverted, asked->min <= port && port <= asked->max);
            });
        }
    }
    if (match.status) {
        add(true, [&] {
            return unless(match.status->inverted,
                          (packet.connection->shared.status.load() & match.status->bits) != 0);
        });
    }
    if (match.expiry) {
        add(true, [&] {
            const std::uint32_t left = seconds_left(packet);
            return unless(match.expiry->inverted, match.expiry->min_s <= left && left <= match.expiry->max_s);
        });
    }
    return answers;
}

}  // namespace sluice::model
