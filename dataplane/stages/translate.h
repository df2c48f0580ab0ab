// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <optional>

#include "acl/tables.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/stages/view.h"
#include "nat/choose.h"
#include "nat/dress.h"
#include "nat/errors.h"

/// Network address translation at a hook: which translation a new connection gets, and the rewriting of every packet.
namespace sluice::stages {

/// Which end of a packet a hook may change (HOOK2MANIP).
[[nodiscard]] constexpr nat::End end_at(acl::Hook hook) noexcept {
    return hook == acl::Hook::prerouting || hook == acl::Hook::output ? nat::End::destination : nat::End::source;
}

/// The address that the router itself would use on an interface towards `peer`: the first one whose network holds the
/// peer, else the first (inet_select_addr). Nothing where the interface has none.
[[nodiscard]] inline std::optional<net::Ipv4Address> address_towards(const pipeline::Interface& interface,
                                                                     net::Ipv4Address peer) noexcept {
    for (const net::Ipv4Prefix& prefix : interface.addresses) {
        if (prefix.contains(peer)) {
            return prefix.address;
        }
    }
    if (interface.addresses.empty()) {
        return std::nullopt;
    }
    return interface.addresses.front().address;
}

/// The addresses and ports that a rule's target allows at this end of the packet; nothing where MASQUERADE or REDIRECT
/// finds no address.
template <net::Family F>
[[nodiscard]] std::optional<nat::Range<F>> range_of(const acl::NatTarget& target, nat::End end,
                                                    packet::Packet<F> packet,
                                                    pipeline::Context<F>& context) noexcept {
    const packet::PacketInfo<F>& info = packet.info();
    nat::Range<F> range;
    range.has_address = target.has_addresses;
    range.has_ports = target.has_ports;
    range.random = target.random;
    range.fully_random = target.fully_random;
    range.independent = target.independence != acl::NatTarget::Independence::none;
    range.open = target.independence == acl::NatTarget::Independence::filtering;
    range.interface = info.out;
    range.holds_ports = context.snapshot->tracking.holds_ports;
    range.served = context.snapshot->served ? &*context.snapshot->served : nullptr;
    range.persistent = target.persistent || range.independent;  // one address for all destinations (RFC 4787 REQ-2)
    range.port_offset = target.has_base;
    range.min_address = target.min_address;
    range.max_address = target.max_address;
    range.min_port = target.min_port;
    range.max_port = target.max_port;
    range.base_port = target.base_port;
    std::optional<net::Ipv4Address> own;
    switch (target.kind) {
        case acl::NatTarget::Kind::snat:
        case acl::NatTarget::Kind::dnat: return range;
        case acl::NatTarget::Kind::masquerade:
            own = address_towards(context.snapshot->interface(info.out), info.next_hop);
            break;
        case acl::NatTarget::Kind::redirect:
            own = info.in == base::kNoInterface ? net::Ipv4Address::from_host(0x7f000001)
                                                : address_towards(context.snapshot->interface(info.in), {});
            break;
        case acl::NatTarget::Kind::netmap:
            own = acl::mapped(target, end == nat::End::source ? packet.ip().source : packet.ip().destination);
            break;
    }
    if (!own) {
        return std::nullopt;
    }
    range.has_address = true;
    range.min_address = *own;
    range.max_address = *own;
    return range;
}

/// Where a new connection goes that comes from outside to the outside socket of an endpoint-independent mapping that is
/// open to anybody.
template <net::Family F>
[[nodiscard]] std::optional<nat::Range<F>> range_inside(const conntrack::Connection<F>& connection,
                                                        conntrack::Mappings<F>& mappings) noexcept {
    const net::Tuple<F>& tuple = connection[conntrack::Way::original].tuple;
    const conntrack::Mapping<F>* mapping = mappings.reached_by(tuple);
    if (mapping == nullptr || !mapping->has(conntrack::manner::kFiltering) || tuple.protocol == F::kIcmpProtocol) {
        return std::nullopt;
    }
    nat::Range<F> range;
    range.has_address = true;
    range.has_ports = true;
    range.min_address = mapping->inside;
    range.max_address = mapping->inside;
    range.min_port = mapping->inside_port;
    range.max_port = mapping->inside_port;
    return range;
}

/// What an inside host looks like to another one that it has reached by its outside socket: itself an outside socket,
/// or the answer would not come back this way (RFC 4787 REQ-9).
template <net::Family F>
[[nodiscard]] std::optional<nat::Range<F>> range_of_hairpin(const conntrack::Connection<F>& connection,
                                                            conntrack::Mappings<F>& mappings,
                                                            base::InterfaceId in) noexcept {
    const net::Tuple<F>& reply = connection[conntrack::Way::reply].tuple;
    const conntrack::Mapping<F>* mapping = mappings.reached_by(connection[conntrack::Way::original].tuple);
    if (mapping == nullptr || !mapping->has(conntrack::manner::kFiltering) || mapping->interface == in ||
        mapping->inside != reply.source || mapping->inside_port != reply.source_port) {
        return std::nullopt;
    }
    nat::Range<F> range;
    range.has_address = true;
    range.independent = true;
    range.open = true;
    range.min_address = mapping->outside;
    range.max_address = mapping->outside;
    range.interface = mapping->interface;
    return range;
}

/// NAT at one hook: binds new connections, then dresses every packet of a translated one at this hook's end.
///
/// Drops: nat_exhausted (no free tuple, or no address to take), nat_interface_changed, nat_error_refused;
/// untranslated_invalid, where tracking is strict (NAT-12).
template <net::Family F, acl::Hook H>
class Translate {
public:
    static void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        // Without a nat table nothing is bound, as in a kernel where nobody has loaded one.
        if (context.snapshot->program->has_chain(acl::TableId::nat, H)) {
            ask_rules(batch, context);
            batch.sift(context.exits, [&](packet::Packet<F> packet) { return bound(packet, context); });
        }
        batch.sift(context.exits, [&](packet::Packet<F> packet) { return dressed(packet, context); });
    }

private:
    static constexpr nat::End kEnd = end_at(H);

