// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/track.h"

#include <algorithm>

#include "conntrack/generic.h"
#include "conntrack/icmp.h"
#include "conntrack/sctp.h"
#include "conntrack/tcp_record.h"
#include "conntrack/udp.h"

namespace sluice::conntrack {

namespace {

/// What a tracker says; `stay`: the packet is fine but prolongs nothing; `shorten`: it is INVALID, and the
/// connection ends in `timeout_s`.
enum class Outcome : std::uint8_t { prolong, stay, invalid, shorten, end, reopen };

struct Step {
    Outcome outcome = Outcome::invalid;
    std::uint32_t timeout_s = 0;
};

/// Timeouts are set in seconds; 2^31 ticks are the horizon of the clock.
constexpr Ticks ticks_of(std::uint32_t seconds) noexcept {
    constexpr std::uint32_t kLongest = 100U * 24U * 3600U;  // 100 days
    return (seconds < kLongest ? seconds : kLongest) * base::kTicksPerSecond;
}

Outcome outcome_of(TcpVerdict verdict) noexcept {
    switch (verdict) {
        case TcpVerdict::accept:
            return Outcome::prolong;
        case TcpVerdict::pass:
            return Outcome::stay;
        case TcpVerdict::invalid:
            return Outcome::invalid;
        case TcpVerdict::shorten:
            return Outcome::shorten;
        case TcpVerdict::end:
            return Outcome::end;
        case TcpVerdict::reopen:
            return Outcome::reopen;
    }
    return Outcome::invalid;
}

/// By how much what a segment acknowledges was shifted on its way to its sender (nf_ct_seq_offset).
template <net::Family F>
std::uint32_t shift_of(Table<F>& table, const Connection<F>& connection, Way way, std::uint32_t acknowledgement) noexcept {
    const Help* help = table.help(connection);
    const auto shift = help == nullptr ? std::nullopt : help->shift(other(way)).read();
    return shift ? shift->of_sequence(acknowledgement - 1) : 0;
}

template <net::Family F>
void assure(Connection<F>& connection) noexcept {
    if (!connection.set(status::kAssured)) {
        connection.note(event::kAssured);
    }
}

/// One step, as the essay in tcp_record.h has it.
template <net::Family F>
Step track_tcp(Table<F>& table, Connection<F>& connection, Way way, const L4View& view, const Settings& settings, Ticks now,
               bool is_new) noexcept {
    auto segment = tcp_segment(view);
    if (!segment) {
        return {};
    }
    if (connection.has(status::kSequenceAdjust)) [[unlikely]] {
        segment->shift = shift_of(table, connection, way, segment->acknowledgement);
    }
    const std::uint32_t status = connection.shared.status.load(std::memory_order_relaxed);
    TcpContext context{.is_new = is_new,
                       .seen_reply = (status & status::kSeenReply) != 0,
                       .assured = (status & status::kAssured) != 0};
    if (segment->kind == TcpKind::fin || segment->kind == TcpKind::rst) {
        const std::int32_t left = base::ticks_until(connection.deadline(), now);
        context.seconds_left = static_cast<std::uint32_t>(std::max(left, 0)) / base::kTicksPerSecond;
    }
    auto& control = connection.shared.protocol;
    // relaxed throughout: see tcp_record.h
    std::uint64_t word = control.load(std::memory_order_relaxed);
    for (;;) {
        const TcpWords words = load_words(connection);
        TcpMemory memory = memory_of(word, words);
        const TcpStep step = tcp_step(memory, way, *segment, context, settings);
        const std::uint64_t next = tcp_control_word(memory);
        if (next == word || control.compare_exchange_weak(word, next, std::memory_order_relaxed)) {
            store_words(connection, words, memory);
            if (tcp_state_in(next) != tcp_state_in(word)) [[unlikely]] {
                connection.note(event::kProtocolState);
            }
            if (step.becomes_assured) {
                assure(connection);
            }
            return {outcome_of(step.verdict), step.timeout_s};
        }
    }
}

template <net::Family F>
Step track_sctp(Connection<F>& connection, Way way, const L4View& view, const Timeouts& timeouts,
                bool is_new) noexcept {
    auto& control = connection.shared.protocol;
    std::uint64_t word = control.load(std::memory_order_relaxed);
    for (;;) {
        const SctpMemory before = load_sctp(connection, word);
        SctpMemory after = before;
        const SctpStep step = sctp_step(after, way, view, is_new, timeouts);
        const std::uint64_t next = sctp_control_word(after);
        if (next != word && !control.compare_exchange_weak(word, next, std::memory_order_relaxed)) {
            continue;
        }
        for (unsigned i = 0; i < 2; ++i) {
            if (after.tags[i] != before.tags[i]) {
                connection.directions[i].sent.end.store(after.tags[i], std::memory_order_relaxed);
            }
        }
        if (after.state != before.state) {
            connection.note(event::kProtocolState);
        }
        if (step.becomes_assured) {
            assure(connection);
        }
        switch (step.verdict) {
            case SctpVerdict::accept:
                return {Outcome::prolong, step.timeout_s};
            case SctpVerdict::pass:
                return {Outcome::stay};
            case SctpVerdict::invalid:
                return {};
        }
    }
}

template <net::Family F>
Step track_others(Connection<F>& connection, const L4View& view, const Timeouts& timeouts,
                  Ticks now) noexcept {
    const bool seen_reply = connection.has(status::kSeenReply);
    const bool assured = connection.has(status::kAssured);
    Prolonged prolonged;
    switch (view.protocol) {
        case net::kProtocolUdp:
        case net::kProtocolUdpLite:
            prolonged = track_udp(view, seen_reply, assured, now - connection.shared.began, timeouts);
            break;
        case net::kProtocolGre:
            prolonged = track_gre(seen_reply, assured, timeouts);
            break;
        case F::kIcmpProtocol: {
            const std::uint16_t type_code = connection[Way::original].tuple.destination_port.host();
            prolonged = track_icmp(static_cast<std::uint8_t>(type_code >> 8U), timeouts);
            break;
        }
        default:
            prolonged = track_generic(timeouts);
            break;
    }
    if (prolonged.becomes_assured) {
        assure(connection);
    }
    return {prolonged.valid ? Outcome::prolong : Outcome::invalid, prolonged.timeout_s};
}

/// Counts a packet that its connection has taken (nf_ct_acct_update): one that prolongs or ends it.
template <net::Family F>
void count(Table<F>& table, Found<F> found, const L4View& view) noexcept {
    if (Account* account = table.account(*found.connection)) {
        (*account)[found.way].add(view.ip_bytes);
    }
}

template <net::Family F>
Step step_of(Table<F>& table, Connection<F>& connection, Way way, const L4View& view, const Settings& settings, Ticks now,
             bool is_new) noexcept {
    if (settings.checksum && view.checksum == L4Checksum::bad) {
        return {};
    }
    if (view.protocol == net::kProtocolSctp) {
        return track_sctp(connection, way, view, settings.timeouts, is_new);
    }
    return view.protocol == net::kProtocolTcp ? track_tcp(table, connection, way, view, settings, now, is_new)
                                              : track_others(connection, view, settings.timeouts, now);
}

template <net::Family F>
void tell_if_closed(const Table<F>& table, const Connection<F>& connection) noexcept {
    if (connection.protocol() != net::kProtocolTcp) {
        return;
    }
    const TcpState state = tcp_state_in(connection.shared.protocol.load(std::memory_order_relaxed));
    if (state == TcpState::time_wait || state == TcpState::close) {
        table.note_closed(connection);
    }
}

}  // namespace

template <net::Family F>
Tracked<F> track(Table<F>& table, base::WorkerId worker, Found<F> found, const L4View& view,
                 const Settings& settings, Ticks now) noexcept {
    Connection<F>& connection = *found.connection;
    const CtState state = state_of(connection, found.way);
    const Step step = step_of(table, connection, found.way, view, settings, now, false);
    switch (step.outcome) {
        case Outcome::shorten:
            table.refresh(worker, connection, found.way, ticks_of(step.timeout_s), now);
            tell_if_closed(table, connection);
            [[fallthrough]];
        case Outcome::invalid:
            table.statistics(worker).invalid.add(1);
            return {};
        case Outcome::reopen:
            // where another worker did, the packet is looked up again all the same
            table.remove(worker, connection, now);
            return {.verdict = TrackVerdict::repeat};
        case Outcome::end:
            count(table, found, view);
            table.remove(worker, connection, now);
            break;
        case Outcome::prolong:
            count(table, found, view);
            table.refresh(worker, connection, found.way, ticks_of(step.timeout_s), now);
            break;
        case Outcome::stay:
            break;
    }
    if (table.watches_ends()) [[unlikely]] {
        tell_if_closed(table, connection);
    }
    // after the tracker: the first answer does not count as "answered"
    if (found.way == Way::reply && !connection.set(status::kSeenReply)) [[unlikely]] {
        table.note_answer(worker, connection);
        connection.note(event::kReply);
    }
    return {TrackVerdict::accept, state, found};
}

template <net::Family F>
Tracked<F> begin(Table<F>& table, base::WorkerId worker, const net::Tuple<F>& tuple, std::uint16_t reply_zone,
                 const L4View& view, const Settings& settings, Ticks now) noexcept {
    const Created<F> created = table.create(worker, tuple, reply_zone, now);
    switch (created.result) {
        case CreateResult::full:
            return {.verdict = TrackVerdict::drop};
        case CreateResult::exists:
            return {.verdict = TrackVerdict::repeat};
        case CreateResult::pending:
            return {.verdict = TrackVerdict::put_off};
        case CreateResult::created:
            break;
    }
    Connection<F>& connection = *created.connection;
    if (table.reports(settings.events)) [[unlikely]] {
        connection.set(status::kReported);
    }
    const Step step = step_of(table, connection, Way::original, view, settings, now, true);
    if (step.outcome != Outcome::prolong) {
        table.statistics(worker).invalid.add(1);
        table.abandon(worker, connection);
        return {};
    }
    if (settings.acct) {
        table.begin_account(connection);
        count<F>(table, {&connection, Way::original}, view);
    }
    if (settings.labels) {
        table.begin_labels(connection);
    }
    table.refresh(worker, connection, Way::original, ticks_of(step.timeout_s), now);
    return {TrackVerdict::accept, state_of(connection, Way::original), {&connection, Way::original}};
}

template Tracked<net::Ipv4> track(Table<net::Ipv4>&, base::WorkerId, Found<net::Ipv4>, const L4View&,
                                  const Settings&, Ticks) noexcept;
template Tracked<net::Ipv4> begin(Table<net::Ipv4>&, base::WorkerId, const net::Tuple<net::Ipv4>&, std::uint16_t,
                                  const L4View&, const Settings&, Ticks) noexcept;

}  // namespace sluice::conntrack
