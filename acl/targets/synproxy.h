// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// SYNPROXY: answers a client's SYN in place of the server, and connects them when the client has answered.
struct SynproxyTarget {
    bool sack_permitted = false;
    bool timestamp = false;
    bool ecn = false;
    std::optional<std::uint8_t> window_scale;
    std::optional<std::uint16_t> mss;
    bool operator==(const SynproxyTarget&) const = default;
};

template <>
struct Refused<SynproxyTarget> {
    static constexpr bool kAlways = true;
    static std::string_view why(const SynproxyTarget& /*target*/) {
        return "target SYNPROXY is not loaded: the router does not open connections in place of a server";
    }
};

namespace text {

template <>
struct Syntax<SynproxyTarget> {
    static std::span<const Form<SynproxyTarget>> forms();
    static Checked parse(SynproxyTarget& target, const OptionUse& use);
    static Checked finish(const SynproxyTarget& target, const RuleFacts& rule);
    static void save(const SynproxyTarget& target, std::string& out);
    static void list(const SynproxyTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
