// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acl/keyed/connection_counts.h"
#include "acl/keyed/estimator.h"
#include "acl/keyed/hash_limits.h"
#include "acl/keyed/recent_list.h"
#include "conntrack/end_watch.h"
#include "dataplane/base/random.h"

/// What rules know by name and share: the lists of `recent`, the tables of `hashlimit`, estimators of rates.
namespace sluice::acl::keyed {

/// All of them. Each lives as long as a program holds a lease on it, so that one ruleset hands it on to the next.
///
/// Threads: the control thread. Outlives all leases.
class Book {
    enum class Kind : std::uint8_t { recent, limits, counts, estimator };
    struct Entry {
        Kind kind;
        std::string name;
        std::unique_ptr<RecentList> recent;
        std::unique_ptr<HashLimits> limits;
        std::unique_ptr<ConnectionCounts> counts;
        std::unique_ptr<Estimator> estimator;
        std::uint8_t bits = 0;  ///< of the groups that are counted
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

    explicit Book(base::Random random);
    Book(const Book&) = delete;
    Book& operator=(const Book&) = delete;

    /// Tells the counts of connections which of those have ended.
    [[nodiscard]] conntrack::EndWatch<net::Ipv4>& end_watch() noexcept { return end_watch_; }

    /// The list of that name, if it remembers so many instants; else a new, empty one, as in the kernel when a rule
    /// asks for more. In: a power of two.
    [[nodiscard]] RecentList& recent(std::string_view name, std::size_t instants, std::vector<Lease>& leases);
    /// The table of that name with those options; others of the name stay with the programs that have them.
    [[nodiscard]] HashLimits& limits(std::string_view name, const HashLimitOptions& options,
                                     std::vector<Lease>& leases);

    /// The estimator of that name with those options; others of the name stay with the programs that have them.
    [[nodiscard]] Estimator& estimator(std::string_view name, const Estimator::Options& options,
                                       std::vector<Lease>& leases);

    /// Counts of connections for one rule. Returns: new, empty ones.
    [[nodiscard]] ConnectionCounts& counts(std::uint8_t bits, std::vector<Lease>& leases);
    /// One more lease on counts that somebody has a lease on.
    void share(const ConnectionCounts& counts, std::vector<Lease>& leases);

    /// True where there are counts that nobody has a lease on any more, and that no one else is about to destroy.
    [[nodiscard]] bool has_retired() const noexcept { return !retired_.empty() && leaving_.empty(); }
    /// From here on no worker begins to tell them of an end; when none can still be at it, `destroy_retired`.
    void begin_retiring() noexcept { leaving_.splice(leaving_.end(), retired_); }
    void destroy_retired() noexcept { leaving_.clear(); }

    /// The newest list of a name; null: none.
    [[nodiscard]] RecentList* find_recent(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> recent_names() const;
    /// Makes room in all tables; to be called about once a second.
    void sweep(std::uint64_t now_ns);
    /// Lets estimators whose interval is over take their step; to be called as often as that is to be exact.
    void tend_estimators(std::uint64_t now_ns);

private:
    /// What workers see of the counts: places that are filled and emptied while they look.
    struct Watched {
        std::atomic<ConnectionCounts*> counts{nullptr};
        std::atomic<std::uint8_t> bits{0};
    };
    static constexpr std::size_t kMaxWatched = 1024;

    void give_back(Entry& entry);
    static void ended(void* self, const conntrack::Connection<net::Ipv4>& connection) noexcept;

    base::Random random_;
    std::list<Entry> entries_;  ///< newest last
    std::list<Entry> retired_;
    std::list<Entry> leaving_;
    std::array<Watched, kMaxWatched> watched_{};
    std::atomic<std::size_t> watched_end_{0};  ///< places behind it are empty
    conntrack::EndWatch<net::Ipv4> end_watch_;
};

}  // namespace sluice::acl::keyed
