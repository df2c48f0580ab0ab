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
#include "acl/sets/packet_ask.h"
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
enum class SetFault : std::uint8_t { exists, absent, full, out_of_range, null_element, bad_length, name_unknown, no_memory };

/// A set of ipset(8) of the hash and bitmap kinds, and the elements in it.
///
/// A network is kept under its masked address and its length. To look an address up, each length that the set has
/// ever had since it was last empty is tried, the longest first; the first element found decides, also if it is a
/// `nomatch`. A network that is there with other interfaces than the packet's ends the search, as in Linux. With two networks the first one's lengths are the outer loop, as in Linux.
///
/// An element whose time is over does not exist for anyone; `collect` frees its room.
///
/// Threads: what a packet does, any, between two quiescent states; the rest the control thread. Units: all times in ms
/// since any one instant.
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
    /// Frees the room of what has ended or gone: everywhere, or a part of it each time that it is called.
    void collect(std::uint64_t now_ms);
    void collect_some(std::uint64_t now_ms);

    /// What was taken out so far waits for those who read now; `free_sealed` when they are through.
    void seal() { store_.seal(); }
    void free_sealed() { store_.free_sealed(); }
    [[nodiscard]] bool has_limbo() const noexcept { return store_.has_limbo(); }
    /// Makes room for what packets add until this is called again.
    void reserve_for_packets();

    /// What is there at `now_ms`, in no order that means something.
    void for_each(std::uint64_t now_ms, const std::function<void(const Element&, const Extension&)>& use) const;
    [[nodiscard]] std::size_t size() const noexcept { return store_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return sizeof *this + store_.bytes(); }

    /// What a packet finds, whose addresses have their full length. The element that decides is counted on, if `ask`
    /// says so. Cost: one bucket a prefix length in use.
    [[nodiscard]] Found look_up(const Element& packet, const PacketAsk& ask) const noexcept;
    /// As the target SET: an element that this packet is. A network's length is the longest in use.
    /// In: for how long, 0 for ever. Returns: false where it is there already, or there is no room.
    bool add_by_packet(Element packet, std::uint32_t timeout_s, bool exist, const PacketAsk& ask) noexcept;
    /// Returns: false where it is not there.
    bool del_by_packet(Element packet, const PacketAsk& ask) noexcept;

private:
    /// The words behind a key: deadline and nomatch always, the rest where the set has it.
    struct Layout {
        std::size_t counters = 0;
        std::size_t skbinfo = 0;
        std::size_t mac = 0;
        std::size_t count = 1;
    };
    using Values = std::array<std::uint64_t, 6>;
    using LengthBits = std::array<std::atomic<std::uint64_t>, 3>;

    [[nodiscard]] static Layout layout_of(const SetOptions& options);
    /// Of a key, at its end: an interface.
    static constexpr std::size_t kInterfaceWords = 3;
    [[nodiscard]] std::size_t key_words() const noexcept;
    [[nodiscard]] Key key_of(const Element& element) const noexcept;
    [[nodiscard]] Element element_of(std::uint32_t entry) const;
    [[nodiscard]] Extension extension_of(std::uint32_t entry, std::uint64_t now_ms) const;
    /// Cuts what the set's masks cut off. Errors: what this set cannot hold.
    tl::expected<void, SetFault> normalise(Element& element) const noexcept;
    [[nodiscard]] Values values_of(const Element& element, const Extension& extension,
                                   std::uint64_t now_ms) const noexcept;
    /// Adds what has been cut to the set's masks. Errors: exists, full.
    tl::expected<std::uint32_t, SetFault> put(const Element& element, const Values& values, bool exist,
                                              std::uint64_t now_ms) noexcept;
    /// forceadd: some element near where the key will be makes way for it.
    bool make_room(const Key& key) noexcept;
    void sweep(std::size_t buckets, std::uint64_t now_ms);
    void lengthen(Element& packet) const noexcept;
    [[nodiscard]] std::uint32_t live(const Key& key, std::uint64_t now_ms) const noexcept;
    void remember_lengths(const Element& element) noexcept;
    /// The same, for an element that has what a packet shows, and whose counters are what it wants.
    [[nodiscard]] std::uint32_t fitting(const Element& wanted, const PacketAsk& ask) const noexcept;
    [[nodiscard]] bool fits_mac(std::uint32_t entry, const Element& wanted, const PacketAsk& ask) const noexcept;
    [[nodiscard]] std::uint32_t find_shortening(const Element& wanted, const PacketAsk& ask) const noexcept;
    [[nodiscard]] std::uint32_t find_second(Element& wanted, const PacketAsk& ask) const noexcept;
    [[nodiscard]] std::uint32_t find_interface(Element& wanted, const PacketAsk& ask) const noexcept;

    SetOptions options_;
    Layout layout_;
    mutable Store store_;
    LengthBits lengths_{};         ///< bit n: a prefix of n bits is or was there
    LengthBits second_lengths_{};
    std::atomic<std::uint32_t> wildcard_lengths_{0};  ///< bit n: a wildcard of n bytes
    std::unordered_map<std::uint32_t, std::string> comments_;
};

}  // namespace sluice::acl::sets
