// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>

#include "ctrlplane/config/config_edit.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/sysctl.h"

/// sysctl(8): values that are read and written while the router runs.
namespace sluice::ctrlplane::config {

namespace {

using Done = ConfigEdit::Done;

constexpr std::string_view kConf = "net.ipv4.conf.";
constexpr std::string_view kForward = "net.ipv4.ip_forward";
constexpr std::string_view kMax = "net.netfilter.nf_conntrack_max";

tl::unexpected<std::string> refused(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

/// As sysctl(8) has it, with dots inside of a part as slashes.
std::string path_of(std::string_view name) {
    std::string path(name);
    std::transform(path.begin(), path.end(), path.begin(), [](char c) { return c == '.' ? '/' : c == '/' ? '.' : c; });
    return path;
}

Done unknown(std::string_view name) {
    return refused(fmt::format("sysctl: cannot stat /proc/sys/{}: No such file or directory", path_of(name)));
}

Done invalid(std::string_view name, std::string_view why = {}) {
    return refused(fmt::format("sysctl: setting key \"{}\": Invalid argument{}{}", name, why.empty() ? "" : ": ", why));
}

/// Whole and not negative; the kernel takes blanks around it.
std::optional<std::uint32_t> number_of(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    constexpr std::uint64_t kMost = 0xffffffffU;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
        if (value > kMost) {
            return std::nullopt;
        }
    }
    return text.empty() ? std::nullopt : std::optional(static_cast<std::uint32_t>(value));
}

Done check(const std::string& name, std::uint32_t value, std::uint32_t low, std::uint32_t high, bool is_honoured,
           std::string_view reason) {
    if (low > high) {
        return invalid(name, reason);
    }
    if (value < low || value > high) {
        return is_honoured ? invalid(name) : invalid(name, reason);
    }
    return {};
}

std::string scope_of(std::string_view interface) {
    std::string scope(interface);
    std::replace(scope.begin(), scope.end(), '.', '/');
    return scope;
}

}  // namespace

void ConfigEdit::apply_interface_sysctls() {
    for (CheckedInterface& interface : config_.interfaces_) {
        interface.sysctls = effective(config_.conf_all_, config_.conf_preset_, interface.own_sysctls,
                                      config_.sysctls_.ip_forward != 0);
    }
}

Done ConfigEdit::sysctl(std::string_view written, std::string_view value_text) {
    const std::string name = canonical_sysctl_name(written);
    const auto value = number_of(value_text);
    const auto globals = known_sysctls();
    const auto global = std::find_if(globals.begin(), globals.end(), [&](const SysctlSpec& one) { return one.name == name; });
    if (global != globals.end()) {
        if (!value) {
            return invalid(name);
        }
        if (name == kMax && *value != config_.sysctls_.conntrack_max) {
            return invalid(name, "it sizes the table at start");
        }
        if (Done done = check(name, *value, global->low, global->high, global->field != nullptr, global->reason); !done) {
            return done;
        }
        if (global->field != nullptr) {
            config_.sysctls_.*(global->field) = *value;
        }
        if (name == kForward) {
            return sysctl("net.ipv4.conf.all.forwarding", value_text);
        }
        return {};
    }
    const std::size_t dot = name.rfind('.');
    if (!name.starts_with(kConf) || dot < kConf.size()) {
        return unknown(name);
    }
    const std::string scope = name.substr(kConf.size(), dot - kConf.size());
    const auto specs = known_conf_sysctls();
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const ConfSpec& one) { return one.name == name.substr(dot + 1); });
    const auto interface = std::find_if(config_.interfaces_.begin(), config_.interfaces_.end(),
                                        [&](const CheckedInterface& one) { return scope_of(one.name) == scope; });
    const bool is_all = scope == "all";
    const bool is_preset = scope == "default";
    if (spec == specs.end() || (interface == config_.interfaces_.end() && !is_all && !is_preset)) {
        return unknown(name);
    }
    if (!value) {
        return invalid(name);
    }
    if (Done done = check(name, *value, 0, is_all ? spec->high_of_all : spec->high, spec->field != nullptr, spec->reason); !done) {
        return done;
    }
    if (spec->field == nullptr) {
        return {};
    }
    ConfSettings& settings = is_all ? config_.conf_all_ : is_preset ? config_.conf_preset_ : interface->own_sysctls;
    settings.*(spec->field) = *value;
    if (is_all && spec->field == &ConfSettings::forwarding) {
        // As inet_forward_change: every interface, and those to come.
        config_.sysctls_.ip_forward = *value;
        config_.conf_preset_.forwarding = *value;
        for (CheckedInterface& one : config_.interfaces_) {
            one.own_sysctls.forwarding = *value;
        }
    }
    apply_interface_sysctls();
    return {};
}

std::vector<SysctlValue> sysctl_values(const CheckedConfig& config) {
    std::vector<SysctlValue> values;
    for (const SysctlSpec& spec : known_sysctls()) {
        if (spec.low <= spec.high) {
            values.push_back({std::string(spec.name), spec.field != nullptr ? config.sysctls().*(spec.field) : spec.kernel_default});
        }
    }
    for (const ConfSpec& spec : known_conf_sysctls()) {
        const auto add = [&](std::string_view scope, const ConfSettings& settings, std::uint32_t unset) {
            const std::uint32_t value = spec.field != nullptr ? (settings.*(spec.field)).value_or(unset) : unset;
            values.push_back({fmt::format("{}{}.{}", kConf, scope, spec.name), value});
        };
        const bool is_forwarding = spec.field == &ConfSettings::forwarding;
        const std::uint32_t forward = config.sysctls().ip_forward;
        const bool is_on_for_all = spec.name == "send_redirects" || spec.name == "secure_redirects";
        add("all", config.conf_all(), is_forwarding ? forward : is_on_for_all ? 1 : 0);
        const std::uint32_t unset = is_forwarding ? forward : spec.kernel_default;
        add("default", config.conf_preset(), unset);
        for (const CheckedInterface& interface : config.interfaces()) {
            const std::uint32_t preset = spec.field != nullptr ? (config.conf_preset().*(spec.field)).value_or(unset) : unset;
            add(scope_of(interface.name), interface.own_sysctls, preset);
        }
    }
    std::sort(values.begin(), values.end(), [](const SysctlValue& a, const SysctlValue& b) { return a.name < b.name; });
    return values;
}

}  // namespace sluice::ctrlplane::config
