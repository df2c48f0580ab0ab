// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/toml_tree.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::ctrlplane::config {

namespace {

/// More dots than any key of ours has. Each is a level of recursion for the parser, and the stack is finite.
constexpr unsigned kMaxDotsInKey = 15;

constexpr bool may_stand_in_key(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == ' ' || c == '\t';
}

/// The end of the string literal that begins `text`, or the end of the text.
std::size_t end_of_string(std::string_view text) {
    const char quote = text[0];
    const bool multi_line = text.size() >= 3 && text[1] == quote && text[2] == quote;
    const std::size_t quotes = multi_line ? 3 : 1;
    for (std::size_t i = quotes; i < text.size(); ++i) {
        if (text[i] == '\\' && quote == '"') {
            ++i;
        } else if (text[i] == '\n' && !multi_line) {
            return i;
        } else if (text[i] == quote && text.substr(i, quotes) == std::string_view(text).substr(0, quotes)) {
            return i + quotes;
        }
    }
    return text.size();
}

/// The first key with too many dots, before the parser sees it.
std::optional<std::size_t> find_too_deep_key(std::string_view text) {
    unsigned dots = 0;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '#') {
            i = std::min(text.find('\n', i), text.size());
            continue;
        }
        if (c == '"' || c == '\'') {
            i += end_of_string(text.substr(i));
            continue;
        }
        if (c == '.') {
            if (++dots > kMaxDotsInKey) {
                return i;
            }
        } else if (!may_stand_in_key(c)) {
            dots = 0;
        }
        ++i;
    }
    return std::nullopt;
}

Place place_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

Value converted(const toml::node& node);

Table converted(const toml::table& table) {
    Table result;
    result.entries.reserve(table.size());
    for (const auto& [key, node] : table) {
        result.entries.push_back({std::string(key.str()), place_of(key.source()), converted(node)});
    }
    std::stable_sort(result.entries.begin(), result.entries.end(),
                     [](const Entry& a, const Entry& b) { return a.key_where < b.key_where; });
    return result;
}

Array converted(const toml::array& array) {
    Array result;
    result.reserve(array.size());
    for (const auto& node : array) {
        result.push_back(converted(node));
    }
    return result;
}

Value converted(const toml::node& node) {
    Value value{false, place_of(node.source())};
    if (const auto* boolean = node.as_boolean()) {
        value.data = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
        value.data = integer->get();
    } else if (const auto* text = node.as_string()) {
        value.data = text->get();
    } else if (const auto* array = node.as_array()) {
        value.data = converted(*array);
        if (value.where.line == 0 && !array->empty()) {  // [[sections]] have no bracket of their own
            value.where = place_of(array->begin()->source());
        }
    } else if (const auto* table = node.as_table()) {
        value.data = converted(*table);
    } else if (node.is_floating_point()) {
        value.data = Other{"a number with a fraction"};
    } else {
        value.data = Other{"a date or time"};
    }
    return value;
}

}  // namespace

const Entry* Table::find(std::string_view key) const noexcept {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

std::string_view kind_of(const Value& value) noexcept {
    constexpr std::string_view kKinds[] = {"a boolean", "an integer", "a string", "", "a list", "a table"};
    const auto* other = std::get_if<Other>(&value.data);
    return other != nullptr ? other->what : kKinds[value.data.index()];
}

Value parse_toml(const SourceText& source, Faults& faults) {
    Value root{Table{}, {1, 1}};
    if (const auto deep = find_too_deep_key(source.text())) {
        faults.error(source.place_of(*deep), fmt::format("a key may have at most {} dots", kMaxDotsInKey));
        return root;
    }
    const toml::parse_result result = toml::parse(source.text());
    if (result.failed()) {
        const toml::parse_error& error = result.error();
        faults.error(place_of(error.source()), fmt::format("not valid TOML: {}", error.description()));
        return root;
    }
    root.data = converted(result.table());
    return root;
}

}  // namespace sluice::ctrlplane::config
