// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "acl/keyed/slots.h"

/// A list of `-m recent`: addresses, and when packets of each came by.
///
/// As xt_recent: an address that is set when the list is full takes the place of the one that was longest not set or
/// updated; of each address the last so many instants are kept. Instants are nanoseconds, not jiffies.
///
/// Threads: any number, without locks. Two workers that deal with the same address at the same moment may lose one of two
/// instants; with one worker it is exact.
///
/// Cost: one cache line or two to find an address; all places (512, side by side) where one must go.
namespace sluice::acl::keyed {

class RecentList {
public:
    static constexpr std::size_t kEntries = 100;    ///< the kernel's ip_list_tot
    static constexpr std::size_t kMaxInstants = 65'536;

    enum class Operation : std::uint8_t { set, check, update, remove };

    /// One question of a rule.
    struct Question {
        Operation operation = Operation::set;
        bool inverted = false;
        bool asks_ttl = false;      ///< --rttl
        bool reaps = false;         ///< --reap
        std::uint32_t seconds = 0;  ///< 0: at any time
        std::uint32_t hits = 0;     ///< 0: one will do
    };

    /// One address, for printing.
    struct Entry {
        std::vector<std::uint64_t> key;
        std::uint8_t ttl = 0;
        std::uint32_t index = 0;                 ///< of the instant that comes next
        std::vector<std::uint64_t> instants_ns;  ///< as they lie in the ring
    };

    /// In: instants to keep of each address: a power of two, at most kMaxInstants.
    RecentList(std::size_t instants, base::Random& random);

    [[nodiscard]] std::size_t instants() const noexcept { return instants_; }

    /// What the match says of an address, given as one or two words. Does what the rule asks for.
    [[nodiscard]] bool ask(const Question& question, std::span<const std::uint64_t> key, std::uint8_t ttl,
                           std::uint64_t now_ns) noexcept;

    /// What an operator does: `+ADDRESS`, `-ADDRESS`, `/`.
    void add(std::span<const std::uint64_t> key, std::uint64_t now_ns) noexcept;
    void remove(std::span<const std::uint64_t> key) noexcept;
    void clear() noexcept;
    [[nodiscard]] std::vector<Entry> entries() const;

private:
    using Word = std::atomic<std::uint64_t>;
    static constexpr std::size_t kKeyWords = 2;

    /// index, number of instants, TTL: in one word, so that they change together.
    struct Ring {
        std::uint32_t index = 0;  ///< up to kMaxInstants
        std::uint32_t count = 0;
        std::uint8_t ttl = 0;
    };
    [[nodiscard]] static std::uint64_t packed(Ring ring) noexcept;
    [[nodiscard]] static Ring unpacked(std::uint64_t word) noexcept;

    [[nodiscard]] bool is_hit(std::uint32_t slot, const Question& question, std::uint64_t since_ns) const noexcept;
    void set(std::span<const std::uint64_t> key, std::uint64_t fingerprint, std::uint8_t ttl,
             std::uint64_t now_ns) noexcept;
    /// In: `ttl`; none: it keeps the one that it has.
    void update(std::uint32_t slot, std::optional<std::uint8_t> ttl, std::uint64_t now_ns) noexcept;
    void erase(std::uint32_t slot) noexcept;
    /// The place that was longest not touched; kNone: the list is empty.
    [[nodiscard]] std::uint32_t oldest() const noexcept;
    /// In: `spared`, the place that is about to be updated; kNone: none is.
    void reap(std::uint64_t since_ns, std::uint32_t spared) noexcept;

    std::size_t instants_;
    Slots slots_;
    std::unique_ptr<Word[]> order_;  ///< by slot: when it was touched, counted in touches; 0: free
    std::unique_ptr<Word[]> ring_;
    Zeroes<Word> stamp_;  ///< instants_ of each slot
    std::unique_ptr<Word[]> key_;    ///< kKeyWords of each slot, for printing
    Word touches_{0};
    Word entries_{0};
    Word reap_not_before_{0};  ///< nothing in the list is older than this
};

}  // namespace sluice::acl::keyed
