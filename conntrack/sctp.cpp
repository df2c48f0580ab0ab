// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/sctp.h"

#include <bitset>
#include <cstring>
#include <optional>

namespace sluice::conntrack {

namespace {

using State = SctpState;

/// Chunk types that mean something here (RFC 9260, 3.2).
enum class Chunk : std::uint8_t {
    data = 0,
    init = 1,
    init_ack = 2,
    heartbeat = 4,
    heartbeat_ack = 5,
    abort = 6,
    shutdown = 7,
    shutdown_ack = 8,
    error = 9,
    cookie_echo = 10,
    cookie_ack = 11,
    shutdown_complete = 14,
};
constexpr std::uint8_t kTagIsReflected = 1;  // the T bit of ABORT and SHUTDOWN COMPLETE

constexpr auto kInvalid = static_cast<State>(kSctpStates);

/// Where a chunk leads from each state.
using Row = std::array<State, kSctpStates>;
struct Transitions {
    Chunk chunk;
    Row original;
    Row reply;
};

constexpr auto make_table() {
    constexpr State cl = State::closed;
    constexpr State cw = State::cookie_wait;
    constexpr State ce = State::cookie_echoed;
    constexpr State es = State::established;
    constexpr State ss = State::shutdown_sent;
    constexpr State sr = State::shutdown_recd;
    constexpr State sa = State::shutdown_ack_sent;
    constexpr State hs = State::heartbeat_sent;
    constexpr State iv = kInvalid;
    // clang-format off
    return std::array{
        //                                      none cl  cw  ce  es  ss  sr  sa  hs     none cl  cw  ce  es  ss  sr  sa  hs
        Transitions{Chunk::init,              {{cl, cl, cw, ce, es, cl, cl, sa, cw}}, {{iv, cl, cw, ce, es, ss, sr, sa, iv}}},
        Transitions{Chunk::init_ack,          {{cl, cl, cw, ce, es, ss, sr, sa, cl}}, {{iv, cw, cw, ce, es, ss, sr, sa, iv}}},
        Transitions{Chunk::abort,             {{cl, cl, cl, cl, cl, cl, cl, cl, cl}}, {{iv, cl, cl, cl, cl, cl, cl, cl, iv}}},
        Transitions{Chunk::shutdown,          {{cl, cl, cw, ce, ss, ss, sr, sa, cl}}, {{iv, cl, cw, ce, sr, ss, sr, sa, iv}}},
        Transitions{Chunk::shutdown_ack,      {{sa, cl, cw, ce, es, sa, sa, sa, sa}}, {{iv, cl, cw, ce, es, sa, sa, sa, iv}}},
        Transitions{Chunk::error,             {{cl, cl, cw, ce, es, ss, sr, sa, cl}}, {{iv, cl, cw, cl, es, ss, sr, sa, iv}}},
        Transitions{Chunk::cookie_echo,       {{cl, cl, ce, ce, es, ss, sr, sa, cl}}, {{iv, cl, ce, ce, es, ss, sr, sa, iv}}},
        Transitions{Chunk::cookie_ack,        {{cl, cl, cw, es, es, ss, sr, sa, cl}}, {{iv, cl, cw, es, es, ss, sr, sa, iv}}},
        Transitions{Chunk::shutdown_complete, {{cl, cl, cw, ce, es, ss, sr, cl, cl}}, {{iv, cl, cw, ce, es, ss, sr, cl, iv}}},
        Transitions{Chunk::heartbeat,         {{hs, cl, cw, ce, es, ss, sr, sa, hs}}, {{iv, cl, cw, ce, es, ss, sr, sa, hs}}},
        Transitions{Chunk::heartbeat_ack,     {{cl, cl, cw, ce, es, ss, sr, sa, hs}}, {{iv, cl, cw, ce, es, ss, sr, sa, es}}},
    };
    // clang-format on
}
constexpr auto kTable = make_table();

State next_state(State state, Way way, Chunk chunk) noexcept {
    for (const Transitions& row : kTable) {
        if (row.chunk == chunk) {
            return (way == Way::original ? row.original : row.reply)[static_cast<unsigned>(state)];
        }
    }
    return state;  // DATA, SACK and the like
}

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof(word));
    return word;
}

/// A chunk where it lies.
struct ChunkView {
    Chunk type;
    std::uint8_t flags;
    std::span<const std::byte> rest;  ///< from its header to the end of the packet

    /// The tag that an INIT or INIT ACK announces; nothing where that is cut off.
    [[nodiscard]] std::optional<std::uint32_t> announced_tag() const noexcept {
        constexpr std::size_t kInitBytes = 4 + 16;
        return rest.size() < kInitBytes ? std::nullopt : std::optional(word_at(rest, 4));
    }
};

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kTagAt = 4;

