// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/saved.h"

#include "conntrack/tcp_record.h"

namespace sluice::conntrack {

namespace {

constexpr std::uint64_t kMsPerTick = 1000 / base::kTicksPerSecond;

/// Bits that a connection brings along; the others come from how it is put into the table.
constexpr std::uint32_t kKept = status::kExpected | status::kSeenReply | status::kAssured | status::kSrcNat |
                                status::kDstNat | status::kFixedTimeout;

constexpr std::uint8_t kKeptManner = manner::kIndependent | manner::kFiltering;

template <net::Family F>
void put_tracker(Connection<F>& connection, const SavedConnection<F>& saved) {
    constexpr auto kRelaxed = std::memory_order_relaxed;  // it is pending: nobody sees it yet
    if (saved.original.protocol == net::kProtocolTcp) {
        connection.shared.protocol.store(tcp_control_word(saved.tcp), kRelaxed);
        store_words(connection, load_words(connection), saved.tcp);
    } else if (saved.original.protocol == net::kProtocolSctp) {
        connection.shared.protocol.store(sctp_control_word(saved.sctp), kRelaxed);
        for (unsigned i = 0; i < 2; ++i) {
            connection.directions[i].sent.end.store(saved.sctp.tags[i], kRelaxed);
        }
    }
}

/// The outside socket is its source's for other connections, too. False: another has it for itself.
template <net::Family F>
bool put_mapping(Table<F>& table, base::WorkerId worker, Connection<F>& connection, const SavedMapping& saved) {
    const auto claim = table.mappings().claim(
        worker, {connection[Way::original].tuple, connection[Way::reply].tuple, saved.manner, saved.interface});
    if (claim.result == Mappings<F>::Result::held) {
        table.keep_mapping(connection, claim.index);
        return true;
    }
    return claim.result == Mappings<F>::Result::unindexed;
}

template <net::Family F>
void put_properties(Table<F>& table, Connection<F>& connection, const SavedConnection<F>& saved, Ticks now) {
    Shared& shared = connection.shared;
    shared.began = now - static_cast<Ticks>(saved.age_ms / kMsPerTick);
    shared.masquerade = saved.masquerade;
    shared.mark.store(saved.mark, std::memory_order_relaxed);
    shared.timeout.store(static_cast<Ticks>(saved.left_ms / kMsPerTick), std::memory_order_relaxed);
    // what it is translated to is settled: rules of nat are not asked any more
    connection.set((saved.status & kKept) | status::kSrcNatDone | status::kDstNatDone);
    if (saved.labels) {
        table.begin_labels(connection);
        for (unsigned label = 0; label < kLabels; ++label) {
            if (has_label(*saved.labels, label)) {
                table.labels(connection)->set(label);
            }
        }
    }
    if (saved.counted) {
        table.begin_account(connection);
        for (std::size_t i = 0; i < saved.counted->size(); ++i) {
            base::PacketCounter& counter = table.account(connection)->directions[i];
            counter.packets.set((*saved.counted)[i].packets);
            counter.bytes.set((*saved.counted)[i].bytes);
        }
    }
    put_tracker(connection, saved);
}

}  // namespace

template <net::Family F>
SavedConnection<F> saved_of(Table<F>& table, const Connection<F>& connection, Ticks now) {
    SavedConnection<F> saved;
    saved.original = connection[Way::original].tuple;
    saved.reply = connection[Way::reply].tuple;
    const std::int32_t left = base::ticks_until(connection.deadline(), now);
    saved.left_ms = left > 0 ? static_cast<std::uint64_t>(left) * kMsPerTick : 0;
    saved.age_ms = std::uint64_t{now - connection.shared.began} * kMsPerTick;
    saved.status = connection.shared.status.load(std::memory_order_relaxed) & kKept;
    saved.mark = connection.shared.mark.load(std::memory_order_relaxed);
    saved.masquerade = connection.shared.masquerade;
    if (const Mapping<F>* mapping = table.mapping_of(connection)) {
        saved.mapping = {.manner = static_cast<std::uint8_t>(mapping->manner.load(std::memory_order_relaxed) & kKeptManner),
                         .interface = mapping->interface};
    }
    if (const Labels* labels = table.labels(connection)) {
        saved.labels = labels->bits();
    }
    if (const Account* account = table.account(connection)) {
        saved.counted.emplace();
        for (std::size_t i = 0; i < saved.counted->size(); ++i) {
            (*saved.counted)[i] += account->directions[i];
        }
    }
    const std::uint64_t control = connection.shared.protocol.load(std::memory_order_relaxed);
    if (saved.original.protocol == net::kProtocolTcp) {
        saved.tcp = memory_of(control, load_words(connection));
    } else if (saved.original.protocol == net::kProtocolSctp) {
        saved.sctp = load_sctp(connection, control);
    }
    return saved;
}

template <net::Family F>
Restored restore(Table<F>& table, base::WorkerId worker, const SavedConnection<F>& saved, const Settings& settings,
                 Ticks now) {
    const Created<F> created = table.create(worker, saved.original, saved.reply.zone, now);
    switch (created.result) {
        case CreateResult::created:
            break;
        case CreateResult::exists:
        case CreateResult::pending:
            return Restored::clash;
        case CreateResult::full:
            return Restored::full;
    }
    Connection<F>& connection = *created.connection;
    if (table.reports(settings.events)) {
        connection.set(status::kReported);
    }
    put_properties(table, connection, saved, now);
    if (!table.reserve_reply(worker, connection, saved.reply, now) ||
        (saved.mapping && !put_mapping(table, worker, connection, *saved.mapping))) {
        table.abandon(worker, connection);
        return Restored::clash;
    }
    if (!table.confirm(worker, connection, now)) {
        return Restored::clash;
    }
    connection.note(event::kProtocolState);
    table.tell(worker, connection, now);
    return Restored::restored;
}

template SavedConnection<net::Ipv4> saved_of(Table<net::Ipv4>&, const Connection<net::Ipv4>&, Ticks);
template Restored restore(Table<net::Ipv4>&, base::WorkerId, const SavedConnection<net::Ipv4>&, const Settings&,
                          Ticks);

}  // namespace sluice::conntrack
