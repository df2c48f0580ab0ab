// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/manual.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <vector>

#include "acl/text/nearest.h"
#include "acl/text/registry.h"

namespace sluice::acl::text {

namespace {

struct Gone {
    std::string_view name;
    std::string_view why;
};

constexpr auto kMatches = std::to_array<Gone>({
    {"unclean", "is gone from Linux since 2.6"},
});

constexpr auto kIpv6Matches = std::to_array<std::string_view>({
    "dst", "eui64", "frag", "hbh", "hl", "icmp6", "ipv6header", "mh", "rt", "srh",
});

constexpr auto kTargets = std::to_array<Gone>({
    {"QUEUE", "is gone from Linux since 3.5; NFQUEUE does its work"},
    {"MIRROR", "is gone from Linux since 2.6"},
});

constexpr auto kIpv6Targets = std::to_array<std::string_view>({"DNPT", "HL", "SNPT"});

constexpr std::size_t kMaxChainName = 28;

template <std::size_t N>
bool has(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

template <std::size_t N>
const Gone* find(const std::array<Gone, N>& all, std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Gone& one) { return one.name == name; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

Standing match_standing(std::string_view name) {
    return find(kMatches, name) != nullptr ? Standing::gone
           : has(kIpv6Matches, name)       ? Standing::ipv6_only
                                           : Standing::unknown;
}

Standing target_standing(std::string_view name) {
    return find(kTargets, name) != nullptr ? Standing::gone
           : has(kIpv6Targets, name)       ? Standing::ipv6_only
                                           : Standing::unknown;
}

bool is_target_name(std::string_view name) {
    return name == "ACCEPT" || name == "DROP" || name == "RETURN" || find_target(name) != nullptr ||
           target_standing(name) == Standing::gone;
}

std::string why_no_target(std::string_view name) {
    const Gone* gone = find(kTargets, name);
    return gone != nullptr ? fmt::format("target '{}' {}", name, gone->why) : std::string();
}

std::string why_no_match(std::string_view name) {
    switch (match_standing(name)) {
        case Standing::gone:
            return fmt::format("match '{}' {}", name, find(kMatches, name)->why);
        case Standing::ipv6_only:
            return fmt::format("match '{}' is for IPv6 only", name);
        case Standing::unknown:
            break;
    }
    std::vector<std::string_view> known;
    for (const MatchExtension& extension : match_extensions()) {
        known.push_back(extension.name);
    }
    return fmt::format("unknown match '{}'{}", name, did_you_mean(name, known));
}

std::string why_no_chain_name(std::string_view chain) {
    if (chain.empty()) {
        return "a chain needs a name";
    }
    if (chain.size() > kMaxChainName) {
        return fmt::format("chain name '{}' is too long: at most {} characters", chain, kMaxChainName);
    }
    if (chain[0] == '-' || chain[0] == '!') {
        return fmt::format("a chain name must not start with '{}'", chain[0]);
    }
    if (is_target_name(chain)) {
        return fmt::format("chain name '{}' clashes with the target of that name", chain);
    }
    // iptables takes a quote and prints it bare, so that what it saved cannot be restored.
    const bool bad = std::any_of(chain.begin(), chain.end(), [](char c) {
        return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0' || c == '"';
    });
    return bad ? fmt::format("invalid chain name '{}': no blanks, no quotes", chain) : std::string();
}

}  // namespace sluice::acl::text
