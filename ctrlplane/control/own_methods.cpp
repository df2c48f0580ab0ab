// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "ctrlplane/control/figures_text.h"
#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

namespace sluice::ctrlplane::control {

namespace {

MethodResult answer(bool json, Json data, std::string (*text)(const Json&)) {
    return json ? Json{{"data", std::move(data)}} : Json{{"text", text(data)}};
}

MethodResult status(const Figures& figures, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    return answer(json, figures.status(), status_text);
}

MethodResult stats(const Figures& figures, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    const bool all = params.flag("all");
    if (auto fault = params.fault()) {
        return *fault;
    }
    return answer(json, figures.stats(all), stats_text);
}

MethodResult version(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    return json ? Json{{"data", {{"version", view.version}}}}
                : Json{{"text", fmt::format("sluice {}\n", view.version)}};
}

MethodResult reload(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    const auto done = view.reload();
    if (!done) {
        return refusal(
            fmt::format("the configuration is refused, and nothing has changed:\n{}", done.error()));
    }
    return json ? Json{{"data", {{"reloaded", true}}}} : Json{{"text", fmt::format("{}\n", *done)}};
}

}  // namespace

void add_own_methods(Methods& methods, const RouterView& view, const Figures& figures) {
    methods["status"] = [&figures](const Json& params) { return status(figures, params); };
    methods["stats"] = [&figures](const Json& params) { return stats(figures, params); };
    methods["version"] = [&view](const Json& params) { return version(view, params); };
    methods["reload"] = [&view](const Json& params) { return reload(view, params); };
}

Methods all_methods(const RouterView& view, const Figures& figures) {
    Methods methods;
    add_own_methods(methods, view, figures);
    add_iptables_methods(methods, view);
    add_edit_methods(methods, view);
    add_ipset_methods(methods, view);
    add_recent_methods(methods, view);
    add_explain_method(methods, view);
    add_trace_method(methods, view);
    add_conntrack_methods(methods, view);
    add_ip_methods(methods, view);
    add_ip_edit_methods(methods, view);
    add_sysctl_methods(methods, view);
    return methods;
}

}  // namespace sluice::ctrlplane::control
