// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/iprange.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/address_text.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

/// ` --src-range 10.0.0.1-10.0.0.9`: `before` is what stands before the range.
void append_range(const AddressRange& range, std::string_view before, std::string& out) {
    base::append(out, "{} {}-{}", before, net::to_string(range.min), net::to_string(range.max));
}

void save_range(std::string_view option, const std::optional<AddressRange>& range, std::string& out) {
    if (range) {
        append_range(*range, fmt::format("{} --{}", range->inverted ? " !" : "", option), out);
    }
}

void list_range(std::string_view label, const std::optional<AddressRange>& range, std::string& out) {
    if (range) {
        append_range(*range, fmt::format(" {} IP range{}", label, range->inverted ? " !" : ""), out);
    }
}

}  // namespace

std::span<const Form<IprangeMatch>> Syntax<IprangeMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "src-range", .invertible = true},
        OptionSpec{.name = "dst-range", .invertible = true},
    };
    static constexpr std::array kForms = {
        Form<IprangeMatch>{.name = "iprange", .initial = {}, .options = kOptions, .needs_an_option = true}};
    return kForms;
}

Checked Syntax<IprangeMatch>::parse(IprangeMatch& match, const OptionUse& use) {
    const std::string_view text = use.value();
    const std::size_t dash = text.find('-');
    const auto min = parse_address(text.substr(0, dash));
    const auto max = dash == std::string_view::npos ? min : parse_address(text.substr(dash + 1));
    if (!min || !max) {
        return use.refuse(fmt::format("bad range '{}': an address, or two with '-' between them", text));
    }
    (use.option == "src-range" ? match.source : match.destination) = AddressRange{*min, *max, use.inverted};
    return {};
}

void Syntax<IprangeMatch>::save(const IprangeMatch& match, std::string& out) {
    save_range("src-range", match.source, out);
    save_range("dst-range", match.destination, out);
}

void Syntax<IprangeMatch>::list(const IprangeMatch& match, bool /*numeric*/, std::string& out) {
    list_range("source", match.source, out);
    list_range("destination", match.destination, out);
}

}  // namespace sluice::acl::text
