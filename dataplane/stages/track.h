// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "conntrack/icmp_error.h"
#include "conntrack/track.h"
#include "dataplane/packet/l4_checksum.h"
#include "dataplane/packet/sctp_checksum.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "helpers/follow.h"

namespace sluice::stages {

/// Finds the connection of each packet, or begins one, and brings its state up to date (nf_conntrack_in).
///
/// One lookup for the burst, prefetched; then packet by packet, in order, because a packet may begin or end the
/// connection of the next one. A packet whose connection is just being begun by an earlier one of the burst is
/// deferred until that one is through, and so is one whose connection has just ended: so a burst is judged as if its packets
/// had come one by one.
///
/// In: a whole packet.  Out: connection, way, state; tuple; place in the burst.
/// Drops: connection_table_full; deferred.
/// See: nf_conntrack_core.c; conntrack/track.h.
template <net::Family F>
class Track {
public:
    static constexpr std::string_view kName = "track";
    static constexpr pipeline::Facts kNeeds = pipeline::kParsed | pipeline::kWhole;
    static constexpr pipeline::Facts kAdds = pipeline::kTracked;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        std::array<net::Tuple<F>, packet::kBatchSize> tuples;
        std::array<conntrack::Found<F>, packet::kBatchSize> found;
        const std::size_t lookups = collect(batch, context, tuples);
        context.connections.find_burst({tuples.data(), lookups}, {found.data(), lookups}, context.now);
        std::size_t next = 0;
        batch.sift(context.exits, [&](packet::Packet<F> packet) {
            switch (kinds_[packet_index_++]) {
                case Kind::settled: return packet::Verdict::accept;
                case Kind::error: return track_error(packet, context);
                case Kind::ordinary: break;
            }
            return track_one(packet, found[next++], context);
        });
        packet_index_ = 0;
    }

private:
    enum class Kind : std::uint8_t {
        settled,   ///< INVALID by its form, untracked, or attached to a connection already
        error,     ///< ICMP error: its connection is that of the packet it quotes
        ordinary,  ///< looked up by its tuple
    };

    static conntrack::L4View view_of(packet::Packet<F> packet) noexcept {
        const packet::PacketInfo<F>& info = packet.info();
        return {.protocol = packet.ip().protocol,
                .checksum = conntrack::L4Checksum::unchecked,
                .total_bytes = info.ip_bytes - info.l4_offset,
                .bytes = packet.l4(),
                .ip_bytes = info.ip_bytes};
    }

