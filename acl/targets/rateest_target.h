// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "acl/keyed/estimator.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// RATEEST: counts the packet in an estimator, which `-m rateest` asks by its name.
struct RateestTarget {
    static constexpr std::size_t kMaxName = 15;

    std::string name;
    keyed::Estimator::Options options{};
    std::optional<std::uint32_t> interval_us{};  ///< as written, until the other of the two is known
    std::optional<std::uint32_t> ewma_us{};      ///< the same: the time constant of the average
    bool operator==(const RateestTarget&) const = default;
};

namespace text {

template <>
struct Syntax<RateestTarget> {
    static std::span<const Form<RateestTarget>> forms();
    static Checked parse(RateestTarget& target, const OptionUse& use);
    static void save(const RateestTarget& target, std::string& out);
    static void list(const RateestTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
