// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/nfacct.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/quoting.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kLongestName = 31;

}  // namespace

std::span<const Form<NfacctMatch>> Syntax<NfacctMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "nfacct-name", .required = true}};
    static const std::array kForms = {
        Form<NfacctMatch>{.name = "nfacct", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<NfacctMatch>::parse(NfacctMatch& match, const OptionUse& use) {
    if (use.value().empty() || use.value().size() > kLongestName) {
        return use.refuse(
            fmt::format("bad name '{}' of an nfacct object: 1 to {} characters", use.value(), kLongestName));
    }
    match.name = use.value();
    return {};
}

void Syntax<NfacctMatch>::save(const NfacctMatch& match, std::string& out) {
    out += " --nfacct-name  ";  // two blanks, as iptables
    append_quoted(match.name, out);
}

void Syntax<NfacctMatch>::list(const NfacctMatch& match, bool /*numeric*/, std::string& out) {
    out += " nfacct-name  ";
    append_quoted(match.name, out);
}

}  // namespace sluice::acl::text