    /// True for packets that decide about their connection here: the first one, or a reset that answers it (the
    /// kernel asks the rules for that one too, where this end is still open).
    static bool decides(packet::Packet<F> packet) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        return info.is_pending && !info.is_icmp_error && !nat::is_bound(*info.connection, kEnd);
    }

    static void ask_rules(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        std::array<acl::Walk<F>*, packet::kBatchSize> walks;
        std::size_t count = 0;
        for (packet::Packet<F> packet : batch) {
            packet.info().walk->nat = nullptr;
            if (decides(packet)) {
                walks[count++] = packet.info().walk;
            }
        }
        if (count > 0) {
            context.snapshot->program->run(acl::TableId::nat, H, {walks.data(), count}, context.rules->counters());
        }
    }

    static packet::Verdict bound(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        if (!decides(packet)) {
            return packet::Verdict::accept;
        }
        packet::PacketInfo<F>& info = packet.info();
        const acl::Walk<F>& walk = *info.walk;
        take_changes(packet, walk.packet);
        if (walk.outcome == acl::Outcome::drop) {
            return packet::Verdict::dropped_by_rule;
        }
        std::optional<nat::Range<F>> range;
        if (walk.outcome == acl::Outcome::nat && walk.nat != nullptr) {
            range = range_of<F>(*walk.nat, kEnd, packet, context);
            if (!range) {
                return packet::Verdict::nat_exhausted;
            }
            if (walk.nat->kind == acl::NatTarget::Kind::masquerade) {
                info.connection->shared.masquerade = info.out;
            }
        } else {
            range = range_without_rule(info, context);
        }
        const bool found = range ? nat::bind(context.connections, context.worker, *info.connection, kEnd, *range,
                                             context.random, context.now)
                                 : nat::bind_to_nothing(context.connections, context.worker, *info.connection,
                                                        kEnd, context.random, context.now);
        // A destination that clashes may still be told apart by another source port, later.
        return found || kEnd == nat::End::destination ? packet::Verdict::accept : packet::Verdict::nat_exhausted;
    }

    /// What mappings that are there say of a new connection of which no rule says anything.
    static std::optional<nat::Range<F>> range_without_rule(const packet::PacketInfo<F>& info,
                                                           pipeline::Context<F>& context) noexcept {
        conntrack::Mappings<F>& mappings = context.connections.mappings();
        if (!mappings.has_independent()) {
            return std::nullopt;
        }
        if constexpr (H == acl::Hook::prerouting) {
            return range_inside(*info.connection, mappings);
        } else if constexpr (H == acl::Hook::postrouting) {
            return range_of_hairpin(*info.connection, mappings, info.in);
        } else {
            return std::nullopt;
        }
    }

    static packet::Verdict dressed(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        if (info.connection == nullptr) {
            if constexpr (H == acl::Hook::postrouting) {
                const bool is_invalid = info.state == conntrack::CtState::invalid && !info.is_local_origin;
                if (is_invalid && context.snapshot->interface(info.out).hides_sources) [[unlikely]] {
                    return packet::Verdict::untranslated_invalid;
                }
            }
            return packet::Verdict::accept;
        }
        conntrack::Connection<F>& connection = *info.connection;
        if (info.is_icmp_error) {
            if (!nat::translate_error(packet.bytes(), info.l4_offset, connection, info.way, kEnd)) {
                return packet::Verdict::nat_error_refused;
            }
        } else {
            if constexpr (H == acl::Hook::postrouting) {
                if (nat::has_moved(connection, info.way, info.out)) {
                    context.connections.remove(context.worker, connection, context.now);
                    return packet::Verdict::nat_interface_changed;
                }
            }
            if (!nat::changes(connection, info.way, kEnd)) {
                return packet::Verdict::accept;
            }
            nat::dress<F>(packet.bytes(), info.l4_offset, connection[info.way].leaves, nat::bit(kEnd));
        }
        info.walk->trace.add(kEnd == nat::End::destination ? acl::PathStep::Kind::dress_destination
                                                           : acl::PathStep::Kind::dress_source);
        fill_walk(*info.walk, packet, context);
        return packet::Verdict::accept;
    }
};

}  // namespace sluice::stages
