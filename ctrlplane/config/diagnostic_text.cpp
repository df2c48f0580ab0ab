// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/diagnostic_text.h"

#include <fmt/core.h>

#include <algorithm>

namespace sluice::ctrlplane::config {

namespace {

std::string on_one_line(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            result += fmt::format("\\x{:02x}", byte);
        } else {
            result += c;
        }
    }
    return result;
}

}  // namespace

std::string to_string(const base::Diagnostic& diagnostic) {
    const base::Location& where = diagnostic.where;
    const auto* severity = diagnostic.severity == base::Diagnostic::Severity::error ? "error" : "warning";
    const std::string message = on_one_line(diagnostic.message);
    if (where.line == 0) {
        return fmt::format("{}: {}: {}", where.file, severity, message);
    }
    return fmt::format("{}:{}:{}: {}: {}", where.file, where.line, where.column, severity, message);
}

bool has_error(const base::Diagnostics& diagnostics) noexcept {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const base::Diagnostic& diagnostic) {
        return diagnostic.severity == base::Diagnostic::Severity::error;
    });
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t kLongest = 60;
    std::size_t end = std::min(text.size(), kLongest);
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
        --end;  // not inside a character
    }
    return fmt::format("\"{}{}\"", on_one_line(text.substr(0, end)), end < text.size() ? "..." : "");
}

std::string joined(std::span<const std::string_view> words, std::string_view separator) {
    std::string result;
    for (const std::string_view word : words) {
        result += result.empty() ? std::string_view() : separator;
        result += word;
    }
    return result;
}

}  // namespace sluice::ctrlplane::config
