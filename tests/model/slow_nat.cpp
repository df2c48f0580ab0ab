// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_nat.h"

#include <algorithm>
#include <utility>

namespace sluice::model {

namespace {

constexpr unsigned kIcmp = 1;
constexpr unsigned kTcp = 6;
constexpr unsigned kUdp = 17;
constexpr unsigned kAttempts = 128;  ///< of a search before it begins elsewhere
constexpr unsigned kLate = 32;       ///< of these the last ones, in which others give way

bool has_ports(unsigned protocol) {
    return protocol == kTcp || protocol == kUdp || protocol == kIcmp;
}

/// The number that a search changes; queries have one id for both ends.
std::uint16_t& port_of(Flow& flow, End end) {
    return end == End::source || flow.protocol == kIcmp ? flow.source_port : flow.destination_port;
}
std::uint32_t& address_of(Flow& flow, End end) {
    return end == End::source ? flow.source : flow.destination;
}

bool port_fits(Flow flow, End end, const Allowed& allowed) {
    const std::uint16_t port = port_of(flow, end);
    return !has_ports(flow.protocol) || (port >= allowed.min_port && port <= allowed.max_port);
}

bool address_fits(Flow flow, End end, const Allowed& allowed) {
    const std::uint32_t address = address_of(flow, end);
    return !allowed.has_addresses || (address >= allowed.min_address && address <= allowed.max_address);
}

/// The ports among which a search goes; nothing: this end's port must stay.
std::optional<std::pair<unsigned, unsigned>> ports_to_search(const Flow& flow, unsigned port, End end,
                                                             const Allowed& allowed) {
    if (!has_ports(flow.protocol)) {
        return std::nullopt;
    }
    if (allowed.has_ports) {
        return std::pair(unsigned{allowed.min_port}, unsigned{allowed.max_port});
    }
    if (flow.protocol == kIcmp) {
        return std::pair(0U, 65535U);
    }
    if (end == End::destination) {
        return std::nullopt;
    }
    if (port < 512) {
        return std::pair(1U, 511U);
    }
    return port < 1024 ? std::pair(600U, 1023U) : std::pair(1024U, 65535U);
}

/// A flow's source, in words.
std::string source_text(const Flow& flow) {
    return std::to_string(flow.protocol) + " " + std::to_string(flow.source) + ":" + std::to_string(flow.source_port);
}

}  // namespace

Allowed allowed_by(const acl::NatTarget& target) {
    return {target.has_addresses,   target.has_ports,          target.random || target.fully_random,
            target.persistent,      target.min_address.host(), target.max_address.host(),
            target.min_port.host(), target.max_port.host(),
            target.has_base ? std::optional(target.base_port.host()) : std::nullopt};
}

Allowed allowed_by_nothing(const SlowConnection& connection, End end) {
    Allowed allowed;
    allowed.has_addresses = true;
    allowed.min_address = end == End::source ? connection.reply.destination : connection.reply.source;
    allowed.max_address = allowed.min_address;
    return allowed;
}

std::uint32_t address_by_hash(const Flow& leaves, const Allowed& allowed) {
    // Words as a little-endian machine loads them. The kernel hashes the room of an IPv6 address.
    const auto loaded = [](std::uint32_t address) { return __builtin_bswap32(address); };
    const std::uint32_t start =
        0xdeadbeefU + 4 * 4 + (allowed.is_persistent ? 0 : loaded(leaves.destination));
    const auto rotated = [](std::uint32_t x, unsigned by) { return x << by | x >> (32 - by); };
    std::uint32_t a = start + loaded(leaves.source);
    std::uint32_t b = start;
    std::uint32_t c = start;
    const auto mix = [&](std::uint32_t& x, std::uint32_t& y, std::uint32_t& z, unsigned by) {
        x -= z;
        x ^= rotated(z, by);
        z += y;
    };
    mix(a, b, c, 4);
    mix(b, c, a, 6);
    mix(c, a, b, 8);
    mix(a, b, c, 16);
    mix(b, c, a, 19);
    mix(c, a, b, 4);
    // The fourth word is 0 as well. Last step.
    const auto last = [&](std::uint32_t& x, std::uint32_t y, unsigned by) { x = (x ^ y) - rotated(y, by); };
    last(c, b, 14);
    last(a, c, 11);
    last(b, a, 25);
    last(c, b, 16);
    last(a, c, 4);
    last(b, a, 14);
    last(c, b, 24);
    const std::uint64_t count = std::uint64_t{allowed.max_address} - allowed.min_address + 1;
    return allowed.min_address + static_cast<std::uint32_t>(c * count >> 32U);
}

/// What the last living connection of this source leaves as that the rule allows, towards this destination.
std::optional<Flow> SlowNat::mapped(const Question& question, const Flow& before) {
    const Flow& original = question.connection.original;
    const SlowConnection* last = nullptr;
    std::uint64_t taken = 0;
    Flow latest;
    Flow kept;
    const auto others = connections_.of_source(before, question.connection, question.now_ms);
    for (const SlowConnection* one : others) {
        Flow leaves = before;
        leaves.source = one->reply.destination;
        Flow theirs = inverse(one->reply);
        leaves.source_port = theirs.source_port;
        if (!address_fits(leaves, End::source, question.allowed) ||
            (question.allowed.has_ports && !port_fits(leaves, End::source, question.allowed))) {
            continue;
        }
        if (last == nullptr || one->source_order > last->source_order) {
            last = one;
            kept = leaves;
        }
        const std::uint64_t when = taken_[{source_text(one->original), source_text(theirs)}];
        if (when >= taken) {
            taken = when;
            latest = leaves;
        }
    }
    for (const Wanted& wanted : wanted_) {
        const bool is_same = wanted.end == End::source && wanted.by != original &&
                             source_text(wanted.by) == source_text(original);
        const bool lives = std::any_of(others.begin(), others.end(),
                                       [&](const SlowConnection* one) { return one->original == wanted.by; });
        is_in_doubt_ = is_in_doubt_ || (is_same && !lives);
    }
    if (last == nullptr) {
        return std::nullopt;
    }
    is_in_doubt_ = is_in_doubt_ || kept != latest;
    return kept;
}

bool SlowNat::is_free(const Question& question, const Flow& leaves) {
    return connections_.is_free(inverse(leaves), &question.connection, question.now_ms);
}

/// The same for a flow that is to be kept where it is free.
bool SlowNat::can_keep(const Question& question, const Flow& leaves) {
    const Flow reply = inverse(leaves);
    const bool is_it_free = is_free(question, leaves);
    for (const Wanted& wanted : wanted_) {
        const bool is_anothers = wanted.reply == reply && wanted.by != question.connection.original;
        const bool is_late = question.end == End::destination && wanted.end == End::source;
        is_in_doubt_ = is_in_doubt_ || (is_anothers && (is_it_free || is_late));
    }
    return is_it_free;
}

/// Who has this flow, and loses it to a SYN in the last attempts of a search.
SlowConnection* SlowNat::who_gives_way(const Question& question, const Flow& leaves) {
    const SlowConnection& fresh = question.connection;
    if (leaves.protocol != kTcp || fresh.tcp.state != TcpState::syn_sent) {
        return nullptr;
    }
    SlowConnection* old = connections_.answered_as(inverse(leaves), question.now_ms);
    const bool may_go = old != nullptr && old->source_changed &&
                        (old->tcp.state == TcpState::time_wait || old->tcp.state == TcpState::close ||
                         old->tcp.state == TcpState::syn_sent2);
    const bool is_later = may_go && static_cast<std::int32_t>(fresh.tcp.ends[0].end - old->tcp.ends[0].end) > 0;
    return is_later ? old : nullptr;
}

bool SlowNat::take_late(const Question& question, const Flow& leaves) {
    if (can_keep(question, leaves)) {
        return true;
    }
    SlowConnection* old = who_gives_way(question, leaves);
    if (old != nullptr) {
        old->is_dead = true;
    }
    return old != nullptr;
}

bool SlowNat::decide(SlowConnection& connection, End end, const Allowed& allowed, std::int64_t now_ms) {
    const Flow before = inverse(connection.reply);
    Flow leaves = before;
    const bool found = choose({connection, end, allowed, now_ms}, leaves);
    connection.reply = inverse(leaves);
    wanted_.push_back({connection.reply, connection.original, end});
    const bool changed = leaves != before;
    if (end == End::source) {
        connection.source_decided = true;
        connection.source_changed = connection.source_changed || changed;
        connection.source_order = ++last_order_;
        taken_[{source_text(connection.original), source_text(leaves)}] = last_order_;
    } else {
        connection.destination_decided = true;
        connection.destination_changed = connection.destination_changed || changed;
    }
    // Two that clash at their destination may still be told apart by their source, later.
    return found || end == End::destination;
}

bool SlowNat::choose(const Question& question, Flow& leaves) {
    const Allowed& allowed = question.allowed;
    const End end = question.end;
    const Flow before = leaves;
    const bool keeps = !allowed.is_random;
    const bool in_range =
        address_fits(before, end, allowed) && (!allowed.has_ports || port_fits(before, end, allowed));
    if (end == End::source && keeps && in_range && can_keep(question, before)) {
        return true;
    }
    if (end == End::source && keeps && !in_range) {
        const std::optional<Flow> other = mapped(question, before);
        if (other && can_keep(question, *other)) {
            leaves = *other;
            return true;
        }
    }
    if (allowed.has_addresses) {
        const bool is_one = allowed.min_address == allowed.max_address;
        address_of(leaves, end) = is_one ? allowed.min_address : address_by_hash(before, allowed);
    }
    if (keeps && !allowed.has_ports && can_keep(question, leaves)) {
        return true;
    }
    if (keeps && allowed.has_ports && !allowed.base_port && port_fits(leaves, end, allowed)) {
        if (allowed.min_port == allowed.max_port) {
            return can_keep(question, leaves);
        }
        if (can_keep(question, leaves)) {
            return true;
        }
    }
    return search(question, leaves);
}

/// The first free port from a start on that is not chance: a destination's range begins with its first port, and one
/// with a base as far from it as the port was from the base. False: none was free; `leaves` has the last one tried.
bool SlowNat::walk(const Question& question, unsigned first, unsigned count, Flow& leaves) {
    std::uint16_t& port = port_of(leaves, question.end);
    const std::optional<std::uint16_t> base = question.allowed.base_port;
    auto distance = static_cast<std::uint16_t>(base ? port - *base : 0);
    const unsigned attempts = std::min(count, kAttempts);
    for (unsigned i = 0; i < attempts; ++i, ++distance) {
        port = static_cast<std::uint16_t>(first + distance % count);
        if (attempts - i <= kLate ? take_late(question, leaves) : can_keep(question, leaves)) {
            return true;
        }
    }
    return false;
}

bool SlowNat::search(const Question& question, Flow& leaves) {
    const Allowed& allowed = question.allowed;
    Flow candidate = leaves;
    std::uint16_t& port = port_of(candidate, question.end);
    const auto ports = ports_to_search(leaves, port, question.end, allowed);
    if (!ports) {
        return false;
    }
    if (allowed.base_port || (question.end == End::destination && !allowed.is_random)) {
        const unsigned count = ports->second - ports->first + 1;
        const bool found = walk(question, ports->first, count, candidate);
        if (found || count <= kAttempts) {
            leaves = candidate;
            return found;
        }
    }
    constexpr unsigned kFew = 64;  // of more than that it hardly matters that one was wanted
    const bool are_few = ports->second - ports->first < kFew;
    Flow first_free;
    unsigned free = 0;
    for (unsigned number = ports->first; number <= ports->second && free < 2; ++number) {
        port = static_cast<std::uint16_t>(number);
        if ((are_few ? can_keep(question, candidate) : is_free(question, candidate)) ||
            who_gives_way(question, candidate) != nullptr) {
            first_free = free == 0 ? candidate : first_free;
            free += 1;
        }
    }
    if (free == 0) {
        if (ports->first == ports->second) {
            port_of(leaves, question.end) = static_cast<std::uint16_t>(ports->first);
            return false;
        }
        Flow any = leaves;
        adopt(question, leaves, any);  // the last one tried, somewhere in the range
        leaves = any;
        return false;
    }
    if (free == 1) {
        leaves = first_free;
        return take_late(question, leaves);
    }
    return adopt(question, leaves, leaves);
}

bool SlowNat::adopt(const Question& question, const Flow& before, Flow& leaves) {
    const Allowed& allowed = question.allowed;
    const End end = question.end;
    Flow chosen = leaves;
    const std::optional<Flow> reply = oracle_(question.connection.original);
    adopted_ += 1;
    if (reply) {
        Flow real = inverse(*reply);
        address_of(chosen, end) = address_of(real, end);
        if (has_ports(chosen.protocol)) {
            port_of(chosen, end) = port_of(real, end);
        }
    } else {
        // The connection did not come to be: any that is free will do, and another one than there was, as
        // chance has it.
        const auto range = ports_to_search(before, port_of(leaves, end), end, allowed);
        for (unsigned number = range ? range->first : 1; range && number <= range->second; ++number) {
            port_of(chosen, end) = static_cast<std::uint16_t>(number);
            if (number != port_of(leaves, end) && is_free(question, chosen)) {
                break;
            }
        }
        is_in_doubt_ = true;
        leaves = chosen;
        return true;
    }
    const auto ports = ports_to_search(before, port_of(leaves, end), end, allowed);
    const unsigned port = port_of(chosen, end);
    const bool port_is_legal = !has_ports(chosen.protocol) ||
                               (port == port_of(leaves, end) && !allowed.has_ports) ||
                               (ports && port >= ports->first && port <= ports->second);
    if (!address_fits(chosen, end, allowed) || !port_is_legal) {
        complaints_ +=
            "chose " + to_string(chosen) + " for " + to_string(before) + ", which the rule does not allow\n";
    } else if (end == End::source && !take_late(question, chosen)) {
        complaints_ += "chose " + to_string(chosen) + " for " + to_string(before) + ", which is taken\n";
    }
    leaves = chosen;
    return true;
}

bool changes(const SlowConnection& connection, bool is_reply, End end) {
    const bool by_source_rule = (end == End::source) != is_reply;
    return by_source_rule ? connection.source_changed : connection.destination_changed;
}

void translate(Bytes& packet, const SlowConnection& connection, bool is_reply, End end) {
    if (changes(connection, is_reply, end)) {
        dress(packet, 0, end, inverse(connection.flow(!is_reply)));
    }
}

bool translate_error(Bytes& packet, const SlowConnection& connection, bool is_reply, End end) {
    const std::size_t message = header_bytes(packet);
    constexpr unsigned kRedirect = 5;
    if (sum_of(packet, message, packet.size()) != 0xffff) {
        return false;
    }
    if (byte_at(packet, message) == kRedirect &&
        (connection.source_changed || connection.destination_changed)) {
        return false;
    }
    if (!changes(connection, is_reply, end)) {
        return true;
    }
    // The quoted packet becomes what it was on the other side: the end that faces the error's own.
    dress(packet, message + 8, end == End::source ? End::destination : End::source,
          connection.flow(!is_reply));
    seal_icmp(packet);
    Flow outer = inverse(connection.flow(!is_reply));
    outer.source_port = 0;
    dress(packet, 0, end, outer);
    return true;
}

}  // namespace sluice::model
