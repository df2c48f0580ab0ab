// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "acl/text/address_text.h"
#include "acl/text/edit.h"
#include "acl/text/interface_text.h"
#include "acl/text/names.h"
#include "acl/text/registry.h"

namespace sluice::acl::text {

template <net::Family F>
std::string verbose_text(const Rule<F>& rule) {
    const std::string_view fragment = rule.fragment == FragmentMatch::any    ? "--"
                                      : rule.fragment == FragmentMatch::only ? "-f"
                                                                             : "!f";
    std::string out = fmt::format(
        "{} {}{} opt {} in {} out {} {}{} {}-> {}  ", target_name(rule.target),
        rule.protocol.inverted ? '!' : ' ',
        protocol_name(rule.protocol.number).value_or(fmt::format("{}", rule.protocol.number)), fragment,
        list_interface(rule.in, true), list_interface(rule.out, true), rule.source.inverted ? '!' : ' ',
        AddressText<F>::list(rule.source, true), rule.destination.inverted ? '!' : ' ',
        AddressText<F>::list(rule.destination, true));
    const auto* jump = get_if<JumpTarget>(&rule.target);
    if (jump != nullptr && jump->is_goto) {
        out += "[goto] ";
    }
    for (const AnyMatch& match : rule.matches) {
        list_match(match, true, out);
    }
    list_target(rule.target, true, out);
    out.push_back('\n');
    return out;
}

template std::string verbose_text(const Rule<net::Ipv4>&);

}  // namespace sluice::acl::text
