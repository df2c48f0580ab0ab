// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_router.h"

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::model {

namespace {

using conntrack::CtState;
using net::Ipv4Address;

constexpr unsigned kIcmp = 1;

Ipv4Address address(std::uint32_t host) {
    return Ipv4Address::from_host(host);
}

/// The tables of a hook, in the order of netfilter's priorities; raw would stand before conntrack.
std::vector<TableId> tables_at(Hook hook) {
    switch (hook) {
        case Hook::prerouting:
            return {TableId::mangle, TableId::nat};
        case Hook::input:
            return {TableId::mangle, TableId::filter, TableId::security, TableId::nat};
        case Hook::forward:
            return {TableId::mangle, TableId::filter, TableId::security};
        case Hook::output:
            return {TableId::mangle, TableId::nat, TableId::filter, TableId::security};
        case Hook::postrouting:
            return {TableId::mangle, TableId::nat};
    }
    return {};
}

bool is_nobody(Ipv4Address source) {
    return source.is_unspecified() || source.is_multicast() || source.is_limited_broadcast() ||
           source.is_loopback();
}

/// A rule with -m connbytes switches the counters of connections on.
bool asks_what_connections_carried(const Rules& rules) {
    for (const auto& table : rules.tables) {
        for (std::size_t c = 0; table && c < table->chains.size(); ++c) {
            for (const auto& rule : table->chains[c].rules) {
                for (const acl::AnyMatch& match : rule.matches) {
                    if (acl::holds<acl::ConnbytesMatch>(match)) {
                        return true;
                    }
                }
            }
        }
    }
    return false;
}

net::Tuple<net::Ipv4> tuple_of(const Flow& flow) {
    net::Tuple<net::Ipv4> tuple{};
    tuple.source = address(flow.source);
    tuple.destination = address(flow.destination);
    tuple.source_port = net::Be16::from_host(flow.source_port);
    tuple.destination_port = net::Be16::from_host(flow.destination_port);
    tuple.protocol = flow.protocol;
    return tuple;
}

}  // namespace

SlowRouter::SlowRouter(Setup setup, const Rules& rules, Oracle oracle)
    : setup_(std::move(setup)),
      ruleset_(&rules),
      memory_([this](const net::Tuple<net::Ipv4>& original) { return is_live(original); }),
      nat_(connections_, std::move(oracle)) {
    for (const Link& link : setup_.links) {
        names_.push_back(link.name);
    }
    reload(rules);
}

void SlowRouter::reload(const Rules& rules) {
    ruleset_ = &rules;
    memory_.load(rules);
    connections_.counts = asks_what_connections_carried(rules);
    rules_ = std::make_unique<SlowNetfilter>(rules, names_, memory_);
}

base::PacketCount SlowRouter::count_of(const Place& place) const {
    const auto found = rules_->counters().find(place);
    return found == rules_->counters().end() ? base::PacketCount{} : found->second;
}

// --- routes

const Link& SlowRouter::link(const std::string& name) const {
    return *std::find_if(setup_.links.begin(), setup_.links.end(),
                         [&](const Link& one) { return one.name == name; });
}

base::InterfaceId SlowRouter::id_of(const std::string& name) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name) {
            return static_cast<base::InterfaceId>(i);
        }
    }
    return base::kNoInterface;
}

Line SlowRouter::route_to(Ipv4Address destination) const {
    std::vector<Line> lines = setup_.routes;
    for (const Link& one : setup_.links) {
        for (const net::Ipv4Prefix& prefix : one.addresses) {
            lines.push_back({{prefix.address, 32}, Way::local, one.name, {}});
            lines.push_back({{prefix.broadcast(), 32}, Way::broadcast, one.name, {}});
            lines.push_back({prefix, Way::forward, one.name, {}});
        }
    }
    Line best;
    int longest = -1;
    for (const Line& line : lines) {
        if (line.to.contains(destination) && line.to.length > longest) {
            longest = line.to.length;
            best = line;
        }
    }
    if (longest < 0) {
        best.way = Way::none;
    }
    return best;
}

/// The address of the way out that shares a network with the next hop.
Ipv4Address SlowRouter::own_address_towards(Ipv4Address peer) const {
    const Line line = route_to(peer);
    if (line.way == Way::local) {
        return peer;
    }
    const Ipv4Address next = line.gateway.is_unspecified() ? peer : line.gateway;
    const Link& out = link(line.interface);
    for (const net::Ipv4Prefix& prefix : out.addresses) {
        if (prefix.contains(next)) {
            return prefix.address;
        }
    }
    return out.addresses.front().address;
}

