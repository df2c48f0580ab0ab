// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "acl/ruleset.h"
#include "nat/served_ports.h"

/// What `[conntrack] strict` needs to know of a ruleset, as it is written.
namespace sluice::acl::literal {

/// True where some rule translates sources of what leaves by this interface: SNAT, MASQUERADE or NETMAP that can be
/// reached from POSTROUTING for it. What else the rules ask for is not looked at.
template <net::Family F>
[[nodiscard]] bool translates_sources(const Ruleset<F>& rules, std::string_view interface);

/// The ports that rules name as served: `--dport` and `--dports` of DNAT and REDIRECT in PREROUTING, and of ACCEPT in
/// the filter table's INPUT; in chains that these reach, too.
template <net::Family F>
[[nodiscard]] nat::ServedPorts served_ports(const Ruleset<F>& rules);

/// A warning where sources are translated, and no rule drops INVALID packets, which leave untranslated then
/// (REQUIREMENTS NAT-12).
template <net::Family F>
[[nodiscard]] base::Diagnostics untranslated_leaks(const Ruleset<F>& rules);

}  // namespace sluice::acl::literal
