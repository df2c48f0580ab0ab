// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ctrlplane/config/faults.h"
#include "ctrlplane/config/source_text.h"

namespace sluice::ctrlplane::config {

struct Entry;
struct Value;

/// A TOML table; its entries in the order of the file.
struct Table {
    std::vector<Entry> entries;
    [[nodiscard]] const Entry* find(std::string_view key) const noexcept;
};

using Array = std::vector<Value>;

/// What the configuration has no use for: dates, times and numbers with a fraction.
struct Other {
    std::string_view what;  ///< "a date", for messages
};

/// A TOML value and where it begins: a string at its quote, a section at its bracket.
struct Value {
    std::variant<bool, std::int64_t, std::string, Other, Array, Table> data;
    Place where;
};

struct Entry {
    std::string key;
    Place key_where;
    Value value;
};

/// What a value is, with its article: "a string", "an integer".
[[nodiscard]] std::string_view kind_of(const Value& value) noexcept;

/// Reads TOML 1.0. On a syntax error, of which the first only is reported, the table is empty.
[[nodiscard]] Value parse_toml(const SourceText& source, Faults& faults);

}  // namespace sluice::ctrlplane::config
