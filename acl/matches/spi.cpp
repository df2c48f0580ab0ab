// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/spi.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kMaxSpi = 0xffffffff;

/// `5`, `5:10`, `:10`, `5:`; a range may run backwards, and nothing at all is 0.
Checked parse_spi(SpiRange& range, const OptionUse& use) {
    const std::string_view text = use.value();
    const std::size_t colon = text.find(':');
    const auto end = [&](std::string_view part, std::uint32_t none) {
        return part.empty() ? std::optional(none) : parse_number(part, kMaxSpi);
    };
    const auto min = end(text.substr(0, colon), 0);
    const auto max = colon == std::string_view::npos ? min : end(text.substr(colon + 1), kMaxSpi);
    if (!min || !max) {
        return use.refuse(
            fmt::format("bad SPI '{}': a number from 0 to {}, or two with ':' between them", text, kMaxSpi));
    }
    range = {*min, *max, use.inverted};
    return {};
}

void save_spi(std::string_view option, const SpiRange& range, std::string& out) {
    base::append(out, "{} --{} {}", range.inverted ? " !" : "", option, range.min);
    if (range.min != range.max) {
        base::append(out, ":{}", range.max);
    }
}

/// `spi:5`, `spis:!5:10`.
std::string listed_spi(const SpiRange& range) {
    const char* inverted = range.inverted ? "!" : "";
    return range.min == range.max ? fmt::format("spi:{}{}", inverted, range.min)
                                  : fmt::format("spis:{}{}:{}", inverted, range.min, range.max);
}

}  // namespace

std::span<const Form<AhMatch>> Syntax<AhMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "ahspi", .invertible = true}};
    static constexpr std::array kForms = {
        Form<AhMatch>{.name = "ah", .initial = {}, .options = kOptions, .protocol = net::kProtocolAh}};
    return kForms;
}

Checked Syntax<AhMatch>::parse(AhMatch& match, const OptionUse& use) {
    return parse_spi(match.spi, use);
}

/// iptables leaves `! 0:4294967295` out, so that what it saved would match all.
void Syntax<AhMatch>::save(const AhMatch& match, std::string& out) {
    if (match.spi != SpiRange{}) {
        save_spi("ahspi", match.spi, out);
    }
}

/// With a blank at the end where there is no SPI, as iptables.
void Syntax<AhMatch>::list(const AhMatch& match, bool /*numeric*/, std::string& out) {
    out += " ah ";
    out += match.spi == SpiRange{} ? "" : listed_spi(match.spi);
}

std::span<const Form<EspMatch>> Syntax<EspMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "espspi", .invertible = true}};
    static constexpr std::array kForms = {
        Form<EspMatch>{.name = "esp", .initial = {}, .options = kOptions, .protocol = net::kProtocolEsp}};
    return kForms;
}

Checked Syntax<EspMatch>::parse(EspMatch& match, const OptionUse& use) {
    return parse_spi(match.spi, use);
}

void Syntax<EspMatch>::save(const EspMatch& match, std::string& out) {
    if (match.spi != SpiRange{}) {
        save_spi("espspi", match.spi, out);
    }
}

void Syntax<EspMatch>::list(const EspMatch& match, bool /*numeric*/, std::string& out) {
    out += " esp";
    if (match.spi != SpiRange{}) {
        out += ' ';
        out += listed_spi(match.spi);
    }
}

std::span<const Form<IpcompMatch>> Syntax<IpcompMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "ipcompspi", .invertible = true},
                                            OptionSpec{.name = "compres", .values = 0}};
    static constexpr std::array kForms = {
        Form<IpcompMatch>{.name = "ipcomp", .initial = {}, .options = kOptions, .protocol = net::kProtocolIpcomp}};
    return kForms;
}

Checked Syntax<IpcompMatch>::parse(IpcompMatch& match, const OptionUse& use) {
    if (use.option == "compres") {
        match.checks_header = true;
        return {};
    }
    return parse_spi(match.spi, use);
}

/// With the 0 that goes without saying. iptables leaves 0:4294967295 out, which is read back as 0.
void Syntax<IpcompMatch>::save(const IpcompMatch& match, std::string& out) {
    save_spi("ipcompspi", match.spi, out);
    out += match.checks_header ? " --compres" : "";
}

/// With a blank at the end where any index does, as iptables.
void Syntax<IpcompMatch>::list(const IpcompMatch& match, bool /*numeric*/, std::string& out) {
    out += " comp ";
    out += match.spi == SpiRange{} ? "" : listed_spi(match.spi);
    out += match.checks_header ? " reserved" : "";
}

}  // namespace sluice::acl::text
