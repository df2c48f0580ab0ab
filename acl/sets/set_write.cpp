// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>

#include "acl/sets/entry_state.h"
#include "acl/sets/set.h"

/// What adds to a set: packets and the control thread alike. Whatever stands in an entry's first value decides who
/// was first; the other values follow it, so that a reader may meet an entry with counters of its time before.
namespace sluice::acl::sets {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

void set_bit(std::array<std::atomic<std::uint64_t>, 3>& bits, unsigned at) noexcept {
    bits[at / 64].fetch_or(std::uint64_t{1} << (at % 64), kRelaxed);
}

}  // namespace

void Set::remember_lengths(const Element& element) noexcept {
    set_bit(lengths_, element.length);
    set_bit(second_lengths_, element.second_length);
    if (element.wildcard) {
        wildcard_lengths_.fetch_or(1U << ::strnlen(element.iface.data(), 15), kRelaxed);
    }
}

bool Set::make_room(const Key& key) noexcept {
    const std::uint32_t entry = store_.near(
        key, [this](std::uint32_t one) { return store_.values(one)[0].load(kRelaxed) != Store::kGone; });
    return entry != Store::kNone && store_.bury(entry, store_.values(entry)[0].load(kRelaxed));
}

tl::expected<std::uint32_t, SetFault> Set::put(const Element& element, const Values& values, bool exist,
                                               std::uint64_t now_ms) noexcept {
    const Key key = key_of(element);
    for (;;) {
        std::uint32_t entry = store_.find(key);
        if (entry == Store::kNone) {
            // As many packets as there are workers may see the last free place at the same time.
            if (store_.size() >= options_.most && !(options_.force_add && make_room(key))) {
                return tl::unexpected(SetFault::full);
            }
            remember_lengths(element);
            const Store::Placed placed = store_.place_ready(key, {values.data(), layout_.count});
            if (placed.entry == Store::kNone) {
                return tl::unexpected(SetFault::no_memory);
            }
            if (placed.is_new) {
                remember_lengths(element);  // again: `flush` may have forgotten them, and has not seen the entry then
                return placed.entry;
            }
            entry = placed.entry;
        }
        const auto words = store_.values(entry);
        std::uint64_t state = words[0].load(kRelaxed);
        if (state == Store::kGone) {
            continue;
        }
        if (!exist && !has_ended(state, now_ms)) {
            return tl::unexpected(SetFault::exists);
        }
        if (words[0].compare_exchange_strong(state, values[0], kRelaxed)) {
            for (std::size_t i = 1; i < layout_.count; ++i) {
                words[i].store(values[i], kRelaxed);
            }
            return entry;
        }
    }
}

bool Set::add_by_packet(Element packet, std::uint32_t timeout_s, bool exist, const PacketAsk& ask) noexcept {
    lengthen(packet);
    if (!normalise(packet)) {
        return false;
    }
    Values values{};
    values[0] = kBare;
    if (options_.timeout_s && timeout_s != 0) {
        values[0] |= ask.now_ms + std::uint64_t{timeout_s} * 1000;
    }
    if (layout_.counters != 0) {
        values[layout_.counters] = 1;
        values[layout_.counters + 1] = ask.bytes;
    }
    if (layout_.mac != 0) {
        std::uint64_t word = kHasMac >> 48U;  // shifted to its place by six bytes
        for (const std::uint8_t byte : packet.mac.bytes) {
            word = word << 8U | byte;
        }
        values[layout_.mac] = word;
    }
    return put(packet, values, exist, ask.now_ms).has_value();
}

bool Set::del_by_packet(Element packet, const PacketAsk& ask) noexcept {
    lengthen(packet);
    if (!normalise(packet)) {
        return false;
    }
    const std::uint32_t entry = live(key_of(packet), ask.now_ms);
    return entry != Store::kNone && store_.bury(entry, store_.values(entry)[0].load(kRelaxed));
}

}  // namespace sluice::acl::sets