/// Calls `visit(chunk, number)` for each chunk, until it says false. Returns how many there were; nothing: it
/// said so, or a chunk has no length.
template <class Visit>
std::optional<unsigned> each_chunk(std::span<const std::byte> packet, Visit visit) noexcept {
    constexpr std::size_t kChunkHeader = 4;
    unsigned number = 0;
    std::span<const std::byte> rest = packet.subspan(kHeaderBytes);
    while (rest.size() >= kChunkHeader) {
        const unsigned length = std::to_integer<unsigned>(rest[2]) << 8U | std::to_integer<unsigned>(rest[3]);
        const ChunkView chunk{static_cast<Chunk>(rest[0]), std::to_integer<std::uint8_t>(rest[1]), rest};
        if (length == 0 || !visit(chunk, number)) {
            return std::nullopt;
        }
        ++number;
        const std::size_t padded = (std::size_t{length} + 3) & ~std::size_t{3};
        rest = rest.subspan(std::min(padded, rest.size()));
    }
    return number;
}

using Seen = std::bitset<256>;

bool has(const Seen& seen, Chunk chunk) noexcept {
    return seen[static_cast<std::size_t>(chunk)];
}

/// Which chunks there are; nothing where they cannot stand like this (do_basic_checks).
std::optional<Seen> chunks_in(std::span<const std::byte> packet) noexcept {
    Seen seen;
    bool is_alone = false;
    const auto count = each_chunk(packet, [&](const ChunkView& chunk, unsigned number) {
        is_alone = is_alone || chunk.type == Chunk::init || chunk.type == Chunk::init_ack ||
                   chunk.type == Chunk::shutdown_complete;
        const bool is_first = chunk.type == Chunk::cookie_ack || chunk.type == Chunk::cookie_echo;
        seen.set(static_cast<std::size_t>(chunk.type));
        return number == 0 || !(is_alone || is_first);
    });
    return count.value_or(0) == 0 ? std::nullopt : std::optional(seen);
}

/// The first packet of a connection (sctp_new). False: nothing begins like this.
bool begin(SctpMemory& memory, std::span<const std::byte> packet, const Seen& seen) noexcept {
    // out of the blue (RFC 9260, 8.4)
    if (has(seen, Chunk::abort) || has(seen, Chunk::shutdown_complete) || has(seen, Chunk::cookie_ack)) {
        return false;
    }
    memory = SctpMemory{};
    const std::uint32_t tag = word_at(packet, kTagAt);
    return each_chunk(packet,
                      [&](const ChunkView& chunk, unsigned) {
                          const State state = next_state(State::none, Way::original, chunk.type);
                          if (state == State::none || state == kInvalid) {
                              return false;
                          }
                          if (chunk.type == Chunk::init) {
                              const auto announced = chunk.announced_tag();
                              memory.tags[1] = announced.value_or(0);
                              return tag == 0 && announced.has_value();
                          }
                          if (chunk.type == Chunk::heartbeat) {
                              memory.tags[0] = tag;
                          } else if (chunk.type == Chunk::shutdown_ack) {
                              memory.tags[1] = tag;
                          }
                          return true;
                      })
        .has_value();
}

/// A packet's way through its chunks.
struct Course {
    SctpMemory& memory;
    Way way;
    std::uint32_t tag;  ///< of the packet
    const Seen& seen;
    bool is_new;
    State state = State::none;  ///< behind the last chunk
    bool is_ignored = false;
    bool becomes_assured = false;

    [[nodiscard]] std::uint32_t& mine() const noexcept { return memory.tags[static_cast<unsigned>(way)]; }
    [[nodiscard]] std::uint32_t& peers() const noexcept {
        return memory.tags[static_cast<unsigned>(other(way))];
    }
};

enum class TagJudgement : std::uint8_t { right, wrong, skip };

/// Heartbeats teach the tags of further paths. One with a wrong tag may be the beginning of a new
/// association: it passes, and if it is answered with a tag, that is believed.
TagJudgement judge_heartbeat(Course& course, Chunk type) noexcept {
    SctpMemory& memory = course.memory;
    if (course.mine() == 0) {
        course.mine() = course.tag;
        return TagJudgement::right;
    }
    if (course.tag == course.mine()) {
        memory.heartbeat_failed = false;
        return TagJudgement::right;
    }
    if (has(course.seen, Chunk::data) || course.is_ignored) {
        return TagJudgement::wrong;
    }
    if (type == Chunk::heartbeat) {
        memory.heartbeat_failed = true;
        memory.last_way = course.way;
        course.is_ignored = true;
        return TagJudgement::skip;
    }
    if (!memory.heartbeat_failed || memory.last_way == course.way) {
        return TagJudgement::wrong;
    }
    memory.heartbeat_failed = false;
    course.mine() = course.tag;
    course.peers() = 0;
    return TagJudgement::right;
}

/// The special cases of the verification tag (RFC 9260, 8.5.1).
TagJudgement judge_tag(Course& course, const ChunkView& chunk) noexcept {
    const auto judged = [](bool is_right) { return is_right ? TagJudgement::right : TagJudgement::wrong; };
    switch (chunk.type) {
        case Chunk::init:
            return judged(course.tag == 0);
        case Chunk::abort:
        case Chunk::shutdown_complete:
            return judged(course.tag ==
                          ((chunk.flags & kTagIsReflected) != 0 ? course.peers() : course.mine()));
        case Chunk::cookie_echo:
            return judged(course.tag == course.mine());
        case Chunk::cookie_ack:
            course.memory.has_begun = {};
            return TagJudgement::right;
        case Chunk::heartbeat:
        case Chunk::heartbeat_ack:
            return judge_heartbeat(course, chunk.type);
        default:
            return TagJudgement::right;
    }
}

