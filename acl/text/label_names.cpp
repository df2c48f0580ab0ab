// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/label_names.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "acl/text/numbers.h"

namespace sluice::acl::text {

namespace {

constexpr unsigned kMostNumbers = 1024;  // of the file; rules have 128

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \f\r\t\v";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool is_sane(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
               c == '-';
    });
}

}  // namespace

LabelNames::LabelNames(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        add(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

void LabelNames::add(std::string_view line) {
    if (line.starts_with('#')) {
        return;
    }
    const auto number = leading_number(trimmed(line));
    if (!number || number->value >= kMostNumbers) {
        return;
    }
    const std::string_view name = trimmed(number->rest);
    if (!name.empty() && is_sane(name) && !label(name)) {
        names_.emplace(static_cast<unsigned>(number->value), name);
    }
}

LabelNames LabelNames::of_machine() {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(kLabelNames, "re"), close);
    std::string text;
    std::array<char, 4096> buffer{};
    while (file) {
        const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get());
        text.append(buffer.data(), count);
        if (count < buffer.size()) {
            break;
        }
    }
    return LabelNames(text);
}

std::string_view LabelNames::name(unsigned label) const {
    const auto found = names_.find(label);
    return found == names_.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<unsigned> LabelNames::label(std::string_view name) const {
    const auto found =
        std::find_if(names_.begin(), names_.end(), [&](const auto& entry) { return entry.second == name; });
    return found == names_.end() ? std::nullopt : std::optional<unsigned>(found->first);
}

}  // namespace sluice::acl::text
