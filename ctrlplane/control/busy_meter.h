// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ctrlplane/control/router_view.h"

namespace sluice::ctrlplane::control {

/// How much of its time each worker has been busy lately: cycles in polls that moved packets, between the
/// last sample and one at least a second before it.
class BusyMeter {
public:
    explicit BusyMeter(std::uint64_t tsc_hz) : tsc_hz_(tsc_hz) {}

    /// About once a second.
    void sample(std::span<const WorkerView> workers, std::uint64_t now_ns);
    /// 0 to 100; 0 before there is a second sample.
    [[nodiscard]] double percent(std::size_t worker) const;

private:
    struct Sample {
        std::uint64_t at_ns = 0;
        std::vector<std::uint64_t> busy_cycles;
    };
    std::uint64_t tsc_hz_;
    Sample before_;
    Sample last_;
};

}  // namespace sluice::ctrlplane::control
