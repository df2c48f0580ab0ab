// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "acl/ruleset.h"

/// When two rules are the same rule: where they print the same text. Counters and places do not count.
namespace sluice::acl::text {

/// Asks of many rules whether they are the one it was made of. Cost: most that are not are told apart by their
/// addresses and protocol, without printing them. In: `rule` must outlive it.
template <net::Family F>
class AlikeTo {
public:
    explicit AlikeTo(const Rule<F>& rule);
    [[nodiscard]] bool operator()(const Rule<F>& other) const;

private:
    const Rule<F>& rule_;
    std::string text_;
};

/// Which rules of `before` are still there in `after`, wherever they stand now: pairs of their places. Of several
/// alike the first goes with the first.
template <net::Family F>
[[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> pair_alike(const Chain<F>& before,
                                                                         const Chain<F>& after);

/// Links the rules of `after` to the counters of those of `before` that they are alike, and the policies that are
/// the same; a rule that brings its counters begins with these.
template <net::Family F>
void link_alike(const Table<F>& before, Table<F>& after);

}  // namespace sluice::acl::text
