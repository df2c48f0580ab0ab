// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/base/assertion.h"

#include <cstdio>
#include <cstdlib>

namespace sluice::base {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    std::abort();
}

}  // namespace sluice::base
