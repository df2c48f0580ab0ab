// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/secmark.h"

#include <array>

#include "acl/tables.h"
#include "acl/text/bare_name.h"

namespace sluice::acl::text {

std::span<const Form<SecmarkTarget>> Syntax<SecmarkTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "selctx", .required = true}};
    static const std::array kForms = {
        Form<SecmarkTarget>{.name = "SECMARK",
                            .initial = {},
                            .options = kOptions,
                            .tables = bit(TableId::mangle) | bit(TableId::security)}};
    return kForms;
}

Checked Syntax<SecmarkTarget>::parse(SecmarkTarget& target, const OptionUse& use) {
    constexpr std::size_t kMaxContext = 255;
    if (auto checked = check_bare_name("security context", kMaxContext, use); !checked) {
        return checked;
    }
    target.context = use.value();
    return {};
}

void Syntax<SecmarkTarget>::save(const SecmarkTarget& target, std::string& out) {
    out += " --selctx ";
    out += target.context;
}

void Syntax<SecmarkTarget>::list(const SecmarkTarget& target, bool /*numeric*/, std::string& out) {
    out += " SECMARK selctx ";
    out += target.context;
}

}  // namespace sluice::acl::text
