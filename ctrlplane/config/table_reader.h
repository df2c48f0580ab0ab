// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctrlplane/config/faults.h"
#include "ctrlplane/config/located.h"
#include "ctrlplane/config/toml_tree.h"
#include "dataplane/net/address.h"

namespace sluice::ctrlplane::config {

/// Reads one table key by key and reports what does not fit.
///
/// Each call names a key that may stand in the table; it gives nothing where the key is absent or its value
/// was reported. `finish` reports the keys that no call has named, with the nearest that one has.
class TableReader {
public:
    /// `title` is the section as the operator writes it: `[runtime]`.
    TableReader(const Table& table, Place where, std::string title, Faults& faults)
        : table_(&table), where_(where), title_(std::move(title)), faults_(&faults) {}

    [[nodiscard]] Place where() const noexcept { return where_; }
    [[nodiscard]] base::Location location() const { return faults_->location(where_); }
    [[nodiscard]] Faults& faults() const noexcept { return *faults_; }
    [[nodiscard]] bool has(std::string_view key) const noexcept { return table_->find(key) != nullptr; }

    /// The entry as it is, of any kind.
    const Entry* entry(std::string_view key);
    std::optional<Located<bool>> boolean(std::string_view key);
    /// In: `low` and `high` are both allowed.
    std::optional<Located<std::int64_t>> integer(std::string_view key, std::int64_t low, std::int64_t high);
    /// A string without control characters that is not empty.
    std::optional<Located<std::string>> text(std::string_view key);
    /// One of few words; the others are reported with the nearest. Returns its index.
    std::optional<Located<std::size_t>> word(std::string_view key,
                                             std::initializer_list<std::string_view> words);
    /// A list of strings, or one string alone.
    std::vector<Located<std::string>> texts(std::string_view key);
    std::optional<Located<net::MacAddress>> unicast_mac(std::string_view key);

    /// The entry of a table below this one; another kind is reported, with `form` as what to write.
    const Value* table(std::string_view key, std::string_view form);
    /// A list of tables, as `[[key]]` makes it.
    std::vector<const Value*> tables(std::string_view key);

    /// Reports that the key is missing when it is absent.
    void require(std::string_view key, std::string_view example);
    /// Reports a key that is known but not built, with the reason.
    void refuse(std::string_view key, std::string_view reason);
    void finish();

private:
    void wrong_kind(const Entry& entry, std::string_view wanted);

    const Table* table_;
    Place where_;
    std::string title_;
    Faults* faults_;
    std::vector<std::string_view> known_;
};

/// An IPv4 address, or a report at `text` that says what it is instead.
std::optional<net::Ipv4Address> read_ipv4(const Located<std::string>& text, std::string_view key,
                                          Faults& faults);

/// An IPv4 prefix with its length, an address alone being a /32; or a report.
std::optional<net::Ipv4Prefix> read_ipv4_prefix(const Located<std::string>& text, std::string_view key,
                                                Faults& faults);

}  // namespace sluice::ctrlplane::config
