// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The options of iptables itself, those of no match or target: iptables(8), PARAMETERS and COMMANDS.
namespace sluice::acl::text {

enum class CoreMeaning : std::uint8_t {
    append,
    insert,
    new_chain,
    policy,
    delete_rule,
    check,
    replace,
    flush,
    zero,
    delete_chain,
    rename_chain,
    source,
    destination,
    protocol,
    in_interface,
    out_interface,
    jump,
    go_to,
    match,
    counters,
    fragment,
    ipv4,
    ipv6,
    table,      ///< this and the next two: on a command line alone
    verbose,
    wait,
    misplaced,  ///< has no place in a rule of a file or a configuration
};

struct CoreOption {
    std::string_view name;  ///< without `--`; empty where there is only a letter
    char letter = 0;        ///< 0: no letter of its own
    bool takes_value = false;
    CoreMeaning meaning = CoreMeaning::misplaced;
};

[[nodiscard]] std::span<const CoreOption> core_options();

/// Null where no option has the letter.
[[nodiscard]] const CoreOption* core_option(char letter);

}  // namespace sluice::acl::text
