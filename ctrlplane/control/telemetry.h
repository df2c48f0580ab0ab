// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ctrlplane/control/figures.h"
#include "ctrlplane/control/question_desk.h"
#include "dataplane/base/result.h"

namespace sluice::ctrlplane::control {

/// The router's figures in DPDK's telemetry (dpdk-telemetry.py): /sluice/status, /sluice/stats,
/// /sluice/conntrack, /sluice/interfaces[,NAME], /sluice/rules[,TABLE].
///
/// Telemetry calls back on threads of its own and cannot forget a command, so the desk at which it asks lives
/// as long as the process; it is closed while there is no Telemetry. One object at a time. Threads: control.
class Telemetry {
public:
    /// In: `figures` must live as long. Errors: too many open files.
    static base::Result<std::unique_ptr<Telemetry>> create(const Figures& figures);
    ~Telemetry();
    Telemetry(const Telemetry&) = delete;
    Telemetry& operator=(const Telemetry&) = delete;

    /// Readable when somebody asks.
    [[nodiscard]] int fd() const noexcept;
    void serve();

private:
    explicit Telemetry(const Figures& figures) : figures_(figures) {}
    const Figures& figures_;
};

/// What telemetry answers; an empty object where there is no such thing. A list of things that have names is
/// an object by these names: telemetry knows no lists of objects.
[[nodiscard]] Json telemetry_answer(const Figures& figures, const QuestionDesk::Question& question);

}  // namespace sluice::ctrlplane::control
