// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "acl/ruleset.h"

namespace sluice::acl::text {

/// The number of a table's name; nothing for an unknown one.
[[nodiscard]] std::optional<TableId> table_of_name(std::string_view name);

/// Why a table is unknown, with the nearest name.
[[nodiscard]] std::string why_no_table(std::string_view name);

/// Puts a ruleset together, chain by chain and rule by rule, in the order in which a file or a configuration
/// gives them. Whether the jumps lead anywhere is asked at the end (check.h): a rule may come before the
/// chain it names.
///
/// Errors of all functions: a sentence; nothing is changed then.
template <net::Family F>
class Assembly {
public:
    using Done = tl::expected<void, std::string>;

    Assembly() = default;
    /// Goes on with a ruleset that is there.
    explicit Assembly(Ruleset<F> ruleset);

    /// Begins a table: its built-in chains with policy ACCEPT. A table that is begun again starts anew but
    /// keeps its policies, as iptables-restore does.
    void begin_table(TableId id);
    /// Begins a table that is not there, and leaves one that is as it is.
    void open_table(TableId id);
    [[nodiscard]] bool has_table(TableId id) const { return ruleset_.tables[index(id)].has_value(); }

    Done add_chain(TableId id, std::string_view name, base::Location where);
    Done set_policy(TableId id, std::string_view chain, std::string_view policy, base::PacketCount initial,
                    base::Location where);
    Done append(TableId id, std::string_view chain, std::vector<Rule<F>> rules);
    /// Before rule `number`, counted from 1; several rules end up in reverse order, as iptables inserts them.
    Done insert(TableId id, std::string_view chain, std::uint32_t number, std::vector<Rule<F>> rules);

    /// Null where there is none; good until chains come or go.
    [[nodiscard]] Chain<F>* chain(TableId id, std::string_view name);
    [[nodiscard]] Table<F>& table(TableId id) { return *ruleset_.tables[index(id)]; }
    void remove_chain(TableId id, std::string_view name);
    /// With all jumps to it.
    void rename_chain(TableId id, std::string_view old_name, std::string_view new_name);

    [[nodiscard]] bool has_chain(TableId id, std::string_view name) const {
        return find(id, name) != nullptr;
    }

    [[nodiscard]] const Ruleset<F>& ruleset() const { return ruleset_; }
    [[nodiscard]] Ruleset<F> take() { return std::move(ruleset_); }

private:
    void number_chains(TableId id);
    static std::size_t index(TableId id) { return static_cast<std::size_t>(id); }
    const Chain<F>* find(TableId id, std::string_view name) const;
    tl::expected<Chain<F>*, std::string> existing(TableId id, std::string_view name);
    Done refuse_tables_not_built(TableId id);

    Ruleset<F> ruleset_;
    std::array<std::unordered_map<std::string, std::size_t>, kTables> by_name_;  ///< chain numbers
    std::uint8_t refused_ = 0;  ///< bits of the tables that have been refused: said once each
};

}  // namespace sluice::acl::text
