// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acl/keyed/hash_limits.h"
#include "acl/keyed/recent_list.h"
#include "dataplane/base/random.h"

/// What rules know by name and share: the lists of `recent`, the tables of `hashlimit`.
namespace sluice::acl::keyed {

/// All of them. Each lives as long as a program holds a lease on it, so that one ruleset hands it on to the next.
///
/// Threads: the control thread. Outlives all leases.
class Book {
    enum class Kind : std::uint8_t { recent, limits };
    struct Entry {
        Kind kind;
        std::string name;
        std::unique_ptr<RecentList> recent;
        std::unique_ptr<HashLimits> limits;
        std::uint32_t leases = 0;
    };

public:
    class Lease {
    public:
        Lease(Book& book, Entry& entry) : book_(&book), entry_(&entry) { ++entry.leases; }
        Lease(Lease&& other) noexcept : book_(other.book_), entry_(std::exchange(other.entry_, nullptr)) {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (entry_ != nullptr) {
                book_->give_back(*entry_);
            }
        }

    private:
        Book* book_;
        Entry* entry_;
    };

    explicit Book(base::Random random) : random_(random) {}

    /// The list of that name, if it remembers so many instants; else a new, empty one, as in the kernel when a rule
    /// asks for more. In: a power of two.
    [[nodiscard]] RecentList& recent(std::string_view name, std::size_t instants, std::vector<Lease>& leases);
    /// The table of that name with those options; others of the name stay with the programs that have them.
    [[nodiscard]] HashLimits& limits(std::string_view name, const HashLimitOptions& options,
                                     std::vector<Lease>& leases);

    /// The newest list of a name; null: none.
    [[nodiscard]] RecentList* find_recent(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> recent_names() const;
    /// Makes room in all tables; to be called about once a second.
    void sweep(std::uint64_t now_ns);

private:
    void give_back(Entry& entry);

    base::Random random_;
    std::list<Entry> entries_;  ///< newest last
};

}  // namespace sluice::acl::keyed
