// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/snapshot/timeout_policies.h"

#include <fmt/core.h>

#include <algorithm>

namespace sluice::ctrlplane {

base::Result<std::vector<conntrack::TimeoutPolicyName>> TimeoutNumbers::assign(const config::CheckedConfig& config) {
    std::vector<conntrack::TimeoutPolicyName> names;
    for (const config::TimeoutPolicy& policy : config.tracking().timeouts) {
        const auto known = std::find_if(known_.begin(), known_.end(), [&](const conntrack::TimeoutPolicyName& one) {
            return one.name == policy.name.value && one.protocol == policy.protocol;
        });
        if (known != known_.end()) {
            names.push_back(*known);
            continue;
        }
        if (known_.size() == kMost) {
            return base::failure(fmt::format(
                "[conntrack.timeout.{}]: there have been {} timeout policies since the start, and connections may still "
                "remember any of them; restart the router",
                policy.name.value, kMost));
        }
        known_.push_back({policy.name.value, policy.protocol, static_cast<std::uint8_t>(known_.size() + 1)});
        names.push_back(known_.back());
    }
    return names;
}

std::vector<conntrack::Settings> settings_by_policy(const config::CheckedConfig& config,
                                                    const conntrack::Settings& settings,
                                                    std::span<const conntrack::TimeoutPolicyName> names) {
    std::vector<conntrack::Settings> all;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::size_t number = names[i].number;
        if (all.size() <= number) {
            all.resize(number + 1, settings);
        }
        for (const config::TimeoutPolicy::State& state : config.tracking().timeouts[i].timeouts) {
            all[number].timeouts.*(state.field) = state.seconds;
        }
    }
    return all;
}

}  // namespace sluice::ctrlplane
