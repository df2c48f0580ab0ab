// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "acl/matches/recent.h"

namespace sluice::model {

/// A list of `-m recent`, as xt_recent.c keeps it: entries from the one that was longest not touched to the
/// youngest.
class SlowRecent {
public:
    static constexpr std::size_t kMostEntries = 100;  ///< ip_list_tot

    /// In: instants that are kept of each address.
    explicit SlowRecent(std::size_t instants) : instants_(instants) {}

    [[nodiscard]] std::size_t instants() const { return instants_; }
    /// As recent_mt_check for a rule that wants more: all is forgotten.
    void enlarge(std::size_t instants) {
        instants_ = instants;
        entries_.clear();
    }
    /// recent_mt. In: `jiffies`, a thousand a second.
    bool ask(const acl::RecentMatch& match, std::uint32_t address, std::uint8_t ttl, std::int64_t jiffies);

private:
    struct Entry {
        std::uint32_t address = 0;
        std::uint8_t ttl = 0;
        std::size_t index = 0;  ///< of the stamp that is written next
        std::vector<std::int64_t> stamps;
    };
    using Entries = std::list<Entry>;

    Entries::iterator look_up(std::uint32_t address, std::uint8_t ttl);
    void init(std::uint32_t address, std::uint8_t ttl, std::int64_t jiffies);
    void update(Entries::iterator entry, std::int64_t jiffies);
    void reap(std::int64_t time, Entries::iterator working, bool is_updated);

    std::size_t instants_;
    Entries entries_;
};

}  // namespace sluice::model
