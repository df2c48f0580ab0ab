// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/set.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "acl/sets/entry_state.h"

namespace sluice::acl::sets {

namespace {

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
      store_({.key = key_words(),
              .hashed = key_words() - (options.type->has(Dimension::iface) ? kInterfaceWords : 0),
              .values = layout_.count},
             options.most, options.seed) {}

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
        element.has_mac = (word & kHasMac) != 0;
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

Extension Set::extension_of(std::uint32_t entry, std::uint64_t now_ms) const {
    const auto values = store_.values(entry);
    const auto value = [&](std::size_t at) { return values[at].load(kRelaxed); };
    Extension extension;
    const std::uint64_t deadline = deadline_of(value(0));
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
    if (const auto found = comments_.find(entry); found != comments_.end() && (value(0) & kBare) == 0) {
        extension.comment = found->second;
    }
    return extension;
}

Set::Values Set::values_of(const Element& element, const Extension& extension, std::uint64_t now_ms) const noexcept {
    Values values{};
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
        values[layout_.mac] = element.has_mac ? kHasMac | word_of(element.mac) : 0;
    }
    return values;
}

tl::expected<void, SetFault> Set::add(Element element, const Extension& extension, bool exist, std::uint64_t now_ms) {
    if (auto sound = normalise(element); !sound) {
        return sound;
    }
    constexpr std::size_t kReady = 64;  // packets may take some of them at the same time
    store_.reserve(kReady);
    const Values values = values_of(element, extension, now_ms);
    auto entry = put(element, values, exist, now_ms);
    if (!entry && entry.error() == SetFault::full && options_.timeout_s) {
        collect(now_ms);
        entry = put(element, values, exist, now_ms);
    }
    if (!entry) {
        return tl::unexpected(entry.error());
    }
    if (extension.comment.empty()) {
        comments_.erase(*entry);
    } else {
        comments_[*entry] = extension.comment;
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

tl::expected<bool, SetFault> Set::test(Element element, bool nomatch, std::uint64_t now_ms) const {
    if (auto sound = normalise(element); !sound) {
        return tl::unexpected(sound.error());
    }
    const SetType& type = *options_.type;
    const auto full = static_cast<std::uint8_t>(options_.address_bits());
    const bool is_host = (type.dimensions[0] != Dimension::net || element.length == full) &&
                         ((type.dimensions[1] != Dimension::net && type.dimensions[2] != Dimension::net) ||
                          element.second_length == full);
    const std::uint32_t entry = is_host && type.has(Dimension::net) ? find_shortening(element, {.now_ms = now_ms})
                                                                    : live(key_of(element), now_ms);
    if (entry == Store::kNone) {
        return false;
    }
    const auto values = store_.values(entry);
    if (layout_.mac != 0 && element.has_mac) {
        const Element kept = element_of(entry);
        return kept.has_mac && kept.mac == element.mac;
    }
    return ((values[0].load(kRelaxed) & kNomatch) != 0) == nomatch;
}

void Set::flush() {
    for (std::size_t i = 0; i < lengths_.size(); ++i) {  // first: what packets add from here on remembers its own
        lengths_[i].store(0, kRelaxed);
        second_lengths_[i].store(0, kRelaxed);
    }
    wildcard_lengths_.store(0, kRelaxed);
    store_.clear();
    comments_.clear();
}

void Set::sweep(std::size_t buckets, std::uint64_t now_ms) {
    store_.sweep(buckets, [&](std::uint32_t entry) {
        const std::uint64_t state = store_.values(entry)[0].load(kRelaxed);
        if (state == Store::kGone || (has_ended(state, now_ms) && store_.bury(entry, state))) {
            comments_.erase(entry);
        }
    });
}

void Set::collect(std::uint64_t now_ms) { sweep(store_.buckets(), now_ms); }

void Set::collect_some(std::uint64_t now_ms) {
    constexpr std::size_t kBuckets = 2048;
    if (options_.timeout_s || store_.gone() != 0) {
        sweep(kBuckets, now_ms);
    }
}

void Set::reserve_for_packets() {
    constexpr std::size_t kMost = 65536;
    store_.reserve(std::min<std::size_t>(kMost, options_.most));
}

void Set::for_each(std::uint64_t now_ms, const std::function<void(const Element&, const Extension&)>& use) const {
    store_.for_each([&](std::uint32_t entry) {
        if (!has_ended(store_.values(entry)[0].load(kRelaxed), now_ms)) {
            use(element_of(entry), extension_of(entry, now_ms));
        }
    });
}

}  // namespace sluice::acl::sets
