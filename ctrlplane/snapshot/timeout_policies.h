// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "conntrack/timeout_policy.h"
#include "ctrlplane/config/checked_config.h"

namespace sluice::ctrlplane {

/// The numbers by which connections know their timeout policies, for as long as the router runs.
///
/// A policy keeps its number through reloads, and gets it back if it was gone for a while: a number is never another
/// policy's, so that no connection can live by the timeouts of a policy that no rule has given it.
class TimeoutNumbers {
public:
    /// The policies of a configuration, which has been checked. Errors: there are no more numbers.
    base::Result<std::vector<conntrack::TimeoutPolicyName>> assign(const config::CheckedConfig& config);

private:
    static constexpr std::size_t kMost = 255;
    std::vector<conntrack::TimeoutPolicyName> known_;
};

/// What holds for connections, by the number of their policy; [0] and those of policies that are gone are `settings`.
/// Empty where there are no policies. In: of this configuration, what TimeoutNumbers gave it.
[[nodiscard]] std::vector<conntrack::Settings> settings_by_policy(const config::CheckedConfig& config,
                                                                  const conntrack::Settings& settings,
                                                                  std::span<const conntrack::TimeoutPolicyName> names);

}  // namespace sluice::ctrlplane
