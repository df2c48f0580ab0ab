// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "ctrlplane/cli/command.h"

/// `recent`: what stands in /proc/net/xt_recent, and what is written into its files.
namespace sluice::ctrlplane::cli {

Parsed parse_recent(Words words) {
    if (words.empty()) {
        return Call{"recent.names"};
    }
    if (words.size() == 1) {
        return Call{"recent.show", {{"name", words[0]}}};
    }
    if (words.size() > 2) {
        return usage(fmt::format("recent: '{}' is one word too many: a list, and +ADDRESS, -ADDRESS or /", words[2]));
    }
    return Call{"recent.change", {{"name", words[0]}, {"change", words[1]}}};
}

}  // namespace sluice::ctrlplane::cli
