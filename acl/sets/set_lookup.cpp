// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>

#include "acl/sets/set.h"

/// The lookups: what is asked for each packet.
namespace sluice::acl::sets {

namespace {

constexpr std::uint64_t kNomatch = std::uint64_t{1} << 63U;  // beside the deadline

int next_length(const std::array<std::atomic<std::uint64_t>, 3>& bits, int from) noexcept {
    for (int length = from; length >= 0; --length) {
        const auto at = static_cast<unsigned>(length);
        if ((bits[at / 64].load(std::memory_order_relaxed) >> (at % 64) & 1U) != 0) {
            return length;
        }
    }
    return -1;
}

}  // namespace

std::uint32_t Set::find_interface(Element& wanted, std::uint64_t now_ms) const noexcept {
    std::uint32_t entry = live(key_of(wanted), now_ms);
    const std::uint32_t wildcards = wildcard_lengths_.load(std::memory_order_relaxed);
    const std::size_t size = ::strnlen(wanted.iface.data(), 15);
    for (std::size_t length = size; entry == Store::kNone && wildcards != 0 && length > 0; --length) {
        if ((wildcards >> length & 1U) != 0) {
            Element shorter = wanted;
            shorter.wildcard = true;
            std::fill(shorter.iface.begin() + static_cast<std::ptrdiff_t>(length), shorter.iface.end(), '\0');
            entry = live(key_of(shorter), now_ms);
        }
    }
    return entry;
}

std::uint32_t Set::find_second(Element& wanted, std::uint64_t now_ms) const noexcept {
    const auto& dimensions = options_.type->dimensions;
    if (dimensions[1] != Dimension::net && dimensions[2] != Dimension::net) {
        return find_interface(wanted, now_ms);
    }
    const unsigned bits = options_.address_bits();
    const SetAddress whole = wanted.second;
    for (int length = next_length(second_lengths_, static_cast<int>(bits)); length >= 0;
         length = next_length(second_lengths_, length - 1)) {
        wanted.second = whole.masked(static_cast<unsigned>(length), bits);
        wanted.second_length = static_cast<std::uint8_t>(length);
        if (const std::uint32_t entry = live(key_of(wanted), now_ms); entry != Store::kNone) {
            return entry;
        }
    }
    wanted.second = whole;
    return Store::kNone;
}

std::uint32_t Set::find_shortening(const Element& wanted, std::uint64_t now_ms) const noexcept {
    Element tried = wanted;
    if (options_.type->dimensions[0] != Dimension::net) {
        return find_second(tried, now_ms);
    }
    const unsigned bits = options_.address_bits();
    for (int length = next_length(lengths_, static_cast<int>(bits)); length >= 0;
         length = next_length(lengths_, length - 1)) {
        tried.address = wanted.address.masked(static_cast<unsigned>(length), bits);
        tried.length = static_cast<std::uint8_t>(length);
        if (const std::uint32_t entry = find_second(tried, now_ms); entry != Store::kNone) {
            return entry;
        }
    }
    return Store::kNone;
}

bool Set::match(const Element& packet, std::uint64_t now_ms) const noexcept {
    Element wanted = packet;
    if (!normalise(wanted)) {
        return false;
    }
    const std::uint32_t entry = find_shortening(wanted, now_ms);
    if (entry == Store::kNone) {
        return false;
    }
    const auto values = store_.values(entry);
    return (values[0].load(std::memory_order_relaxed) & kNomatch) == 0;
}

tl::expected<bool, SetFault> Set::test(Element element, bool nomatch, std::uint64_t now_ms) const {
    if (auto sound = normalise(element); !sound) {
        return tl::unexpected(sound.error());
    }
    const SetType& type = *options_.type;
    const auto full = static_cast<std::uint8_t>(options_.address_bits());
    const bool is_host = (type.dimensions[0] != Dimension::net || element.length == full) &&
                         ((type.dimensions[1] != Dimension::net && type.dimensions[2] != Dimension::net) ||
                          element.second_length == full);
    const std::uint32_t entry =
        is_host && type.has(Dimension::net) ? find_shortening(element, now_ms) : live(key_of(element), now_ms);
    if (entry == Store::kNone) {
        return false;
    }
    const auto values = store_.values(entry);
    if (layout_.mac != 0 && element.has_mac) {
        const Element kept = element_of(entry);
        return kept.has_mac && kept.mac == element.mac;
    }
    return ((values[0].load(std::memory_order_relaxed) & kNomatch) != 0) == nomatch;
}

}  // namespace sluice::acl::sets
