// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "tests/model/slow_connections.h"

// TCP's windows and options, in the order of the kernel's tcp_in_window.

namespace sluice::model {

namespace {

using Number = std::uint32_t;

bool before(Number a, Number b) {
    return a - b >= 0x80000000U;
}
bool after(Number a, Number b) {
    return before(b, a);
}

Number max_ack_window(const TcpEnd& sender) {
    return std::max(sender.max_window, Number{66000});
}

/// tcp_sack
Number with_sack(const Bytes& options, Number sack) {
    for (std::size_t at = 0; at < options.size();) {
        const unsigned kind = byte_at(options, at);
        if (kind == 0) {
            return sack;
        }
        if (kind == 1) {
            ++at;
            continue;
        }
        if (at + 1 >= options.size()) {
            return sack;
        }
        const std::size_t size = byte_at(options, at + 1);
        if (size < 2 || at + size > options.size()) {
            return sack;
        }
        if (kind == 5 && size >= 10 && (size - 2) % 8 == 0) {
            for (std::size_t block = at + 2; block < at + size; block += 8) {
                const Number right = long_at(options, block + 4);
                sack = after(right, sack) ? right : sack;
            }
            return sack;
        }
        at += size;
    }
    return sack;
}

/// tcp_init_sender
void init(TcpEnd& sender, TcpEnd& receiver, bool is_reply, const Segment& segment) {
    sender.end = sender.max_end = segment.end;
    sender.max_window = segment.window == 0 ? 1 : segment.window;
    read_tcp_options(segment.options, sender);
    if (is_reply && !(sender.scales && receiver.scales)) {
        sender.scale = 0;
        receiver.scale = 0;
    }
}

}  // namespace

void read_tcp_options(const Bytes& options, TcpEnd& end) {
    if (options.empty()) {
        return;
    }
    end.scale = 0;
    end.scales = end.takes_sack = end.close_begun = end.has_unacknowledged = end.has_max_ack = false;
    for (std::size_t at = 0; at < options.size();) {
        const unsigned kind = byte_at(options, at);
        if (kind == 0) {
            return;
        }
        if (kind == 1) {
            ++at;
            continue;
        }
        if (at + 1 >= options.size()) {
            return;
        }
        const std::size_t size = byte_at(options, at + 1);
        if (size < 2 || at + size > options.size()) {
            return;
        }
        if (kind == 4 && size == 2) {
            end.takes_sack = true;
        }
        if (kind == 3 && size == 3) {
            end.scale = std::min(byte_at(options, at + 2), 14U);
            end.scales = true;
        }
        at += size;
    }
}

Window tcp_window(TcpMemory& memory, bool is_reply, const Segment& segment, bool be_liberal) {
    TcpEnd& sender = memory.ends[is_reply ? 1 : 0];
    TcpEnd& receiver = memory.ends[is_reply ? 0 : 1];
    const bool liberal = sender.is_liberal || be_liberal;
    Number sequence = segment.sequence;
    Number end = segment.end;
    Number ack = segment.acknowledgement;
    Number sack = receiver.takes_sack ? with_sack(segment.options, ack) : ack;

    if (sender.max_window == 0) {
        if (segment.has_syn) {
            init(sender, receiver, is_reply, segment);
            if (!segment.has_ack) {
                return Window::inside;
            }
        } else {
            sender.end = end;
            const Number window = segment.window << sender.scale;
            sender.max_window = window == 0 ? 1 : window;
            sender.max_end = end + sender.max_window;
            if (receiver.max_window == 0) {
                receiver.end = receiver.max_end = sack;
            } else if (sack == receiver.end + 1) {
                receiver.end++;
            }
        }
    } else if (segment.has_syn && after(end, sender.end) &&
               (memory.state == TcpState::syn_sent || memory.state == TcpState::syn_recv)) {
        init(sender, receiver, is_reply, segment);
        if (is_reply && !segment.has_ack) {
            return Window::inside;
        }
    }
    if (!segment.has_ack || (segment.flag == TcpFlag::rst && ack == 0)) {
        ack = sack = receiver.end;
    }
    if (segment.flag == TcpFlag::rst && sequence == 0 && memory.state == TcpState::syn_sent) {
        sequence = end = sender.end;
    }

    if (!before(sequence, sender.max_end + 1)) {
        const Number overshot = end - sender.max_end + 1;
        if (receiver.max_window != 0 && after(end, sender.end - receiver.max_window - 1) &&
            after(sack, receiver.end - max_ack_window(sender) - 1) && overshot <= receiver.max_window &&
            before(sack, receiver.end + 1)) {
            sender.end = end;
            sender.has_unacknowledged = true;
            return liberal ? Window::inside : Window::ignored;
        }
        return liberal ? Window::inside : Window::outside;
    }
    if (!before(sack, receiver.end + 1)) {
        return liberal ? Window::inside : Window::outside;
    }
    if (receiver.max_window != 0 && !after(end, sender.end - receiver.max_window - 1)) {
        return liberal ? Window::inside : Window::ignored;
    }
    if (!after(sack, receiver.end - max_ack_window(sender) - 1)) {
        return liberal ? Window::inside : Window::ignored;
    }

    const Number window = segment.has_syn ? segment.window : segment.window << sender.scale;
    sender.max_window = std::max(sender.max_window, window + (sack - ack));
    if (after(end, sender.end)) {
        sender.end = end;
        sender.has_unacknowledged = true;
    }
    if (segment.has_ack) {
        if (!sender.has_max_ack || after(ack, sender.max_ack)) {
            sender.max_ack = ack;
        }
        sender.has_max_ack = true;
    }
    if (receiver.max_window != 0 && after(end, sender.max_end)) {
        receiver.max_window += end - sender.max_end;
    }
    if (after(sack + window, receiver.max_end - 1)) {
        receiver.max_end = sack + window;
        if (window == 0) {
            receiver.max_end++;
        }
    }
    if (ack == receiver.end) {
        receiver.has_unacknowledged = false;
    }
    if (segment.flag == TcpFlag::ack) {
        if (memory.last_was_reply == is_reply && memory.last_sequence == sequence && memory.last_ack == ack &&
            memory.last_end == end && memory.last_window == segment.window) {
            memory.repeats = (memory.repeats + 1) % 256;
        } else {
            memory.last_was_reply = is_reply;
            memory.last_sequence = sequence;
            memory.last_ack = ack;
            memory.last_end = end;
            memory.last_window = segment.window;
            memory.repeats = 0;
        }
    }
    return Window::inside;
}

}  // namespace sluice::model
