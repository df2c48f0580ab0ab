// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/version.h"

namespace sluice::ctrlplane {

std::string_view version() noexcept { return SLUICE_VERSION; }

}  // namespace sluice::ctrlplane
