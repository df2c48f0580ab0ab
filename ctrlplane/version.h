// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace sluice::ctrlplane {

/// The project's version, as the build file has it.
[[nodiscard]] std::string_view version() noexcept;

}  // namespace sluice::ctrlplane
