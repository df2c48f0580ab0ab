// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/hmark.h"

#include <fmt/core.h>

#include <bit>
#include <optional>

#include "acl/text/address_text.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Part = HmarkTarget::Part;

/// What is written about a part, in the order of the parts.
struct Written {
    std::string_view option;  ///< behind --hmark-
    std::string_view tuple;   ///< its word in --hmark-tuple, which sets all bits; none: empty
    std::uint32_t max;
    unsigned digits;  ///< of the hexadecimal number that `-S` prints; 0: decimal
};
constexpr std::uint32_t kPort = 0xffff;
constexpr std::uint32_t kWord = 0xffffffffU;
constexpr std::array<Written, HmarkTarget::kParts> kWritten = {{
    {"src-prefix", "src", 32, 0},
    {"dst-prefix", "dst", 32, 0},
    {"sport-mask", "sport", kPort, 4},
    {"dport-mask", "dport", kPort, 4},
    {"spi-mask", "spi", kWord, 8},
    {"sport", "", kPort, 4},
    {"dport", "", kPort, 4},
    {"spi", "", kWord, 8},
    {"proto-mask", "proto", kPort, 2},
    {"rnd", "", kWord, 8},
    {"mod", "", kWord, 0},
    {"offset", "", kWord, 0},
    {"tuple", "ct", 0, 0},
}};

/// The order in which iptables compares an abbreviation with the words of a tuple.
constexpr std::array<Part, 7> kTupleOrder = {
    Part::connection,       Part::source_prefix,         Part::destination_prefix,
    Part::source_port_mask, Part::destination_port_mask, Part::protocol_mask,
    Part::spi_mask,
};

void set(HmarkTarget& target, Part part, std::uint32_t value) {
    target.given = static_cast<std::uint16_t>(target.given | 1U << part);
    target.values[part] = value;
}

bool set_word(HmarkTarget& target, std::string_view word) {
    for (const Part part : kTupleOrder) {
        if (!word.empty() && starts_with_no_case(kWritten[part].tuple, word)) {
            set(target, part, kWritten[part].max);
            return true;
        }
    }
    return false;
}

Checked set_tuple(HmarkTarget& target, const OptionUse& use) {
    std::string_view rest = use.value();
    for (;;) {
        const std::size_t comma = rest.find(',');
        const std::string_view word = rest.substr(0, comma);
        if (!set_word(target, word)) {
            return use.refuse(
                fmt::format("'{}' is no part of a tuple: src, dst, sport, dport, spi, proto or ct", word));
        }
        if (comma == std::string_view::npos) {
            return {};
        }
        rest.remove_prefix(comma + 1);
    }
}

/// `24` or `255.255.255.0`.
std::optional<std::uint32_t> parse_prefix(const std::string& text) {
    const auto masked = AddressText<net::Ipv4>::parse("0.0.0.0/" + text);
    if (!masked || masked->size() != 1) {
        return std::nullopt;
    }
    const std::uint32_t mask = masked->front().mask.host();
    const auto bits = static_cast<std::uint32_t>(std::countl_one(mask));
    return bits == static_cast<std::uint32_t>(std::popcount(mask)) ? std::optional(bits) : std::nullopt;
}

std::size_t part_of(std::string_view option) {
    std::size_t part = 0;
    while (option.substr(std::string_view("hmark-").size()) != kWritten[part].option) {
        ++part;
    }
    return part;
}

}  // namespace

std::span<const Form<HmarkTarget>> Syntax<HmarkTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "hmark-tuple"},      OptionSpec{.name = "hmark-src-prefix"},
        OptionSpec{.name = "hmark-dst-prefix"}, OptionSpec{.name = "hmark-sport-mask"},
        OptionSpec{.name = "hmark-dport-mask"}, OptionSpec{.name = "hmark-spi-mask"},
        OptionSpec{.name = "hmark-sport"},      OptionSpec{.name = "hmark-dport"},
        OptionSpec{.name = "hmark-spi"},        OptionSpec{.name = "hmark-proto-mask"},
        OptionSpec{.name = "hmark-rnd"},        OptionSpec{.name = "hmark-mod"},
        OptionSpec{.name = "hmark-offset"},
    };
    static constexpr std::array kForms = {
        Form<HmarkTarget>{.name = "HMARK", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<HmarkTarget>::parse(HmarkTarget& target, const OptionUse& use) {
    if (use.option == "hmark-tuple") {
        return set_tuple(target, use);
    }
    const auto part = static_cast<Part>(part_of(use.option));
    if (target.has(part)) {
        return fault(fmt::format("HMARK: --{} has been set by --hmark-tuple", use.option), use.begin);
    }
    const Written& written = kWritten[part];
    const bool is_prefix = part == Part::source_prefix || part == Part::destination_prefix;
    const auto value = is_prefix ? parse_prefix(use.value()) : parse_number(use.value(), written.max);
    if (!value || (part == Part::modulus && *value == 0)) {
        return use.refuse(fmt::format("invalid --{} '{}': a number from {} to {}", use.option, use.value(),
                                      part == Part::modulus ? 1 : 0, written.max));
    }
    set(target, part, *value);
    return {};
}

Checked Syntax<HmarkTarget>::finish(const HmarkTarget& target, const RuleFacts& rule) {
    if (!target.has(Part::modulus) || !target.has(Part::random)) {
        return fault("HMARK: --hmark-mod and --hmark-rnd are required", rule.begin);
    }
    const bool masks_ports = target.has(Part::source_port_mask) || target.has(Part::destination_port_mask);
    const bool sets_ports = target.has(Part::source_port) || target.has(Part::destination_port);
    if ((target.has(Part::spi_mask) && masks_ports) || (target.has(Part::spi) && sets_ports)) {
        return fault("HMARK: an SPI and ports cannot be used together", rule.begin);
    }
    const unsigned others = 1U << Part::modulus | 1U << Part::random | 1U << Part::offset;
    if ((target.given & ~others) == 0) {
        return fault("HMARK: --hmark-tuple is required, or a part of it", rule.begin);
    }
    return {};
}

void Syntax<HmarkTarget>::save(const HmarkTarget& target, std::string& out) {
    for (std::size_t i = 0; i < HmarkTarget::kParts; ++i) {
        const Written& written = kWritten[i];
        if (!target.has(static_cast<Part>(i))) {
            continue;
        }
        base::append(out, " --hmark-{} ", written.option);
        if (i == Part::connection) {
            out += "ct";
        } else if (written.digits == 0) {
            base::append(out, "{}", target.values[i]);
        } else {
            base::append(out, "0x{:0{}x}", target.values[i], written.digits);
        }
    }
}

void Syntax<HmarkTarget>::list(const HmarkTarget& target, bool /*numeric*/, std::string& out) {
    base::append(out, " HMARK mod {} ", target.values[Part::modulus]);
    if (target.has(Part::offset)) {
        base::append(out, "+ 0x{:x} ", target.values[Part::offset]);
    }
    out += target.has(Part::connection) ? "ct, " : "";
    for (std::size_t i = 0; i <= Part::random; ++i) {
        if (!target.has(static_cast<Part>(i))) {
            continue;
        }
        if (kWritten[i].digits == 0) {
            base::append(out, "{} {} ", kWritten[i].option, target.values[i]);
        } else {
            base::append(out, "{} 0x{:x} ", kWritten[i].option, target.values[i]);
        }
    }
}

}  // namespace sluice::acl::text