void SlowRouter::take_way_out(Passage& passage, const Line& line) const {
    passage.out = line.interface;
    passage.next_hop = line.gateway.is_unspecified() ? address(destination_of(passage.bytes)) : line.gateway;
}

// --- the path

std::vector<Departure> SlowRouter::arrive(const std::string& interface, const Bytes& packet) {
    departures_.clear();
    Passage passage;
    passage.bytes = packet;
    passage.in = interface;
    if (judge(TableId::raw, Hook::prerouting, passage).verdict != Verdict::accept) {
        return {};
    }
    Flow flow;
    is_in_doubt_ = is_in_doubt_ || (read_flow(packet, 0, flow) &&
                                    std::find(touched_by_answer_.begin(), touched_by_answer_.end(), flow) !=
                                        touched_by_answer_.end());
    passage.tracked = tracked(passage, true);
    passage.is_error = passage.tracked.connection != nullptr && protocol_of(packet) == kIcmp &&
                       is_icmp_error(byte_at(packet, header_bytes(packet)));
    if (hook(Hook::prerouting, passage)) {
        forward(passage);
    }
    connections_.sweep(now_ms_);
    return std::move(departures_);
}

Tracked SlowRouter::tracked(const Passage& passage, bool has_arrived) {
    if (!passage.is_untracked) {
        const Tracked tracked = connections_.track(passage.bytes, has_arrived, now_ms_);
        if (tracked.opens && memory_.gives_labels()) {
            tracked.connection->labels = &labels_.emplace_back();
        }
        return tracked;
    }
    Tracked nobody;
    nobody.state = CtState::untracked;
    return nobody;
}

/// Routing, and what a router does to a packet that it passes on.
void SlowRouter::forward(Passage& passage) {
    const Ipv4Address source = address(source_of(passage.bytes));
    const Ipv4Address destination = address(destination_of(passage.bytes));
    const Line line = route_to(destination);
    if (is_nobody(source) || destination.is_loopback() || destination.is_unspecified()) {
        return;
    }
    const bool is_own_source = route_to(source).way == Way::local;
    switch (line.way) {
        case Way::local:
        case Way::broadcast:
            return is_own_source ? void() : deliver(passage);
        case Way::blackhole:
            return;
        case Way::none:
        case Way::unreachable:
        case Way::prohibit: {
            const unsigned code = line.way == Way::none ? 0 : line.way == Way::unreachable ? 1 : 13;
            if (may_err(passage, {3, code}) && route_error_is_allowed(source.host())) {
                answer_with_error(passage, {3, code});
            }
            return;
        }
        case Way::forward:
            break;
    }
    if (is_own_source) {
        return;
    }
    take_way_out(passage, line);
    if (byte_at(passage.bytes, 8) <= 1) {
        return answer_with_error(passage, {11, 0});
    }
    const unsigned mtu = link(line.interface).mtu;
    if (passage.bytes.size() > mtu && (byte_at(passage.bytes, 6) & 0x40U) != 0) {
        return answer_with_error(passage, {3, 4, mtu});
    }
    put_byte(passage.bytes, 8, byte_at(passage.bytes, 8) - 1);
    seal_header(passage.bytes);
    if (hook(Hook::forward, passage) && hook(Hook::postrouting, passage) && confirm(passage)) {
        depart(passage);
    }
}

void SlowRouter::deliver(Passage& passage) {
    if (hook(Hook::input, passage) && confirm(passage)) {
        serve(passage);
    }
}

/// What the router sends itself.
void SlowRouter::send_own(Passage passage) {
    passage.is_made = true;
    if (const Line first = route_to(address(destination_of(passage.bytes))); first.way == Way::forward) {
        take_way_out(passage, first);
    }
    if (judge(TableId::raw, Hook::output, passage).verdict != Verdict::accept) {
        return;
    }
    if (!passage.is_answer) {
        passage.tracked = tracked(passage, false);
        if (const SlowConnection* connection = passage.tracked.connection; connection != nullptr) {
            touched_by_answer_.push_back(connection->original);
            touched_by_answer_.push_back(connection->reply);
        }
    }
    passage.is_error = passage.tracked.connection != nullptr && protocol_of(passage.bytes) == kIcmp &&
                       is_icmp_error(byte_at(passage.bytes, header_bytes(passage.bytes)));
    if (!hook(Hook::output, passage)) {
        return;
    }
    const Ipv4Address destination = address(destination_of(passage.bytes));
    const Line line = route_to(destination);
    if (line.way != Way::forward || destination.is_loopback() || destination.is_unspecified()) {
        return;
    }
    take_way_out(passage, line);
    if (hook(Hook::postrouting, passage) && confirm(passage)) {
        depart(passage);
    }
}

