// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/sets/packet_element.h"
#include "acl/sets/slot.h"

/// A packet at a set of any type. See: ip_set_test, ip_set_add and ip_set_del, and list_set_ktest and its kin, in Linux.
namespace sluice::acl::sets {

/// What `-m set` asks.
struct Question {
    Directions directions;
    bool return_nomatch = false;
    bool leave_counters = false;
    bool leave_subcounters = false;
    CounterTest packets;
    CounterTest bytes;
};

template <net::Family F>
[[nodiscard]] inline PacketAsk ask_of(const PacketView<F>& packet) noexcept {
    constexpr std::uint64_t kNsPerMs = 1'000'000;
    return {.now_ms = packet.now_ns / kNsPerMs, .bytes = packet.bytes};
}

/// One set that is no list.
template <net::Family F>
[[nodiscard]] inline bool is_in(const Set& set, const Question& question, InterfaceNames names,
                                const PacketView<F>& packet) noexcept {
    Element element;
    if (!show(set.options(), question.directions, names, packet, element)) {
        return false;
    }
    PacketAsk ask = ask_of(packet);
    ask.counts = !question.leave_counters;
    ask.packets = question.packets;
    ask.total_bytes = question.bytes;
    const bool inverts = question.return_nomatch && set.options().type->has(Dimension::net);
    return set.look_up(element, ask) == (inverts ? Found::nomatch : Found::present);
}

/// The members of a list in turn, until the packet is in one whose own counters are what they must be.
template <net::Family F>
[[nodiscard]] inline bool is_in(const ListView& list, const Question& question, InterfaceNames names,
                                const PacketView<F>& packet) noexcept {
    Question inner = question;
    inner.packets = inner.bytes = {};
    inner.leave_counters = question.leave_counters || question.leave_subcounters;
    const PacketAsk ask = ask_of(packet);
    for (ListEntry* entry : list.entries) {
        const Set* set = entry->slot->set.load(std::memory_order_acquire);
        if (set == nullptr || !is_in(*set, inner, names, packet) ||
            (entry->deadline_ms != 0 && entry->deadline_ms <= ask.now_ms)) {
            continue;
        }
        if (!list.counters) {
            return true;
        }
        if (!question.leave_counters) {
            entry->packets.fetch_add(1, std::memory_order_relaxed);
            entry->bytes.fetch_add(ask.bytes, std::memory_order_relaxed);
        }
        if (question.packets.holds(entry->packets.load(std::memory_order_relaxed)) &&
            question.bytes.holds(entry->bytes.load(std::memory_order_relaxed))) {
            return true;
        }
    }
    return false;
}

/// Cost: that of Set::look_up, for each set of a list.
template <net::Family F>
[[nodiscard]] inline bool is_in(const Slot& slot, const Question& question, InterfaceNames names,
                                const PacketView<F>& packet) noexcept {
    // acquire: pairs with the release of whoever put it there
    if (const Set* set = slot.set.load(std::memory_order_acquire)) {
        return is_in(*set, question, names, packet);
    }
    const ListView* list = slot.list.load(std::memory_order_acquire);
    return list != nullptr && question.directions.count > 0 && is_in(*list, question, names, packet);
}

}  // namespace sluice::acl::sets
