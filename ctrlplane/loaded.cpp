// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/loaded.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "acl/program/check.h"
#include "ctrlplane/config/core_faults.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/snapshot/load_rules.h"
#include "ctrlplane/snapshot/load_sets.h"
#include "ctrlplane/snapshot/timeout_policies.h"

namespace sluice::ctrlplane {
namespace {

void append(base::Diagnostics& to, base::Diagnostics from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void sort(base::Diagnostics& diagnostics) {
    const auto place = [](const base::Diagnostic& one) {
        return std::tie(one.where.file, one.where.line, one.where.column);
    };
    std::stable_sort(diagnostics.begin(), diagnostics.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

}  // namespace

Loaded load(const std::string& path, std::optional<base::Diagnostic::Severity> cores, const acl::sets::SetBook* live) {
    Loaded loaded;
    config::LoadedConfig read = config::load_config(path);
    loaded.diagnostics = std::move(read.diagnostics);
    if (!read.config) {
        sort(loaded.diagnostics);
        return loaded;
    }
    if (cores) {
        append(loaded.diagnostics, config::core_faults(*read.config, config::usable_cores(), *cores));
    }
    auto sets = load_sets(*read.config, 0);
    if (!sets) {
        append(loaded.diagnostics, std::move(sets.error()));
        sort(loaded.diagnostics);
        return loaded;
    }
    if (live != nullptr) {
        (*sets)->add_names_of(*live);
    }
    auto timeouts = TimeoutNumbers().assign(*read.config);
    if (!timeouts) {
        base::Diagnostic& fault = loaded.diagnostics.emplace_back();
        fault.severity = base::Diagnostic::Severity::error;
        fault.where.file = path;
        fault.message = timeouts.error().message;
        return loaded;
    }
    auto rules = load_rules(*read.config);
    if (!rules) {
        append(loaded.diagnostics, std::move(rules.error()));
    } else if (base::Diagnostics faults = acl::check(*rules, sets->get(), *timeouts); !faults.empty()) {
        append(loaded.diagnostics, std::move(faults));
        loaded.refused = std::move(*rules);
    } else if (!config::has_error(loaded.diagnostics)) {
        loaded.sets = std::move(*sets);
        loaded.config = std::move(read.config);
        loaded.rules = std::move(*rules);
    }
    sort(loaded.diagnostics);
    return loaded;
}

}  // namespace sluice::ctrlplane
