// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/ruleset.h"

namespace sluice::acl {

/// No match, and no condition on addresses, interfaces and the protocol.
template <net::Family F>
[[nodiscard]] bool is_unconditional(const Rule<F>& rule) {
    const auto any = [](const InterfaceMatch& match) { return match.name.empty() && !match.inverted; };
    return rule.source == AddressMatch<F>{} && rule.destination == AddressMatch<F>{} && any(rule.in) &&
           any(rule.out) && rule.protocol == ProtocolMatch{} && rule.fragment == FragmentMatch::any &&
           rule.matches.empty();
}

/// The kernel's notion: a verdict without any condition ends the chain, and what stands behind is not
/// reached.
template <net::Family F>
[[nodiscard]] bool ends_chain(const Rule<F>& rule) {
    return is_unconditional(rule) && (holds<AcceptTarget>(rule.target) || holds<DropTarget>(rule.target) ||
                                      holds<ReturnTarget>(rule.target));
}

}  // namespace sluice::acl
