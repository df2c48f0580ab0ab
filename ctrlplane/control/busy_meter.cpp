// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/busy_meter.h"

#include <algorithm>

namespace sluice::ctrlplane::control {

namespace {
constexpr std::uint64_t kSecond_ns = 1'000'000'000;
}

void BusyMeter::sample(std::span<const WorkerView> workers, std::uint64_t now_ns) {
    if (!last_.busy_cycles.empty() && now_ns - last_.at_ns < kSecond_ns) {
        return;
    }
    before_ = std::move(last_);
    last_ = {now_ns, {}};
    for (const WorkerView& worker : workers) {
        last_.busy_cycles.push_back(worker.stats->busy_cycles.value());
    }
}

double BusyMeter::percent(std::size_t worker) const {
    if (worker >= before_.busy_cycles.size() || worker >= last_.busy_cycles.size()) {
        return 0;
    }
    const auto busy = static_cast<double>(last_.busy_cycles[worker] - before_.busy_cycles[worker]);
    const auto all = static_cast<double>(last_.at_ns - before_.at_ns) / 1e9 * static_cast<double>(tsc_hz_);
    return all > 0 ? std::clamp(busy / all * 100, 0.0, 100.0) : 0;
}

}  // namespace sluice::ctrlplane::control
