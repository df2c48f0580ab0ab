// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/tcpoptstrip.h"

#include <fmt/core.h>

#include <array>

#include <optional>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

struct NamedOption {
    std::string_view name;
    std::uint8_t number;
};

constexpr std::array<NamedOption, 6> kNames = {{
    {"wscale", 3}, {"mss", 2}, {"sack-permitted", 4}, {"sack", 5}, {"timestamp", 8}, {"md5", 19},
}};

std::optional<std::uint32_t> option_number(std::string_view text) {
    for (const NamedOption& known : kNames) {
        if (known.name == text) {
            return known.number;
        }
    }
    return parse_number(text, 0xff);
}

std::string option_name(unsigned number, bool numeric) {
    for (const NamedOption& known : kNames) {
        if (known.number == number && !numeric) {
            return std::string(known.name);
        }
    }
    return std::to_string(number);
}

/// `introduction` and the options; nothing where there are none.
void append_options(const TcpoptstripTarget& target, std::string_view introduction, bool numeric,
                    std::string& out) {
    for (unsigned number = 0; number < 256; ++number) {
        if (target[number]) {
            out += introduction;
            out += option_name(number, numeric);
            introduction = ",";
        }
    }
}

}  // namespace

std::span<const Form<TcpoptstripTarget>> Syntax<TcpoptstripTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "strip-options"}};
    static constexpr std::array kForms = {Form<TcpoptstripTarget>{
        .name = "TCPOPTSTRIP", .initial = {}, .options = kOptions, .tables = bit(TableId::mangle)}};
    return kForms;
}

Checked Syntax<TcpoptstripTarget>::parse(TcpoptstripTarget& target, const OptionUse& use) {
    std::string_view rest = use.value();
    for (;;) {
        const std::size_t comma = rest.find(',');
        const std::string_view word = rest.substr(0, comma);
        const auto number = option_number(word);
        if (!number) {
            return use.refuse(fmt::format("unknown TCP option '{}': a number from 0 to 255, or one of wscale, mss, "
                                          "sack-permitted, sack, timestamp, md5",
                                          word));
        }
        if (target[*number]) {
            return use.refuse(fmt::format("TCP option '{}' stands in the list already", word));
        }
        target.options[*number / 32] |= 1U << *number % 32;
        if (comma == std::string_view::npos) {
            return {};
        }
        rest.remove_prefix(comma + 1);
    }
}

Checked Syntax<TcpoptstripTarget>::finish(const TcpoptstripTarget& /*target*/, const RuleFacts& rule) {
    if (rule.protocol != net::kProtocolTcp || rule.protocol_inverted) {
        return fault("TCPOPTSTRIP needs -p tcp", rule.begin);
    }
    return {};
}

void Syntax<TcpoptstripTarget>::save(const TcpoptstripTarget& target, std::string& out) {
    append_options(target, " --strip-options ", true, out);
}

void Syntax<TcpoptstripTarget>::list(const TcpoptstripTarget& target, bool numeric, std::string& out) {
    append_options(target, " TCPOPTSTRIP options ", numeric, out);
}

}  // namespace sluice::acl::text
