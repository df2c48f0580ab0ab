// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "dataplane/base/result.h"

namespace sluice::ctrlplane::config {

/// A value of the configuration with the place where it was written, so that a later layer (devices, rules)
/// can point at it. A default has the place of the section it belongs to, or no place (line 0).
template <class T>
struct Located {
    T value{};
    base::Location where;
};

}  // namespace sluice::ctrlplane::config
