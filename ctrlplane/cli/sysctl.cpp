// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <vector>

#include "ctrlplane/cli/command.h"

/// `sysctl`, as procps has it: `NAME`, `NAME=VALUE` (with or without `-w`), `-a`.
namespace sluice::ctrlplane::cli {

Parsed parse_sysctl(Words words) {
    Call call{"sysctl"};
    std::vector<std::string> names;
    bool writes = false;
    for (const std::string& word : words) {
        if (word == "-a" || word == "-A" || word == "-X" || word == "--all") {
            call.params["all"] = true;
        } else if (word == "-n" || word == "--values") {
            call.params["values"] = true;
        } else if (word == "-N" || word == "--names") {
            call.params["names"] = true;
        } else if (word == "-q" || word == "--quiet") {
            call.params["quiet"] = true;
        } else if (word == "-w" || word == "--write") {
            writes = true;
        } else if (word.starts_with("-")) {
            return not_built(fmt::format("sysctl's option '{}'", word));
        } else {
            names.push_back(word);
        }
    }
    if (names.empty() && !call.params.contains("all")) {
        return usage("sysctl: no variables specified: NAME, NAME=VALUE or -a");
    }
    for (const std::string& name : names) {
        if (writes && name.find('=') == std::string::npos) {
            return usage(fmt::format("sysctl: \"{}\" must be of the form name=value", name));
        }
    }
    call.params["words"] = names;
    return call;
}

}  // namespace sluice::ctrlplane::cli
