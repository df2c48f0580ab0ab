// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>

#include "ctrlplane/config/sysctl.h"
#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"
#include "dataplane/base/append.h"

/// `sysctl`: values by the kernel's names, read and written; in the words of procps 4.0.
namespace sluice::ctrlplane::control {

namespace {

constexpr std::string_view kCount = "net.netfilter.nf_conntrack_count";

std::vector<config::SysctlValue> all_values(const RouterView& view) {
    std::vector<config::SysctlValue> values = view.sysctls();
    values.push_back({std::string(kCount), view.connections->count()});
    std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return values;
}

tl::expected<config::SysctlValue, Refusal> value_named(const std::vector<config::SysctlValue>& values, const std::string& written) {
    const std::string name = config::canonical_sysctl_name(written);
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& one) { return one.name == name; });
    if (found == values.end()) {
        std::string path = name;
        std::transform(path.begin(), path.end(), path.begin(), [](char c) { return c == '.' ? '/' : c == '/' ? '.' : c; });
        return refusal(fmt::format("sysctl: cannot stat /proc/sys/{}: No such file or directory", path));
    }
    return *found;
}

/// What a word wants: a value, or that it be another.
struct Wish {
    std::string name;
    std::optional<std::string> value;
};

Wish wish_of(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
        return {word, std::nullopt};
    }
    std::string name = word.substr(0, equals);
    while (!name.empty() && name.back() == ' ') {
        name.pop_back();
    }
    return {std::move(name), word.substr(equals + 1)};
}

MethodResult sysctl(const RouterView& view, const Json& given) {
    Params params(given);
    const std::vector<std::string> words = params.texts("words");
    const bool all = params.flag("all");
    const bool only_values = params.flag("values");
    const bool only_names = params.flag("names");
    const bool is_quiet = params.flag("quiet");
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    std::vector<Wish> wishes;
    std::transform(words.begin(), words.end(), std::back_inserter(wishes), wish_of);
    const bool writes = std::any_of(wishes.begin(), wishes.end(), [](const Wish& one) { return one.value.has_value(); });
    if (writes) {
        const auto done = view.change_config([&](config::ConfigEdit& config) -> config::ConfigEdit::Done {
            for (const Wish& wish : wishes) {
                if (!wish.value) {
                    continue;
                }
                if (auto set = config.sysctl(wish.name, *wish.value); !set) {
                    return set;
                }
            }
            return {};
        });
        if (!done) {
            return refusal(done.error());
        }
    }
    const std::vector<config::SysctlValue> values = all_values(view);
    std::string text;
    Json data = Json::object();
    const auto show = [&](const config::SysctlValue& one) {
        data[one.name] = one.value;
        if (only_values) {
            base::append(text, "{}\n", one.value);
        } else if (only_names) {
            base::append(text, "{}\n", one.name);
        } else {
            base::append(text, "{} = {}\n", one.name, one.value);
        }
    };
    if (all) {
        std::for_each(values.begin(), values.end(), show);
    }
    for (const Wish& wish : wishes) {
        const auto value = value_named(values, wish.name);
        if (!value) {
            return tl::unexpected(value.error());
        }
        if (!wish.value || !is_quiet) {
            show(*value);
        }
    }
    return json ? Json{{"data", std::move(data)}} : Json{{"text", std::move(text)}};
}

}  // namespace

void add_sysctl_methods(Methods& methods, const RouterView& view) {
    methods["sysctl"] = [&view](const Json& params) { return sysctl(view, params); };
}

}  // namespace sluice::ctrlplane::control
