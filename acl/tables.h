// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// Tables, hooks and which built-in chain stands where: the skeleton of netfilter.
namespace sluice::acl {

/// In the order in which a hook runs them (raw before conntrack, the others after it).
enum class TableId : std::uint8_t { raw, mangle, nat, filter, security };
inline constexpr std::size_t kTables = 5;
inline constexpr std::array<std::string_view, kTables> kTableNames = {"raw", "mangle", "nat", "filter", "security"};

enum class Hook : std::uint8_t { prerouting, input, forward, output, postrouting };
inline constexpr std::size_t kHooks = 5;
inline constexpr std::array<std::string_view, kHooks> kHookNames = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
                                                                    "POSTROUTING"};

/// True where `table` has a built-in chain at `hook` (iptables(8), section TABLES).
[[nodiscard]] constexpr bool has_chain(TableId table, Hook hook) noexcept {
    switch (table) {
        case TableId::raw: return hook == Hook::prerouting || hook == Hook::output;
        case TableId::mangle: return true;
        case TableId::nat: return hook != Hook::forward;
        case TableId::filter:
        case TableId::security: return hook == Hook::input || hook == Hook::forward || hook == Hook::output;
    }
    return false;
}

/// The bit of a hook in a set of hooks.
[[nodiscard]] constexpr std::uint8_t bit(Hook hook) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(hook));
}

/// The bit of a table in a set of tables.
[[nodiscard]] constexpr std::uint8_t bit(TableId table) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(table));
}

/// True where a packet has an interface that it came in by, and one that it leaves by.
[[nodiscard]] constexpr bool knows_in(Hook hook) noexcept {
    return hook == Hook::prerouting || hook == Hook::input || hook == Hook::forward;
}
[[nodiscard]] constexpr bool knows_out(Hook hook) noexcept {
    return hook == Hook::forward || hook == Hook::output || hook == Hook::postrouting;
}

}  // namespace sluice::acl
