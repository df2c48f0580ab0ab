// SPDX-License-Identifier: BSD-3-Clause
#include <limits>
#include <utility>

#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

namespace sluice::ctrlplane::control {

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10U;

MethodResult trace(const RouterView& view, const Json& given) {
    Params params(given);
    const auto after = params.number("after", std::numeric_limits<std::uint64_t>::max());
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (view.traced == nullptr) {
        return refusal("nothing keeps what is traced");
    }
    auto piece = view.traced->behind(after.value_or(view.traced->last()), kMostBytes);
    return Json{{"text", std::move(piece.text)}, {"next", piece.last}, {"lost", piece.lost}};
}

}  // namespace

void add_trace_method(Methods& methods, const RouterView& view) {
    methods["trace"] = [&view](const Json& params) { return trace(view, params); };
}

}  // namespace sluice::ctrlplane::control
