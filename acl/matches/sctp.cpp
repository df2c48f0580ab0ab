// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/sctp.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "acl/text/ports.h"
#include "dataplane/base/append.h"
#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kTypes = 256;

struct ChunkType {
    std::string_view name;
    std::uint8_t number;
    std::string_view flags{};  ///< the letters from bit 7 to bit 0; `-`: none
};
constexpr std::array<ChunkType, 22> kChunks = {{
    {"DATA", 0, "----IUBE"},
    {"INIT", 1},
    {"INIT_ACK", 2},
    {"SACK", 3},
    {"HEARTBEAT", 4},
    {"HEARTBEAT_ACK", 5},
    {"ABORT", 6, "-------T"},
    {"SHUTDOWN", 7},
    {"SHUTDOWN_ACK", 8},
    {"ERROR", 9},
    {"COOKIE_ECHO", 10},
    {"COOKIE_ACK", 11},
    {"ECN_ECNE", 12},
    {"ECN_CWR", 13},
    {"SHUTDOWN_COMPLETE", 14, "-------T"},
    {"I_DATA", 64},
    {"ASCONF_ACK", 128},
    {"RE_CONFIG", 130},
    {"PAD", 132},
    {"FORWARD_TSN", 192},
    {"ASCONF", 193},
    {"I_FORWARD_TSN", 194},
}};
constexpr std::array<std::string_view, 3> kHow = {"any", "all", "only"};

bool is(std::string_view name, std::string_view text) {
    return name.size() == text.size() && starts_with_no_case(name, text);
}

const ChunkType* chunk_of(std::size_t number) {
    const auto* found = std::find_if(kChunks.begin(), kChunks.end(),
                                     [&](const ChunkType& type) { return type.number == number; });
    return found == kChunks.end() ? nullptr : found;
}

SctpChunks::Flags& flags_of(SctpChunks& chunks, std::uint8_t type) {
    auto* const end = chunks.flags.begin() + chunks.flag_count;
    auto* const found = std::find_if(chunks.flags.begin(), end,
                                     [&](const SctpChunks::Flags& one) { return one.type == type; });
    if (found == end) {
        ++chunks.flag_count;  // fewer types have flags than there is room for
        found->type = type;
    }
    return *found;
}

/// `Ub`: a capital for a flag that is set, a small letter for one that is not.
Checked parse_flags(SctpChunks& chunks, const ChunkType& type, std::string_view letters,
                    const OptionUse& use) {
    for (const char letter : letters) {
        const bool is_capital = letter >= 'A' && letter <= 'Z';
        const std::size_t place =
            type.flags.find(is_capital ? letter : static_cast<char>(letter - 'a' + 'A'));
        if (place == std::string_view::npos || letter == '-') {
            return fault(fmt::format("chunk {} has no flag '{}'", type.name, letter), use.values[1].begin);
        }
        SctpChunks::Flags& flags = flags_of(chunks, type.number);
        const unsigned bit = 0x80U >> place;
        flags.mask = static_cast<std::uint8_t>(flags.mask | bit);
        flags.flags = static_cast<std::uint8_t>(flags.flags | (is_capital ? bit : 0U));
    }
    return {};
}

Checked parse_one(SctpChunks& chunks, std::string_view text, const OptionUse& use) {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    const auto* type = std::find_if(kChunks.begin(), kChunks.end(),
                                    [&](const ChunkType& known) { return is(known.name, name); });
    if (type == kChunks.end()) {
        return fault(fmt::format("unknown SCTP chunk '{}'", name), use.values[1].begin);
    }
    chunks.types[type->number / 32] |= 1U << type->number % 32;
    return colon == std::string_view::npos ? Checked{}
                                           : parse_flags(chunks, *type, text.substr(colon + 1), use);
}

