// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/string.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kLongest = 128;  // XT_STRING_MAX_PATTERN_SIZE

constexpr bool is_printable(char c) { return c >= ' ' && c <= '~'; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// `GET |2f|index`: bytes in hexadecimal between bars, two digits each, and a backslash before a character that stands
/// for itself. What stands behind a bar is taken without another look, as iptables does: `|41||42|` is `A|42`.
tl::expected<std::string, std::string> read_hex(std::string_view text) {
    std::string bytes;
    bool is_hex = false;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '|') {
            is_hex = !is_hex;
            ++at;
            while (is_hex && at < text.size() && text[at] == ' ') {
                ++at;
            }
            if (at == text.size()) {
                break;
            }
        } else if (text[at] == '\\') {
            if (is_hex || ++at == text.size()) {
                return tl::unexpected<std::string>(is_hex ? "no backslash may stand between two bars"
                                                          : "a backslash stands at the end");
            }
        }
        if (!is_hex) {
            bytes += text[at++];
            continue;
        }
        for (std::size_t digit = at; digit < at + 2; ++digit) {
            if (digit >= text.size() || hex_digit(text[digit]) < 0) {
                return tl::unexpected<std::string>(
                    fmt::format("at character {}: two hexadecimal digits a byte are expected", digit + 1));
            }
        }
        bytes += static_cast<char>(hex_digit(text[at]) << 4 | hex_digit(text[at + 1]));
        at += 2;
        if (at == text.size()) {
            return tl::unexpected<std::string>("the closing bar is missing");
        }
        at += text[at] == ' ' ? 1U : 0U;
    }
    return bytes;
}

/// As iptables decides whether it prints the bytes in hexadecimal.
bool prints_as_hex(std::string_view pattern) {
    return !std::all_of(pattern.begin(), pattern.end(), is_printable) || pattern.ends_with('\\');
}

void append_pattern(std::string_view pattern, std::string& out) {
    if (prints_as_hex(pattern)) {
        out += " \"|";
        for (const char c : pattern) {
            base::append(out, "{:02x}", static_cast<unsigned char>(c));
        }
        out += "|\"";
        return;
    }
    out += " \"";
    for (const char c : pattern) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    out += '"';
}

std::string_view name_of(StringMatch::Algorithm algorithm) {
    return algorithm == StringMatch::Algorithm::boyer_moore ? "bm" : "kmp";
}

Checked parse_pattern(StringMatch& match, const OptionUse& use) {
    std::string pattern = use.value();
    if (use.option == "hex-string") {
        auto bytes = read_hex(pattern);
        if (!bytes) {
            return use.refuse(fmt::format("--hex-string: {}", bytes.error()));
        }
        pattern = std::move(*bytes);
    }
    if (!match.pattern.empty()) {
        return fault("string: --string and --hex-string exclude each other", use.begin);
    }
    if (pattern.empty() || pattern.size() > kLongest) {
        return use.refuse(fmt::format("--{}: 1 to {} bytes are possible", use.option, kLongest));
    }
    match.pattern = std::move(pattern);
    match.inverted = use.inverted;
    return {};
}

}  // namespace

std::span<const Form<StringMatch>> Syntax<StringMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "from"},
        OptionSpec{.name = "to"},
        OptionSpec{.name = "algo", .required = true},
        OptionSpec{.name = "icase", .values = 0},
        OptionSpec{.name = "string", .invertible = true},
        OptionSpec{.name = "hex-string", .invertible = true},
    };
    static const std::array kForms = {Form<StringMatch>{.name = "string", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<StringMatch>::parse(StringMatch& match, const OptionUse& use) {
    if (use.option == "icase") {
        match.ignores_case = true;
        return {};
    }
    if (use.option == "algo") {
        if (use.value() != "bm" && use.value() != "kmp") {
            return use.refuse(fmt::format("--algo: '{}' is not known: bm or kmp", use.value()));
        }
        match.algorithm = use.value() == "bm" ? StringMatch::Algorithm::boyer_moore
                                              : StringMatch::Algorithm::knuth_morris_pratt;
        return {};
    }
    if (use.option == "from" || use.option == "to") {
        const auto number = parse_number(use.value(), StringMatch::kEnd);
        if (!number) {
            return use.refuse(
                fmt::format("--{}: '{}' is no number from 0 to {}", use.option, use.value(), StringMatch::kEnd));
        }
        (use.option == "from" ? match.from : match.to) = static_cast<std::uint16_t>(*number);
        return {};
    }
    return parse_pattern(match, use);
}

Checked Syntax<StringMatch>::finish(const StringMatch& match, const RuleFacts& rule) {
    if (match.pattern.empty()) {
        return fault("string: --string or --hex-string must be given", rule.begin);
    }
    if (match.from > match.to) {
        return fault(fmt::format("string: --from {} lies behind --to {}", match.from, match.to), rule.begin);
    }
    return {};
}

void Syntax<StringMatch>::save(const StringMatch& match, std::string& out) {
    out += match.inverted ? " !" : "";
    out += prints_as_hex(match.pattern) ? " --hex-string" : " --string";
    append_pattern(match.pattern, out);
    base::append(out, " --algo {}", name_of(match.algorithm));
    if (match.from != 0) {
        base::append(out, " --from {}", match.from);
    }
    if (match.to != StringMatch::kEnd) {
        base::append(out, " --to {}", match.to);
    }
    out += match.ignores_case ? " --icase" : "";
}

void Syntax<StringMatch>::list(const StringMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " STRING match !" : " STRING match ";
    append_pattern(match.pattern, out);
    base::append(out, " ALGO name {}", name_of(match.algorithm));
    if (match.from != 0) {
        base::append(out, " FROM {}", match.from);
    }
    if (match.to != StringMatch::kEnd) {
        base::append(out, " TO {}", match.to);
    }
    out += match.ignores_case ? " ICASE" : "";
}

}  // namespace sluice::acl::text
