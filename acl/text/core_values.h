// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "acl/ruleset.h"
#include "acl/text/fault.h"
#include "acl/text/words.h"

/// The values of iptables' own options, each read from its word.
namespace sluice::acl::text {

struct NamedProtocol {
    ProtocolMatch match;
    std::string name;  ///< as written, in lower case: it may imply a match
};

/// `-p`: a number or a name.
[[nodiscard]] Expected<NamedProtocol> read_protocol(const Word& value, bool inverted);

/// `-j`, or `-g` if `is_goto`: a verdict, a target with its options still at their defaults, or else a chain.
/// Errors: a target that has no place in the table, or is not built yet; a name that no chain can have.
[[nodiscard]] Expected<AnyTarget> read_target(const Word& value, bool is_goto, TableId table);

/// `PACKETS,BYTES`.
[[nodiscard]] Expected<base::PacketCount> read_counters(const Word& value);

}  // namespace sluice::acl::text
