// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <sstream>

#include "tests/model/slow_connections.h"

namespace sluice::model {

namespace {

constexpr unsigned kFin = 1;
constexpr unsigned kSyn = 2;
constexpr unsigned kRst = 4;
constexpr unsigned kPsh = 8;
constexpr unsigned kAck = 16;
constexpr unsigned kUrg = 32;

constexpr int kCloseTimeout_s = 10;
constexpr int kUnacknowledgedTimeout_s = 300;

/// By what kind of segment comes (a line), and by the state in which it meets the connection (a column), the
/// next state: none, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE,
/// SYN_SENT2.
/// `-` is INVALID, `i` is to be ignored. The kernel's table in the words of nf_conntrack_proto_tcp.c.
constexpr std::array<const char*, 5> kFromOriginal = {
    // no SS SR ES FW CW LA TW CL S2
    "SS SS i  i  i  i  i  SS SS S2",  // SYN
    "-  -  SR -  -  -  -  -  -  SR",  // SYN+ACK
    "-  -  FW FW LA LA LA TW CL - ",  // FIN
    "ES -  ES ES CW CW TW TW CL - ",  // ACK
    "-  CL CL CL CL CL CL CL CL CL",  // RST
};
constexpr std::array<const char*, 5> kFromReply = {
    "-  S2 -  -  -  -  -  SS -  S2",  // SYN
    "-  SR i  i  i  i  i  i  i  SR",  // SYN+ACK
    "-  -  FW FW LA LA LA TW CL - ",  // FIN
    "-  i  SR ES CW CW TW TW CL i ",  // ACK
    "-  CL CL CL CL CL CL CL CL CL",  // RST
};

TcpState state_called(const std::string& word) {
    constexpr std::array<const char*, 10> kWords = {"no", "SS", "SR", "ES", "FW",
                                                    "CW", "LA", "TW", "CL", "S2"};
    for (std::size_t i = 0; i < kWords.size(); ++i) {
        if (word == kWords[i]) {
            return static_cast<TcpState>(i);
        }
    }
    return word == "i" ? TcpState::ignored : TcpState::invalid;
}

TcpState next_state(TcpState state, bool is_reply, TcpFlag flag) {
    if (flag == TcpFlag::none) {
        return TcpState::invalid;
    }
    std::istringstream row((is_reply ? kFromReply : kFromOriginal).at(static_cast<std::size_t>(flag)));
    std::string word;
    for (unsigned column = 0; column <= static_cast<unsigned>(state); ++column) {
        row >> word;
    }
    return state_called(word);
}

int timeout_of(TcpState state) {
    constexpr std::array<int, 10> kTimeouts = {120, 120, 60, 432000, 120, 60, 30, 120, kCloseTimeout_s, 120};
    return kTimeouts.at(static_cast<std::size_t>(state));
}

TcpFlag flag_of(unsigned flags) {
    if ((flags & kRst) != 0) {
        return TcpFlag::rst;
    }
    if ((flags & kSyn) != 0) {
        return (flags & kAck) != 0 ? TcpFlag::syn_ack : TcpFlag::syn;
    }
    if ((flags & kFin) != 0) {
        return TcpFlag::fin;
    }
    return (flags & kAck) != 0 ? TcpFlag::ack : TcpFlag::none;
}

bool is_closing(TcpState state) {
    return state >= TcpState::fin_wait && state <= TcpState::close;
}

struct Segment {
    TcpFlag flag;
    bool has_ack;
    std::uint32_t sequence;
    std::uint32_t acknowledgement;
    std::uint32_t end;
};

Segment segment_in(const Bytes& packet) {
    const std::size_t l4 = header_bytes(packet);
    const unsigned flags = byte_at(packet, l4 + 13);
    Segment segment{flag_of(flags), (flags & kAck) != 0, long_at(packet, l4 + 4), long_at(packet, l4 + 8), 0};
    const std::size_t data = packet.size() - l4 - byte_at(packet, l4 + 12) / 16 * 4;
    segment.end = segment.sequence + static_cast<std::uint32_t>(data) + ((flags & kSyn) != 0 ? 1U : 0U) +
                  ((flags & kFin) != 0 ? 1U : 0U);
    return segment;
}

bool lies_before(std::uint32_t a, std::uint32_t b) {
    return a - b >= 0x80000000U;
}

/// Remembers a segment that may belong to a newer connection than ours, and lets it pass.
Step ignore(TcpMemory& memory, bool is_reply, const Segment& segment) {
    memory.has_last = true;
    memory.last = segment.flag;
    memory.last_was_reply = is_reply;
    memory.last_end = segment.end;
    if (segment.flag == TcpFlag::syn && !is_reply) {
        memory.simultaneous_open = false;
        memory.challenge_expected = memory.state == TcpState::last_ack;
    }
    return {Effect::passes, 0};
}

/// What a RST comes to: CLOSE, the old state, or INVALID.
TcpState after_rst(const SlowConnection& connection, bool is_reply, const Segment& segment) {
    const TcpMemory& memory = connection.tcp;
    const std::size_t peer = is_reply ? 0 : 1;
    if (is_closing(memory.state) || !memory.acked[peer] || (memory.has_last && memory.last == TcpFlag::syn)) {
        return TcpState::close;
    }
    const bool is_established = memory.state == TcpState::established && connection.assured;
    if (segment.sequence == 0 && !is_established) {
        return TcpState::close;
    }
    if (lies_before(segment.sequence, memory.max_ack[peer])) {
        return TcpState::invalid;
    }
    return !is_established || segment.sequence == memory.max_ack[peer] ? TcpState::close : memory.state;
}

/// The segment is the connection's own: takes it down and says how long the connection lives.
Step take(SlowConnection& connection, bool is_reply, const Segment& segment, TcpState before,
          TcpState after) {
    TcpMemory& memory = connection.tcp;
    memory.has_last = true;
    memory.last = segment.flag;
    memory.last_was_reply = is_reply;
    memory.state = after;
    if (before != after && after == TcpState::fin_wait) {
        memory.close_begun = true;
    }
    if (segment.has_ack) {
        const std::size_t mine = is_reply ? 1 : 0;
        if (!memory.acked[mine] || lies_before(memory.max_ack[mine], segment.acknowledgement)) {
            memory.max_ack[mine] = segment.acknowledgement;
        }
        memory.acked[mine] = true;
    }
    int timeout_s = segment.flag == TcpFlag::rst ? kCloseTimeout_s : timeout_of(after);
    if (!connection.seen_reply) {
        if (segment.flag == TcpFlag::rst) {
            return {Effect::ends, 0};
        }
        if (segment.flag == TcpFlag::syn && before == TcpState::syn_sent) {
            return {Effect::passes, 0};
        }
        if (after == TcpState::established) {
            timeout_s = std::min(timeout_s, kUnacknowledgedTimeout_s);
        }
    } else if (!connection.assured && after == TcpState::established &&
               (before == TcpState::syn_recv || before == TcpState::established)) {
        connection.assured = true;
    }
    return {Effect::lives_on, timeout_s};
}

}  // namespace

bool tcp_is_sound(const Bytes& packet) {
    const std::size_t l4 = header_bytes(packet);
    if (packet.size() < l4 + 20) {
        return false;
    }
    const std::size_t header = byte_at(packet, l4 + 12) / 16 * 4;
    if (header < 20 || l4 + header > packet.size()) {
        return false;
    }
    constexpr std::array<unsigned, 9> kPossible = {kSyn,        kSyn | kUrg, kSyn | kAck,        kRst,
                                                   kRst | kAck, kFin | kAck, kFin | kAck | kUrg, kAck,
                                                   kAck | kUrg};
    const unsigned flags = byte_at(packet, l4 + 13) & (kFin | kSyn | kRst | kAck | kUrg);
    static_assert(kPsh == 8);  // goes with everything
    return std::find(kPossible.begin(), kPossible.end(), flags) != kPossible.end();
}

Step tcp_step(SlowConnection& connection, bool is_reply, const Bytes& packet) {
    const Segment segment = segment_in(packet);
    TcpMemory& memory = connection.tcp;
    TcpState before = memory.state;
    TcpState after = next_state(before, is_reply, segment.flag);
    if (after == TcpState::syn_sent && before >= TcpState::time_wait && before <= TcpState::syn_sent2) {
        const bool aborted =
            memory.has_last && memory.last == TcpFlag::rst && memory.last_was_reply == is_reply;
        if (memory.close_begun || aborted) {
            return {Effect::begins_anew, 0};
        }
        after = TcpState::ignored;
    }
    if (after == TcpState::ignored) {
        const bool answers_one = segment.flag == TcpFlag::syn_ack && memory.has_last &&
                                 memory.last == TcpFlag::syn && memory.last_was_reply != is_reply &&
                                 segment.acknowledgement == memory.last_end;
        if (!answers_one) {
            return ignore(memory, is_reply, segment);
        }
        memory.close_begun = memory.simultaneous_open = memory.challenge_expected = false;
        memory.acked[0] = memory.acked[1] = false;
        before = TcpState::syn_sent;
        after = TcpState::syn_recv;
    }
    if (after == TcpState::invalid) {
        return {};
    }
    if (after == TcpState::time_wait && before == TcpState::last_ack && segment.flag == TcpFlag::ack &&
        memory.last_was_reply != is_reply && memory.last == TcpFlag::syn && memory.challenge_expected) {
        memory.challenge_expected = false;
        return {Effect::passes, 0};
    }
    if (after == TcpState::syn_sent2) {
        memory.simultaneous_open = true;
    }
    if (after == TcpState::syn_recv && is_reply && segment.flag == TcpFlag::ack && memory.simultaneous_open) {
        after = TcpState::established;
    }
    if (after == TcpState::close && segment.flag == TcpFlag::rst) {
        after = after_rst(connection, is_reply, segment);
        if (after == TcpState::invalid) {
            return {};
        }
    }
    return take(connection, is_reply, segment, before, after);
}

std::string tcp_state_text(TcpState state) {
    constexpr std::array<const char*, 10> kNames = {"NONE",     "SYN_SENT",   "SYN_RECV", "ESTABLISHED",
                                                    "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
                                                    "CLOSE",    "SYN_SENT2"};
    return kNames.at(static_cast<std::size_t>(state));
}

}  // namespace sluice::model
