// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "acl/packet_view.h"
#include "acl/ruleset.h"
#include "acl/sets/book.h"
#include "acl/targets/nat.h"
#include "acl/targets/reject.h"

namespace sluice::acl::literal {

/// One rule that a packet comes to, or the policy at the end.
struct Step {
    std::string chain;
    std::size_t depth = 0;   ///< of jumps
    std::size_t number = 0;  ///< of the rule, from 1; 0: the policy
    std::string rule;        ///< as `-S` prints it
    bool holds = false;
    std::string said;  ///< what did not hold (`-s`, `tcp`), or what came of it (`mark becomes 0x1`)
};

enum class End : std::uint8_t { accept, drop, reject, nat };

/// The way of one packet through one table.
struct Way {
    std::vector<Step> steps;
    End end = End::accept;
    bool is_sure = true;  ///< no match depended on earlier packets
    const NatTarget* nat = nullptr;        ///< of the ruleset
    const RejectTarget* reject = nullptr;  ///< of the ruleset
};

/// What is looked up beside the ruleset.
struct Surroundings {
    std::span<const std::string> interfaces;      ///< names by number
    const sets::SetBook* sets = nullptr;  ///< none: what a set has in it is not known, and taken to hold
};

/// Walks the table's chain at the hook; a table that is not there accepts without a step. Matches that depend on
/// earlier packets are taken to hold, and the step says so. Counts nothing and changes nothing but the packet.
///
/// In: `packet`, as the targets leave it afterwards; `bytes`, its headers, which may be
/// changed too.
template <net::Family F>
[[nodiscard]] Way walk(const Ruleset<F>& rules, TableId table, Hook hook, const Surroundings& surroundings,
                       PacketView<F>& packet, std::span<std::byte> bytes);

}  // namespace sluice::acl::literal
