// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <string_view>

#include "acl/text/syntax.h"
#include "dataplane/net/address.h"

namespace sluice::acl {

/// TEE: sends a copy of the packet to a gateway, and lets the packet go on.
struct TeeTarget {
    static constexpr std::size_t kMaxInterface = 15;

    net::Ipv4Address gateway;
    std::array<char, kMaxInterface + 1>
        out{};  ///< --oif, ends with a zero; empty: by the route to the gateway

    [[nodiscard]] std::string_view out_name() const { return out.data(); }
    bool operator==(const TeeTarget&) const = default;
};

namespace text {

template <>
struct Syntax<TeeTarget> {
    static std::span<const Form<TeeTarget>> forms();
    static Checked parse(TeeTarget& target, const OptionUse& use);
    static void save(const TeeTarget& target, std::string& out);
    static void list(const TeeTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
