// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "tests/model/slow_router.h"

// What the router says itself: the second half of slow_router.h.

namespace sluice::model {

namespace {

using net::Ipv4Address;

constexpr unsigned kIcmp = 1;
constexpr unsigned kTcp = 6;
constexpr unsigned kUdp = 17;
constexpr unsigned kGre = 47;
constexpr std::size_t kLongestError = 576;

/// A packet with a header of 20 bytes and nothing behind it yet.
Bytes header(std::uint32_t source, std::uint32_t destination, unsigned protocol, unsigned tos,
             std::size_t payload) {
    Bytes packet(20 + payload);
    put_byte(packet, 0, 0x45);
    put_byte(packet, 1, tos);
    put_word(packet, 2, static_cast<unsigned>(packet.size()));
    put_byte(packet, 8, 64);
    put_byte(packet, 9, protocol);
    put_long(packet, 12, source);
    put_long(packet, 16, destination);
    return packet;
}

Ipv4Address source_in(const Bytes& packet) {
    return Ipv4Address::from_host(source_of(packet));
}
Ipv4Address destination_in(const Bytes& packet) {
    return Ipv4Address::from_host(destination_of(packet));
}

/// What REJECT asks of a packet before it answers: sums that are right, of protocols that nobody knows too.
bool reject_sum_is_good(const Bytes& packet) {
    const unsigned protocol = protocol_of(packet);
    if (protocol == kTcp || protocol == kUdp || protocol == kIcmp) {
        return l4_sum_is_good(packet);
    }
    return protocol == kGre || sum_of(packet, 0, packet.size()) == 0xffff;
}

}  // namespace

/// An answer belongs to the connection of what it answers, the other way round.
void SlowRouter::attach(Passage& answer, const Passage& about) {
    if (about.tracked.connection == nullptr) {
        return;
    }
    answer.is_answer = true;
    answer.tracked.connection = about.tracked.connection;
    answer.tracked.is_reply = !about.tracked.is_reply;
    answer.tracked.state = conntrack::CtState::related;
}

bool SlowRouter::may_err(const Passage& about, const Error& error) const {
    const Bytes& packet = about.bytes;
    const Ipv4Address source = source_in(packet);
    const Ipv4Address destination = destination_in(packet);
    const bool is_for_many = destination.is_multicast() || destination.is_limited_broadcast() ||
                             route_to(destination).way == Way::broadcast;
    if (is_for_many || source.is_unspecified() || source.is_loopback() || source.is_multicast()) {
        return false;
    }
    if (protocol_of(packet) == kIcmp) {
        const std::size_t message = header_bytes(packet);
        const unsigned type = packet.size() > message ? byte_at(packet, message) : 255;
        if (is_icmp_error(type) || type > 18) {
            return false;
        }
    }
    return !error.is_reject || reject_sum_is_good(packet);
}

/// Five at once to one host, then one a second.
bool SlowRouter::route_error_is_allowed(std::uint32_t destination) {
    constexpr std::int64_t kFull = 5000;
    auto [place, is_new] = route_errors_.try_emplace(destination, kFull, now_ms_);
    auto& [credit, counted] = place->second;
    credit = std::min(kFull, credit + now_ms_ - counted);
    counted = now_ms_;
    if (credit < 1000) {
        return false;
    }
    credit -= 1000;
    return true;
}

void SlowRouter::answer_with_error(const Passage& about, const Error& error) {
    const Bytes& packet = about.bytes;
    const Line back = route_to(source_in(packet));
    if (!may_err(about, error) || (back.way != Way::forward && back.way != Way::local)) {
        return;
    }
    const bool is_ours = route_to(destination_in(packet)).way == Way::local;
    const Ipv4Address own = is_ours ? destination_in(packet) : own_address_towards(source_in(packet));
    std::size_t limit = kLongestError;
    if (back.way == Way::forward) {
        limit = std::min<std::size_t>(limit, link(back.interface).mtu);
    }
    const std::size_t quoted = std::min(packet.size(), limit - 28);
    Passage answer;
    answer.bytes =
        header(own.host(), source_of(packet), kIcmp, (byte_at(packet, 1) & 0x1eU) | 0xc0U, 8 + quoted);
    put_byte(answer.bytes, 20, error.type);
    put_byte(answer.bytes, 21, error.code);
    put_long(answer.bytes, 24, error.rest);
    std::copy_n(packet.begin(), quoted, answer.bytes.begin() + 28);
    seal_icmp(answer.bytes);
    seal_header(answer.bytes);
    attach(answer, about);
    send_own(std::move(answer));
}

void SlowRouter::answer_with_reset(const Passage& about, bool is_own) {
    const Bytes& packet = about.bytes;
    const std::size_t l4 = header_bytes(packet);
    constexpr unsigned kFin = 1;
    constexpr unsigned kSyn = 2;
    constexpr unsigned kRst = 4;
    constexpr unsigned kAck = 16;
    if (packet.size() < l4 + 20 || !l4_sum_is_good(packet) ||
        route_to(destination_in(packet)).way == Way::broadcast) {
        return;
    }
    const unsigned flags = byte_at(packet, l4 + 13);
    if ((flags & kRst) != 0) {
        return;
    }
    Passage answer;
    answer.bytes =
        header(destination_of(packet), source_of(packet), kTcp, is_own ? byte_at(packet, 1) & 0xfcU : 0U, 20);
    Bytes& reset = answer.bytes;
    put_byte(reset, 6, 0x40);
    put_word(reset, 20, word_at(packet, l4 + 2));
    put_word(reset, 22, word_at(packet, l4));
    put_byte(reset, 32, 0x50);
    if ((flags & kAck) != 0) {
        put_long(reset, 24, long_at(packet, l4 + 8));
        put_byte(reset, 33, kRst);
    } else {
        const std::size_t data = packet.size() - l4 - byte_at(packet, l4 + 12) / 16 * 4;
        put_long(reset, 28,
                 long_at(packet, l4 + 4) + static_cast<std::uint32_t>(data) +
                     ((flags & kSyn) != 0 ? 1U : 0U) + ((flags & kFin) != 0 ? 1U : 0U));
        put_byte(reset, 33, kRst | kAck);
    }
    put_word(reset, 36, 0xffff - sum_of(reset, 20, 40, pseudo_header_sum(reset)));
    seal_header(reset);
    if (!is_own) {
        attach(answer, about);
    }
    send_own(std::move(answer));
}

void SlowRouter::answer_echo(const Passage& request) {
    Passage answer;
    answer.bytes = request.bytes;
    put_long(answer.bytes, 12, destination_of(request.bytes));
    put_long(answer.bytes, 16, source_of(request.bytes));
    put_byte(answer.bytes, 8, 64);
    put_word(answer.bytes, 6, 0);
    put_byte(answer.bytes, 20, 0);
    seal_icmp(answer.bytes);
    seal_header(answer.bytes);
    send_own(std::move(answer));
}

void SlowRouter::reject(const Passage& about, acl::RejectTarget::With with) {
    using With = acl::RejectTarget::With;
    // The kernel would answer its own packets too, by way of its loopback, which this router does not have.
    if (about.is_made) {
        return;
    }
    switch (with) {
        case With::icmp_net_unreachable:
            return answer_with_error(about, {3, 0, 0, true});
        case With::icmp_host_unreachable:
            return answer_with_error(about, {3, 1, 0, true});
        case With::icmp_proto_unreachable:
            return answer_with_error(about, {3, 2, 0, true});
        case With::icmp_port_unreachable:
            return answer_with_error(about, {3, 3, 0, true});
        case With::icmp_net_prohibited:
            return answer_with_error(about, {3, 9, 0, true});
        case With::icmp_host_prohibited:
            return answer_with_error(about, {3, 10, 0, true});
        case With::icmp_admin_prohibited:
            return answer_with_error(about, {3, 13, 0, true});
        case With::tcp_reset:
            return answer_with_reset(about, false);
    }
}

/// A host without listeners, which answers pings.
void SlowRouter::serve(Passage& passage) {
    const Bytes& packet = passage.bytes;
    const std::size_t l4 = header_bytes(packet);
    const unsigned protocol = protocol_of(packet);
    const bool is_for_many = route_to(destination_in(packet)).way == Way::broadcast;
    if (is_for_many || !has_l4_header(packet) || !l4_sum_is_good(packet)) {
        return;
    }
    switch (protocol) {
        case kIcmp:
            if (byte_at(packet, l4) == 8 && !route_to(destination_in(packet)).interface.empty()) {
                answer_echo(passage);
            }
            return;
        case kTcp: {
            const std::size_t tcp_header = byte_at(packet, l4 + 12) / 16 * 4;
            if (tcp_header >= 20 && l4 + tcp_header <= packet.size()) {
                answer_with_reset(passage, true);
            }
            return;
        }
        case kUdp: {
            const unsigned length = word_at(packet, l4 + 4);
            if (length >= 8 && length <= packet.size() - l4) {
                answer_with_error(passage, {3, 3});
            }
            return;
        }
        default:
            return answer_with_error(passage, {3, 2});
    }
}

}  // namespace sluice::model
