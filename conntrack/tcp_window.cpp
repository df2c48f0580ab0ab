// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/tcp_window.h"

#include <algorithm>
#include <cstring>

namespace sluice::conntrack {

namespace {

constexpr std::uint8_t kEndOfOptions = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kWindowScale = 3;
constexpr std::uint8_t kSackPermitted = 4;
constexpr std::uint8_t kSack = 5;
constexpr std::uint8_t kLargestScale = 14;  // RFC 7323, 2.3

constexpr bool lies_behind(std::uint32_t a, std::uint32_t b) noexcept {
    return lies_before(b, a);
}

/// Calls `visit(kind, value)` for each option that is all there, until it says true or one makes no sense.
template <class Visit>
void each_option(std::span<const std::byte> options, Visit visit) noexcept {
    while (!options.empty()) {
        const auto kind = std::to_integer<std::uint8_t>(options[0]);
        if (kind == kEndOfOptions) {
            return;
        }
        if (kind == kNoOperation) {
            options = options.subspan(1);
            continue;
        }
        if (options.size() < 2) {
            return;
        }
        const auto bytes = std::to_integer<std::uint8_t>(options[1]);
        if (bytes < 2 || bytes > options.size() || visit(kind, options.subspan(2, bytes - 2U))) {
            return;
        }
        options = options.subspan(bytes);
    }
}

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
    std::uint32_t raw = 0;
    std::memcpy(&raw, bytes.data() + at, sizeof(raw));
    return base::Be32::from_raw(raw).host();
}

/// What almost every segment has, or nothing: two NOPs and a timestamp.
bool is_only_a_timestamp(std::span<const std::byte> options) noexcept {
    constexpr std::uint32_t kNopNopTimestamp = 0x0101080a;
    constexpr std::size_t kBytes = 12;
    return options.size() == kBytes && number_at(options, 0) == kNopNopTimestamp;
}

/// A SYN tells all about its sender (tcp_init_sender).
void begin_side(TcpMemory& memory, Way way, const TcpSegment& segment) noexcept {
    TcpSide& sender = memory[way];
    TcpSide& receiver = memory[other(way)];
    sender.end = sender.max_end = segment.end;
    sender.max_window = std::max<std::uint32_t>(segment.window, 1);
    read_syn_options(segment.options, sender.scale, sender.flags);
    // both must offer scaling (RFC 7323, 1.3); whether they do is known with the second SYN
    if (way == Way::reply && !(sender.has(TcpSide::kScales) && receiver.has(TcpSide::kScales))) {
        sender.scale = receiver.scale = 0;
    }
}

/// The first segment of a direction is no SYN: its history is lost, so what it says is believed.
void pick_up_side(TcpSide& sender, TcpSide& receiver, const TcpSegment& segment,
                  std::uint32_t sack) noexcept {
    sender.end = segment.end;
    sender.max_window = std::max<std::uint32_t>(std::uint32_t{segment.window} << sender.scale, 1);
    sender.max_end = segment.end + sender.max_window;
    if (receiver.max_window == 0) {
        receiver.end = receiver.max_end = sack;  // passes III and IV until the receiver has spoken
    } else if (sack == receiver.end + 1) {
        ++receiver.end;  // probably the answer to a keepalive
    }
}

/// First segments and new SYNs of half-open connections. True: there is nothing to judge, it opens both ways.
bool meet(TcpMemory& memory, Way way, const TcpSegment& segment, std::uint32_t sack) noexcept {
    TcpSide& sender = memory[way];
    if (sender.max_window == 0) {
        if (!segment.is_syn()) {
            pick_up_side(sender, memory[other(way)], segment, sack);
            return false;
        }
        begin_side(memory, way, segment);
        return !segment.has_ack;
    }
    const bool half_open = memory.state == TcpState::syn_sent || memory.state == TcpState::syn_recv;
    if (segment.is_syn() && half_open && lies_behind(segment.end, sender.end)) {
        begin_side(memory, way, segment);  // begun again with higher numbers (RFC 9293, 3.4.3)
        return way == Way::reply && !segment.has_ack;
    }
    return false;
}

/// The numbers of a segment as they are judged.
struct Numbers {
    std::uint32_t sequence;
    std::uint32_t end;
    std::uint32_t ack;
    std::uint32_t sack;
};

/// By the rules I to IV. A sender that overshoots its window by less than a window is INVALID, but
/// remembered: if the rules let it pass and it is acknowledged, that must not be INVALID for ever.
TcpWindow judge(TcpSide& sender, const TcpSide& receiver, const Numbers& numbers) noexcept {
    constexpr std::uint32_t kLeastAckWindow = 66'000;  // MAXACKWINCONST
    const std::uint32_t lowest_ack = receiver.end - std::max(sender.max_window, kLeastAckWindow);
    const bool not_too_old = !lies_before(numbers.end, sender.end - receiver.max_window);
    const bool ack_not_too_old = !lies_before(numbers.sack, lowest_ack);
    const bool ack_not_too_new = !lies_behind(numbers.sack, receiver.end);
    if (lies_behind(numbers.sequence, sender.max_end)) {
        const std::uint32_t overshot = numbers.end - sender.max_end + 1;
        if (receiver.max_window != 0 && not_too_old && ack_not_too_old && ack_not_too_new &&
            overshot <= receiver.max_window) {
            sender.end = numbers.end;
            sender.flags |= TcpSide::kHasUnacked;
            return TcpWindow::ignored;
        }
        return TcpWindow::outside;
    }
    if (!ack_not_too_new) {
        return TcpWindow::outside;
    }
    const bool is_old = (receiver.max_window != 0 && !not_too_old) || !ack_not_too_old;
    return is_old ? TcpWindow::ignored : TcpWindow::inside;
}

void learn(TcpSide& sender, TcpSide& receiver, const TcpSegment& segment, const Numbers& numbers) noexcept {
    const std::uint32_t window =
        segment.is_syn() ? segment.window : std::uint32_t{segment.window} << sender.scale;
    sender.max_window = std::max(sender.max_window, window + (numbers.sack - numbers.ack));
    if (lies_behind(numbers.end, sender.end)) {
        sender.end = numbers.end;
        sender.flags |= TcpSide::kHasUnacked;
    }
    if (segment.has_ack && (!sender.has(TcpSide::kHasMaxAck) || lies_behind(numbers.ack, sender.max_ack))) {
        sender.max_ack = numbers.ack;
        sender.flags |= TcpSide::kHasMaxAck;
    }
    if (receiver.max_window != 0 && lies_behind(numbers.end, sender.max_end)) {
        receiver.max_window += numbers.end - sender.max_end;
    }
    if (!lies_before(numbers.sack + window, receiver.max_end)) {
        receiver.max_end = numbers.sack + window + (window == 0 ? 1U : 0U);
    }
    if (numbers.ack == receiver.end) {
        receiver.flags &= static_cast<std::uint8_t>(~TcpSide::kHasUnacked);
    }
}

/// The same ACK again and again is a sender that gets no answer.
void count_repeats(TcpMemory& memory, Way way, const TcpSegment& segment, const Numbers& numbers) noexcept {
    const auto length = static_cast<std::uint16_t>(numbers.end - numbers.sequence);
    if (memory.last_way == way && memory.last_length == length && memory.last_ack == numbers.ack &&
        memory.last_end == numbers.end && memory.last_window == segment.window) {
        ++memory.repeats;
        return;
    }
    memory.last_way = way;
    memory.last_length = length;
    memory.last_ack = numbers.ack;
    memory.last_end = numbers.end;
    memory.last_window = segment.window;
    memory.repeats = 0;
}

}  // namespace

