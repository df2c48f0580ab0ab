// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "acl/sets/packet_element.h"
#include "acl/sets/slot.h"

/// A packet at a set of any type. See: ip_set_test, ip_set_add and ip_set_del, and list_set_ktest and its kin, in Linux.
namespace sluice::acl::sets {

/// What `-m set` asks.
struct Question {
    Directions directions{};
    bool return_nomatch = false;
    bool leave_counters = false;
    bool leave_subcounters = false;
    CounterTest packets{};
    CounterTest bytes{};
    Mark* mark = nullptr;  ///< takes the mark of the element that decides
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
    ask.mark = question.mark;
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
        if (list.marks && question.mark != nullptr) {
            *question.mark = entry->mark;
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

/// What the target SET adds.
struct Addition {
    Directions directions{};
    std::optional<std::uint32_t> timeout_s{};  ///< none: the set's own
    bool exist = false;
};

/// Calls `change(set, element, ask)` for the set, or for each of a list in turn until one says that it is done.
template <net::Family F, class Change>
inline void change_by_packet(const Slot& slot, const Directions& directions, InterfaceNames names,
                             const PacketView<F>& packet, Change&& change) noexcept {
    const PacketAsk ask = ask_of(packet);
    const auto done = [&](Set& set) {
        Element element;
        return show(set.options(), directions, names, packet, element) && change(set, element, ask);
    };
    if (Set* set = slot.set.load(std::memory_order_acquire)) {
        static_cast<void>(done(*set));
        return;
    }
    const ListView* list = slot.list.load(std::memory_order_acquire);
    if (list == nullptr || directions.count == 0) {
        return;
    }
    for (const ListEntry* entry : list->entries) {
        Set* set = entry->slot->set.load(std::memory_order_acquire);
        const bool has_ended = entry->deadline_ms != 0 && entry->deadline_ms <= ask.now_ms;
        if (set != nullptr && !has_ended && done(*set)) {
            return;
        }
    }
}

/// Cost: that of a lookup, and an exchange on its bucket.
template <net::Family F>
inline void add_packet(const Slot& slot, const Addition& addition, InterfaceNames names,
                       const PacketView<F>& packet) noexcept {
    change_by_packet(slot, addition.directions, names, packet, [&](Set& set, const Element& element, const PacketAsk& ask) {
        const std::uint32_t own = set.options().timeout_s.value_or(0);
        return set.add_by_packet(element, addition.timeout_s.value_or(own), addition.exist, ask);
    });
}

template <net::Family F>
inline void del_packet(const Slot& slot, const Directions& directions, InterfaceNames names,
                       const PacketView<F>& packet) noexcept {
    change_by_packet(slot, directions, names, packet,
                     [](Set& set, const Element& element, const PacketAsk& ask) { return set.del_by_packet(element, ask); });
}

}  // namespace sluice::acl::sets
