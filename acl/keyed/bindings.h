// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "acl/keyed/book.h"

namespace sluice::acl::keyed {

/// The names of one ruleset, while it is compiled: first every rule says what it requires, then each gets what it asks.
///
/// As in the kernel, the first rule of a ruleset that names a table of hashlimit says what it is like, and a list of
/// recent remembers as many instants as the most that a rule wants.
class Bindings {
public:
    /// In: where the program keeps its leases.
    Bindings(Book& book, std::vector<Book::Lease>& leases) : book_(book), leases_(leases) {}

    /// In: --hitcount; 0: none.
    void require_recent(std::string_view name, std::uint32_t hits) {
        constexpr std::size_t kUsual = 32;
        std::size_t& instants = instants_[std::string(name)];
        instants = std::max(instants, hits == 0 ? kUsual : std::bit_ceil(std::size_t{hits}));
    }
    [[nodiscard]] RecentList& recent(std::string_view name) {
        return book_.recent(name, instants_.find(name)->second, leases_);
    }
    [[nodiscard]] HashLimits& limits(std::string_view name, const HashLimitOptions& options) {
        const auto [known, is_new] = limits_.try_emplace(std::string(name), nullptr);
        if (is_new) {
            known->second = &book_.limits(name, options, leases_);
        }
        return *known->second;
    }

    /// An estimator that RATEEST makes; rules that name it must agree about it (program/check_estimators.h).
    void require_estimator(std::string_view name, const Estimator::Options& options) {
        const auto [known, is_new] = estimators_.try_emplace(std::string(name), nullptr);
        if (is_new) {
            known->second = &book_.estimator(name, options, leases_);
        }
    }
    /// One that has been required.
    [[nodiscard]] Estimator& estimator(std::string_view name) { return *estimators_.find(name)->second; }

    /// A rule's own counts; a rule that was there before goes on with those that it had (Program::take_history).
    /// In: the prefix length of its groups.
    [[nodiscard]] ConnectionCounts& counts(std::uint8_t bits) { return book_.counts(bits, leases_); }

private:
    Book& book_;
    std::vector<Book::Lease>& leases_;
    std::map<std::string, std::size_t, std::less<>> instants_;
    std::map<std::string, HashLimits*, std::less<>> limits_;
    std::map<std::string, Estimator*, std::less<>> estimators_;
};

}  // namespace sluice::acl::keyed
