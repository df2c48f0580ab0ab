// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/tee.h"

#include <fmt/core.h>

#include <algorithm>

#include "acl/text/address_text.h"
#include "acl/text/bare_name.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

std::span<const Form<TeeTarget>> Syntax<TeeTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "gateway", .required = true},
        OptionSpec{.name = "oif"},
    };
    static constexpr std::array kForms = {Form<TeeTarget>{.name = "TEE", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<TeeTarget>::parse(TeeTarget& target, const OptionUse& use) {
    if (use.option == "oif") {
        if (use.value().empty()) {
            return {};
        }
        if (auto checked = check_bare_name("interface name", TeeTarget::kMaxInterface, use); !checked) {
            return checked;
        }
        std::copy(use.value().begin(), use.value().end(), target.out.begin());
        return {};
    }
    const auto gateway = parse_host(use.value());
    if (!gateway) {
        return use.refuse(fmt::format("invalid gateway '{}': an address without a mask", use.value()));
    }
    if (gateway->is_unspecified()) {
        return use.refuse("0.0.0.0 is no gateway");
    }
    target.gateway = *gateway;
    return {};
}

void Syntax<TeeTarget>::save(const TeeTarget& target, std::string& out) {
    base::append(out, " --gateway {}", net::to_string(target.gateway));
    if (!target.out_name().empty()) {
        base::append(out, " --oif {}", target.out_name());
    }
}

void Syntax<TeeTarget>::list(const TeeTarget& target, bool /*numeric*/, std::string& out) {
    base::append(out, " TEE gw:{}", net::to_string(target.gateway));
    if (!target.out_name().empty()) {
        base::append(out, " oif={}", target.out_name());
    }
}

}  // namespace sluice::acl::text