void read_syn_options(std::span<const std::byte> options, std::uint8_t& scale, std::uint8_t& flags) noexcept {
    if (options.empty()) {
        return;
    }
    scale = 0;
    flags &= TcpSide::kLiberal;
    each_option(options, [&](std::uint8_t kind, std::span<const std::byte> value) {
        if (kind == kSackPermitted && value.empty()) {
            flags |= TcpSide::kTakesSack;
        } else if (kind == kWindowScale && value.size() == 1) {
            scale = std::min(std::to_integer<std::uint8_t>(value[0]), kLargestScale);
            flags |= TcpSide::kScales;
        }
        return false;
    });
}

std::uint32_t highest_sack(std::span<const std::byte> options, std::uint32_t acknowledgement) noexcept {
    if (options.empty() || is_only_a_timestamp(options)) {
        return acknowledgement;
    }
    std::uint32_t highest = acknowledgement;
    each_option(options, [&](std::uint8_t kind, std::span<const std::byte> value) {
        constexpr std::size_t kBlock = 8;
        if (kind != kSack || value.empty() || value.size() % kBlock != 0) {
            return false;
        }
        for (std::size_t at = 0; at < value.size(); at += kBlock) {
            const std::uint32_t right_edge = number_at(value, at + 4);
            highest = lies_behind(right_edge, highest) ? right_edge : highest;
        }
        return true;
    });
    return highest;
}

TcpWindow tcp_window(TcpMemory& memory, Way way, const TcpSegment& segment, bool liberal) noexcept {
    TcpSide& sender = memory[way];
    TcpSide& receiver = memory[other(way)];
    Numbers numbers{segment.sequence, segment.end, segment.acknowledgement, segment.acknowledgement};
    if (receiver.has(TcpSide::kTakesSack)) {
        numbers.sack = highest_sack(segment.options, numbers.ack);
    }
    numbers.ack -= segment.shift;
    numbers.sack -= segment.shift;
    if (meet(memory, way, segment, numbers.sack)) {
        return TcpWindow::inside;
    }
    const bool is_rst = segment.kind == TcpKind::rst;
    if (!segment.has_ack || (is_rst && numbers.ack == 0)) {
        numbers.ack = numbers.sack = receiver.end;  // some set ACK in a RST and mean nothing by it
    }
    if (is_rst && numbers.sequence == 0 && memory.state == TcpState::syn_sent) {
        numbers.sequence = numbers.end = sender.end;  // the answer to a SYN
    }
    const TcpWindow judgement = judge(sender, receiver, numbers);
    if (judgement != TcpWindow::inside) {
        return liberal || sender.has(TcpSide::kLiberal) ? TcpWindow::inside : judgement;
    }
    learn(sender, receiver, segment, numbers);
    if (segment.kind == TcpKind::ack) {
        count_repeats(memory, way, segment, numbers);
    }
    return TcpWindow::inside;
}

}  // namespace sluice::conntrack
