// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "acl/ruleset.h"
#include "dataplane/base/ids.h"

namespace sluice::acl {

/// A set of interfaces that some `-i` or `-o` holds for: a row of InterfaceSets.
enum class InterfaceSetId : std::uint32_t {};
inline constexpr InterfaceSetId kAnyInterface{0};

/// `-i` and `-o` resolved against the interfaces there are: a bit an interface, so the packet path compares
/// no names.
///
/// A packet without an interface (`-i` in OUTPUT) has the empty name: `! -i lan` and `-i +` hold for it, `-i
/// lan` does not. Shape: rows of ceil((interfaces + 1) / 64) words; bit 0 is "no interface".
class InterfaceSets {
public:
    explicit InterfaceSets(std::span<const std::string> names);

    /// The set for a match; equal sets are kept once.
    InterfaceSetId add(const InterfaceMatch& match);

    [[nodiscard]] bool contains(InterfaceSetId set, base::InterfaceId id) const noexcept {
        if (set == kAnyInterface) {
            return true;
        }
        const std::size_t bit = id == base::kNoInterface ? 0 : base::index_of(id) + std::size_t{1};
        if (bit >= bits_) {
            return false;
        }
        return (words_[static_cast<std::size_t>(set) * stride_ + bit / 64] >> (bit % 64) & 1U) != 0;
    }

    /// How many interfaces (and "none") a set holds.
    [[nodiscard]] std::size_t size(InterfaceSetId set) const noexcept;
    /// The first member of a set that is not empty.
    [[nodiscard]] base::InterfaceId front(InterfaceSetId set) const noexcept;

private:
    std::vector<std::string> names_;  ///< the empty one first
    std::size_t bits_;
    std::size_t stride_;
    std::vector<std::uint64_t> words_;
    std::map<std::tuple<std::string, bool, bool>, InterfaceSetId> by_match_;
    std::map<std::vector<std::uint64_t>, InterfaceSetId> by_row_;
};

}  // namespace sluice::acl
