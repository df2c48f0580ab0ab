// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/tcp.h"

#include <algorithm>
#include <array>

namespace sluice::conntrack {

namespace {

using State = TcpState;
using Header = net::TcpHeader;

/// Sequence numbers wrap: a lies before b.
constexpr bool before(std::uint32_t a, std::uint32_t b) noexcept {
    return static_cast<std::int32_t>(a - b) < 0;
}

/// What the table says of a segment: a state to go to, or one of these.
constexpr auto kInvalid = static_cast<State>(10);
constexpr auto kIgnored = static_cast<State>(11);

/// The table, one row a state: what each kind of segment does, first in original, then in reply direction.
/// Read a row as a story: after SYN_SENT a client may repeat its SYN, the server may answer with SYN+ACK or
/// SYN.
struct Row {
    std::array<State, 4> original;  ///< by syn, syn_ack, fin, ack
    std::array<State, 4> reply;
    State rst;
};

constexpr std::array<Row, kTcpStates> make_table() {
    using enum TcpState;
    constexpr State x = kInvalid;
    constexpr State i = kIgnored;
    std::array<Row, kTcpStates> t{};
    const auto row = [&t](State s) -> Row& { return t[static_cast<unsigned>(s)]; };
    // clang-format off
    //                  original: syn  syn_ack   fin        ack          reply: syn         syn_ack   fin        ack                rst
    row(none)        = {{syn_sent,  x,        x,         established},           {x,         x,        x,         x},                x};
    row(syn_sent)    = {{syn_sent,  x,        x,         x},                     {syn_sent2, syn_recv, x,         i},                close};
    row(syn_recv)    = {{i,         syn_recv, fin_wait,  established},           {x,         i,        fin_wait,  syn_recv},         close};
    row(established) = {{i,         x,        fin_wait,  established},           {x,         i,        fin_wait,  established},      close};
    row(fin_wait)    = {{i,         x,        last_ack,  close_wait},            {x,         i,        last_ack,  close_wait},       close};
    row(close_wait)  = {{i,         x,        last_ack,  close_wait},            {x,         i,        last_ack,  close_wait},       close};
    row(last_ack)    = {{i,         x,        last_ack,  time_wait},             {x,         i,        last_ack,  time_wait},        close};
    row(time_wait)   = {{syn_sent,  x,        time_wait, time_wait},             {syn_sent,  i,        time_wait, time_wait},        close};
    row(close)       = {{syn_sent,  x,        close,     close},                 {x,         i,        close,     close},            close};
    row(syn_sent2)   = {{syn_sent2, syn_recv, x,         x},                     {syn_sent2, syn_recv, x,         i},                close};
    // clang-format on
    return t;
}
constexpr auto kTable = make_table();

State next_state(State state, Way way, TcpKind kind) noexcept {
    const Row& row = kTable[static_cast<unsigned>(state)];
    switch (kind) {
        case TcpKind::rst:
            return row.rst;
        case TcpKind::none:
            return kInvalid;
        default:
            return (way == Way::original ? row.original : row.reply)[static_cast<unsigned>(kind)];
    }
}

/// Closing already: the kernel lets such entries go early and does not judge RSTs any more.
bool is_closing(State state) noexcept {
    switch (state) {
        case State::fin_wait:
        case State::close_wait:
        case State::last_ack:
        case State::time_wait:
        case State::close:
            return true;
        default:
            return false;
    }
}

TcpKind kind_of(std::uint8_t flags) noexcept {
    if ((flags & Header::kRst) != 0) {
        return TcpKind::rst;
    }
    if ((flags & Header::kSyn) != 0) {
        return (flags & Header::kAck) != 0 ? TcpKind::syn_ack : TcpKind::syn;
    }
    if ((flags & Header::kFin) != 0) {
        return TcpKind::fin;
    }
    return (flags & Header::kAck) != 0 ? TcpKind::ack : TcpKind::none;
}

/// PSH, ECE and CWR go with everything.
bool flags_are_possible(std::uint8_t flags) noexcept {
    switch (flags & ~(Header::kPsh | Header::kEce | Header::kCwr)) {
        case Header::kSyn:
        case Header::kSyn | Header::kUrg:
        case Header::kSyn | Header::kAck:
        case Header::kRst:
        case Header::kRst | Header::kAck:
        case Header::kFin | Header::kAck:
        case Header::kFin | Header::kAck | Header::kUrg:
        case Header::kAck:
        case Header::kAck | Header::kUrg:
            return true;
        default:
            return false;
    }
}

/// A segment that may belong to a connection newer than the one we know: it passes and is remembered.
TcpStep ignored(const TcpMemory& before_it, Way way, const TcpSegment& segment) noexcept {
    TcpStep step{.verdict = TcpVerdict::pass, .memory = before_it};
    step.memory.last_kind = segment.kind;
    step.memory.last_way = way;
    step.memory.last_end = segment.end;
    if (segment.kind == TcpKind::syn && way == Way::original) {
        step.memory.flags &=
            static_cast<std::uint8_t>(~TcpMemory::kChallengeAckExpected & ~TcpMemory::kSimultaneousOpen);
        // the answer may be a challenge ACK (RFC 5961); in LAST_ACK it must not pass for the last one
        if (before_it.state == State::last_ack) {
            step.memory.flags |= TcpMemory::kChallengeAckExpected;
        }
    }
    return step;
}

enum class RstJudgement : std::uint8_t { closes, passes, invalid };

/// What a RST that the table lets close the connection really does.
RstJudgement judge_rst(const TcpMemory& memory, Way way, const TcpSegment& segment, const TcpContext& context,
                       const Settings& settings) noexcept {
    const bool peer_has_acked = memory.has(TcpMemory::max_ack_flag(other(way)));
    if (is_closing(memory.state) || !peer_has_acked || memory.last_kind == TcpKind::syn) {
        return RstJudgement::closes;
    }
    const bool established = memory.state == State::established && context.assured;
    if (segment.sequence == 0 && !established) {
        return RstJudgement::closes;  // the answer to a SYN that we let through
    }
    if (before(segment.sequence, context.peer_max_ack) && !settings.tcp_ignore_invalid_rst) {
        return RstJudgement::invalid;
    }
    return !established || segment.sequence == context.peer_max_ack ? RstJudgement::closes
                                                                    : RstJudgement::passes;
}

/// The segment counts: the new state, how long it lasts, and what else follows.
TcpStep taken(TcpMemory memory, State old_state, State new_state, Way way, const TcpSegment& segment,
              const TcpContext& context, const Timeouts& timeouts) noexcept {
    // "last was ACK" is not written again for the other way: both directions of a running connection would
    // take the line from each other for every packet, and nobody asks which way the last ACK went
    if (memory.last_kind != segment.kind || segment.kind != TcpKind::ack) {
        memory.last_kind = segment.kind;
        memory.last_way = way;
    }
    memory.state = new_state;
    if (old_state != new_state && new_state == State::fin_wait) {
        memory.flags |= TcpMemory::kCloseBegun;
    }
    const bool first = !memory.has(TcpMemory::max_ack_flag(way));
    if (segment.has_ack) {
        memory.flags |= TcpMemory::max_ack_flag(way);
    }
    TcpStep step{.verdict = TcpVerdict::accept, .memory = memory, .counts = true, .first_acknowledgement = first};
    step.timeout_s = tcp_timeout(new_state, timeouts);
    if (segment.kind == TcpKind::rst) {
        step.timeout_s = timeouts.tcp_timeout_close;
    } else if (segment.kind == TcpKind::ack && segment.window == 0) {
        step.timeout_s = std::min(step.timeout_s, timeouts.tcp_timeout_max_retrans);
    }
    if (!context.seen_reply) {
        if (segment.kind == TcpKind::rst) {
            step.verdict = TcpVerdict::end;
        } else if (segment.kind == TcpKind::syn && old_state == State::syn_sent) {
            step.verdict = TcpVerdict::pass;  // else a port that is reused would keep the entry for ever
        } else if (new_state == State::established) {
            step.timeout_s = std::min(step.timeout_s, timeouts.tcp_timeout_unacknowledged);
        }
    } else if (!context.assured && new_state == State::established) {
        step.becomes_assured = old_state == State::syn_recv || old_state == State::established;
    }
    return step;
}

}  // namespace

std::optional<TcpSegment> tcp_segment(const L4View& view) noexcept {
    const auto* tcp = view.header<Header>();
    if (tcp == nullptr || tcp->header_bytes() < sizeof(Header) || view.total_bytes < tcp->header_bytes() ||
        !flags_are_possible(tcp->flags)) {
        return std::nullopt;
    }
    TcpSegment segment;
    segment.kind = kind_of(tcp->flags);
    segment.sequence = tcp->sequence.host();
    segment.end = segment.sequence + (view.total_bytes - tcp->header_bytes()) +
                  ((tcp->flags & Header::kSyn) != 0 ? 1U : 0U) + ((tcp->flags & Header::kFin) != 0 ? 1U : 0U);
    segment.acknowledgement = tcp->acknowledgement.host();
    segment.window = tcp->window.host();
    segment.has_ack = (tcp->flags & Header::kAck) != 0;
    return segment;
}

TcpStep tcp_step(const TcpMemory& before_it, Way way, const TcpSegment& segment, const TcpContext& context,
                 const Settings& settings) noexcept {
    TcpMemory memory = context.is_new ? TcpMemory{} : before_it;
    State old_state = memory.state;
    State new_state = next_state(old_state, way, segment.kind);
    if (context.is_new && new_state != State::syn_sent && !settings.tcp_loose) {
        return {.verdict = TcpVerdict::invalid, .memory = memory};
    }
    if (new_state == State::syn_sent && old_state >= State::time_wait) {
        const bool aborted = memory.last_kind == TcpKind::rst && memory.last_way == way;
        if (memory.has(TcpMemory::kCloseBegun) || aborted) {
            return {.verdict = TcpVerdict::reopen, .memory = memory};
        }
        new_state = kIgnored;
    }
    if (new_state == kIgnored) {
        const bool answers_ignored_syn = segment.kind == TcpKind::syn_ack &&
                                         memory.last_kind == TcpKind::syn && memory.last_way != way &&
                                         segment.acknowledgement == memory.last_end;
        if (!answers_ignored_syn) {
            return ignored(memory, way, segment);
        }
        // both ends agree on a newer connection: follow them
        memory.flags = 0;
        old_state = State::syn_sent;
        new_state = State::syn_recv;
    }
    if (new_state == kInvalid) {
        return {.verdict = TcpVerdict::invalid, .memory = memory};
    }
    switch (new_state) {
        case State::time_wait:
            if (old_state == State::last_ack && segment.kind == TcpKind::ack && memory.last_way != way &&
                memory.last_kind == TcpKind::syn && memory.has(TcpMemory::kChallengeAckExpected)) {
                memory.flags &= static_cast<std::uint8_t>(~TcpMemory::kChallengeAckExpected);
                return {.verdict = TcpVerdict::pass, .memory = memory};
            }
            break;
        case State::syn_sent2:
            memory.flags |= TcpMemory::kSimultaneousOpen;
            break;
        case State::syn_recv:
            if (way == Way::reply && segment.kind == TcpKind::ack &&
                memory.has(TcpMemory::kSimultaneousOpen)) {
                new_state = State::established;
            }
            break;
        case State::close:
            if (segment.kind == TcpKind::rst) {
                const RstJudgement judgement = judge_rst(memory, way, segment, context, settings);
                if (judgement == RstJudgement::invalid) {
                    return {.verdict = TcpVerdict::invalid, .memory = memory};
                }
                new_state = judgement == RstJudgement::passes ? old_state : new_state;
            }
            break;
        default:
            break;
    }
    return taken(memory, old_state, new_state, way, segment, context, settings.timeouts);
}

std::uint32_t tcp_timeout(TcpState state, const Timeouts& timeouts) noexcept {
    switch (state) {
        case State::none:
        case State::syn_sent:
        case State::syn_sent2:
            return timeouts.tcp_timeout_syn_sent;
        case State::syn_recv:
            return timeouts.tcp_timeout_syn_recv;
        case State::established:
            return timeouts.tcp_timeout_established;
        case State::fin_wait:
            return timeouts.tcp_timeout_fin_wait;
        case State::close_wait:
            return timeouts.tcp_timeout_close_wait;
        case State::last_ack:
            return timeouts.tcp_timeout_last_ack;
        case State::time_wait:
            return timeouts.tcp_timeout_time_wait;
        case State::close:
            return timeouts.tcp_timeout_close;
    }
    return timeouts.tcp_timeout_syn_sent;
}

const char* tcp_state_name(TcpState state) noexcept {
    static constexpr std::array<const char*, kTcpStates> kNames = {
        "NONE",       "SYN_SENT", "SYN_RECV",  "ESTABLISHED", "FIN_WAIT",
        "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",       "SYN_SENT2"};
    const auto number = static_cast<unsigned>(state);
    return number < kTcpStates ? kNames[number] : "NONE";
}

}  // namespace sluice::conntrack
