// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "acl/matches/hashlimit.h"
#include "tests/model/slow_terms.h"

namespace sluice::model {

/// A table of `-m hashlimit`, as xt_hashlimit.c keeps it, with its credits and its collector.
///
/// The collector of Linux comes every --hashlimit-htable-gcinterval after the table was made; here, whenever
/// the clock shows a multiple of that.
class SlowHashlimit {
public:
    /// In: the first rule that names the table.
    explicit SlowHashlimit(const acl::HashlimitMatch& match);

    [[nodiscard]] const acl::HashlimitMatch& made_by() const { return made_by_; }
    /// hashlimit_mt. In: `jiffies`, a thousand a second; the packet's rule may have another sense than the
    /// table's.
    Reading ask(bool is_above, const Packet& packet, std::int64_t jiffies);

private:
    /// Source, destination and their ports, as far as the mode says.
    using Key = std::array<std::uint32_t, 4>;
    /// Of a rate match only the last three, and `prev`.
    struct Entry {
        std::int64_t expires = 0;
        std::int64_t prev = 0;
        std::uint64_t credit = 0;
        std::uint64_t credit_cap = 0;
        std::uint64_t cost = 0;
        std::uint64_t current_rate = 0;
        bool prev_window = false;
        std::uint64_t burst = 0;
    };

    bool read_key(const Packet& packet, Key& key) const;
    void collect(std::int64_t jiffies);
    [[nodiscard]] Entry made(std::int64_t jiffies) const;
    void recalculate(Entry& entry, std::int64_t jiffies) const;
    [[nodiscard]] std::uint64_t rate() const;
    static std::uint64_t byte_cost(std::uint32_t bytes, Entry& entry);

    acl::HashlimitMatch made_by_;
    std::uint64_t burst_ = 0;
    std::int64_t expire_ms_ = 0;
    std::uint64_t interval_s_ = 0;  ///< 0: no rate match
    std::size_t most_ = 0;
    std::map<Key, Entry> entries_;
};

}  // namespace sluice::model