Checked parse_chunks(SctpChunks& chunks, const OptionUse& use) {
    const auto* how = std::find_if(kHow.begin(), kHow.end(),
                                   [&](std::string_view known) { return is(known, use.values[0].text); });
    if (how == kHow.end()) {
        return use.refuse(fmt::format("unknown '{}': one of any, all and only", use.values[0].text));
    }
    chunks.how = static_cast<SctpChunks::How>(how - kHow.begin());
    chunks.inverted = use.inverted;
    std::string_view list = use.values[1].text;
    if (is("ALL", list)) {
        chunks.types.fill(~std::uint32_t{0});
        return {};
    }
    if (is("NONE", list)) {
        return {};
    }
    while (!list.empty()) {
        const std::string_view one = list.substr(0, list.find(','));
        if (!one.empty()) {
            if (auto checked = parse_one(chunks, one, use); !checked) {
                return checked;
            }
        }
        list.remove_prefix(std::min(one.size() + 1, list.size()));
    }
    return {};
}

void append_flags(const SctpChunks& chunks, const ChunkType& type, std::string& out) {
    for (std::size_t i = 0; i < chunks.flag_count; ++i) {
        const SctpChunks::Flags& flags = chunks.flags[i];
        if (flags.type != type.number) {
            continue;
        }
        out += ':';
        for (std::size_t place = 0; place < type.flags.size(); ++place) {
            const unsigned bit = 0x80U >> place;
            if ((flags.mask & bit) != 0) {
                const char letter = type.flags[place];
                out += (flags.flags & bit) != 0 ? letter : static_cast<char>(letter - 'A' + 'a');
            }
        }
    }
}

void append_chunks(const SctpChunks& chunks, bool numeric, std::string& out) {
    out += kHow[static_cast<std::size_t>(chunks.how)];
    out += ' ';
    const auto set = [](std::uint32_t word) { return word == ~std::uint32_t{0}; };
    if (std::all_of(chunks.types.begin(), chunks.types.end(), set)) {
        out += "ALL";
        return;
    }
    const std::size_t before = out.size();
    for (std::size_t number = 0; number < kTypes; ++number) {
        const ChunkType* type = chunk_of(number);
        if (!chunks.has(number) || type == nullptr) {
            continue;
        }
        out += out.size() == before ? "" : ",";
        if (numeric) {
            base::append(out, "0x{:04X}", number);
        } else {
            out += type->name;
        }
        append_flags(chunks, *type, out);
    }
    out += out.size() == before ? "NONE" : "";
}

}  // namespace

std::span<const Form<SctpMatch>> Syntax<SctpMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "source-port", .invertible = true},
        OptionSpec{.name = "sport", .invertible = true, .alias_of = "source-port"},
        OptionSpec{.name = "destination-port", .invertible = true},
        OptionSpec{.name = "dport", .invertible = true, .alias_of = "destination-port"},
        OptionSpec{.name = "chunk-types", .values = 2, .invertible = true},
    };
    static constexpr std::array kForms = {
        Form<SctpMatch>{.name = "sctp", .initial = {}, .options = kOptions, .protocol = net::kProtocolSctp}};
    return kForms;
}

Checked Syntax<SctpMatch>::parse(SctpMatch& match, const OptionUse& use) {
    if (use.option == "chunk-types") {
        return parse_chunks(match.chunks.emplace(), use);
    }
    auto ports = parse_ports(use.value(), ServiceOf::sctp);
    if (!ports) {
        return use.refuse(ports.error());
    }
    ports->inverted = use.inverted;
    (use.option == "source-port" ? match.source : match.destination) = *ports;
    return {};
}

void Syntax<SctpMatch>::save(const SctpMatch& match, std::string& out) {
    save_given_ports("sport", match.source, out);
    save_given_ports("dport", match.destination, out);
    if (match.chunks) {
        out += match.chunks->inverted ? " ! --chunk-types " : " --chunk-types ";
        append_chunks(*match.chunks, false, out);
    }
}

void Syntax<SctpMatch>::list(const SctpMatch& match, bool numeric, std::string& out) {
    out += " sctp";
    list_ports("spt", match.source.value_or(PortRange{}), ServiceOf::sctp, numeric, out);
    list_ports("dpt", match.destination.value_or(PortRange{}), ServiceOf::sctp, numeric, out);
    if (match.chunks) {
        out += match.chunks->inverted ? " ! " : " ";
        append_chunks(*match.chunks, numeric, out);
    }
}

}  // namespace sluice::acl::text
