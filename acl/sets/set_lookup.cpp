// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>

#include "acl/sets/entry_state.h"
#include "acl/sets/set.h"

/// The lookups: what is asked for each packet.
namespace sluice::acl::sets {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

int next_length(const std::array<std::atomic<std::uint64_t>, 3>& bits, int from) noexcept {
    for (int length = from; length >= 0; --length) {
        const auto at = static_cast<unsigned>(length);
        if ((bits[at / 64].load(kRelaxed) >> (at % 64) & 1U) != 0) {
            return length;
        }
    }
    return -1;
}

std::uint64_t word_of(const net::MacAddress& mac) noexcept {
    std::uint64_t word = 0;
    for (const std::uint8_t byte : mac.bytes) {
        word = word << 8U | byte;
    }
    return word;
}

bool has_second(const SetType& type) noexcept {
    return type.dimensions[2] != Dimension::none || type.dimensions[1] == Dimension::net;
}

}  // namespace

Key Set::key_of(const Element& element) const noexcept {
    const SetType& type = *options_.type;
    Key key;
    const auto push_address = [&](const SetAddress& address, std::uint64_t rest) {
        if (options_.ipv6) {
            key.push(address.high);
            key.push(address.low);
            key.push(rest);
        } else {
            key.push(address.low << 32U | rest);
        }
    };
    push_address(element.address, std::uint64_t{element.port} << 16U | std::uint64_t{element.protocol} << 8U | element.length);
    if (has_second(type)) {
        push_address(element.second, element.second_length);
    }
    if (type.has(Dimension::mark)) {
        key.push(element.mark);
    }
    if (type.has(Dimension::mac) && type.method == Method::hash) {
        key.push(word_of(element.mac));
    }
    if (type.has(Dimension::iface)) {
        std::array<std::uint64_t, 2> name{};
        std::memcpy(name.data(), element.iface.data(), sizeof name);
        key.push(name[0]);
        key.push(name[1]);
        key.push((element.physdev ? 1U : 0U) | (element.wildcard ? 2U : 0U));
    }
    return key;
}

tl::expected<void, SetFault> Set::normalise(Element& element) const noexcept {
    const SetType& type = *options_.type;
    const unsigned bits = options_.address_bits();
    if (type.method == Method::bitmap) {
        const std::uint64_t place = type.has(Dimension::port) ? element.port : element.address.low;
        if (place < options_.first || place > options_.last) {
            return tl::unexpected(SetFault::out_of_range);
        }
    }
    if (options_.netmask != 0) {
        element.address = element.address.masked(options_.netmask, bits);
    }
    element.mark &= options_.mark_mask;
    element.address = element.address.masked(std::min<unsigned>(element.length, bits), bits);
    element.second = element.second.masked(std::min<unsigned>(element.second_length, bits), bits);
    if (type.dimensions[0] == Dimension::ip && type.dimensions[1] == Dimension::none && type.method == Method::hash &&
        element.address == SetAddress{}) {
        return tl::unexpected(SetFault::null_element);
    }
    if (type.dimensions[0] == Dimension::mac && element.mac == net::MacAddress{}) {
        return tl::unexpected(SetFault::null_element);
    }
    const bool may_be_all = type.has(Dimension::iface) || has_second(type);
    if (type.dimensions[0] == Dimension::net && element.length == 0 && !may_be_all) {
        return tl::unexpected(SetFault::bad_length);
    }
    return {};
}

std::uint32_t Set::live(const Key& key, std::uint64_t now_ms) const noexcept {
    const std::uint32_t entry = store_.find(key);
    return entry == Store::kNone || has_ended(store_.values(entry)[0].load(kRelaxed), now_ms) ? Store::kNone : entry;
}

/// An address without a MAC in a bitmap takes that of the first packet that asks for it.
bool Set::fits_mac(std::uint32_t entry, const Element& wanted, const PacketAsk& ask) const noexcept {
    const auto values = store_.values(entry);
    const std::uint64_t own = kHasMac | word_of(wanted.mac);
    std::uint64_t held = values[layout_.mac].load(kRelaxed);
    if ((held & kHasMac) == 0 && wanted.has_mac && values[layout_.mac].compare_exchange_strong(held, own, kRelaxed)) {
        if (layout_.counters != 0) {
            values[layout_.counters].store(ask.counts ? 0 : 1, kRelaxed);
            values[layout_.counters + 1].store(ask.counts ? 0 : ask.bytes, kRelaxed);
        }
        return true;
    }
    return !wanted.has_mac || held == own;
}