void SlowRouter::depart(const Passage& passage) {
    departures_.push_back({passage.out, passage.next_hop, passage.bytes, passage.is_made});
}

// --- hooks

/// By the longest line for the source: one that leads there, by the interface or another.
acl::WayBack SlowRouter::way_back(Ipv4Address source, base::InterfaceId in) const {
    const Line line = route_to(source);
    const bool is_there = id_of(line.interface) == in;
    if (line.way == Way::forward) {
        return is_there ? acl::WayBack::same : acl::WayBack::elsewhere;
    }
    if (line.way == Way::local) {
        return is_there ? acl::WayBack::local_there : acl::WayBack::local;
    }
    return acl::WayBack::none;
}

void SlowRouter::show_connection(const SlowConnection& connection, Packet& view) {
    namespace status = conntrack::status;
    const auto bit = [](bool is_set, std::uint32_t value) { return is_set ? value : 0; };
    shown_.directions[0].tuple = tuple_of(connection.original);
    shown_.directions[0].tuple.zone = connection.number;  // not asked for by rules
    shown_.directions[1].tuple = tuple_of(connection.reply);
    shown_.shared.status = bit(connection.seen_reply, status::kSeenReply) | bit(connection.assured, status::kAssured) |
                           bit(connection.is_confirmed, status::kConfirmed);
    view.connection = &shown_;
    view.connection_mark = connection.mark;
    if (connection.is_counted) {
        for (std::size_t way = 0; way < 2; ++way) {
            shown_account_.directions[way].packets.set(connection.carried[way].packets);
            shown_account_.directions[way].bytes.set(connection.carried[way].bytes);
        }
        view.account = &shown_account_;
    }
}

Packet SlowRouter::view_of(const Passage& passage) {
    Packet view;
    view.source = address(source_of(passage.bytes));
    view.destination = address(destination_of(passage.bytes));
    view.protocol = static_cast<std::uint8_t>(protocol_of(passage.bytes));
    view.has_l4 = has_l4_header(passage.bytes);
    Flow flow;
    if (view.has_l4 && read_flow(passage.bytes, 0, flow)) {
        if (view.protocol == kIcmp) {
            view.icmp_type = static_cast<std::uint8_t>(flow.destination_port / 256);
            view.icmp_code = static_cast<std::uint8_t>(flow.destination_port % 256);
        } else {
            view.source_port = net::Be16::from_host(flow.source_port);
            view.destination_port = net::Be16::from_host(flow.destination_port);
        }
    }
    view.in = id_of(passage.in);
    view.out = id_of(passage.out);
    view.state = passage.tracked.state;
    const SlowConnection* connection = passage.tracked.connection;
    view.snat = connection != nullptr && connection->source_changed;
    view.dnat = connection != nullptr && connection->destination_changed;
    view.mark = passage.mark;
    view.is_untracked = passage.is_untracked;
    view.tos = static_cast<std::uint8_t>(byte_at(passage.bytes, 1));
    view.ttl = static_cast<std::uint8_t>(byte_at(passage.bytes, 8));
    view.out_mtu = passage.out.empty() ? 0 : link(passage.out).mtu;
    view.path_mtu = {this, [](const void* self, const Ipv4Address& to) noexcept -> std::uint32_t {
                         const auto& router = *static_cast<const SlowRouter*>(self);
                         const Line line = router.route_to(to);
                         return line.way == Way::local     ? 65536
                                : line.way == Way::forward ? router.link(line.interface).mtu
                                                           : 0xffffffffU;
                     }};
    view.way = passage.tracked.is_reply ? conntrack::Way::reply : conntrack::Way::original;
    view.now_ns = static_cast<std::uint64_t>(now_ms_) * 1'000'000;
    view.utc_ns = static_cast<std::uint64_t>(utc_at_start_ms_ + now_ms_) * 1'000'000;
    view.reverse_path = {this, [](const void* self, const Ipv4Address& source, base::InterfaceId in) noexcept {
                             return static_cast<const SlowRouter*>(self)->way_back(source, in);
                         }};
    if (connection != nullptr) {
        show_connection(*connection, view);
        view.labels = connection->labels;
    }
    view.bytes = static_cast<std::uint32_t>(passage.bytes.size());
    view.packet = passage.bytes;
    return view;
}

