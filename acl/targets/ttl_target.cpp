// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/ttl_target.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Mode = TtlTarget::Mode;

}  // namespace

std::span<const Form<TtlTarget>> Syntax<TtlTarget>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "ttl-set"}, OptionSpec{.name = "ttl-dec"},
                                            OptionSpec{.name = "ttl-inc"}};
    static constexpr std::array kForms = {Form<TtlTarget>{
        .name = "TTL", .initial = {}, .options = kOptions, .tables = bit(TableId::mangle)}};
    return kForms;
}

Checked Syntax<TtlTarget>::parse(TtlTarget& target, const OptionUse& use) {
    if (target.mode != Mode::none) {
        return fault("TTL: only one of --ttl-set, --ttl-dec and --ttl-inc can be used", use.begin);
    }
    const auto value = parse_number(use.value(), 0xff);
    if (!value || (*value == 0 && use.option != "ttl-set")) {
        return use.refuse(fmt::format("invalid TTL '{}': a number from {} to 255", use.value(),
                                      use.option == "ttl-set" ? 0 : 1));
    }
    target.mode = use.option == "ttl-set"   ? Mode::set
                  : use.option == "ttl-dec" ? Mode::decrease
                                            : Mode::increase;
    target.value = static_cast<std::uint8_t>(*value);
    return {};
}

Checked Syntax<TtlTarget>::finish(const TtlTarget& target, const RuleFacts& rule) {
    if (target.mode == Mode::none) {
        return fault("TTL: one of --ttl-set, --ttl-dec and --ttl-inc is required", rule.begin);
    }
    return {};
}

void Syntax<TtlTarget>::save(const TtlTarget& target, std::string& out) {
    base::append(out, " --ttl-{} {}",
                 target.mode == Mode::set        ? "set"
                 : target.mode == Mode::decrease ? "dec"
                                                 : "inc",
                 target.value);
}

void Syntax<TtlTarget>::list(const TtlTarget& target, bool /*numeric*/, std::string& out) {
    base::append(out, " TTL {} {}",
                 target.mode == Mode::set        ? "set to"
                 : target.mode == Mode::decrease ? "decrement by"
                                                 : "increment by",
                 target.value);
}

}  // namespace sluice::acl::text
