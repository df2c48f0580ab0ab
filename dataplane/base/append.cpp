// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/base/append.h"

#include <fmt/format.h>

#include <iterator>

namespace sluice::base {

void append_formatted(std::string& out, fmt::string_view format, fmt::format_args values) {
    fmt::vformat_to(std::back_inserter(out), format, values);
}

}  // namespace sluice::base
