// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/bpf.h"

#include <fmt/core.h>

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "acl/bpf/check.h"
#include "acl/text/bare_name.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kMostInstructions = 64;  // XT_BPF_MAX_NUM_INSTR
constexpr std::size_t kLongestPath = 511;      // XT_BPF_PATH_MAX, with its end

constexpr bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// The next word of `text`, which it is taken from; empty at the end.
std::string_view take_word(std::string_view& text) {
    std::size_t begin = 0;
    while (begin < text.size() && is_blank(text[begin])) {
        ++begin;
    }
    std::size_t end = begin;
    while (end < text.size() && !is_blank(text[end])) {
        ++end;
    }
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

/// What stands in front of the next comma, which goes with it.
std::string_view take_field(std::string_view& text) {
    const std::size_t comma = text.find(',');
    const std::string_view field = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    return field;
}

/// `21 0 1 6`: code, jt, jf and k.
std::optional<bpf::Instruction> read_instruction(std::string_view field) {
    constexpr std::array<std::uint64_t, 4> kMost = {
        std::numeric_limits<std::uint16_t>::max(), std::numeric_limits<std::uint8_t>::max(),
        std::numeric_limits<std::uint8_t>::max(), std::numeric_limits<std::uint32_t>::max()};
    std::array<std::uint64_t, 4> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto number = parse_digits(take_word(field), kMost[i]);
        if (!number) {
            return std::nullopt;
        }
        numbers[i] = *number;
    }
    if (!take_word(field).empty()) {
        return std::nullopt;
    }
    return bpf::Instruction{static_cast<std::uint16_t>(numbers[0]), static_cast<std::uint8_t>(numbers[1]),
                            static_cast<std::uint8_t>(numbers[2]), static_cast<std::uint32_t>(numbers[3])};
}

using Program = std::vector<bpf::Instruction>;

/// `4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0`; a comma may stand behind it all, as `tcpdump -ddd` leaves one.
tl::expected<Program, std::string> read_program(std::string_view text) {
    const bool has_more = text.find(',') != std::string_view::npos;
    std::string_view head = take_field(text);
    const std::string_view written = take_word(head);
    const auto count = parse_digits(written, std::numeric_limits<std::uint32_t>::max());
    if (!count || !has_more || !head.empty()) {
        return tl::unexpected<std::string>("bpf: the number of instructions is expected first, then a comma");
    }
    if (*count == 0 || *count > kMostInstructions) {
        return tl::unexpected(
            fmt::format("bpf: {} instructions: there may be 1 to {}", *count, kMostInstructions));
    }
    Program program;
    while (!text.empty()) {
        if (program.size() == *count) {
            return tl::unexpected(fmt::format("bpf: more instructions than the {} that it says", *count));
        }
        const auto instruction = read_instruction(take_field(text));
        if (!instruction) {
            return tl::unexpected(fmt::format(
                "bpf: instruction {} (from 0) is not four decimal numbers: code jt jf k, up to 65535, "
                "255, 255 and 4294967295",
                program.size()));
        }
        program.push_back(*instruction);
    }
    if (program.size() != *count) {
        return tl::unexpected(fmt::format("bpf: {} instructions, where it says {}", program.size(), *count));
    }
    if (const auto flaw = bpf::flaw_of(program)) {
        return tl::unexpected(fmt::format("bpf: instruction {} (from 0) {}", flaw->instruction, flaw->what));
    }
    return program;
}

void append_program(const Program& program, std::string& out) {
    for (std::size_t i = 0; i < program.size(); ++i) {
        const bpf::Instruction& instruction = program[i];
        base::append(out, "{}{} {} {} {}", i == 0 ? "" : ",", instruction.code, instruction.if_true,
                     instruction.if_false, instruction.k);
    }
}

}  // namespace

std::span<const Form<BpfMatch>> Syntax<BpfMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "bytecode"},
                                            OptionSpec{.name = "object-pinned"}};
    static const std::array kForms = {Form<BpfMatch>{.name = "bpf", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<BpfMatch>::parse(BpfMatch& match, const OptionUse& use) {
    if (!match.program.empty() || !match.object.empty()) {
        return fault("bpf: only one of --bytecode and --object-pinned can be used", use.begin);
    }
    if (use.option == "object-pinned") {
        if (auto checked = check_bare_name("path", kLongestPath, use); !checked) {
            return checked;
        }
        match.object = use.value();
        return {};
    }
    auto program = read_program(use.value());
    if (!program) {
        return use.refuse(std::move(program.error()));
    }
    match.program = std::move(*program);
    return {};
}

Checked Syntax<BpfMatch>::finish(const BpfMatch& match, const RuleFacts& rule) {
    if (match.program.empty() && match.object.empty()) {
        return fault("bpf: one of --bytecode and --object-pinned is required", rule.begin);
    }
    return {};
}

void Syntax<BpfMatch>::save(const BpfMatch& match, std::string& out) {
    if (!match.object.empty()) {
        out += " --object-pinned " + match.object;
        return;
    }
    base::append(out, " --bytecode \"{},", match.program.size());
    append_program(match.program, out);
    out += '"';
}

/// Without a blank before it, as iptables prints it; without the zero byte that iptables prints behind it.
void Syntax<BpfMatch>::list(const BpfMatch& match, bool /*numeric*/, std::string& out) {
    out += "match bpf ";
    if (!match.object.empty()) {
        out += "pinned " + match.object;
        return;
    }
    append_program(match.program, out);
}

}  // namespace sluice::acl::text
