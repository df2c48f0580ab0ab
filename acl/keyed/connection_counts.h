// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "acl/keyed/counters.h"
#include "acl/keyed/slots.h"

/// How many connections each address has, as one rule of `-m connlimit` has seen them.
///
/// As nf_conncount: a connection counts for the address of each packet of it that came to the rule, until it is gone or
/// closed. The kernel finds the connections that are gone when it looks through those of an address, and looks through all of
/// them for each packet; here the table of connections tells when one ends, and a packet costs the same however many
/// there are.
///
/// Threads: any number, without locks. A connection that ends while another worker counts it is taken out by one of the two:
/// see `ask`.
namespace sluice::acl::keyed {

class ConnectionCounts {
public:
    /// Connections that may be counted at the same time; packets of more are dropped, as in Linux without memory.
    static constexpr std::size_t kConnections = 1U << 18U;
    static constexpr std::size_t kTupleWords = 2;
    using TupleWords = std::array<std::uint64_t, kTupleWords>;

    explicit ConnectionCounts(base::Random& random);

    /// In: the group, a connection's original tuple. Counts it if `is_live()`, before and after.
    /// Returns: how many the group has, with this one; 0: there is no room.
    template <class Live>
    [[nodiscard]] std::uint32_t ask(std::uint64_t group, const TupleWords& tuple, Live&& is_live) noexcept {
        if (!is_live()) {
            return count_with(group, tuple);
        }
        const std::uint32_t count = insert(group, tuple);
        // The end of a connection is written first and looked for here after it: whoever comes second takes it out.
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!is_live()) {
            erase(group, tuple);
        }
        return count;
    }
    /// A connection has ended that may count for this group.
    void erase(std::uint64_t group, const TupleWords& tuple) noexcept;
    [[nodiscard]] std::uint32_t count(std::uint64_t group) const noexcept;

private:
    [[nodiscard]] static std::array<std::uint64_t, 1 + kTupleWords> pair_of(std::uint64_t group,
                                                                            const TupleWords& tuple) noexcept {
        return {group, tuple[0], tuple[1]};
    }
    [[nodiscard]] std::uint32_t insert(std::uint64_t group, const TupleWords& tuple) noexcept;
    [[nodiscard]] std::uint32_t count_with(std::uint64_t group, const TupleWords& tuple) const noexcept;

    Slots pairs_;
    Counters groups_;
};

}  // namespace sluice::acl::keyed
