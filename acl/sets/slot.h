// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "acl/sets/set.h"

/// What rules and lists point at.
///
/// A slot is a set's place: it stays while anything refers to it, whatever its set is called, and `swap` changes what
/// lies in it. As in Linux, whose rules refer to a set by its number.
///
/// Threads: the control thread writes (book.h); packets read, and find one state or the other. What it takes out of a
/// slot it keeps until no packet can still look at it.
namespace sluice::acl::sets {

struct Slot;

/// A set in a list:set.
struct ListEntry {
    Slot* slot = nullptr;
    std::uint64_t deadline_ms = 0;  ///< 0: none
    Mark mark;
    std::atomic<std::uint64_t> packets{0};
    std::atomic<std::uint64_t> bytes{0};
};

/// The sets of a list in order.
struct ListView {
    bool counters = false;
    bool marks = false;
    std::vector<ListEntry*> entries;
};

struct Slot {
    std::atomic<Set*> set{nullptr};              ///< none: a list
    std::atomic<const ListView*> list{nullptr};  ///< none: an empty one
};

}  // namespace sluice::acl::sets
