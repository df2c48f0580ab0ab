// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "dataplane/pipeline/context.h"
#include "dataplane/stages/error_limit.h"

namespace sluice::stages {

/// The sysctls that bound ICMP messages, as ErrorLimit takes them.
template <net::Family F>
[[nodiscard]] ErrorRates rates_of(const pipeline::Context<F>& context) noexcept {
    const pipeline::Sysctls& sysctls = context.snapshot->sysctls;
    return {.ratelimit_ms = sysctls.icmp_ratelimit_ms,
            .ratemask = sysctls.icmp_ratemask,
            .msgs_per_sec = sysctls.icmp_msgs_per_sec,
            .msgs_burst = sysctls.icmp_msgs_burst};
}

}  // namespace sluice::stages
