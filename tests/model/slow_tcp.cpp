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
constexpr int kRetransmissionTimeout_s = 300;

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

Segment segment_in(const Bytes& packet) {
    const std::size_t l4 = header_bytes(packet);
    const std::size_t data = l4 + byte_at(packet, l4 + 12) / 16 * 4;
    const unsigned flags = byte_at(packet, l4 + 13);
    Segment segment{flag_of(flags),
                    (flags & kAck) != 0,
                    (flags & kSyn) != 0,
                    long_at(packet, l4 + 4),
                    long_at(packet, l4 + 8),
                    0,
                    word_at(packet, l4 + 14),
                    Bytes(packet.begin() + static_cast<std::ptrdiff_t>(l4 + 20),
                          packet.begin() + static_cast<std::ptrdiff_t>(data))};
    segment.end = segment.sequence + static_cast<std::uint32_t>(packet.size() - data) +
                  ((flags & kSyn) != 0 ? 1U : 0U) + ((flags & kFin) != 0 ? 1U : 0U);
    return segment;
}

bool lies_before(std::uint32_t a, std::uint32_t b) {
    return a - b >= 0x80000000U;
}

/// tcp_new
bool begins(TcpMemory& memory, const Segment& segment, const TcpSwitches& switches) {
    memory = TcpMemory{};
    const TcpState state = next_state(TcpState::none, false, segment.flag);
    if (state == TcpState::invalid) {
        return false;
    }
    TcpEnd& client = memory.ends[0];
    client.end = segment.end;
    client.max_window = segment.window == 0 ? 1 : segment.window;
    if (state == TcpState::syn_sent) {
        client.max_end = client.end;
        read_tcp_options(segment.options, client);
        return true;
    }
    client.max_end = client.end + client.max_window;
    for (TcpEnd& end : memory.ends) {
        end.takes_sack = true;
        end.is_liberal = true;
    }
    return switches.loose;
}

/// b) of the kernel's comment: a SYN+ACK acknowledges a SYN that was ignored.
void get_in_sync(TcpMemory& memory, bool is_reply) {
    TcpEnd& other = memory.ends[memory.last_was_reply ? 1 : 0];
    other.end = memory.last_end;
    other.max_end = memory.last_end;
    other.max_window = memory.last_window == 0 ? 1 : memory.last_window;
    other.scale = memory.last_scale;
    memory.challenge_expected = false;
    other.scales = memory.last_scales;
    other.takes_sack = memory.last_takes_sack;
    other.close_begun = other.is_liberal = other.has_unacknowledged = other.has_max_ack = false;
    TcpEnd& mine = memory.ends[is_reply ? 1 : 0];
    const bool was_liberal = mine.is_liberal;
    mine = TcpEnd{};
    mine.is_liberal = was_liberal;
}

/// Remembers a segment that may belong to a newer connection than ours, and lets it pass.
Step ignore(TcpMemory& memory, bool is_reply, const Segment& segment) {
    memory.last = segment.flag;
    memory.last_was_reply = is_reply;
    memory.last_sequence = segment.sequence;
    memory.last_end = segment.end;
    memory.last_window = segment.window;
    if (segment.flag == TcpFlag::syn && !is_reply) {
        TcpEnd seen;
        read_tcp_options(segment.options, seen);
        memory.last_scales = seen.scales;
        memory.last_scale = seen.scale;
        memory.last_takes_sack = seen.takes_sack;
        memory.simultaneous_open = false;
        memory.challenge_expected = memory.state == TcpState::last_ack;
    }
    if (memory.state == TcpState::syn_sent && segment.flag == TcpFlag::ack && is_reply) {
        memory.last_ack = segment.acknowledgement;
    }
    return {Effect::passes, 0};
}

enum class Rst : std::uint8_t { is_invalid, stays, goes_to_window, skips_window };

/// case TCP_CONNTRACK_CLOSE
Rst judge_rst(const SlowConnection& connection, bool is_reply, const Segment& segment,
              const TcpSwitches& switches) {
    const TcpMemory& memory = connection.tcp;
    if (is_closing(memory.state)) {
        return Rst::skips_window;
    }
    const TcpEnd& peer = memory.ends[is_reply ? 0 : 1];
    const bool is_established = memory.state == TcpState::established && connection.assured;
    bool stays = false;
    if (peer.has_max_ack && memory.last != TcpFlag::syn) {
        if (segment.sequence == 0 && !is_established) {
            return Rst::goes_to_window;
        }
        if (lies_before(segment.sequence, peer.max_ack) && !switches.ignore_invalid_rst) {
            return Rst::is_invalid;
        }
        if (!is_established || segment.sequence == peer.max_ack) {
            return Rst::goes_to_window;
        }
        if (memory.last == TcpFlag::ack && memory.last_was_reply == is_reply &&
            segment.sequence == memory.last_end) {
            return Rst::goes_to_window;
        }
        stays = true;
    }
    if (((connection.seen_reply && memory.last == TcpFlag::syn) ||
         (!connection.assured && memory.last == TcpFlag::ack)) &&
        segment.acknowledgement == memory.last_end) {
        return Rst::skips_window;  // never where it stays: then it is assured, and the last was no SYN
    }
    if (memory.state == TcpState::syn_sent && memory.last == TcpFlag::ack && memory.last_was_reply &&
        segment.sequence == memory.last_ack) {
        return Rst::skips_window;
    }
    return stays ? Rst::stays : Rst::goes_to_window;
}