bool SlowRouter::is_live(const net::Tuple<net::Ipv4>& original) {
    const Flow flow{original.source.host(), original.destination.host(), original.source_port.host(),
                    original.destination_port.host(), original.protocol};
    return connections_.is_live(original.zone, flow, now_ms_);
}

/// One table, with what its targets do.
Judgement SlowRouter::judge(TableId table, Hook at, Passage& passage) {
    Judgement judgement = rules_->judge(table, at, view_of(passage), passage.bytes);
    passage.bytes = judgement.bytes;
    passage.mark = judgement.after.mark;
    passage.is_untracked = judgement.after.is_untracked;
    if (passage.tracked.connection != nullptr) {
        passage.tracked.connection->mark = judgement.after.connection_mark;
    }
    return judgement;
}

/// False: the packet goes no further.
bool SlowRouter::hook(Hook at, Passage& passage) {
    for (const TableId table : tables_at(at)) {
        if (table == TableId::nat) {
            if (!nat_hook(at, passage)) {
                return false;
            }
            continue;
        }
        const Judgement judgement = judge(table, at, passage);
        if (judgement.verdict == Verdict::reject) {
            reject(passage, judgement.reject->with);
        }
        if (judgement.verdict != Verdict::accept) {
            return false;
        }
    }
    return true;
}

bool SlowRouter::nat_hook(Hook at, Passage& passage) {
    SlowConnection* connection = passage.tracked.connection;
    if (connection == nullptr) {
        return true;
    }
    const End end = at == Hook::prerouting || at == Hook::output ? End::destination : End::source;
    const bool is_reply = passage.tracked.is_reply;
    if (passage.is_error) {
        return translate_error(passage.bytes, *connection, is_reply, end);
    }
    const bool has_table = ruleset_->tables[static_cast<std::size_t>(TableId::nat)].has_value();
    const bool is_decided = end == End::source ? connection->source_decided : connection->destination_decided;
    if (has_table && !connection->is_confirmed && !is_decided && !ask_nat(at, end, passage)) {
        return false;
    }
    if (at == Hook::postrouting && !is_reply && !connection->masquerades_on.empty() &&
        connection->masquerades_on != passage.out) {
        connection->is_dead = true;
        return false;
    }
    translate(passage.bytes, *connection, is_reply, end);
    return true;
}

/// The rules of the nat table, for the packet that begins a connection.
bool SlowRouter::ask_nat(Hook at, End end, Passage& passage) {
    SlowConnection& connection = *passage.tracked.connection;
    const Judgement judgement = judge(TableId::nat, at, passage);
    if (judgement.verdict == Verdict::drop || judgement.verdict == Verdict::reject) {
        return false;
    }
    Allowed allowed = allowed_by_nothing(connection, end);
    if (judgement.verdict == Verdict::nat) {
        allowed = allowed_by(*judgement.nat);
        const auto kind = judgement.nat->kind;
        std::optional<Ipv4Address> own;
        if (kind == acl::NatTarget::Kind::masquerade) {
            connection.masquerades_on = passage.out;
            const Link& out = link(passage.out);
            own = out.addresses.front().address;
            for (const net::Ipv4Prefix& prefix : out.addresses) {
                if (prefix.contains(passage.next_hop)) {
                    own = prefix.address;
                    break;
                }
            }
        } else if (kind == acl::NatTarget::Kind::redirect) {
            own = passage.in.empty() ? address(0x7f000001) : link(passage.in).addresses.front().address;
        }
        if (kind == acl::NatTarget::Kind::netmap) {
            const std::uint32_t seen = end == End::source ? source_of(passage.bytes) : destination_of(passage.bytes);
            const std::uint32_t network = allowed.min_address;
            const std::uint32_t size = allowed.max_address - network + 1;  // 0: all addresses
            own = Ipv4Address::from_host(network + (size == 0 ? seen : seen % size));
        }
        if (own) {
            allowed.has_addresses = true;
            allowed.min_address = allowed.max_address = own->host();
        }
    }
    return nat_.decide(connection, end, allowed, now_ms_);
}

/// A connection exists only after its first packet got through; what was refused, and its answer, make none.
bool SlowRouter::confirm(Passage& passage) {
    SlowConnection* connection = passage.tracked.connection;
    if (connection == nullptr || connection->is_confirmed || connection->is_dead || passage.is_answer) {
        return true;
    }
    return connections_.confirm(*connection, now_ms_);
}

}  // namespace sluice::model
