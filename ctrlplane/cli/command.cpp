// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/cli/command.h"

#include <fmt/core.h>

#include <array>
#include <string_view>
#include <vector>

namespace sluice::ctrlplane::cli {

namespace {

/// Commands of the promise that later steps build.
constexpr std::array<std::string_view, 5> kLater = {"ip6tables",
                                                     "ip6tables-save",
                                                     "ip6tables-restore",
                                                     "top",
                                                     "capture"};

/// A command of Sluice's own, with its flags: each is a word that sets a parameter to true.
struct Own {
    std::string_view name;
    std::string_view flag;  ///< the one option that it knows, without `--`
};
constexpr std::array<Own, 5> kOwn = {
    {{"status", ""}, {"stats", "all"}, {"reload", ""}, {"save", "counters"}, {"version", ""}}};

}  // namespace

Parsed parse_command(const std::string& command, Words words) {
    if (command == "iptables") {
        return parse_iptables(words);
    }
    if (command == "iptables-save") {
        return parse_iptables_save(words);
    }
    if (command == "iptables-restore") {
        return parse_iptables_restore(words);
    }
    if (command == "explain") {
        return Call{"explain", {{"args", std::vector<std::string>(words.begin(), words.end())}}};
    }
    if (command == "ipset") {
        return parse_ipset(words);
    }
    if (command == "recent") {
        return parse_recent(words);
    }
    if (command == "trace") {
        return words.empty() ? Parsed(Call{.method = "trace", .follows = true, .farewell = {}})
                             : usage(fmt::format("trace: '{}' has no place here: which packets are traced is said by "
                                                 "rules, `sluicectl iptables -t raw -A PREROUTING ... -j TRACE`",
                                                 words[0]));
    }
    if (command == "conntrack") {
        return parse_conntrack(words);
    }
    if (command == "ip") {
        return parse_ip(words);
    }
    if (command == "sysctl") {
        return parse_sysctl(words);
    }
    for (const std::string_view later : kLater) {
        if (command == later) {
            return not_built(command);
        }
    }
    for (const Own& own : kOwn) {
        if (command != own.name) {
            continue;
        }
        Call call{command};
        for (const std::string& word : words) {
            if (own.flag.empty() || word != "--" + std::string(own.flag)) {
                return usage(fmt::format("{}: unknown option '{}'", command, word));
            }
            call.params[std::string(own.flag)] = true;
        }
        return call;
    }
    return usage(
        fmt::format("unknown command '{}'; known are status, stats, reload, save, explain, trace, version, iptables, "
                    "iptables-save, iptables-restore, ipset, recent, conntrack, ip and sysctl",
                    command));
}

}  // namespace sluice::ctrlplane::cli