/// nf_tcp_handle_invalid
Step out_of_window(SlowConnection& connection, bool is_reply, const Segment& segment, std::int64_t now_ms) {
    TcpMemory& memory = connection.tcp;
    const auto ends = [](TcpFlag flag) { return flag == TcpFlag::fin || flag == TcpFlag::rst; };
    if (!connection.assured || !ends(segment.flag)) {
        return {};
    }
    if (memory.last_was_reply != is_reply && ends(memory.last)) {
        const std::int64_t left_s = (connection.ends_ms - now_ms) / 1000;
        if (left_s >= 120 && left_s > kUnacknowledgedTimeout_s) {
            return {Effect::is_shortened, kUnacknowledgedTimeout_s};
        }
        return {};
    }
    memory.last = segment.flag;
    memory.last_was_reply = is_reply;
    return {};
}

int timeout_after(const TcpMemory& memory, TcpFlag flag, const TcpSwitches& switches) {
    const int of_state = timeout_of(memory.state);
    if (memory.repeats >= switches.max_retrans && of_state > kRetransmissionTimeout_s) {
        return kRetransmissionTimeout_s;
    }
    if (flag == TcpFlag::rst) {
        return kCloseTimeout_s;
    }
    if ((memory.ends[0].has_unacknowledged || memory.ends[1].has_unacknowledged) &&
        of_state > kUnacknowledgedTimeout_s) {
        return kUnacknowledgedTimeout_s;
    }
    if (memory.last_window == 0 && of_state > kRetransmissionTimeout_s) {
        return kRetransmissionTimeout_s;
    }
    return of_state;
}

/// From in_window: on.
Step take(SlowConnection& connection, bool is_reply, TcpFlag flag, TcpState before, TcpState after,
          const TcpSwitches& switches) {
    TcpMemory& memory = connection.tcp;
    memory.last = flag;
    memory.last_was_reply = is_reply;
    memory.state = after;
    if (before != after && after == TcpState::fin_wait) {
        memory.ends[is_reply ? 1 : 0].close_begun = true;
    }
    int timeout_s = timeout_after(memory, flag, switches);
    if (!connection.seen_reply) {
        if (flag == TcpFlag::rst) {
            return {Effect::ends, 0};
        }
        if (flag == TcpFlag::syn && before == TcpState::syn_sent) {
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

Step tcp_step(SlowConnection& connection, bool is_reply, bool is_new, const Bytes& packet,
              const TcpSwitches& switches, std::int64_t now_ms) {
    const Segment segment = segment_in(packet);
    TcpMemory& memory = connection.tcp;
    if (is_new && !begins(memory, segment, switches)) {
        return {};
    }
    TcpState before = memory.state;
    TcpState after = next_state(before, is_reply, segment.flag);
    if (after == TcpState::syn_sent && before >= TcpState::time_wait && before <= TcpState::syn_sent2) {
        if (memory.ends[0].close_begun || memory.ends[1].close_begun ||
            (memory.last == TcpFlag::rst && memory.last_was_reply == is_reply)) {
            return {Effect::begins_anew, 0};
        }
        after = TcpState::ignored;
    }
    if (after == TcpState::ignored) {
        if (segment.flag != TcpFlag::syn_ack || memory.last != TcpFlag::syn ||
            memory.last_was_reply == is_reply || segment.acknowledgement != memory.last_end) {
            return ignore(memory, is_reply, segment);
        }
        before = TcpState::syn_sent;
        after = TcpState::syn_recv;
        get_in_sync(memory, is_reply);
    } else if (after == TcpState::invalid) {
        return {};
    } else if (after == TcpState::time_wait && before == TcpState::last_ack && segment.flag == TcpFlag::ack &&
               memory.last_was_reply != is_reply && memory.last == TcpFlag::syn &&
               memory.challenge_expected) {
        memory.challenge_expected = false;
        return {Effect::passes, 0};
    } else if (after == TcpState::syn_sent2) {
        memory.simultaneous_open = true;
    } else if (after == TcpState::syn_recv && is_reply && segment.flag == TcpFlag::ack &&
               memory.simultaneous_open) {
        after = TcpState::established;
    }
    Rst rst = Rst::goes_to_window;
    if (after == TcpState::close && segment.flag == TcpFlag::rst) {
        rst = judge_rst(connection, is_reply, segment, switches);
        if (rst == Rst::is_invalid) {
            return {};
        }
        after = rst == Rst::stays ? before : after;
    }
    if (rst != Rst::skips_window) {
        switch (tcp_window(memory, is_reply, segment, switches.be_liberal)) {
            case Window::ignored:
                return {Effect::passes, 0};
            case Window::outside:
                return out_of_window(connection, is_reply, segment, now_ms);
            case Window::inside:
                break;
        }
    }
    return take(connection, is_reply, segment.flag, before, after, switches);
}

std::string tcp_state_text(TcpState state) {
    constexpr std::array<const char*, 10> kNames = {"NONE",     "SYN_SENT",   "SYN_RECV", "ESTABLISHED",
                                                    "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
                                                    "CLOSE",    "SYN_SENT2"};
    return kNames.at(static_cast<std::size_t>(state));
}

}  // namespace sluice::model
