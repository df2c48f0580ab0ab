// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "dataplane/base/counter.h"

namespace sluice::pipeline {

/// What relates the workers' clock to the one on the wall, which people set and which is disciplined while
/// the router runs.
///
/// Threads: one writer, the control thread, about ten times a second; read by workers, which read no clock of
/// their own.
class WallClock {
public:
    /// UTC since 1970 when the workers' `now_ns` is `now_ns`; Linux's time zone (`struct timezone`), in
    /// minutes.
    void set(std::uint64_t utc_ns, std::uint64_t now_ns, std::int32_t minutes_west) noexcept {
        utc_at_start_ns_.set(utc_ns - now_ns);
        minutes_west_.set(static_cast<std::uint32_t>(minutes_west));
    }
    [[nodiscard]] std::uint64_t utc_ns(std::uint64_t now_ns) const noexcept {
        return utc_at_start_ns_.value() + now_ns;
    }
    [[nodiscard]] std::int32_t minutes_west() const noexcept {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(minutes_west_.value()));
    }

private:
    base::Counter utc_at_start_ns_;
    base::Counter minutes_west_;
};

}  // namespace sluice::pipeline
