// SPDX-License-Identifier: BSD-3-Clause
#include "acl/keyed/estimator.h"

namespace sluice::acl::keyed {

void Estimator::step(Word& average, std::uint64_t counted) const noexcept {
    constexpr unsigned kQuarterSecond = 2;  // an interval of 250 ms: four times as much a second
    const std::uint64_t now = average.load(std::memory_order_relaxed);
    const std::uint64_t rate = counted << (kFraction + kQuarterSecond - options_.interval);
    average.store(now + (rate >> options_.ewma) - (now >> options_.ewma), std::memory_order_relaxed);
}

void Estimator::tend(std::uint64_t now_ns) noexcept {
    constexpr std::uint64_t kQuarterSecondNs = 250'000'000;
    const std::uint64_t interval_ns = kQuarterSecondNs << options_.interval;
    if (due_ns_ == 0) {
        due_ns_ = now_ns + interval_ns;
        return;
    }
    if (now_ns < due_ns_) {
        return;
    }
    Rate counted;
    for (const Lane& lane : lanes_) {
        counted.bytes += lane.bytes.load(std::memory_order_relaxed);
        counted.packets += lane.packets.load(std::memory_order_relaxed);
    }
    step(bytes_, counted.bytes - last_.bytes);
    step(packets_, counted.packets - last_.packets);
    last_ = counted;
    due_ns_ += interval_ns;
    if (due_ns_ <= now_ns) {
        due_ns_ =
            now_ns + 1;  // the control thread was held up: as the kernel's timer, the next interval is short
    }
}

}  // namespace sluice::acl::keyed
