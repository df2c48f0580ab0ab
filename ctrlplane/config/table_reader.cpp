// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/table_reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/nearest.h"

namespace sluice::ctrlplane::config {

namespace {

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

/// A string fit for a name, a path or an address; or a report.
std::optional<Located<std::string>> plain_text(std::string_view key, const Value& value, Faults& faults) {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) {
        faults.error(value.where, fmt::format("{} must be a string, not {}", key, kind_of(value)));
        return std::nullopt;
    }
    if (text->empty()) {
        faults.error(value.where, fmt::format("{} is empty; leave the key out instead", key));
        return std::nullopt;
    }
    if (has_control_character(*text)) {
        faults.error(value.where, fmt::format("{} {} has a control character in it", key, in_quotes(*text)));
        return std::nullopt;
    }
    return Located<std::string>{*text, faults.location(value.where)};
}

}  // namespace

const Entry* TableReader::entry(std::string_view key) {
    known_.push_back(key);
    return table_->find(key);
}

void TableReader::wrong_kind(const Entry& entry, std::string_view wanted) {
    faults_->error(entry.value.where,
                   fmt::format("{} must be {}, not {}", entry.key, wanted, kind_of(entry.value)));
}

std::optional<Located<bool>> TableReader::boolean(std::string_view key) {
    const Entry* found = entry(key);
    if (found == nullptr) {
        return std::nullopt;
    }
    const auto* value = std::get_if<bool>(&found->value.data);
    if (value == nullptr) {
        wrong_kind(*found, "true or false");
        return std::nullopt;
    }
    return Located<bool>{*value, faults_->location(found->value.where)};
}

std::optional<Located<std::int64_t>> TableReader::integer(std::string_view key, std::int64_t low,
                                                          std::int64_t high) {
    const Entry* found = entry(key);
    if (found == nullptr) {
        return std::nullopt;
    }
    const auto* value = std::get_if<std::int64_t>(&found->value.data);
    if (value == nullptr) {
        wrong_kind(*found, "an integer");
        return std::nullopt;
    }
    if (*value < low || *value > high) {
        faults_->error(found->value.where,
                       fmt::format("{} must be from {} to {}, not {}", key, low, high, *value));
        return std::nullopt;
    }
    return Located<std::int64_t>{*value, faults_->location(found->value.where)};
}

std::optional<Located<std::string>> TableReader::text(std::string_view key) {
    const Entry* found = entry(key);
    return found == nullptr ? std::nullopt : plain_text(key, found->value, *faults_);
}

std::optional<Located<std::size_t>> TableReader::word(std::string_view key,
                                                      std::initializer_list<std::string_view> words) {
    const auto written = text(key);
    if (!written) {
        return std::nullopt;
    }
    const auto* found = std::find(words.begin(), words.end(), written->value);
    if (found == words.end()) {
        const std::vector<std::string_view> known(words);
        faults_->error(written->where,
                       fmt::format("{} must be one of \"{}\", not {}{}", key, joined(known, "\", \""),
                                   in_quotes(written->value), nearest_hint(written->value, known)));
        return std::nullopt;
    }
    return Located<std::size_t>{static_cast<std::size_t>(found - words.begin()), written->where};
}

std::vector<Located<std::string>> TableReader::texts(std::string_view key) {
    std::vector<Located<std::string>> result;
    const Entry* found = entry(key);
    if (found == nullptr) {
        return result;
    }
    const auto add = [&](const Value& value) {
        if (auto text = plain_text(key, value, *faults_)) {
            result.push_back(std::move(*text));
        }
    };
    if (const auto* list = std::get_if<Array>(&found->value.data)) {
        std::for_each(list->begin(), list->end(), add);
    } else if (std::holds_alternative<std::string>(found->value.data)) {
        add(found->value);
    } else {
        wrong_kind(*found, "a list of strings");
    }
    return result;
}