/// INIT and INIT ACK say which tag the other end is to use. False: that contradicts what is known.
bool learn_tag(Course& course, const ChunkView& chunk, State before, State after) noexcept {
    const auto announced = chunk.announced_tag();
    if (!announced) {
        return false;
    }
    bool& mine = course.memory.has_begun[static_cast<unsigned>(course.way)];
    bool& peers = course.memory.has_begun[static_cast<unsigned>(other(course.way))];
    if (chunk.type == Chunk::init) {
        peers = peers && !mine;
        mine = true;
        // a repeated INIT prolongs nothing, else a port that is reused would keep the entry for ever
        course.is_ignored =
            course.is_ignored || (after == State::closed && before == State::closed && !course.is_new);
    } else {
        const bool differs = course.peers() != *announced;
        if ((!peers && course.peers() != 0 && differs) || (mine && peers && differs)) {
            return false;
        }
    }
    course.peers() = *announced;
    return true;
}

/// One chunk of a packet. False: the packet is INVALID.
bool take(Course& course, const ChunkView& chunk) noexcept {
    switch (judge_tag(course, chunk)) {
        case TagJudgement::wrong:
            return false;
        case TagJudgement::skip:
            return true;
        case TagJudgement::right:
            break;
    }
    const State before = course.memory.state;
    const State after = next_state(before, course.way, chunk.type);
    if (after == kInvalid) {
        return false;
    }
    const bool announces = chunk.type == Chunk::init || chunk.type == Chunk::init_ack;
    if (announces && !learn_tag(course, chunk, before, after)) {
        return false;
    }
    course.memory.state = course.state = after;
    course.becomes_assured = course.becomes_assured || (before != after && after == State::established);
    return true;
}

std::uint32_t timeout_of(State state, const Timeouts& timeouts) noexcept {
    switch (state) {
        case State::none:
        case State::closed:
            return timeouts.sctp_timeout_closed;
        case State::cookie_wait:
            return timeouts.sctp_timeout_cookie_wait;
        case State::cookie_echoed:
            return timeouts.sctp_timeout_cookie_echoed;
        case State::established:
            return timeouts.sctp_timeout_established;
        case State::shutdown_sent:
            return timeouts.sctp_timeout_shutdown_sent;
        case State::shutdown_recd:
            return timeouts.sctp_timeout_shutdown_recd;
        case State::shutdown_ack_sent:
            return timeouts.sctp_timeout_shutdown_ack_sent;
        case State::heartbeat_sent:
            return timeouts.sctp_timeout_heartbeat_sent;
    }
    return timeouts.sctp_timeout_closed;
}

/// Packets of these carry a tag that is judged by itself.
bool has_special_tag(const Seen& seen) noexcept {
    return has(seen, Chunk::init) || has(seen, Chunk::shutdown_complete) || has(seen, Chunk::cookie_echo) ||
           has(seen, Chunk::abort) || has(seen, Chunk::shutdown_ack) || has(seen, Chunk::heartbeat) ||
           has(seen, Chunk::heartbeat_ack);
}

}  // namespace

SctpStep sctp_step(SctpMemory& memory, Way way, const L4View& view, bool is_new,
                   const Timeouts& timeouts) noexcept {
    if (view.bytes.size() < kHeaderBytes) {
        return {};
    }
    const auto seen = chunks_in(view.bytes);
    if (!seen || (is_new && !begin(memory, view.bytes, *seen))) {
        return {};
    }
    Course course{memory, way, word_at(view.bytes, kTagAt), *seen, is_new};
    if (!has_special_tag(*seen) && course.tag != course.mine()) {
        return {};
    }
    const auto taken =
        each_chunk(view.bytes, [&](const ChunkView& chunk, unsigned) { return take(course, chunk); });
    SctpStep step{.becomes_assured = course.becomes_assured};
    if (taken) {
        step.verdict = course.is_ignored ? SctpVerdict::pass : SctpVerdict::accept;
        step.timeout_s = timeout_of(course.state, timeouts);
    }
    return step;
}

bool sctp_is_closing(SctpState state) noexcept {
    return state == State::shutdown_sent || state == State::shutdown_recd ||
           state == State::shutdown_ack_sent;
}

const char* sctp_state_name(SctpState state) noexcept {
    static constexpr std::array<const char*, kSctpStates> kNames = {
        "NONE",          "CLOSED",        "COOKIE_WAIT",       "COOKIE_ECHOED", "ESTABLISHED",
        "SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT"};
    const auto number = static_cast<unsigned>(state);
    return number < kSctpStates ? kNames[number] : "NONE";
}

}  // namespace sluice::conntrack
