// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/audit.h"

#include <fmt/core.h>

#include <array>

namespace sluice::acl::text {

namespace {

constexpr std::array<std::string_view, 3> kTypes = {"accept", "drop", "reject"};

std::string_view name_of(const AuditTarget& target) {
    return kTypes[static_cast<std::size_t>(target.type)];
}

}  // namespace

std::span<const Form<AuditTarget>> Syntax<AuditTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "type", .required = true}};
    static constexpr std::array kForms = {
        Form<AuditTarget>{.name = "AUDIT", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<AuditTarget>::parse(AuditTarget& target, const OptionUse& use) {
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
        if (kTypes[i].size() == use.value().size() && starts_with_no_case(use.value(), kTypes[i])) {
            target.type = static_cast<AuditTarget::Type>(i);
            return {};
        }
    }
    return use.refuse(fmt::format("unknown type '{}': accept, drop or reject", use.value()));
}

void Syntax<AuditTarget>::save(const AuditTarget& target, std::string& out) {
    out += " --type ";
    out += name_of(target);
}

void Syntax<AuditTarget>::list(const AuditTarget& target, bool /*numeric*/, std::string& out) {
    out += " AUDIT ";
    out += name_of(target);
}

}  // namespace sluice::acl::text
