// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/core_faults.h"

#include <fmt/core.h>
#include <sched.h>

namespace sluice::ctrlplane::config {

std::set<unsigned> usable_cores() {
    std::set<unsigned> cores;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof(set), &set) == 0) {
        for (unsigned core = 0; core < CPU_SETSIZE; ++core) {
            if (CPU_ISSET(core, &set)) {
                cores.insert(core);
            }
        }
    }
    return cores;
}

base::Diagnostics core_faults(const CheckedConfig& config, const std::set<unsigned>& usable,
                              base::Diagnostic::Severity severity) {
    base::Diagnostics diagnostics;
    const auto place = [&](base::Location where) {
        where.file = config.file();
        return where;
    };
    std::string names;
    for (const unsigned core : usable) {
        names += (names.empty() ? "" : ", ") + std::to_string(core);
    }
    const auto check = [&](const Located<unsigned>& core) {
        if (!usable.contains(core.value)) {
            diagnostics.push_back(
                {severity, place(core.where),
                 fmt::format("core {} is not usable on this machine; these are: {}", core.value, names)});
        }
    };
    const Runtime& runtime = config.runtime();
    check(runtime.main_core);
    for (const Located<unsigned>& core : runtime.worker_cores) {
        check(core);
        if (core.value == runtime.main_core.value && runtime.idle == Idle::spin) {
            diagnostics.push_back(
                {base::Diagnostic::Severity::warning, place(core.where),
                 fmt::format("core {} is the main core too, and its worker would leave the control "
                             "thread little time; choose another or set idle = \"sleep\"",
                             core.value)});
        }
    }
    return diagnostics;
}

}  // namespace sluice::ctrlplane::config
