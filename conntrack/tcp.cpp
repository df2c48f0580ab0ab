// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/tcp.h"

#include <algorithm>
#include <array>

#include "conntrack/tcp_table.h"
#include "conntrack/tcp_window.h"

namespace sluice::conntrack {

namespace {

using State = TcpState;
using tcp_table::kIgnored;
using tcp_table::kInvalid;
using tcp_table::next_state;
using Header = net::TcpHeader;

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

/// Begins the memory of a connection with its first segment (tcp_new). False: nothing begins like this.
bool begin(TcpMemory& memory, const TcpSegment& segment, bool loose) noexcept {
    memory = TcpMemory{};
    memory.last_kind = TcpKind::none;
    const State state = next_state(State::none, Way::original, segment.kind);
    if (state == kInvalid || (state != State::syn_sent && !loose)) {
        return false;
    }
    TcpSide& client = memory[Way::original];
    client.end = client.max_end = segment.end;
    client.max_window = std::max<std::uint32_t>(segment.window, 1);
    if (state == State::syn_sent) {
        read_syn_options(segment.options, client.scale, client.flags);
    } else {
        // picked up in its middle: nobody knows how its windows are scaled
        client.max_end += client.max_window;
        for (TcpSide& side : memory.sides) {
            side.flags = TcpSide::kTakesSack | TcpSide::kLiberal;
        }
    }
    return true;
}

/// What happens to a segment: its state before and after, and whether that is settled already.
struct Course {
    enum class Next : std::uint8_t { window, taken, settled };

    State from;
    State to;
    Next next = Next::window;
    TcpStep step{};  ///< where settled

