// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "acl/sets/book.h"

namespace sluice::acl {

/// A program's hold on a set: while there is one, the set can be neither destroyed nor renamed.
///
/// Threads: control; a program ends there too, when no packet can still be in it.
class SetUse {
public:
    /// In: what the rule was compiled for: the set counts its packets; it writes to the set.
    SetUse(sets::SetBook::NamedSet& set, bool counts, bool writes) : set_(&set), counts_(counts), writes_(writes) {
        ++set_->references;
        if (writes_) {
            ++set_->writers;
            set_->prepare_for_packets();
        }
    }
    ~SetUse() {
        if (set_ != nullptr) {
            --set_->references;
            set_->writers -= writes_ ? 1 : 0;
        }
    }
    SetUse(SetUse&& other) noexcept
        : set_(std::exchange(other.set_, nullptr)), counts_(other.counts_), writes_(other.writes_) {}
    SetUse(const SetUse&) = delete;
    SetUse& operator=(const SetUse&) = delete;
    SetUse& operator=(SetUse&&) = delete;

    /// True where the set has been exchanged for one that the rule has to be compiled again for.
    [[nodiscard]] bool is_outdated() const { return !counts_ && !writes_ && set_->counts(); }

private:
    sets::SetBook::NamedSet* set_;
    bool counts_;
    bool writes_;
};

}  // namespace sluice::acl
