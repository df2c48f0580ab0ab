// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "conntrack/account.h"
#include "conntrack/connection.h"
#include "conntrack/labels.h"
#include "tests/model/generate.h"
#include "tests/model/slow_sets.h"

/// Random matches on header fields, frames, addresses and connections, and the packets to meet them.
namespace sluice::model {

namespace {

constexpr std::array<std::uint8_t, 7> kTtls = {1, 2, 10, 63, 64, 65, 255};
constexpr std::array<std::uint8_t, 7> kTos = {0, 0x10, 0x08, 0xb8, 0xbb, 0x03, 0xff};

/// The router's own addresses end in .1, broadcasts in .9; all on the interface whose number is the third byte.
acl::AddressType type_of(const void*, const net::Ipv4Address& address, base::InterfaceId device) noexcept {
    const std::uint32_t last = address.host() % 256;
    if (device != base::kNoInterface && base::index_of(device) != address.host() / 256 % 256) {
        return acl::AddressType::unicast;
    }
    return last == 1 ? acl::AddressType::local : last == 9 ? acl::AddressType::broadcast : acl::AddressType::unicast;
}

/// By the last byte and the interface, in no order that could be guessed.
acl::WayBack way_back(const void*, const net::Ipv4Address& source, base::InterfaceId in) noexcept {
    return static_cast<acl::WayBack>((source.host() + base::index_of(in)) % 5);
}

}  // namespace

/// Connections whose ends are those that rules speak of; a packet has any of them.
struct Connections {
    std::array<conntrack::Connection<net::Ipv4>, 16> all{};
    std::array<conntrack::Account, 16> accounts{};
    std::array<conntrack::Labels, 16> labels{};
};

Generator::Generator(std::uint64_t seed) : random_(seed), connections_(std::make_unique<Connections>()) {
    for (conntrack::Connection<net::Ipv4>& connection : connections_->all) {
        for (conntrack::Direction<net::Ipv4>& direction : connection.directions) {
            do {
                direction.tuple.source = address();
                direction.tuple.destination = address();
                direction.tuple.source_port = net::Be16::from_host(port());
                direction.tuple.destination_port = net::Be16::from_host(port());
                direction.tuple.protocol = chance(50) ? 6 : 17;
            } while (std::count_if(connections_->all.begin(), connections_->all.end(),
                                   [&](const auto& other) { return other.directions[0].tuple == direction.tuple; }) > 1);
            direction.last_seen = below(1000);
        }
        for (base::PacketCounter& counter : connections_->accounts[static_cast<std::size_t>(&connection - connections_->all.data())].directions) {
            counter.packets.set(below(12));
            counter.bytes.set(below(2000));
        }
        connection.shared.status = below(1024);
        connection.shared.timeout = below(4000);
        connection.shared.life = chance(80) ? conntrack::Life::confirmed : conntrack::Life::pending;
    }
}

Generator::~Generator() = default;

bool Generator::is_live(const net::Tuple<net::Ipv4>& original) const {
    const auto found = std::find_if(connections_->all.begin(), connections_->all.end(), [&](const auto& connection) {
        return connection.directions[0].tuple == original;
    });
    constexpr std::uint32_t kDying = 1U << 9U;
    return found != connections_->all.end() && (found->shared.status.load() & kDying) == 0;
}

acl::ConntrackMatch Generator::conntrack_match() {
    acl::ConntrackMatch match;
    match.asks_state = chance(60);
    if (match.asks_state) {
        match.states = static_cast<std::uint8_t>(below(32));
        match.snat = chance(20);
        match.dnat = chance(20);
        match.inverted = chance(20);
    }
    if (chance(15)) {
        match.way = static_cast<conntrack::Way>(below(2));
    }
    if (chance(15)) {
        match.protocol = {chance(50) ? std::uint8_t{6} : std::uint8_t{17}, chance(20)};
    }
    if (chance(15)) {
        const std::size_t end = below(4);
        const std::uint32_t mask = net::ipv4_mask(8 * below(5));
        match.addresses[end] = {static_cast<acl::ConnectionEnd>(end), chance(20), address(),
                                net::Ipv4Address::from_host(mask)};
    }
    if (chance(15)) {
        const std::size_t end = below(4);
        const std::uint16_t low = port();
        match.ports[end] = {static_cast<acl::ConnectionEnd>(end), chance(20), low, chance(50) ? low : port()};
    }
    if (chance(15)) {
        match.status = {below(16), chance(20)};
    }
    if (chance(15)) {
        match.expiry = {below(20), below(40), chance(20)};
    }
    return match;
}

acl::AnyMatch Generator::field_match() {
    const bool inverted = chance(25);
    switch (below(9)) {
        case 7:
            return acl::MarkMatch{below(4), chance(50) ? 0xffffffffU : 3U, inverted};
        case 8:
            return acl::ConnmarkMatch{below(4), chance(50) ? 0xffffffffU : 3U, inverted};
        case 0:
            return acl::LengthMatch{static_cast<std::uint16_t>(below(1000)),
                                    static_cast<std::uint16_t>(below(1500)), inverted};
        case 1:
            return acl::TtlMatch{static_cast<acl::TtlMatch::Mode>(1 + below(4)), kTtls[below(kTtls.size())]};
        case 2:
            return acl::TosMatch{kTos[below(kTos.size())], chance(50) ? std::uint8_t{0x3f} : std::uint8_t{0xff},
                                 inverted};
        case 3:
            return acl::DscpMatch{static_cast<std::uint8_t>(kTos[below(kTos.size())] / 4), inverted, true};
        case 4: {
            acl::EcnMatch match;
            match.ect = static_cast<acl::EcnMatch::Ask>(below(3));
            match.ect_value = static_cast<std::uint8_t>(below(4));
            return match;
        }
        case 5:
            return acl::PkttypeMatch{static_cast<acl::FrameKind>(below(4)), inverted};
        default: {
            acl::AddrtypeMatch match;
            match.source = static_cast<std::uint16_t>(below(4096));
            match.destination = static_cast<std::uint16_t>(1 + below(4095));
            match.source_inverted = chance(20);
            match.destination_inverted = inverted;
            return match;
        }
    }
}

/// Around the days that packets come on, in 2024: a leap year.
acl::TimeMatch Generator::time_match() {
    constexpr std::uint32_t begin_of_2024 = 1'704'067'200;
    acl::TimeMatch match;
    if (chance(40)) {
        match.day_start = below(86'400);
        match.day_stop = below(86'400);
        match.is_contiguous = match.day_start >= match.day_stop && chance(60);
    }
    if (chance(30)) {
        match.date_start = begin_of_2024 + below(86'400 * 366);
        match.date_stop = chance(50) ? acl::TimeMatch::kLastDate : match.date_start + below(86'400 * 200);
    }
    if (chance(40)) {
        match.weekdays = static_cast<std::uint8_t>(below(128) * 2);
    }
    if (chance(30)) {
        match.monthdays = below(0xffffffff) & acl::TimeMatch::kAllMonthdays;
    }
    match.is_local = chance(30);
    return match;
}

acl::AnyMatch Generator::set_match() {
    acl::SetMatch match;
    match.name = kSetNames[below(kSetNames.size())];
    match.directions.count = static_cast<std::uint8_t>(chance(80) ? 2 : 1 + below(3));
    for (std::size_t i = 0; i < match.directions.count; ++i) {
        match.directions.is_destination[i] = chance(50);
    }
    match.inverted = chance(25);
    match.return_nomatch = chance(25);
    match.leave_counters = chance(25);
    match.leave_subcounters = chance(25);
    if (chance(25)) {
        match.packets = {static_cast<acl::sets::CounterTest::Kind>(1 + below(4)), below(6)};
    }
    if (chance(15)) {
        match.bytes = {static_cast<acl::sets::CounterTest::Kind>(1 + below(4)), below(3000)};
    }
    return match;
}

acl::SetTarget Generator::set_target() {
    const auto use = [&](const char* name) {
        acl::SetTargetUse made{name, {}};
        made.directions.count = static_cast<std::uint8_t>(chance(85) ? 2 : 1);
        made.directions.is_destination = {chance(50), chance(50)};
        return made;
    };
    acl::SetTarget target;
    if (making_ == acl::TableId::mangle && chance(25)) {
        target.map = use(chance(70) ? "marks" : "seen");
        target.map_mark = true;
        return target;
    }
    if (chance(70)) {
        target.add = use(kWrittenSetNames[below(kWrittenSetNames.size())]);
        target.exist = chance(40);
        target.timeout_s = chance(40) ? std::optional(below(8)) : std::nullopt;
    } else {
        target.del = use(kWrittenSetNames[below(kWrittenSetNames.size())]);
    }
    return target;
}

/// On what lies beside the packet: realms, groups, nodes, processors.
acl::AnyMatch Generator::stranger_match() {
    const bool inverted = chance(25);
    switch (below(9)) {
        case 5:
        case 6:
            return time_match();
        case 7: {
            const std::uint64_t low = below(6) * (chance(50) ? 1 : 200);
            const std::uint64_t high = low + below(6) * (chance(50) ? 1 : 200);
            const auto direction = static_cast<acl::ConnbytesMatch::Direction>(1 + below(3));
            const auto mode = static_cast<acl::ConnbytesMatch::Mode>(1 + below(3));
            return acl::ConnbytesMatch{inverted ? high : low, inverted ? low : high, direction, mode};
        }
        case 8:
            return acl::RpfilterMatch{chance(40), chance(20), chance(40), inverted};
        case 0:
            return acl::RealmMatch{{below(2), chance(50) ? 0xffffffffU : 0xffU}, inverted};
        case 1:
            return acl::DevgroupMatch{{chance(70), chance(25), {below(4), 2}}, {chance(50), inverted, {below(2), 0xffU}}};
        case 2: {
            acl::HelperMatch match;
            match.name[0] = chance(50) ? 'x' : '\0';
            match.inverted = inverted;
            return match;
        }
        case 3: {
            const std::uint32_t nodes = 1 + below(32);
            return acl::ClusterMatch{nodes, nodes < 4 ? 1U : below(1U << (nodes - 1)), below(0xffffffff), inverted};
        }
        default:
            return acl::CpuMatch{below(3), inverted};
    }
}

acl::EcnMatch Generator::ecn_match() {
    acl::EcnMatch match;
    match.cwr = static_cast<acl::EcnMatch::Ask>(below(3));
    match.ece = static_cast<acl::EcnMatch::Ask>(below(3));
    return match;
}

acl::RateestMatch Generator::rate_match() {
    acl::RateestMatch match;
    match.first = "rate";
    match.second = chance(40) ? "other" : "";
    acl::RateestMatch::Question& question = match.question;
    question.mode = static_cast<acl::RateestMatch::Mode>(1 + below(3));
    question.inverted = chance(30);
    question.is_delta = chance(50);
    question.asks_bytes = chance(60);
    question.asks_packets = !question.asks_bytes || chance(30);
    question.bytes = {below(2), below(2)};
    question.packets = {below(2), below(2)};
    return match;
}

acl::HmarkTarget Generator::hash_mark_target() {
    using Part = acl::HmarkTarget::Part;
    acl::HmarkTarget target;
    const auto set = [&](Part part, std::uint32_t value) {
        target.given = static_cast<std::uint16_t>(target.given | 1U << part);
        target.values[part] = value;
    };
    set(Part::modulus, 1 + below(4));
    set(Part::random, below(1000));
    set(Part::offset, below(3));
    set(Part::source_prefix, below(33));
    if (chance(50)) {
        set(Part::destination_prefix, below(33));
        set(Part::protocol_mask, below(0x10000));
    }
    if (chance(40)) {
        set(Part::source_port_mask, below(0x10000));
        set(Part::destination_port_mask, 0xffff);
        set(Part::destination_port, below(3));
    } else if (chance(60)) {
        set(Part::spi_mask, 0xffffffffU);
        set(Part::spi, below(0x20000));
    }
    if (chance(30)) {
        set(Part::connection, 0);
    }
    return target;
}

acl::AnyTarget Generator::changing_target() {
    if (writes_sets_ && chance(50)) {
        return set_target();
    }
    const std::uint32_t mask = chance(50) ? 0xffffffffU : below(8);
    if (chance(30)) {
        return acl::MarkTarget{below(8), mask, true};
    }
    if (chance(20)) {
        return acl::TtlTarget{static_cast<acl::TtlTarget::Mode>(1 + below(3)), kTtls[below(kTtls.size())]};
    }
    if (chance(20)) {
        return acl::TosTarget{kTos[below(kTos.size())], static_cast<std::uint8_t>(below(256)), true};
    }
    if (chance(15)) {
        return acl::DscpTarget{static_cast<std::uint8_t>(below(64)), true};
    }
    if (chance(10)) {
        return chance(50) ? acl::AnyTarget(acl::NflogTarget{}) : acl::AnyTarget(acl::AuditTarget{});
    }
    if (chance(5)) {
        return acl::TeeTarget{net::Ipv4Address::from_host(0x0a000009)};  // copies are the kernel's to judge
    }
    if (chance(8)) {
        return acl::RateestTarget{"rate", {}};
    }
    if (chance(10)) {
        return hash_mark_target();
    }
    acl::ConnmarkTarget target;
    target.mode = static_cast<acl::ConnmarkTarget::Mode>(1 + below(3));
    target.value = below(4);
    target.connection_mask = mask;
    target.packet_mask = chance(50) ? mask : below(8);
    target.shift = static_cast<std::uint8_t>(chance(80) ? 0 : below(4));
    target.shifts_right = target.shift != 0 && chance(50);
    return target;
}

void Generator::fill_fields(acl::PacketView<net::Ipv4>& packet) {
    packet.mark = below(4);
    packet.cpu = below(3);
    packet.ttl = kTtls[below(kTtls.size())];
    packet.tos = kTos[below(kTos.size())];
    packet.frame = static_cast<acl::FrameKind>(below(3));
    packet.source_mac.bytes[5] = static_cast<std::uint8_t>(below(2));
    packet.way = static_cast<conntrack::Way>(below(2));
    packet.now = 1000 + below(3000);
    packet.now_ns = now_ns();
    packet.address_types = {nullptr, &type_of};
    packet.reverse_path = {nullptr, &way_back};
    packet.utc_ns = (1'704'067'200 + std::uint64_t{below(86'400 * 366)}) * 1'000'000'000 + below(1'000'000'000);
    packet.minutes_west = static_cast<std::int32_t>(below(1500)) - 840;
    if (packet.state < conntrack::CtState::invalid) {
        const std::size_t number = below(16);
        packet.connection = &connections_->all[number];
        packet.account = chance(80) ? &connections_->accounts[number] : nullptr;
        packet.connection_mark = below(4);
        packet.labels = number < 13 ? &connections_->labels[number] : nullptr;
    }
}

}  // namespace sluice::model
