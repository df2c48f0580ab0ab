// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/book.h"

#include <algorithm>

#include "acl/keyed/counted_tuple.h"

namespace sluice::acl::keyed {

Book::Book(base::Random random) : random_(random) {
    end_watch_.ended = &Book::ended;
    end_watch_.self = this;
}

ConnectionCounts& Book::counts(std::uint8_t bits, std::vector<Lease>& leases) {
    Entry& entry = entries_.emplace_back();
    entry.kind = Kind::counts;
    entry.counts = std::make_unique<ConnectionCounts>(random_);
    entry.bits = bits;
    for (std::size_t i = 0; i < kMaxWatched; ++i) {
        if (watched_[i].counts.load(std::memory_order_relaxed) == nullptr) {
            watched_[i].bits.store(bits, std::memory_order_relaxed);
            // release: who sees the counts sees how they are grouped, and that they are made
            watched_[i].counts.store(entry.counts.get(), std::memory_order_release);
            watched_end_.store(std::max(watched_end_.load(std::memory_order_relaxed), i + 1), std::memory_order_release);
            break;
        }
    }
    end_watch_.is_wanted.store(true, std::memory_order_relaxed);
    leases.emplace_back(*this, entry);
    return *entry.counts;
}

void Book::share(const ConnectionCounts& counts, std::vector<Lease>& leases) {
    for (Entry& entry : entries_) {
        if (entry.counts.get() == &counts) {
            leases.emplace_back(*this, entry);
            return;
        }
    }
}

void Book::ended(void* self, const conntrack::Connection<net::Ipv4>& connection) noexcept {
    const Book& book = *static_cast<const Book*>(self);
    const auto addresses = ends_of(connection);
    const ConnectionCounts::TupleWords tuple = words_of<net::Ipv4>(connection);
    std::atomic_thread_fence(std::memory_order_seq_cst);  // see ConnectionCounts::ask
    const std::size_t end = book.watched_end_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < end; ++i) {
        ConnectionCounts* counts = book.watched_[i].counts.load(std::memory_order_acquire);
        if (counts == nullptr) {
            continue;
        }
        const std::uint8_t bits = book.watched_[i].bits.load(std::memory_order_relaxed);
        for (const net::Ipv4Address address : addresses) {
            counts->erase(group_of<net::Ipv4>(address, bits), tuple);
        }
    }
}

RecentList& Book::recent(std::string_view name, std::size_t instants, std::vector<Lease>& leases) {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        if (entry->kind == Kind::recent && entry->name == name) {
            if (entry->recent->instants() < instants) {
                break;
            }
            leases.emplace_back(*this, *entry);
            return *entry->recent;
        }
    }
    Entry& entry = entries_.emplace_back();
    entry.kind = Kind::recent;
    entry.name = name;
    entry.recent = std::make_unique<RecentList>(instants, random_);
    leases.emplace_back(*this, entry);
    return *entry.recent;
}

HashLimits& Book::limits(std::string_view name, const HashLimitOptions& options, std::vector<Lease>& leases) {
    for (Entry& entry : entries_) {
        if (entry.kind == Kind::limits && entry.name == name && entry.limits->options() == options) {
            leases.emplace_back(*this, entry);
            return *entry.limits;
        }
    }
    Entry& entry = entries_.emplace_back();
    entry.kind = Kind::limits;
    entry.name = name;
    entry.limits = std::make_unique<HashLimits>(options, random_);
    leases.emplace_back(*this, entry);
    return *entry.limits;
}

Estimator& Book::estimator(std::string_view name, const Estimator::Options& options, std::vector<Lease>& leases) {
    for (Entry& entry : entries_) {
        if (entry.kind == Kind::estimator && entry.name == name && entry.estimator->options() == options) {
            leases.emplace_back(*this, entry);
            return *entry.estimator;
        }
    }
    Entry& entry = entries_.emplace_back();
    entry.kind = Kind::estimator;
    entry.name = name;
    entry.estimator = std::make_unique<Estimator>(options);
    leases.emplace_back(*this, entry);
    return *entry.estimator;
}

RecentList* Book::find_recent(std::string_view name) const {
    RecentList* newest = nullptr;
    for (const Entry& entry : entries_) {
        if (entry.kind == Kind::recent && entry.name == name) {
            newest = entry.recent.get();
        }
    }
    return newest;
}

std::vector<std::string> Book::recent_names() const {
    std::vector<std::string> names;
    for (const Entry& entry : entries_) {
        if (entry.kind == Kind::recent && std::find(names.begin(), names.end(), entry.name) == names.end()) {
            names.push_back(entry.name);
        }
    }
    return names;
}

void Book::sweep(std::uint64_t now_ns) {
    for (const Entry& entry : entries_) {
        if (entry.limits != nullptr) {
            entry.limits->sweep(now_ns);
        }
    }
}

void Book::tend_estimators(std::uint64_t now_ns) {
    for (const Entry& entry : entries_) {
        if (entry.estimator != nullptr) {
            entry.estimator->tend(now_ns);
        }
    }
}

void Book::give_back(Entry& entry) {
    if (--entry.leases != 0) {
        return;
    }
    const auto place = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& one) { return &one == &entry; });
    if (entry.counts == nullptr) {
        entries_.erase(place);
        return;
    }
    bool any = false;
    for (Watched& watched : watched_) {
        if (watched.counts.load(std::memory_order_relaxed) == entry.counts.get()) {
            watched.counts.store(nullptr, std::memory_order_relaxed);
        }
        any = any || watched.counts.load(std::memory_order_relaxed) != nullptr;
    }
    end_watch_.is_wanted.store(any, std::memory_order_relaxed);
    retired_.splice(retired_.end(), entries_, place);
}

}  // namespace sluice::acl::keyed
