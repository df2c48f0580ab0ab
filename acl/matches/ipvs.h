// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "acl/refused.h"
#include "acl/ruleset.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m ipvs`: the connection of Linux's own load balancer that a packet belongs to. Written and printed,
/// never loaded.
struct IpvsMatch {
    enum class Method : std::uint8_t { none, gate, ipip, masq };
    template <class T>
    struct Asked {
        T value{};
        bool inverted = false;
        bool operator==(const Asked&) const = default;
    };
    std::optional<bool> belongs{};  ///< `--ipvs`, or negated; said only where nothing else is asked
    std::optional<Asked<std::uint8_t>> protocol{};
    std::optional<AddressMatch<net::Ipv4>> address{};
    std::optional<Asked<std::uint16_t>> port{};
    std::optional<bool> is_reply{};  ///< `--vdir`
    std::optional<Asked<Method>> method{};
    std::optional<Asked<std::uint16_t>> control_port{};
    bool operator==(const IpvsMatch&) const = default;
};

template <>
struct Refused<IpvsMatch> {
    static constexpr bool kAlways = true;
    static std::string_view why(const IpvsMatch&) {
        return "match ipvs asks for connections of Linux's load balancer, which packets of a router in user "
               "space do not pass";
    }
};

namespace text {

template <>
struct Syntax<IpvsMatch> {
    static std::span<const Form<IpvsMatch>> forms();
    static Checked parse(IpvsMatch& match, const OptionUse& use);
    static Checked finish(const IpvsMatch& match, const RuleFacts& rule);
    static void save(const IpvsMatch& match, std::string& out);
    static void list(const IpvsMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
