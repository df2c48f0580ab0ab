// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/cpu.h"

#include <fmt/core.h>

#include <array>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

std::span<const Form<CpuMatch>> Syntax<CpuMatch>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "cpu", .invertible = true, .required = true}};
    static constexpr std::array kForms = {Form<CpuMatch>{.name = "cpu", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<CpuMatch>::parse(CpuMatch& match, const OptionUse& use) {
    const auto cpu = parse_number(use.value(), 0xffffffffU);
    if (!cpu) {
        return use.refuse(fmt::format("invalid cpu '{}': a number from 0 to 4294967295", use.value()));
    }
    match = {*cpu, use.inverted};
    return {};
}

void Syntax<CpuMatch>::save(const CpuMatch& match, std::string& out) {
    base::append(out, "{} --cpu {}", match.inverted ? " !" : "", match.cpu);
}

void Syntax<CpuMatch>::list(const CpuMatch& match, bool /*numeric*/, std::string& out) {
    base::append(out, " cpu {}{}", match.inverted ? "! " : "", match.cpu);
}

}  // namespace sluice::acl::text
