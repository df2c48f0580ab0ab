// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/physdev.h"

#include <fmt/core.h>

#include <array>

#include <algorithm>

#include "acl/tables.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

struct NamedAsk {
    std::string_view option;
    PhysdevMatch::Ask bit;
};
/// In the order in which they are printed.
constexpr std::array<NamedAsk, 5> kAsks = {{
    {"physdev-is-in", PhysdevMatch::is_in},
    {"physdev-in", PhysdevMatch::in},
    {"physdev-is-out", PhysdevMatch::is_out},
    {"physdev-out", PhysdevMatch::out},
    {"physdev-is-bridged", PhysdevMatch::bridged},
}};

void append(const PhysdevMatch& match, std::string& out) {
    for (const NamedAsk& one : kAsks) {
        if ((match.asked & one.bit) == 0) {
            continue;
        }
        base::append(out, "{} --{}", (match.inverted & one.bit) != 0 ? " !" : "", one.option);
        if (one.bit == PhysdevMatch::in || one.bit == PhysdevMatch::out) {
            base::append(out, " {}",
                         one.bit == PhysdevMatch::in ? match.in_name.data() : match.out_name.data());
        }
    }
}

}  // namespace

std::span<const Form<PhysdevMatch>> Syntax<PhysdevMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "physdev-in", .invertible = true},
        OptionSpec{.name = "physdev-out", .invertible = true},
        OptionSpec{.name = "physdev-is-in", .values = 0, .invertible = true},
        OptionSpec{.name = "physdev-is-out", .values = 0, .invertible = true},
        OptionSpec{.name = "physdev-is-bridged", .values = 0, .invertible = true},
    };
    static constexpr std::array kForms = {
        Form<PhysdevMatch>{.name = "physdev", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<PhysdevMatch>::parse(PhysdevMatch& match, const OptionUse& use) {
    for (const NamedAsk& one : kAsks) {
        if (one.option != use.option) {
            continue;
        }
        match.asked = static_cast<std::uint8_t>(match.asked | one.bit);
        match.inverted = static_cast<std::uint8_t>(match.inverted | (use.inverted ? one.bit : 0));
        if (!use.values.empty()) {
            auto& name = one.bit == PhysdevMatch::in ? match.in_name : match.out_name;
            if (use.value().empty() || use.value().size() >= name.size()) {
                return use.refuse(fmt::format("bad interface name '{}': 1 to 15 characters", use.value()));
            }
            std::copy(use.value().begin(), use.value().end(), name.begin());
        }
    }
    return {};
}

Checked Syntax<PhysdevMatch>::finish(const PhysdevMatch& match, const RuleFacts& rule) {
    return match.asked != 0 ? Checked{} : fault("physdev: at least one option is required", rule.begin);
}

/// As the kernel: where packets leave is known in OUTPUT only of bridged ones.
std::uint8_t Syntax<PhysdevMatch>::hooks(const PhysdevMatch& match) {
    const bool asks_out = (match.asked & (PhysdevMatch::out | PhysdevMatch::is_out)) != 0;
    const bool is_bridged = (match.asked & ~match.inverted & PhysdevMatch::bridged) != 0;
    return asks_out && !is_bridged ? static_cast<std::uint8_t>(0xff & ~bit(Hook::output)) : std::uint8_t{0xff};
}

void Syntax<PhysdevMatch>::save(const PhysdevMatch& match, std::string& out) { append(match, out); }

void Syntax<PhysdevMatch>::list(const PhysdevMatch& match, bool /*numeric*/, std::string& out) {
    out += " PHYSDEV match";
    append(match, out);
}

}  // namespace sluice::acl::text
