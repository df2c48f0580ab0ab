// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "acl/text/label_names.h"
#include "acl/text/numbers.h"
#include "ctrlplane/control/conntrack_filter.h"

// The values of conntrack's options, word by word.

namespace sluice::ctrlplane::control {

namespace {

/// The protocols that conntrack(8) knows by name (its -p takes no others, but numbers).
struct NamedProtocol {
    std::string_view name;
    std::uint8_t number;
};
constexpr std::array<NamedProtocol, 8> kProtocols = {{{"tcp", 6},
                                                      {"udp", 17},
                                                      {"udplite", 136},
                                                      {"icmp", 1},
                                                      {"icmpv6", 58},
                                                      {"sctp", 132},
                                                      {"gre", 47},
                                                      {"dccp", 33}}};

struct NamedStatus {
    std::string_view name;
    std::uint32_t set;
    std::uint32_t unset;
};
constexpr std::array<NamedStatus, 6> kStatus = {{{"ASSURED", conntrack::status::kAssured, 0},
                                                 {"SEEN_REPLY", conntrack::status::kSeenReply, 0},
                                                 {"UNSET", 0, 0},
                                                 {"FIXED_TIMEOUT", conntrack::status::kFixedTimeout, 0},
                                                 {"EXPECTED", conntrack::status::kExpected, 0},
                                                 {"UNREPLIED", 0, conntrack::status::kSeenReply}}};

/// As strncasecmp with the word's length: a beginning is enough, in any case.
bool begins(std::string_view word, std::string_view name) {
    return !word.empty() && word.size() <= name.size() &&
           std::equal(word.begin(), word.end(), name.begin(), [](char a, char b) {
               return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b;
           });
}

}  // namespace

tl::unexpected<Refusal> conntrack_refusal(std::string_view message, int status) {
    std::string text = fmt::format("{}: {}", kConntrack, message);
    if (status == 2) {
        text += "\nTry `conntrack -h' or 'conntrack --help' for more information.";
    }
    return tl::unexpected<Refusal>(Refusal{ErrorCode::invalid_params, std::move(text), status});
}

std::optional<std::uint8_t> protocol_of(std::string_view word) {
    for (const NamedProtocol& known : kProtocols) {
        if (known.name == word) {
            return known.number;
        }
    }
    std::uint8_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool is_number = error == std::errc{} && end == word.data() + word.size() && number != 0;
    return is_number ? std::optional(number) : std::nullopt;
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> read_mark(std::string_view text) {
    const auto number = [](std::string_view digits) -> std::optional<std::uint32_t> {
        const bool is_hex = digits.starts_with("0x") || digits.starts_with("0X");
        digits.remove_prefix(is_hex ? 2 : 0);
        std::uint32_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
        return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(value)
                                                                            : std::nullopt;
    };
    const std::size_t slash = text.find('/');
    const auto value = number(text.substr(0, slash));
    const auto mask = slash == std::string_view::npos ? 0xffffffffU : number(text.substr(slash + 1));
    return value && mask ? std::optional(std::pair(*value, *mask)) : std::nullopt;
}

tl::expected<conntrack::LabelBits, std::string> read_labels(std::string_view text) {
    const acl::text::LabelNames names = acl::text::LabelNames::of_machine();
    conntrack::LabelBits labels{};
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        auto label = names.label(word);
        if (!label) {
            label = acl::text::parse_number(word, conntrack::kLabels - 1);
        }
        if (!label || *label >= conntrack::kLabels) {
            return tl::unexpected(std::string(word));
        }
        labels[*label / 64] |= std::uint64_t{1} << *label % 64;
    }
    return labels;
}

tl::expected<StatusWords, std::string> read_status(std::string_view text) {
    StatusWords words;
    do {
        const std::string_view word = text.substr(0, text.find(','));
        const auto known = std::find_if(kStatus.begin(), kStatus.end(),
                                        [&](const NamedStatus& one) { return begins(word, one.name); });
        if (known == kStatus.end()) {
            return tl::unexpected(std::string(text));
        }
        words.set |= known->set;
        words.unset |= known->unset;
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    } while (!text.empty());
    return words;
}

tl::expected<NatFilter, std::string> read_nat(std::string_view text) {
    NatFilter filter;
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
        const std::string_view digits = text.substr(colon + 1);
        if (digits.empty()) {
            return tl::unexpected<std::string>("No port specified after `:'");
        }
        const auto port = acl::text::parse_number(digits, 65535);
        if (!port || *port == 0) {
            return tl::unexpected(fmt::format("Invalid port `{}'", digits));
        }
        filter.port = static_cast<std::uint16_t>(*port);
        text = text.substr(0, colon);
    }
    if (text.empty()) {
        return tl::unexpected<std::string>("No IP specified");
    }
    filter.address = net::parse_ipv4(text);
    if (!filter.address) {
        return tl::unexpected(fmt::format("Invalid IP address `{}'", text));
    }
    return filter;
}

}  // namespace sluice::ctrlplane::control
