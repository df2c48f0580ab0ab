// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/set.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::acl::sets {

namespace {

constexpr std::uint64_t kNomatch = std::uint64_t{1} << 63U;  // beside the deadline
constexpr auto kRelaxed = std::memory_order_relaxed;

std::uint64_t word_of(const net::MacAddress& mac) noexcept {
    std::uint64_t word = 0;
    for (const std::uint8_t byte : mac.bytes) {
        word = word << 8U | byte;
    }
    return word;
}

net::MacAddress mac_of(std::uint64_t word) noexcept {
    net::MacAddress mac;
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        mac.bytes[i] = static_cast<std::uint8_t>(word >> (40 - 8 * i));
    }
    return mac;
}

bool has_second(const SetType& type) noexcept {
    return type.dimensions[2] != Dimension::none || type.dimensions[1] == Dimension::net;
}

void set_bit(std::array<std::atomic<std::uint64_t>, 3>& bits, unsigned at) noexcept {
    bits[at / 64].fetch_or(std::uint64_t{1} << (at % 64), kRelaxed);
}

}  // namespace

Set::Layout Set::layout_of(const SetOptions& options) {
    Layout layout;
    if (options.counters) {
        layout.counters = std::exchange(layout.count, layout.count + 2);
    }
    if (options.skbinfo) {
        layout.skbinfo = std::exchange(layout.count, layout.count + 2);
    }
    if (options.type->method == Method::bitmap && options.type->has(Dimension::mac)) {
        layout.mac = std::exchange(layout.count, layout.count + 1);
    }
    return layout;
}

std::size_t Set::key_words() const noexcept {
    return key_of(Element{}).count;
}

Set::Set(const SetOptions& options)
    : options_(options),
      layout_(layout_of(options)),
      store_(key_words(), layout_.count, options.most, options.seed) {}

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

Element Set::element_of(std::uint32_t entry) const {
    const SetType& type = *options_.type;
    const Key key = store_.key_of(entry);
    std::size_t at = 0;
    const auto pull_address = [&](SetAddress& address) {
        if (options_.ipv6) {
            address = {key.words[at], key.words[at + 1]};
            at += 3;
            return key.words[at - 1];
        }
        address = {0, key.words[at] >> 32U};
        return key.words[at++] & 0xffffffffU;
    };
    Element element;
    const std::uint64_t rest = pull_address(element.address);
    element.port = static_cast<std::uint16_t>(rest >> 16U);
    element.protocol = static_cast<std::uint8_t>(rest >> 8U);
    element.length = static_cast<std::uint8_t>(rest);
    if (has_second(type)) {
        element.second_length = static_cast<std::uint8_t>(pull_address(element.second));
    }
    if (type.has(Dimension::mark)) {
        element.mark = static_cast<std::uint32_t>(key.words[at++]);
    }
    if (layout_.mac != 0) {
        const std::uint64_t word = store_.values(entry)[layout_.mac].load(kRelaxed);
        element.has_mac = (word >> 63U) != 0;
        element.mac = mac_of(word);
    } else if (type.has(Dimension::mac)) {
        element.has_mac = true;
        element.mac = mac_of(key.words[at++]);
    }
    if (type.has(Dimension::iface)) {
        std::memcpy(element.iface.data(), &key.words[at], element.iface.size());
        element.physdev = (key.words[at + 2] & 1U) != 0;
        element.wildcard = (key.words[at + 2] & 2U) != 0;
    }
    return element;
}

bool Set::has_ended(std::uint32_t entry, std::uint64_t now_ms) const noexcept {
    const std::uint64_t deadline = store_.values(entry)[0].load(kRelaxed) & ~kNomatch;
    return deadline != 0 && deadline <= now_ms;
}

std::uint32_t Set::live(const Key& key, std::uint64_t now_ms) const noexcept {
    const std::uint32_t entry = store_.find(key);
    return entry == Store::kNone || has_ended(entry, now_ms) ? Store::kNone : entry;
}

Extension Set::extension_of(std::uint32_t entry, std::uint64_t now_ms) const {
    const auto values = store_.values(entry);
    const auto value = [&](std::size_t at) { return values[at].load(kRelaxed); };
    Extension extension;
    const std::uint64_t deadline = value(0) & ~kNomatch;
    extension.nomatch = (value(0) & kNomatch) != 0;
    extension.timeout_s =
        deadline == 0 ? 0 : static_cast<std::uint32_t>(std::max<std::uint64_t>((deadline - now_ms) / 1000, 1));
    if (layout_.counters != 0) {
        extension.packets = value(layout_.counters);
        extension.bytes = value(layout_.counters + 1);
    }
    if (layout_.skbinfo != 0) {
        extension.mark = static_cast<std::uint32_t>(value(layout_.skbinfo) >> 32U);
        extension.mark_mask = static_cast<std::uint32_t>(value(layout_.skbinfo));
        extension.priority = static_cast<std::uint32_t>(value(layout_.skbinfo + 1) >> 32U);
        extension.queue = static_cast<std::uint16_t>(value(layout_.skbinfo + 1));
    }
    if (const auto found = comments_.find(entry); found != comments_.end()) {
        extension.comment = found->second;
    }
    return extension;
}

