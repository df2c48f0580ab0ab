// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "acl/tables.h"
#include "ctrlplane/control/busy_meter.h"
#include "ctrlplane/control/method.h"
#include "ctrlplane/control/router_view.h"

namespace sluice::ctrlplane::control {

/// The router's figures as data: what `sluicectl -j`, the texts of `status` and `stats`, and telemetry are
/// made of, so that all three say the same. docs/operations.md explains every field.
///
/// Threads: control. Sums over workers are taken while these go on: each counter is exact, the sum is of no
/// single instant.
class Figures {
public:
    /// In: `view` must live as long.
    explicit Figures(const RouterView& view) : view_(view), busy_(view.tsc_hz) {}

    /// About once a second.
    void tick() { busy_.sample(view_.workers(), view_.now_ns()); }

    [[nodiscard]] Json status() const;
    /// Reasons and counters that are 0 are left out unless `all`.
    [[nodiscard]] Json stats(bool all) const;
    /// Count, limit, and what happened to connections, of all workers.
    [[nodiscard]] Json connections() const;
    [[nodiscard]] Json interfaces() const;
    /// Tables, chains and policies with their numbers of rules and their counters.
    [[nodiscard]] Json rules() const;

private:
    [[nodiscard]] Json describe(const InterfaceView& interface) const;
    [[nodiscard]] Json workers() const;
    [[nodiscard]] Json verdicts(bool drops, bool all) const;
    [[nodiscard]] Json hooks() const;
    [[nodiscard]] Json interface_counters(const InterfaceView& interface) const;

    const RouterView& view_;
    BusyMeter busy_;
};

}  // namespace sluice::ctrlplane::control