std::uint32_t Set::fitting(const Element& wanted, const PacketAsk& ask) const noexcept {
    const std::uint32_t entry = live(key_of(wanted), ask.now_ms);
    if (entry == Store::kNone || (layout_.mac != 0 && !fits_mac(entry, wanted, ask))) {
        return Store::kNone;
    }
    if (layout_.counters == 0) {
        return entry;
    }
    const auto values = store_.values(entry);
    if (ask.counts) {
        values[layout_.counters].fetch_add(1, kRelaxed);
        values[layout_.counters + 1].fetch_add(ask.bytes, kRelaxed);
    }
    return ask.packets.holds(values[layout_.counters].load(kRelaxed)) &&
                   ask.total_bytes.holds(values[layout_.counters + 1].load(kRelaxed))
               ? entry
               : Store::kNone;
}

std::uint32_t Set::find_interface(Element& wanted, const PacketAsk& ask) const noexcept {
    std::uint32_t entry = fitting(wanted, ask);
    const std::uint32_t wildcards = wildcard_lengths_.load(kRelaxed);
    const std::size_t size = ::strnlen(wanted.iface.data(), 15);
    for (std::size_t length = size; entry == Store::kNone && wildcards != 0 && length > 0; --length) {
        if ((wildcards >> length & 1U) != 0) {
            Element shorter = wanted;
            shorter.wildcard = true;
            std::fill(shorter.iface.begin() + static_cast<std::ptrdiff_t>(length), shorter.iface.end(), '\0');
            entry = fitting(shorter, ask);
        }
    }
    return entry;
}

std::uint32_t Set::find_second(Element& wanted, const PacketAsk& ask) const noexcept {
    const auto& dimensions = options_.type->dimensions;
    if (dimensions[1] != Dimension::net && dimensions[2] != Dimension::net) {
        return find_interface(wanted, ask);
    }
    const unsigned bits = options_.address_bits();
    const SetAddress whole = wanted.second;
    for (int length = next_length(second_lengths_, static_cast<int>(bits)); length >= 0;
         length = next_length(second_lengths_, length - 1)) {
        wanted.second = whole.masked(static_cast<unsigned>(length), bits);
        wanted.second_length = static_cast<std::uint8_t>(length);
        if (const std::uint32_t entry = fitting(wanted, ask); entry != Store::kNone) {
            return entry;
        }
    }
    wanted.second = whole;
    return Store::kNone;
}

std::uint32_t Set::find_shortening(const Element& wanted, const PacketAsk& ask) const noexcept {
    Element tried = wanted;
    if (options_.type->dimensions[0] != Dimension::net) {
        return find_second(tried, ask);
    }
    const unsigned bits = options_.address_bits();
    for (int length = next_length(lengths_, static_cast<int>(bits)); length >= 0;
         length = next_length(lengths_, length - 1)) {
        tried.address = wanted.address.masked(static_cast<unsigned>(length), bits);
        tried.length = static_cast<std::uint8_t>(length);
        if (const std::uint32_t entry = find_second(tried, ask); entry != Store::kNone) {
            return entry;
        }
        if (options_.type->has(Dimension::iface)) {
            const Key key = key_of(tried);
            if (store_.find(key) == Store::kNone && store_.has_like(key)) {
                break;  // the network is there, but with other interfaces: no shorter one is asked (`multi` in Linux)
            }
        }
    }
    return Store::kNone;
}

Found Set::look_up(const Element& packet, const PacketAsk& ask) const noexcept {
    Element wanted = packet;
    if (!normalise(wanted)) {
        return Found::absent;
    }
    const std::uint32_t entry = find_shortening(wanted, ask);
    if (entry == Store::kNone) {
        return Found::absent;
    }
    if (ask.mark != nullptr && layout_.skbinfo != 0) {
        const std::uint64_t word = store_.values(entry)[layout_.skbinfo].load(kRelaxed);
        *ask.mark = {static_cast<std::uint32_t>(word >> 32U), static_cast<std::uint32_t>(word)};
    }
    return (store_.values(entry)[0].load(kRelaxed) & kNomatch) != 0 ? Found::nomatch : Found::present;
}

/// A packet's networks, in what it adds or deletes, are as long as the longest that the set has.
void Set::lengthen(Element& packet) const noexcept {
    const auto& dimensions = options_.type->dimensions;
    const auto bits = static_cast<int>(options_.address_bits());
    if (dimensions[0] == Dimension::net) {
        const int length = next_length(lengths_, bits);
        packet.length = static_cast<std::uint8_t>(length < 0 ? bits : length);
    }
    if (dimensions[1] == Dimension::net || dimensions[2] == Dimension::net) {
        const int length = next_length(second_lengths_, bits);
        packet.second_length = static_cast<std::uint8_t>(length < 0 ? bits : length);
    }
}

}  // namespace sluice::acl::sets