    void settle(TcpVerdict verdict) noexcept {
        next = Next::settled;
        step.verdict = verdict;
    }
};

/// Both ends agree on a connection newer than ours: its second segment is here, and the first was let
/// through. Follow them.
void follow(TcpMemory& memory, Way way) noexcept {
    TcpSide& asker = memory[memory.last_way];
    asker.end = asker.max_end = memory.last_end;
    asker.max_window = std::max<std::uint32_t>(memory.last_window, 1);
    asker.scale = memory.last_scale;
    memory.last_flags &= static_cast<std::uint8_t>(~TcpMemory::kChallengeAckExpected);
    asker.flags = memory.last_flags & (TcpMemory::kLastScales | TcpMemory::kLastTakesSack);
    const std::uint8_t liberal = memory[way].flags & TcpSide::kLiberal;
    memory[way] = TcpSide{};
    memory[way].flags = liberal;
}

/// A segment that may belong to a newer connection, or not: it passes and is remembered. If it is wrong, a
/// RST will tell.
void ignore(TcpMemory& memory, Way way, const TcpSegment& segment, Course& course) noexcept {
    if (segment.kind == TcpKind::syn_ack && memory.last_kind == TcpKind::syn && memory.last_way != way &&
        segment.acknowledgement == memory.last_end) {
        follow(memory, way);
        course.from = State::syn_sent;
        course.to = State::syn_recv;
        return;
    }
    memory.last_kind = segment.kind;
    memory.last_way = way;
    memory.last_end = segment.end;
    memory.last_length = static_cast<std::uint16_t>(segment.end - segment.sequence);
    memory.last_window = segment.window;
    if (segment.kind == TcpKind::syn && way == Way::original) {
        std::uint8_t flags = 0;
        memory.last_scale = 0;
        read_syn_options(segment.options, memory.last_scale, flags);
        memory.last_flags = flags;
        // the answer may be a challenge ACK (RFC 5961); in LAST_ACK it must not pass for the last one
        if (course.from == State::last_ack) {
            memory.last_flags |= TcpMemory::kChallengeAckExpected;
        }
    }
    if (course.from == State::syn_sent && segment.kind == TcpKind::ack && way == Way::reply) {
        memory.last_ack =
            segment.acknowledgement;  // perhaps a challenge ACK, which will be answered by a RST
    }
    course.settle(TcpVerdict::pass);
}

/// What a RST that the table lets close the connection really does. Known numbers must match: only a RST with
/// exactly the next number closes an established connection (CT-6).
void judge_rst(const TcpMemory& memory, Way way, const TcpSegment& segment, const TcpContext& context,
               bool believe_wrong_ones, Course& course) noexcept {
    if (tcp_is_closing(memory.state)) {
        course.next = Course::Next::taken;  // what is remembered may be of a connection before that
        return;
    }
    const TcpSide& receiver = memory[other(way)];
    const bool established = memory.state == State::established && context.assured;
    if (receiver.has(TcpSide::kHasMaxAck) && memory.last_kind != TcpKind::syn) {
        if (segment.sequence == 0 && !established) {
            return;  // the answer to a SYN that we let through
        }
        if (lies_before(segment.sequence, receiver.max_ack) && !believe_wrong_ones) {
            return course.settle(TcpVerdict::invalid);
        }
        const bool follows_data =
            memory.last_kind == TcpKind::ack && memory.last_way == way && segment.sequence == memory.last_end;
        if (!established || segment.sequence == receiver.max_ack || follows_data) {
            return;
        }
        course.to = course.from;  // perhaps a challenge ACK follows
    }
    const bool answers_ignored = (context.seen_reply && memory.last_kind == TcpKind::syn) ||
                                 (!context.assured && memory.last_kind == TcpKind::ack);
    const bool answers_challenge = course.from == State::syn_sent && memory.last_kind == TcpKind::ack &&
                                   memory.last_way == Way::reply && segment.sequence == memory.last_ack;
    if ((answers_ignored && segment.acknowledgement == memory.last_end) || answers_challenge) {
        course.next = Course::Next::taken;  // it may acknowledge what we ignored: no window
    }
}

/// What the table says, and what it is not smart enough for.
Course course_of(TcpMemory& memory, Way way, const TcpSegment& segment, const TcpContext& context,
                 const Settings& settings) noexcept {
    Course course{memory.state, next_state(memory.state, way, segment.kind)};
    if (course.to == State::syn_sent && course.from >= State::time_wait) {
        const bool ended =
            memory[way].has(TcpSide::kBeganClose) || memory[other(way)].has(TcpSide::kBeganClose);
        if (ended || (memory.last_way == way && memory.last_kind == TcpKind::rst)) {
            course.settle(TcpVerdict::reopen);
            return course;
        }
        course.to = kIgnored;
    }
    if (course.to == kIgnored) {
        ignore(memory, way, segment, course);
        return course;
    }
    if (course.to == kInvalid) {
        course.settle(TcpVerdict::invalid);
        return course;
    }
    const bool is_ack = segment.kind == TcpKind::ack;
    switch (course.to) {
        case State::time_wait:
            if (course.from == State::last_ack && is_ack && memory.last_way != way &&
                memory.last_kind == TcpKind::syn &&
                (memory.last_flags & TcpMemory::kChallengeAckExpected) != 0) {
                memory.last_flags &= static_cast<std::uint8_t>(~TcpMemory::kChallengeAckExpected);
                course.settle(TcpVerdict::pass);
            }
            break;
        case State::syn_sent2:
            memory.last_flags |= TcpMemory::kSimultaneousOpen;
            break;
        case State::syn_recv:
            if (way == Way::reply && is_ack && (memory.last_flags & TcpMemory::kSimultaneousOpen) != 0) {
                course.to = State::established;
            }
            break;
        case State::close:
            if (segment.kind == TcpKind::rst) {
                judge_rst(memory, way, segment, context, settings.tcp_ignore_invalid_rst, course);
            }
            break;
        default:
            break;
    }
    return course;
}

/// A FIN or RST out of window changes nothing, but where both ends have sent one they know something that we
/// do not: five days would be too long (nf_tcp_handle_invalid).
TcpStep out_of_window(TcpMemory& memory, Way way, const TcpSegment& segment, const TcpContext& context,
                      const Timeouts& timeouts) noexcept {
    constexpr std::uint32_t kNotWorthIt_s = 120;
    const auto is_end = [](TcpKind kind) { return kind == TcpKind::fin || kind == TcpKind::rst; };
    TcpStep step{.verdict = TcpVerdict::invalid};
    if (!context.assured || !is_end(segment.kind)) {
        return step;
    }
    if (memory.last_way == way || !is_end(memory.last_kind)) {
        memory.last_kind = segment.kind;
        memory.last_way = way;
    } else if (context.seconds_left >= kNotWorthIt_s &&
               context.seconds_left > timeouts.tcp_timeout_unacknowledged) {
        step.verdict = TcpVerdict::shorten;
        step.timeout_s = timeouts.tcp_timeout_unacknowledged;
    }
    return step;
}

/// A RST or SYN+ACK that comes for a SYN must acknowledge it exactly (CT-7): who does not see our packets has
/// to guess 32 bits, where the kernel is content with any number that is not too high.
bool answers_exactly(const TcpMemory& memory, Way way, const TcpSegment& segment) noexcept {
    const bool is_answer = way == Way::reply && memory.state == State::syn_sent &&
                           (segment.kind == TcpKind::rst || segment.kind == TcpKind::syn_ack);
    return !is_answer || (segment.has_ack && segment.acknowledgement == memory[Way::original].end);
}

/// How long a connection lasts after a segment that it took.
std::uint32_t timeout_after(const TcpMemory& memory, TcpKind kind, const Settings& settings) noexcept {
    const Timeouts& timeouts = settings.timeouts;
    const std::uint32_t of_state = tcp_timeout(memory.state, timeouts);
    if (memory.repeats >= settings.tcp_max_retrans && of_state > timeouts.tcp_timeout_max_retrans) {
        return timeouts.tcp_timeout_max_retrans;
    }
    if (kind == TcpKind::rst) {
        return timeouts.tcp_timeout_close;
    }
    const std::uint8_t flags = memory.sides[0].flags | memory.sides[1].flags;
    if ((flags & TcpSide::kHasUnacked) != 0 && of_state > timeouts.tcp_timeout_unacknowledged) {
        return timeouts.tcp_timeout_unacknowledged;
    }
    if (memory.last_window == 0 && of_state > timeouts.tcp_timeout_max_retrans) {
        return timeouts.tcp_timeout_max_retrans;
    }
    return of_state;
}

/// The segment counts: the new state, how long it lasts, and what else follows.
TcpStep take(TcpMemory& memory, Way way, TcpKind kind, const Course& course, const TcpContext& context,
             const Settings& settings) noexcept {
    memory.last_kind = kind;
    memory.last_way = way;
    memory.state = course.to;
    if (course.from != course.to && course.to == State::fin_wait) {
        memory[way].flags |= TcpSide::kBeganClose;
    }
    TcpStep step{.verdict = TcpVerdict::accept, .timeout_s = timeout_after(memory, kind, settings)};
    if (!context.seen_reply) {
        if (kind == TcpKind::rst) {
            step.verdict = TcpVerdict::end;
        } else if (kind == TcpKind::syn && course.from == State::syn_sent) {
            step.verdict = TcpVerdict::pass;  // else a port that is reused would keep the entry for ever
        } else if (course.to == State::established) {
            step.timeout_s = std::min(step.timeout_s, settings.timeouts.tcp_timeout_unacknowledged);
        }
    } else if (!context.assured && course.to == State::established) {
        step.becomes_assured = course.from == State::syn_recv || course.from == State::established;
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
    segment.options = view.bytes.first(std::min<std::size_t>(view.bytes.size(), tcp->header_bytes()));
    segment.options = segment.options.subspan(sizeof(Header));
    return segment;
}

TcpStep tcp_step(TcpMemory& memory, Way way, const TcpSegment& segment, const TcpContext& context,
                 const Settings& settings) noexcept {
    if (context.is_new && !begin(memory, segment, settings.tcp_loose)) {
        return {.verdict = TcpVerdict::invalid};
    }
    if (settings.strict && !answers_exactly(memory, way, segment)) {
        return {.verdict = TcpVerdict::invalid};
    }
    const Course course = course_of(memory, way, segment, context, settings);
    if (course.next == Course::Next::settled) {
        return course.step;
    }
    if (course.next == Course::Next::window) {
        switch (tcp_window(memory, way, segment, settings.tcp_be_liberal)) {
            case TcpWindow::inside:
                break;
            case TcpWindow::ignored:
                return {.verdict = TcpVerdict::pass};
            case TcpWindow::outside:
                return out_of_window(memory, way, segment, context, settings.timeouts);
        }
    }
    return take(memory, way, segment.kind, course, context, settings);
}

bool tcp_is_closing(TcpState state) noexcept {
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

std::uint32_t tcp_timeout(TcpState state, const Timeouts& timeouts) noexcept {
    switch (state) {
        case State::none:
        case State::syn_sent:
            return timeouts.tcp_timeout_syn_sent;
        case State::syn_sent2:
            return timeouts.tcp_timeout_syn_sent2;
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
