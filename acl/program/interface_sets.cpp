// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/interface_sets.h"

#include <bit>
#include <string_view>

namespace sluice::acl {

namespace {

bool holds(const InterfaceMatch& match, std::string_view name) {
    if (match.name.empty()) {
        return !match.inverted;  // no name is no mask: every name is alike
    }
    const bool alike = match.prefix ? name.starts_with(match.name) : name == match.name;
    return alike != match.inverted;
}

}  // namespace

InterfaceSets::InterfaceSets(std::span<const std::string> names)
    : bits_(names.size() + 1), stride_((bits_ + 63) / 64), words_(stride_, ~std::uint64_t{0}) {
    names_.reserve(bits_);
    names_.emplace_back();
    names_.insert(names_.end(), names.begin(), names.end());
}

InterfaceSetId InterfaceSets::add(const InterfaceMatch& match) {
    const auto [known, is_new] =
        by_match_.try_emplace({match.name, match.prefix, match.inverted}, kAnyInterface);
    if (!is_new) {
        return known->second;
    }
    std::vector<std::uint64_t> row(stride_, 0);
    bool all = true;
    for (std::size_t i = 0; i < bits_; ++i) {
        if (holds(match, names_[i])) {
            row[i / 64] |= std::uint64_t{1} << (i % 64);
        } else {
            all = false;
        }
    }
    if (!all) {
        const auto next = static_cast<InterfaceSetId>(words_.size() / stride_);
        const auto [place, is_new_row] = by_row_.try_emplace(row, next);
        if (is_new_row) {
            words_.insert(words_.end(), row.begin(), row.end());
        }
        known->second = place->second;
    }
    return known->second;
}

std::size_t InterfaceSets::size(InterfaceSetId set) const noexcept {
    std::size_t members = 0;
    for (std::size_t i = 0; i < stride_; ++i) {
        members +=
            static_cast<std::size_t>(std::popcount(words_[static_cast<std::size_t>(set) * stride_ + i]));
    }
    return members;
}

base::InterfaceId InterfaceSets::front(InterfaceSetId set) const noexcept {
    for (std::size_t i = 0; i < bits_; ++i) {
        if ((words_[static_cast<std::size_t>(set) * stride_ + i / 64] >> (i % 64) & 1U) != 0) {
            return i == 0 ? base::kNoInterface : static_cast<base::InterfaceId>(i - 1);
        }
    }
    return base::kNoInterface;
}

}  // namespace sluice::acl
