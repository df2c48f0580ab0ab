// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/checked_config.h"

#include <algorithm>

#include "ctrlplane/config/checker.h"
#include "ctrlplane/config/sections.h"

namespace sluice::ctrlplane::config {

const CheckedInterface* CheckedConfig::find_interface(std::string_view name) const noexcept {
    const auto found =
        std::find_if(interfaces_.begin(), interfaces_.end(),
                     [&](const CheckedInterface& interface) { return interface.name == name; });
    return found == interfaces_.end() ? nullptr : &*found;
}

LoadedConfig check_config(std::string_view text, const std::string& file, const FileReader& read_file) {
    const SourceText source(text, file);
    Faults faults(source);
    const Value root = parse_toml(source, faults);
    LoadedConfig loaded;
    if (!faults.has_error()) {
        loaded.config = Checker(faults).check(read_config(root, faults, read_file));
    }
    loaded.diagnostics = faults.take();
    return loaded;
}

LoadedConfig load_config(const std::string& path) {
    const auto text = read_file_or_pipe(path);
    if (!text) {
        LoadedConfig nothing;
        nothing.diagnostics.emplace_back();
        nothing.diagnostics.back().where.file = path;
        nothing.diagnostics.back().message = text.error().message;
        return nothing;
    }
    return check_config(*text, path);
}

}  // namespace sluice::ctrlplane::config
