// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/copy.h"

#include "conntrack/tcp_record.h"

namespace sluice::conntrack {

template <net::Family F>
std::uint32_t id_of(const Table<F>& table, const Connection<F>& connection) noexcept {
    // an entry's next connection begins at another time; the mixing is that of splitmix64 (Steele 2014)
    std::uint64_t z = std::uint64_t{table.index(connection)} << 32U | connection.shared.began;
    z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27U) * 0x94d049bb133111ebU;
    return static_cast<std::uint32_t>(z >> 32U);
}

template <net::Family F>
ConnectionCopy<F> copy_of(Table<F>& table, const Connection<F>& connection, Ticks now) noexcept {
    ConnectionCopy<F> copy;
    copy.original = connection[Way::original].tuple;
    copy.reply = connection[Way::reply].tuple;
    copy.status = connection.shared.status.load(std::memory_order_relaxed);
    copy.mark = connection.shared.mark.load(std::memory_order_relaxed);
    const std::int32_t left = base::ticks_until(connection.deadline(), now);
    copy.seconds_left = left > 0 ? static_cast<std::uint32_t>(left) / base::kTicksPerSecond : 0;
    copy.id = id_of(table, connection);
    copy.helper = connection.shared.helper;
    copy.age = now - connection.shared.began;
    const std::uint64_t control = connection.shared.protocol.load(std::memory_order_relaxed);
    if (copy.original.protocol == net::kProtocolTcp) {
        copy.tcp_state = tcp_state_in(control);
    } else if (copy.original.protocol == net::kProtocolSctp) {
        const SctpMemory sctp = load_sctp(connection, control);
        copy.sctp_state = sctp.state;
        copy.sctp_tags = sctp.tags;
    }
    if (const Labels* labels = table.labels(connection)) {
        copy.labels = labels->bits();
    }
    if (const Account* account = table.account(connection)) {
        copy.is_counted = true;
        for (std::size_t i = 0; i < copy.counted.size(); ++i) {
            copy.counted[i] += account->directions[i];
        }
    }
    return copy;
}

template std::uint32_t id_of(const Table<net::Ipv4>&, const Connection<net::Ipv4>&) noexcept;
template std::uint32_t id_of(const Table<net::Ipv6>&, const Connection<net::Ipv6>&) noexcept;
template ConnectionCopy<net::Ipv4> copy_of(Table<net::Ipv4>&, const Connection<net::Ipv4>&, Ticks) noexcept;
template ConnectionCopy<net::Ipv6> copy_of(Table<net::Ipv6>&, const Connection<net::Ipv6>&, Ticks) noexcept;

}  // namespace sluice::conntrack