    /// Sorts the burst by kind and gathers the tuples to look up. Returns how many.
    std::size_t collect(packet::Batch<F>& batch, pipeline::Context<F>& context,
                        std::array<net::Tuple<F>, packet::kBatchSize>& tuples) noexcept {
        std::size_t lookups = 0;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            packet::PacketInfo<F>& info = batch[i].info();
            info.place = static_cast<std::uint8_t>(i);
            if (info.is_attached) {
                kinds_[i] = Kind::settled;
                continue;
            }
            if (info.is_untracked) {
                info.state = conntrack::CtState::untracked;
                kinds_[i] = Kind::settled;
                continue;
            }
            info.state = conntrack::CtState::invalid;
            info.connection = nullptr;
            info.opens_connection = false;
            info.order = 0;
            const conntrack::L4View view = view_of(batch[i]);
            const auto& ip = batch[i].ip();
            std::optional<net::Tuple<F>> tuple =
                conntrack::tuple_of<F>(ip.source, ip.destination, view, info.zone.original);
            if (!tuple) {
                kinds_[i] = Kind::settled;
                context.connections.statistics(context.worker).invalid.add(1);
                continue;
            }
            context.connections.complete(*tuple);
            info.tuple = *tuple;
            info.is_icmp_error = ip.protocol == F::kIcmpProtocol &&
                                 conntrack::is_icmp_error(std::to_integer<std::uint8_t>(view.bytes[0]));
            kinds_[i] = info.is_icmp_error ? Kind::error : Kind::ordinary;
            if (!info.is_icmp_error) {
                tuples[lookups++] = *tuple;
            }
        }
        return lookups;
    }

    /// What is known of the L4 checksum. As the kernel, asked of what arrives only, never of the router's own.
    static conntrack::L4Checksum checksum_of(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        if (packet.info().is_local_origin || !context.snapshot->tracking.checksum) {
            return conntrack::L4Checksum::unchecked;
        }
        const bool is_good = packet.ip().protocol == net::kProtocolSctp ? packet::sctp_checksum_is_good(packet)
                                                                        : packet::l4_checksum_is_good(packet);
        return is_good ? conntrack::L4Checksum::good : conntrack::L4Checksum::bad;
    }

    static packet::Verdict track_error(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        conntrack::L4View view = view_of(packet);
        view.checksum = checksum_of(packet, context);
        const conntrack::Found<F> found =
            conntrack::find_error(context.connections, packet.ip().destination, info.zone, view, context.now);
        if (found) {
            info.connection = found.connection;
            info.way = found.way;
            info.state = conntrack::CtState::related;
        } else {
            context.connections.statistics(context.worker).error.add(1);
        }
        return packet::Verdict::accept;
    }

    static packet::Verdict track_one(packet::Packet<F> packet, conntrack::Found<F> found,
                                     pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        conntrack::L4View view = view_of(packet);
        view.checksum = checksum_of(packet, context);
        // A connection that an earlier packet of this burst has ended is no longer there. That packet may begin it anew, and
        // this one belong to it by what NAT will have chosen for it: it has to wait until it is through.
        if (found && !found.connection->is_confirmed()) {
            found = conntrack::find_in(context.connections, info.zone, info.tuple, context.now);
            if (!found && !info.is_local_origin) {
                return packet::Verdict::deferred;
            }
        } else if (info.zone.has_one_direction()) {
            found = conntrack::find_in(context.connections, info.zone, info.tuple, context.now);
        }
        constexpr int kTries = 3;
        for (int attempt = 0; attempt < kTries; ++attempt) {
            const bool is_new = !found;
            const std::uint8_t policy = is_new ? info.timeout_policy : found.connection->shared.timeout_policy;
            const conntrack::Settings& settings = context.snapshot->tracking_of(policy);
            const conntrack::Tracked<F> tracked =
                is_new ? conntrack::begin(context.connections, context.worker, info.tuple, info.zone.reply,
                                          view, settings, context.now)
                       : conntrack::track(context.connections, context.worker, found, view, settings,
                                          context.now);
            switch (tracked.verdict) {
                case conntrack::TrackVerdict::accept:
                    info.connection = tracked.found.connection;
                    info.way = tracked.found.way;
                    info.state = tracked.state;
                    info.opens_connection = is_new;
                    info.is_pending = is_new;
                    if (policy != 0 && is_new) [[unlikely]] {
                        info.connection->shared.timeout_policy = policy;
                    }
                    if (info.events != 0 && is_new) [[unlikely]] {
                        context.connections.restrict_events(*info.connection, info.events, settings.events);
                    }
                    if (is_new) {
                        find_kin(packet, context);
                    }
                    return packet::Verdict::accept;
                case conntrack::TrackVerdict::invalid:
                    if (is_new) {  // what it was expected for is over all the same
                        static_cast<void>(context.connections.claim_expected(info.tuple, context.now));
                    }
                    info.order = is_new ? 0 : packet::order_of(context.connections.index(*found.connection));
                    return packet::Verdict::accept;
                case conntrack::TrackVerdict::drop: return packet::Verdict::connection_table_full;
                case conntrack::TrackVerdict::put_off: return packet::Verdict::deferred;
                case conntrack::TrackVerdict::repeat:
                    found = conntrack::find_in(context.connections, info.zone, info.tuple, context.now);
                    break;
            }
        }
        return packet::Verdict::connection_clash;
    }

    /// A connection that has just begun: was it expected? Then it is RELATED, and has from its master what the kernel
    /// hands down; else it gets the helper that a rule of raw has named (init_conntrack).
    static void find_kin(packet::Packet<F> packet, pipeline::Context<F>& context) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        conntrack::Connection<F>& connection = *info.connection;
        const auto expectation = context.connections.claim_expected(info.tuple, context.now);
        if (!expectation) {
            if (info.helper != conntrack::HelperId::none) {
                context.connections.begin_help(connection, info.helper);
            }
            return;
        }
        const conntrack::Connection<F>& master = context.connections.at(expectation->master);
        connection.set(conntrack::status::kExpected);
        connection.shared.expected_by = expectation->expected_by;
        connection.shared.mark.store(master.shared.mark.load(std::memory_order_relaxed), std::memory_order_relaxed);
        if (expectation->helper != conntrack::HelperId::none) {
            context.connections.begin_help(connection, expectation->helper);
        }
        helpers::follow(context.connections, context.worker, connection, *expectation, context.random, context.now);
        info.state = conntrack::CtState::related;
    }

    std::array<Kind, packet::kBatchSize> kinds_{};
    std::size_t packet_index_ = 0;
};

}  // namespace sluice::stages
