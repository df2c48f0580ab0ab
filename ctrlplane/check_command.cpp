// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/check_command.h"

#include <cstdio>
#include <ctime>

#include "acl/text/counts.h"
#include "acl/text/save.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/loaded.h"

namespace sluice::ctrlplane {

int check_command(const std::string& config, bool dump) {
    const Loaded loaded = load(config, base::Diagnostic::Severity::warning);
    for (const base::Diagnostic& diagnostic : loaded.diagnostics) {
        std::fprintf(stderr, "%s\n", config::to_string(diagnostic).c_str());
    }
    if (!loaded.is_sound()) {
        return 1;
    }
    if (dump) {
        acl::text::SaveStyle style;
        style.date = acl::text::date_text(std::time(nullptr));
        std::fputs(acl::text::save_ruleset(*loaded.rules, style, acl::text::initial_counts(*loaded.rules)).c_str(),
                   stdout);
    } else {
        std::puts("ok");
    }
    return 0;
}

}  // namespace sluice::ctrlplane
