// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "acl/sets/element.h"
#include "acl/sets/set_type.h"
#include "acl/sets/store.h"

namespace sluice::acl::sets {

/// What a set was created with.
struct SetOptions {
    const SetType* type = nullptr;
    bool ipv6 = false;
    std::uint32_t hash_size = 1024;
    std::uint32_t most = 65536;  ///< maxelem; of a list its size
    std::uint8_t netmask = 0;    ///< 0: none
    std::uint32_t mark_mask = 0xffffffffU;
    std::uint32_t first = 0;     ///< of a bitmap's range: an address or a port
    std::uint32_t last = 0;
    std::optional<std::uint32_t> timeout_s{};  ///< default of its elements; none: no timeouts
    bool counters = false;
    bool comment = false;
    bool skbinfo = false;
    bool force_add = false;
    std::uint8_t bucket_size = 12;
    std::uint32_t seed = 0;

    [[nodiscard]] unsigned address_bits() const noexcept { return ipv6 ? 128 : 32; }
    /// True where the two may be swapped for another.
    [[nodiscard]] bool is_like(const SetOptions& other) const noexcept {
        return type == other.type && ipv6 == other.ipv6;
    }
};

/// Why an element could not be added, deleted or found.
enum class SetFault : std::uint8_t { exists, absent, full, out_of_range, null_element, bad_length, name_unknown };

/// A set of ipset(8) of the hash and bitmap kinds, and the elements in it.
///
/// A network is kept under its masked address and its length. To look an address up, each length that the set has
/// ever had since it was last empty is tried, the longest first; the first element found decides, also if it is a
/// `nomatch`. With two networks the first one's lengths are the outer loop, as in Linux.
///
/// An element whose time is over does not exist for anyone; `collect` frees its room.
///
/// Threads: `match` any; the rest the control thread. Units: all times in ms since any one instant.
class Set {
public:
    explicit Set(const SetOptions& options);

    [[nodiscard]] const SetOptions& options() const noexcept { return options_; }

    /// Adds an element. `exist`: what is there already is brought up to date instead.
    tl::expected<void, SetFault> add(Element element, const Extension& extension, bool exist, std::uint64_t now_ms);
    tl::expected<void, SetFault> del(Element element, std::uint64_t now_ms);
    /// As `ipset test`: a host is looked for in all networks, a network as it is written.
    tl::expected<bool, SetFault> test(Element element, bool nomatch, std::uint64_t now_ms) const;
    void flush();
    void collect(std::uint64_t now_ms);
    void settle() { store_.settle(); }

    /// What is there at `now_ms`, in no order that means something.
    void for_each(std::uint64_t now_ms, const std::function<void(const Element&, const Extension&)>& use) const;
    [[nodiscard]] std::size_t size() const noexcept { return store_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return sizeof *this + store_.bytes(); }

    /// The answer for a packet whose addresses have their full length: found, and no `nomatch`.
    /// Cost: one bucket a prefix length in use.
    [[nodiscard]] bool match(const Element& packet, std::uint64_t now_ms) const noexcept;

private:
    /// The words behind a key: deadline and nomatch always, the rest where the set has it.
    struct Layout {
        std::size_t counters = 0;
        std::size_t skbinfo = 0;
        std::size_t mac = 0;
        std::size_t count = 1;
    };
    using LengthBits = std::array<std::atomic<std::uint64_t>, 3>;

    [[nodiscard]] static Layout layout_of(const SetOptions& options);
    [[nodiscard]] std::size_t key_words() const noexcept;
    [[nodiscard]] Key key_of(const Element& element) const noexcept;
    [[nodiscard]] Element element_of(std::uint32_t entry) const;
    [[nodiscard]] Extension extension_of(std::uint32_t entry, std::uint64_t now_ms) const;
    [[nodiscard]] bool has_ended(std::uint32_t entry, std::uint64_t now_ms) const noexcept;
    /// Cuts what the set's masks cut off. Errors: what this set cannot hold.
    tl::expected<void, SetFault> normalise(Element& element) const noexcept;
    [[nodiscard]] std::array<std::uint64_t, 6> values_of(const Element& element, const Extension& extension,
                                                        std::uint64_t now_ms) const noexcept;
    [[nodiscard]] std::uint32_t live(const Key& key, std::uint64_t now_ms) const noexcept;
    void remember_lengths(const Element& element) noexcept;
    [[nodiscard]] std::uint32_t find_shortening(const Element& wanted, std::uint64_t now_ms) const noexcept;
    [[nodiscard]] std::uint32_t find_second(Element& wanted, std::uint64_t now_ms) const noexcept;
    [[nodiscard]] std::uint32_t find_interface(Element& wanted, std::uint64_t now_ms) const noexcept;

    SetOptions options_;
    Layout layout_;
    mutable Store store_;
    LengthBits lengths_{};         ///< bit n: a prefix of n bits is or was there
    LengthBits second_lengths_{};
    std::atomic<std::uint32_t> wildcard_lengths_{0};  ///< bit n: a wildcard of n bytes
    std::unordered_map<std::uint32_t, std::string> comments_;
};

}  // namespace sluice::acl::sets
