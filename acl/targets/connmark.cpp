// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/connmark.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/mark_text.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Mode = ConnmarkTarget::Mode;

constexpr std::uint32_t kAll = 0xffffffffU;
constexpr std::uint32_t kMaxShift = 32;

constexpr std::uint8_t kMaskGiven = 1;
constexpr std::uint8_t kHalfMaskGiven = 2;  // --nfmask or --ctmask
constexpr std::uint8_t kShiftGiven = 4;

Checked set_mode(ConnmarkTarget& target, Mode mode, const OptionUse& use) {
    if (target.mode != Mode::none) {
        return fault("CONNMARK: only one of --set-mark, --set-xmark, --and-mark, --or-mark, --xor-mark, "
                     "--save-mark and --restore-mark can be used",
                     use.begin);
    }
    target.mode = mode;
    return {};
}

Checked parse_masks(ConnmarkTarget& target, const OptionUse& use, std::uint32_t mask) {
    const bool is_whole = use.option == "mask";
    if ((target.given & (is_whole ? kHalfMaskGiven : kMaskGiven)) != 0) {
        return fault("CONNMARK: --mask cannot be used together with --nfmask or --ctmask", use.begin);
    }
    target.given = static_cast<std::uint8_t>(target.given | (is_whole ? kMaskGiven : kHalfMaskGiven));
    if (use.option != "nfmask") {
        target.connection_mask = mask;
    }
    if (use.option != "ctmask") {
        target.packet_mask = mask;
    }
    return {};
}

Checked parse_shift(ConnmarkTarget& target, const OptionUse& use) {
    if ((target.given & kShiftGiven) != 0) {
        return fault("CONNMARK: --left-shift-mark and --right-shift-mark cannot be used together", use.begin);
    }
    const auto bits = parse_number(use.value(), kMaxShift);
    if (!bits) {
        return use.refuse(fmt::format("invalid shift '{}': a number from 0 to {}", use.value(), kMaxShift));
    }
    target.given = static_cast<std::uint8_t>(target.given | kShiftGiven);
    target.shifts_right = use.option == "right-shift-mark" && *bits != 0;
    target.shift = static_cast<std::uint8_t>(*bits);
    return {};
}

void append_shift(const ConnmarkTarget& target, std::string_view dashes, std::string& out) {
    if (target.shift != 0) {
        base::append(out, " {}{}-shift-mark {}", dashes, target.shifts_right ? "right" : "left",
                     target.shift);
    }
}

}  // namespace

std::span<const Form<ConnmarkTarget>> Syntax<ConnmarkTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "set-xmark"},
        OptionSpec{.name = "set-mark"},
        OptionSpec{.name = "and-mark"},
        OptionSpec{.name = "or-mark"},
        OptionSpec{.name = "xor-mark"},
        OptionSpec{.name = "save-mark", .values = 0},
        OptionSpec{.name = "restore-mark", .values = 0},
        OptionSpec{.name = "ctmask"},
        OptionSpec{.name = "nfmask"},
        OptionSpec{.name = "mask"},
        OptionSpec{.name = "left-shift-mark"},
        OptionSpec{.name = "right-shift-mark"},
    };
    static constexpr std::array kForms = {Form<ConnmarkTarget>{
        .name = "CONNMARK", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<ConnmarkTarget>::parse(ConnmarkTarget& target, const OptionUse& use) {
    if (use.option == "save-mark" || use.option == "restore-mark") {
        return set_mode(target, use.option == "save-mark" ? Mode::save : Mode::restore, use);
    }
    if (use.option.ends_with("shift-mark")) {
        return parse_shift(target, use);
    }
    if (use.option.ends_with("-mark") || use.option == "set-xmark") {
        const auto change = parse_mark_change(use.option, use.value());
        if (!change) {
            return use.refuse(fmt::format("invalid mark '{}': a number from 0 to 0xffffffff{}", use.value(),
                                          use.option.starts_with("set") ? ", or VALUE/MASK" : ""));
        }
        target.value = change->value;
        target.connection_mask = change->mask;
        return set_mode(target, Mode::set, use);
    }
    const auto mask = parse_number(use.value(), kAll);
    if (!mask) {
        return use.refuse(fmt::format("invalid mask '{}': a number from 0 to 0xffffffff", use.value()));
    }
    return parse_masks(target, use, *mask);
}

Checked Syntax<ConnmarkTarget>::finish(const ConnmarkTarget& target, const RuleFacts& rule) {
    if (target.mode == Mode::none) {
        return fault("CONNMARK: no operation given: --set-mark, --save-mark, --restore-mark or the like",
                     rule.begin);
    }
    return {};
}

void Syntax<ConnmarkTarget>::save(const ConnmarkTarget& target, std::string& out) {
    if (target.mode == Mode::set) {
        base::append(out, " --set-xmark 0x{:x}/0x{:x}", target.value, target.connection_mask);
    } else {
        base::append(out, " --{}-mark --nfmask 0x{:x} --ctmask 0x{:x}",
                     target.mode == Mode::save ? "save" : "restore", target.packet_mask,
                     target.connection_mask);
    }
    append_shift(target, "--", out);
}

void Syntax<ConnmarkTarget>::list(const ConnmarkTarget& target, bool /*numeric*/, std::string& out) {
    out += " CONNMARK";
    if (target.mode == Mode::set) {
        append_mark_change({target.value, target.connection_mask}, out);
    } else {
        const bool saves = target.mode == Mode::save;
        out += saves ? " save" : " restore";
        if (target.packet_mask != target.connection_mask) {
            if (saves) {
                base::append(out, " nfmask 0x{:x} ctmask ~0x{:x}", target.packet_mask,
                             target.connection_mask);
            } else {
                base::append(out, " ctmask 0x{:x} nfmask ~0x{:x}", target.connection_mask,
                             target.packet_mask);
            }
        } else if (target.packet_mask != kAll) {
            base::append(out, " mask 0x{:x}", target.packet_mask);
        }
    }
    append_shift(target, "", out);
}

}  // namespace sluice::acl::text
