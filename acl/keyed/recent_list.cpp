// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/recent_list.h"

#include <algorithm>

namespace sluice::acl::keyed {

namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr unsigned kCountShift = 24;
constexpr unsigned kTtlShift = 48;
constexpr auto kRelaxed = std::memory_order_relaxed;  // each word stands for itself

}  // namespace

std::uint64_t RecentList::packed(Ring ring) noexcept {
    return ring.index | std::uint64_t{ring.count} << kCountShift | std::uint64_t{ring.ttl} << kTtlShift;
}

RecentList::Ring RecentList::unpacked(std::uint64_t word) noexcept {
    constexpr std::uint64_t kMask = (1U << kCountShift) - 1;
    return {.index = static_cast<std::uint32_t>(word & kMask),
            .count = static_cast<std::uint32_t>(word >> kCountShift & kMask),
            .ttl = static_cast<std::uint8_t>(word >> kTtlShift)};
}

bool RecentList::ask(const Question& question, std::span<const std::uint64_t> key, std::uint8_t ttl,
                     std::uint64_t now_ns) noexcept {
    const std::uint64_t fingerprint = slots_.fingerprint(key);
    std::uint32_t slot = slots_.find(fingerprint);
    if (slot != Slots::kNone && question.asks_ttl) {
        const std::uint8_t seen = unpacked(ring_[slot].load(kRelaxed)).ttl;
        if (seen != ttl && seen != 0 && ttl != 0) {
            slot = Slots::kNone;
        }
    }
    if (question.operation == Operation::set) {
        if (slot == Slots::kNone) {
            set(key, fingerprint, ttl, now_ns);
        } else {
            update(slot, ttl, now_ns);
        }
        return !question.inverted;
    }
    if (slot == Slots::kNone) {
        return question.inverted;
    }
    if (question.operation == Operation::remove) {
        erase(slot);
        return !question.inverted;
    }
    const std::uint64_t span_ns = question.seconds * kNsPerSecond;
    const std::uint64_t since_ns = now_ns > span_ns ? now_ns - span_ns : 0;
    const bool answer = is_hit(slot, question, since_ns) != question.inverted;
    const bool updates = question.operation == Operation::update && answer;
    if (question.reaps) {
        reap(since_ns, updates ? slot : Slots::kNone);
    }
    if (updates && slots_.at(slot) == fingerprint) {
        update(slot, ttl, now_ns);
    }
    return answer;
}

bool RecentList::is_hit(std::uint32_t slot, const Question& question, std::uint64_t since_ns) const noexcept {
    const Ring ring = unpacked(ring_[slot].load(kRelaxed));
    std::uint32_t hits = 0;
    for (std::uint32_t i = 0; i < ring.count; ++i) {
        if (question.seconds != 0 && stamp_[slot * instants_ + i].load(kRelaxed) < since_ns) {
            continue;
        }
        if (question.hits == 0 || ++hits >= question.hits) {
            return true;
        }
    }
    return false;
}

void RecentList::set(std::span<const std::uint64_t> key, std::uint64_t fingerprint, std::uint8_t ttl,
                     std::uint64_t now_ns) noexcept {
    if (entries_.load(kRelaxed) >= kEntries) {
        if (const std::uint32_t first = oldest(); first != Slots::kNone) {
            erase(first);
        }
    }
    const Slots::Found found = slots_.claim(fingerprint);
    if (found.slot == Slots::kNone) {
        return;  // sixteen places that are all taken, of 512 for a hundred
    }
    if (found.is_new) {
        entries_.fetch_add(1, kRelaxed);
        for (std::size_t i = 0; i < std::min(key.size(), kKeyWords); ++i) {
            key_[found.slot * kKeyWords + i].store(key[i], kRelaxed);
        }
    }
    update(found.slot, ttl, now_ns);
}

void RecentList::update(std::uint32_t slot, std::optional<std::uint8_t> ttl, std::uint64_t now_ns) noexcept {
    std::uint64_t word = ring_[slot].load(kRelaxed);
    Ring ring;
    do {
        ring = unpacked(word);
        ring.index &= static_cast<std::uint32_t>(instants_ - 1);
        ++ring.index;
        ring.count = std::max(ring.count, ring.index);
        ring.ttl = ttl.value_or(ring.ttl);
    } while (!ring_[slot].compare_exchange_weak(word, packed(ring), kRelaxed));
    stamp_[slot * instants_ + ring.index - 1].store(now_ns, kRelaxed);
    order_[slot].store(touches_.fetch_add(1, kRelaxed) + 1, kRelaxed);
}

void RecentList::erase(std::uint32_t slot) noexcept {
    const std::uint64_t fingerprint = slots_.at(slot);
    if (fingerprint == 0) {
        return;
    }
    order_[slot].store(0, kRelaxed);
    ring_[slot].store(0, kRelaxed);
    if (slots_.release(slot, fingerprint)) {
        entries_.fetch_sub(1, kRelaxed);
    }
}

std::uint32_t RecentList::oldest() const noexcept {
    std::uint32_t best = Slots::kNone;
    std::uint64_t first = ~std::uint64_t{0};
    for (std::uint32_t slot = 0; slot < slots_.count(); ++slot) {
        const std::uint64_t touched = order_[slot].load(kRelaxed);
        if (touched != 0 && touched < first) {
            first = touched;
            best = slot;
        }
    }
    return best;
}

void RecentList::reap(std::uint64_t since_ns, std::uint32_t spared) noexcept {
    if (since_ns <= reap_not_before_.load(kRelaxed)) {
        return;
    }
    const std::uint32_t slot = oldest();
    if (slot == Slots::kNone || slot == spared) {
        return;
    }
    const Ring ring = unpacked(ring_[slot].load(kRelaxed));
    const std::uint64_t last = ring.index == 0 ? since_ns : stamp_[slot * instants_ + ring.index - 1].load(kRelaxed);
    if (last < since_ns) {
        erase(slot);
    } else {
        // What is touched later is younger; so there is nothing to look for before this has grown old.
        reap_not_before_.store(last, kRelaxed);
    }
}

void RecentList::add(std::span<const std::uint64_t> key, std::uint64_t now_ns) noexcept {
    const std::uint64_t fingerprint = slots_.fingerprint(key);
    if (const std::uint32_t slot = slots_.find(fingerprint); slot != Slots::kNone) {
        update(slot, std::nullopt, now_ns);
    } else {
        set(key, fingerprint, 0, now_ns);
    }
}

void RecentList::remove(std::span<const std::uint64_t> key) noexcept {
    if (const std::uint32_t slot = slots_.find(slots_.fingerprint(key)); slot != Slots::kNone) {
        erase(slot);
    }
}

void RecentList::clear() noexcept {
    for (std::uint32_t slot = 0; slot < slots_.count(); ++slot) {
        erase(slot);
    }
}

}  // namespace sluice::acl::keyed
