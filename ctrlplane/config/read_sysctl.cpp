// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/nearest.h"
#include "ctrlplane/config/sections.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::string_view kConfPrefix = "net.ipv4.conf.";
constexpr std::string_view kForwardName = "net.ipv4.ip_forward";

/// One line of [sysctl], its name in canonical form.
struct Setting {
    std::string name;
    Place name_where;
    const Value* value;
};

/// `net.ipv4.ip_forward = 1` without quotes makes tables within tables; they are one name again here.
void flatten(const Table& table, const std::string& prefix, std::vector<Setting>& settings) {
    for (const Entry& entry : table.entries) {
        const std::string name = prefix.empty() ? canonical_sysctl_name(entry.key) : prefix + "." + entry.key;
        if (const auto* inner = std::get_if<Table>(&entry.value.data)) {
            flatten(*inner, name, settings);
        } else {
            settings.push_back({name, entry.key_where, &entry.value});
        }
    }
}

/// The parts of `net.ipv4.conf.SCOPE.KEY`.
struct ConfName {
    std::string_view scope;  ///< all, default, or an interface in sysctl's writing
    std::string_view key;
};

std::optional<ConfName> conf_name(std::string_view name) {
    const std::size_t last_dot = name.rfind('.');
    if (!name.starts_with(kConfPrefix) || last_dot < kConfPrefix.size()) {
        return std::nullopt;
    }
    return ConfName{name.substr(kConfPrefix.size(), last_dot - kConfPrefix.size()),
                    name.substr(last_dot + 1)};
}

/// How an interface is called that sysctl writes as `wan/100`.
std::string interface_of_scope(std::string_view scope) {
    std::string name(scope);
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
}

class SysctlReader {
public:
    SysctlReader(const Sysctls& preset, Faults& faults) : faults_(&faults) { section_.values = preset; }

    SysctlSection read(const Table& table) {
        std::vector<Setting> settings;
        flatten(table, {}, settings);
        for (const Setting& setting : settings) {
            if (!seen_.insert(setting.name).second) {
                faults_->error(setting.name_where, fmt::format("{} is set twice", in_quotes(setting.name)));
            } else if (setting.name.starts_with("net.ipv6.")) {
                faults_->error(setting.name_where,
                               fmt::format("{} is refused: IPv6 is not built yet", in_quotes(setting.name)));
            } else if (const auto conf = conf_name(setting.name)) {
                read_conf(setting, *conf);
            } else {
                read_global(setting);
            }
        }
        settle_forwarding(settings);
        return std::move(section_);
    }

private:
    /// The integer of a setting; a wrong one is reported. `has_field`: the setting is honoured within the
    /// range, else what lies outside of the range is not built.
    std::optional<std::uint32_t> integer(const Setting& setting, std::uint32_t low, std::uint32_t high,
                                         bool has_field, std::string_view reason) {
        const auto* value = std::get_if<std::int64_t>(&setting.value->data);
        if (low > high) {
            faults_->error(setting.name_where, fmt::format("{} is refused: {}", setting.name, reason));
            return std::nullopt;
        }
        if (value == nullptr) {
            faults_->error(setting.value->where, fmt::format("{} must be an integer, not {}", setting.name,
                                                             kind_of(*setting.value)));
            return std::nullopt;
        }
        if (*value >= low && *value <= high) {
            return static_cast<std::uint32_t>(*value);
        }
        if (has_field) {
            faults_->error(setting.value->where,
                           fmt::format("{} must be from {} to {}, not {}", setting.name, low, high, *value));
        } else {
            const std::string accepted =
                low == high ? std::to_string(low) : fmt::format("{} to {}", low, high);
            faults_->error(setting.value->where, fmt::format("{} = {} is refused: {}; only {} is accepted",
                                                             setting.name, *value, reason, accepted));
        }
        return std::nullopt;
    }

    void read_global(const Setting& setting) {
        const auto specs = known_sysctls();
        const auto spec = std::find_if(specs.begin(), specs.end(),
                                       [&](const SysctlSpec& s) { return s.name == setting.name; });
        if (spec == specs.end()) {
            std::vector<std::string_view> names;
            std::transform(specs.begin(), specs.end(), std::back_inserter(names),
                           [](const SysctlSpec& s) { return s.name; });
            faults_->error(setting.name_where, fmt::format("unknown sysctl {}{}", in_quotes(setting.name),
                                                           nearest_hint(setting.name, names)));
            return;
        }
        const auto value = integer(setting, spec->low, spec->high, spec->field != nullptr, spec->reason);
        if (value && spec->field != nullptr) {
            section_.values.*(spec->field) = *value;
        }
    }

    void read_conf(const Setting& setting, ConfName name) {
        const auto specs = known_conf_sysctls();
        const auto spec =
            std::find_if(specs.begin(), specs.end(), [&](const ConfSpec& s) { return s.name == name.key; });
        if (spec == specs.end()) {
            std::vector<std::string_view> keys;
            std::transform(specs.begin(), specs.end(), std::back_inserter(keys),
                           [](const ConfSpec& s) { return s.name; });
            faults_->error(
                setting.name_where,
                fmt::format("unknown sysctl {}; the nearest known one is \"{}{}.{}\"",
                            in_quotes(setting.name), kConfPrefix, name.scope, nearest(name.key, keys)));
            return;
        }
        const bool is_all = name.scope == "all";
        const auto value = integer(setting, 0, is_all ? spec->high_of_all : spec->high,
                                   spec->field != nullptr, spec->reason);
        if (is_all || name.scope == "default") {
            if (value && spec->field != nullptr) {
                // By name: g++ 12 would assign to a copy if the condition stood before the `.*`.
                ConfSettings& settings = is_all ? section_.all : section_.preset;
                settings.*(spec->field) = *value;
            }
            return;
        }
        section_.interfaces.push_back(
            {{interface_of_scope(name.scope), faults_->location(setting.name_where)},
             value ? spec->field : nullptr,
             value.value_or(0)});
    }

    /// net.ipv4.ip_forward and net.ipv4.conf.all.forwarding are two names of one switch.
    void settle_forwarding(const std::vector<Setting>& settings) {
        if (!section_.all.forwarding) {
            return;
        }
        if (seen_.contains(std::string(kForwardName)) &&
            section_.values.ip_forward != *section_.all.forwarding) {
            const auto later = std::find_if(settings.rbegin(), settings.rend(), [](const Setting& setting) {
                return setting.name == kForwardName || setting.name == "net.ipv4.conf.all.forwarding";
            });
            faults_->error(later->name_where,
                           "net.ipv4.ip_forward and net.ipv4.conf.all.forwarding are one switch, "
                           "and are set to different values here");
        }
        section_.values.ip_forward = *section_.all.forwarding;
    }

    Faults* faults_;
    SysctlSection section_;
    std::set<std::string> seen_;
};

}  // namespace

SysctlSection read_sysctl(const Value& section, const Sysctls& preset, Faults& faults) {
    return SysctlReader(preset, faults).read(std::get<Table>(section.data));
}

}  // namespace sluice::ctrlplane::config
