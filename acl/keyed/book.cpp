// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/book.h"

#include <algorithm>

namespace sluice::acl::keyed {

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

void Book::give_back(Entry& entry) {
    if (--entry.leases == 0) {
        entries_.remove_if([&](const Entry& one) { return &one == &entry; });
    }
}

}  // namespace sluice::acl::keyed
