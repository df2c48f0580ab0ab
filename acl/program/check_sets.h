// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/ruleset.h"
#include "acl/sets/book.h"

namespace sluice::acl {

/// The sets that rules name: each must be there and of the rules' family. In iptables' words, at the rule or the word
/// behind its `-j`. In: none, where there are no sets.
template <net::Family F>
void check_sets(const Table<F>& table, const sets::SetBook* sets, base::Diagnostics& faults);

}  // namespace sluice::acl
