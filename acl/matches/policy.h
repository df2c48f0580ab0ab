// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/text/syntax.h"
#include "dataplane/net/address.h"

namespace sluice::acl {

/// `-m policy`: the IPsec policy of a packet. There is no IPsec here: every packet has none.
struct PolicyMatch {
    enum class Direction : std::uint8_t { none, in, out };
    enum Ask : std::uint8_t { reqid = 1, spi = 2, proto = 4, mode = 8, tunnel_source = 16, tunnel_destination = 32 };

    /// What one transformation has to be.
    struct Element {
        std::uint8_t asked = 0;     ///< bits of Ask
        std::uint8_t inverted = 0;  ///< the same
        std::uint8_t protocol = 0;
        bool is_tunnel = false;
        std::uint32_t reqid = 0;
        std::uint32_t spi = 0;
        net::Ipv4Address source{};
        net::Ipv4Address source_mask{};
        net::Ipv4Address destination{};
        net::Ipv4Address destination_mask{};
        bool operator==(const Element&) const = default;
    };
    static constexpr std::size_t kMostElements = 4;  ///< XT_POLICY_MAX_ELEM

    Direction direction = Direction::none;
    bool is_none = false;  ///< --pol none; else ipsec
    bool is_strict = false;
    std::uint8_t next = 0;  ///< how often --next was given
    std::array<Element, kMostElements> elements{};
    bool operator==(const PolicyMatch&) const = default;
};

namespace text {

template <>
struct Syntax<PolicyMatch> {
    static std::span<const Form<PolicyMatch>> forms();
    static Checked parse(PolicyMatch& match, const OptionUse& use);
    static Checked finish(const PolicyMatch& match, const RuleFacts& rule);
    static std::uint8_t hooks(const PolicyMatch& match);
    static void save(const PolicyMatch& match, std::string& out);
    static void list(const PolicyMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
