// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/toml_tree.h"

#include <fmt/core.h>

#include <toml++/toml.h>
#include <algorithm>
#include <utility>

#include "ctrlplane/config/toml_guard.h"

namespace sluice::ctrlplane::config {

namespace {

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
    if (const auto fault = find_what_the_parser_cannot_take(source.text())) {
        faults.error(source.place_of(fault->offset), fault->message);
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
