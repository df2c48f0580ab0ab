// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/classify.h"

#include <fmt/core.h>

#include <array>

#include <charconv>
#include <optional>

#include "acl/tables.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

/// MAJOR:MINOR in hexadecimal digits.
std::optional<std::uint32_t> parse_class(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::uint32_t priority = 0;
    for (const std::string_view part : {text.substr(0, colon), text.substr(colon + 1)}) {
        std::uint32_t number = 0;
        const char* const end = part.data() + part.size();
        const auto [stop, error] = std::from_chars(part.data(), end, number, 16);
        if (error != std::errc{} || stop != end || number > 0xffff) {
            return std::nullopt;
        }
        priority = priority << 16U | number;
    }
    return priority;
}

}  // namespace

std::span<const Form<ClassifyTarget>> Syntax<ClassifyTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "set-class", .required = true}};
    static constexpr std::array kForms = {Form<ClassifyTarget>{
        .name = "CLASSIFY",
        .initial = {},
        .options = kOptions,
        .hooks = bit(Hook::forward) | bit(Hook::output) | bit(Hook::postrouting)}};
    return kForms;
}

Checked Syntax<ClassifyTarget>::parse(ClassifyTarget& target, const OptionUse& use) {
    const auto priority = parse_class(use.value());
    if (!priority) {
        return use.refuse(fmt::format("invalid class '{}': MAJOR:MINOR, hexadecimal, each up to ffff", use.value()));
    }
    target.priority = *priority;
    return {};
}

void Syntax<ClassifyTarget>::save(const ClassifyTarget& target, std::string& out) {
    base::append(out, " --set-class {:04x}:{:04x}", target.priority >> 16U, target.priority & 0xffffU);
}

void Syntax<ClassifyTarget>::list(const ClassifyTarget& target, bool /*numeric*/, std::string& out) {
    base::append(out, " CLASSIFY set {:x}:{:x}", target.priority >> 16U, target.priority & 0xffffU);
}

}  // namespace sluice::acl::text
