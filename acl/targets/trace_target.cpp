// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/trace_target.h"

namespace sluice::acl::text {

std::span<const Form<TraceTarget>> Syntax<TraceTarget>::forms() {
    static constexpr std::array kForms = {Form<TraceTarget>{.name = "TRACE", .initial = {}}};
    return kForms;
}

Checked Syntax<TraceTarget>::parse(TraceTarget& /*target*/, const OptionUse& /*use*/) {
    return {};
}

void Syntax<TraceTarget>::save(const TraceTarget& /*target*/, std::string& /*out*/) {}

void Syntax<TraceTarget>::list(const TraceTarget& /*target*/, bool /*numeric*/, std::string& /*out*/) {}

}  // namespace sluice::acl::text
