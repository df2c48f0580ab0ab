// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "ctrlplane/config/source_text.h"
#include "dataplane/base/result.h"

namespace sluice::ctrlplane::config {

/// Collects what is wrong with one configuration while it is read and checked.
class Faults {
public:
    explicit Faults(const SourceText& source) : source_(&source) {}

    void error(Place where, std::string message) { error(source_->location(where), std::move(message)); }
    void warning(Place where, std::string message) { warning(source_->location(where), std::move(message)); }
    void error(base::Location where, std::string message);
    void warning(base::Location where, std::string message);

    [[nodiscard]] base::Location location(Place where) const { return source_->location(where); }
    [[nodiscard]] const SourceText& source() const noexcept { return *source_; }
    [[nodiscard]] bool has_error() const noexcept { return errors_ > 0; }
    /// All of them by line and column; those without a place come first.
    [[nodiscard]] base::Diagnostics take();

private:
    const SourceText* source_;
    base::Diagnostics diagnostics_;
    std::size_t errors_ = 0;
};

}  // namespace sluice::ctrlplane::config
