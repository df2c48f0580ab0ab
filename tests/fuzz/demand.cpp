// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>

#include <fmt/format.h>

#include "tests/fuzz/target.h"

namespace sluice::fuzz {

void demand(bool holds, std::string_view what) {
    if (!holds) {
        fmt::print(stderr, "this does not hold: {}\n", what);
        std::abort();
    }
}

}  // namespace sluice::fuzz
