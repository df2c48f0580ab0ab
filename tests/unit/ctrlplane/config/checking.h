// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ctrlplane/config/checked_config.h"
#include "ctrlplane/config/diagnostic_text.h"

namespace sluice::ctrlplane::config {

/// A reader for configurations that name no files.
inline base::Result<std::string> no_files(const std::string&) {
    return base::failure("cannot be read: this test has no files");
}

/// All that is said about a text, one line each, as `t.toml:LINE:COLUMN: error: ...`.
inline std::vector<std::string> said_about(std::string_view text, const FileReader& read_file = no_files) {
    std::vector<std::string> lines;
    for (const base::Diagnostic& diagnostic : check_config(text, "t.toml", read_file).diagnostics) {
        lines.push_back(to_string(diagnostic));
    }
    return lines;
}

/// The configuration of a text that has no fault.
inline CheckedConfig sound(std::string_view text, const FileReader& read_file = no_files) {
    LoadedConfig loaded = check_config(text, "t.toml", read_file);
    for (const base::Diagnostic& diagnostic : loaded.diagnostics) {
        EXPECT_NE(diagnostic.severity, base::Diagnostic::Severity::error) << to_string(diagnostic);
    }
    if (!loaded.config) {
        loaded = check_config("", "t.toml");  // so that a test can go on to its expectations
    }
    return *std::move(loaded.config);
}

/// Two interfaces that most tests build on; it ends on line 10.
inline constexpr std::string_view kTwoInterfaces = R"([[interface]]
name = "wan"
device = "net_af_packet,iface=w"
address = ["203.0.113.2/24"]

[[interface]]
name = "lan"
device = "net_af_packet,iface=l"
address = ["10.0.0.1/24"]

)";

inline std::string with_two_interfaces(std::string_view more) {
    return std::string(kTwoInterfaces) + std::string(more);
}

}  // namespace sluice::ctrlplane::config
