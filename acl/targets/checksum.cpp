// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/checksum.h"

#include <array>

#include "acl/tables.h"

namespace sluice::acl::text {

std::span<const Form<ChecksumTarget>> Syntax<ChecksumTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "checksum-fill", .values = 0}};
    static constexpr std::array kForms = {Form<ChecksumTarget>{
        .name = "CHECKSUM", .initial = {}, .options = kOptions, .tables = bit(TableId::mangle)}};
    return kForms;
}

Checked Syntax<ChecksumTarget>::parse(ChecksumTarget& target, const OptionUse& /*use*/) {
    target.fill = true;
    return {};
}

Checked Syntax<ChecksumTarget>::finish(const ChecksumTarget& target, const RuleFacts& rule) {
    return target.fill ? Checked{} : fault("CHECKSUM: --checksum-fill is required", rule.begin);
}

void Syntax<ChecksumTarget>::save(const ChecksumTarget& /*target*/, std::string& out) { out += " --checksum-fill"; }

void Syntax<ChecksumTarget>::list(const ChecksumTarget& /*target*/, bool /*numeric*/, std::string& out) {
    out += " CHECKSUM fill";
}

}  // namespace sluice::acl::text