std::optional<Located<net::MacAddress>> TableReader::unicast_mac(std::string_view key) {
    const auto written = text(key);
    if (!written) {
        return std::nullopt;
    }
    const auto mac = net::parse_mac(written->value);
    if (!mac) {
        faults_->error(written->where,
                       fmt::format("{} {} is not an Ethernet address; write it as \"02:00:00:00:00:01\"", key,
                                   in_quotes(written->value)));
        return std::nullopt;
    }
    if (mac->is_group() || *mac == net::MacAddress{}) {
        faults_->error(written->where, fmt::format("{} {} is {}; an interface has a unicast address", key,
                                                   in_quotes(written->value),
                                                   mac->is_group() ? "a group address" : "all zero"));
        return std::nullopt;
    }
    return Located<net::MacAddress>{*mac, written->where};
}

const Value* TableReader::table(std::string_view key, std::string_view form) {
    const Entry* found = entry(key);
    if (found == nullptr) {
        return nullptr;
    }
    if (!std::holds_alternative<Table>(found->value.data)) {
        faults_->error(found->key_where, fmt::format("{} must be a table, written {}, not {}", key, form,
                                                     kind_of(found->value)));
        return nullptr;
    }
    return &found->value;
}

std::vector<const Value*> TableReader::tables(std::string_view key) {
    std::vector<const Value*> result;
    const Entry* found = entry(key);
    if (found == nullptr) {
        return result;
    }
    const auto* list = std::get_if<Array>(&found->value.data);
    if (list == nullptr) {
        faults_->error(found->key_where,
                       fmt::format("{0} is a list of tables; write [[{0}]], in two brackets", key));
        return result;
    }
    for (const Value& value : *list) {
        if (std::holds_alternative<Table>(value.data)) {
            result.push_back(&value);
        } else {
            faults_->error(value.where, fmt::format("{0} is a list of tables, and this is {1}; write [[{0}]]",
                                                    key, kind_of(value)));
        }
    }
    return result;
}

void TableReader::require(std::string_view key, std::string_view example) {
    if (!has(key)) {
        faults_->error(where_,
                       fmt::format("{} has no {}; give it one, such as {} = {}", title_, key, key, example));
    }
}

void TableReader::refuse(std::string_view key, std::string_view reason) {
    if (const Entry* found = entry(key)) {
        faults_->error(found->key_where, fmt::format("{} is refused: {}", key, reason));
    }
}

void TableReader::finish() {
    for (const Entry& entry : table_->entries) {
        if (std::find(known_.begin(), known_.end(), entry.key) == known_.end()) {
            faults_->error(entry.key_where, fmt::format("unknown key {} in {}{}", in_quotes(entry.key),
                                                        title_, nearest_hint(entry.key, known_)));
        }
    }
}

std::optional<net::Ipv4Address> read_ipv4(const Located<std::string>& text, std::string_view key,
                                          Faults& faults) {
    auto address = net::parse_ipv4(text.value);
    if (!address) {
        const bool ipv6 = net::parse_ipv6(text.value).has_value();
        const auto slash = text.value.find('/');
        const bool prefix =
            slash != std::string::npos && net::parse_ipv4(text.value.substr(0, slash)).has_value();
        faults.error(text.where, fmt::format("{} {} is {}", key, in_quotes(text.value),
                                             ipv6     ? "an IPv6 address: IPv6 is not built yet"
                                             : prefix ? "a prefix; write the address alone, without a length"
                                                      : "not an IPv4 address, such as \"192.0.2.1\""));
    }
    return address;
}

std::optional<net::Ipv4Prefix> read_ipv4_prefix(const Located<std::string>& text, std::string_view key,
                                                Faults& faults) {
    auto prefix = net::parse_ipv4_prefix(text.value);
    if (!prefix) {
        const bool ipv6 = net::parse_ipv6(text.value.substr(0, text.value.find('/'))).has_value();
        faults.error(text.where, fmt::format("{} {} is {}", key, in_quotes(text.value),
                                             ipv6 ? "an IPv6 address: IPv6 is not built yet"
                                                  : "not an IPv4 address with a length from 0 to 32, such as "
                                                    "\"192.0.2.1/24\""));
    }
    return prefix;
}

}  // namespace sluice::ctrlplane::config