std::array<std::uint64_t, 6> Set::values_of(const Element& element, const Extension& extension,
                                            std::uint64_t now_ms) const noexcept {
    std::array<std::uint64_t, 6> values{};
    if (options_.timeout_s && extension.timeout_s != 0) {
        values[0] = now_ms + std::uint64_t{extension.timeout_s} * 1000;
    }
    values[0] |= extension.nomatch ? kNomatch : 0;
    if (layout_.counters != 0) {
        values[layout_.counters] = extension.packets;
        values[layout_.counters + 1] = extension.bytes;
    }
    if (layout_.skbinfo != 0) {
        values[layout_.skbinfo] = std::uint64_t{extension.mark} << 32U | extension.mark_mask;
        values[layout_.skbinfo + 1] = std::uint64_t{extension.priority} << 32U | extension.queue;
    }
    if (layout_.mac != 0) {
        values[layout_.mac] = element.has_mac ? std::uint64_t{1} << 63U | word_of(element.mac) : 0;
    }
    return values;
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

void Set::remember_lengths(const Element& element) noexcept {
    set_bit(lengths_, element.length);
    set_bit(second_lengths_, element.second_length);
    if (element.wildcard) {
        wildcard_lengths_.fetch_or(1U << ::strnlen(element.iface.data(), 15), kRelaxed);
    }
}

tl::expected<void, SetFault> Set::add(Element element, const Extension& extension, bool exist, std::uint64_t now_ms) {
    if (auto sound = normalise(element); !sound) {
        return sound;
    }
    const Key key = key_of(element);
    const std::uint32_t there = store_.find(key);
    const auto values = values_of(element, extension, now_ms);
    std::uint32_t entry = there;
    if (there != Store::kNone) {
        if (!exist && !has_ended(there, now_ms)) {
            return tl::unexpected(SetFault::exists);
        }
        const auto words = store_.values(there);
        for (std::size_t i = 0; i < layout_.count; ++i) {
            words[i].store(values[i], kRelaxed);
        }
    } else {
        if (store_.size() >= options_.most) {
            collect(now_ms);
        }
        if (store_.size() >= options_.most) {
            if (!options_.force_add) {
                return tl::unexpected(SetFault::full);
            }
            bool made_room = false;
            store_.for_each([&](std::uint32_t one) {
                if (!std::exchange(made_room, true)) {
                    comments_.erase(one);
                    store_.erase(one);
                }
            });
        }
        remember_lengths(element);
        entry = store_.insert(key, {values.data(), layout_.count});
        if (entry == Store::kNone) {
            return tl::unexpected(SetFault::full);
        }
    }
    if (extension.comment.empty()) {
        comments_.erase(entry);
    } else {
        comments_[entry] = extension.comment;
    }
    return {};
}

tl::expected<void, SetFault> Set::del(Element element, std::uint64_t now_ms) {
    if (auto sound = normalise(element); !sound) {
        return sound;
    }
    const std::uint32_t entry = live(key_of(element), now_ms);
    if (entry == Store::kNone) {
        return tl::unexpected(SetFault::absent);
    }
    comments_.erase(entry);
    store_.erase(entry);
    return {};
}

void Set::flush() {
    store_.clear();
    comments_.clear();
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
        lengths_[i].store(0, kRelaxed);
        second_lengths_[i].store(0, kRelaxed);
    }
    wildcard_lengths_.store(0, kRelaxed);
}

void Set::collect(std::uint64_t now_ms) {
    store_.for_each([&](std::uint32_t entry) {
        if (has_ended(entry, now_ms)) {
            comments_.erase(entry);
            store_.erase(entry);
        }
    });
}

void Set::for_each(std::uint64_t now_ms, const std::function<void(const Element&, const Extension&)>& use) const {
    store_.for_each([&](std::uint32_t entry) {
        if (!has_ended(entry, now_ms)) {
            use(element_of(entry), extension_of(entry, now_ms));
        }
    });
}

}  // namespace sluice::acl::sets
