// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/tcpmss_match.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/ranges.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

std::span<const Form<TcpmssMatch>> Syntax<TcpmssMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "mss", .invertible = true, .required = true}};
    static constexpr std::array kForms = {Form<TcpmssMatch>{
        .name = "tcpmss", .initial = {}, .options = kOptions, .protocol = net::kProtocolTcp}};
    return kForms;
}

Checked Syntax<TcpmssMatch>::parse(TcpmssMatch& match, const OptionUse& use) {
    auto range = parse_range(use.value(), 0xffff);
    if (!range) {
        return use.refuse(std::move(range.error()));
    }
    if (range->min > range->max) {
        return use.refuse(fmt::format("invalid range '{}': it runs backwards", use.value()));
    }
    match = {static_cast<std::uint16_t>(range->min), static_cast<std::uint16_t>(range->max), use.inverted};
    return {};
}

void Syntax<TcpmssMatch>::save(const TcpmssMatch& match, std::string& out) {
    out += match.inverted ? " ! --mss " : " --mss ";
    append_range({match.min, match.max}, out);
}

void Syntax<TcpmssMatch>::list(const TcpmssMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " tcpmss match !" : " tcpmss match ";
    append_range({match.min, match.max}, out);
}

}  // namespace sluice::acl::text
