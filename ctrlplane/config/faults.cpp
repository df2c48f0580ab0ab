// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/faults.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice::ctrlplane::config {

void Faults::error(base::Location where, std::string message) {
    ++errors_;
    diagnostics_.push_back({base::Diagnostic::Severity::error, std::move(where), std::move(message)});
}

void Faults::warning(base::Location where, std::string message) {
    diagnostics_.push_back({base::Diagnostic::Severity::warning, std::move(where), std::move(message)});
}

base::Diagnostics Faults::take() {
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(), [](const auto& a, const auto& b) {
        return std::tie(a.where.line, a.where.column) < std::tie(b.where.line, b.where.column);
    });
    return std::exchange(diagnostics_, {});
}

}  // namespace sluice::ctrlplane::config
