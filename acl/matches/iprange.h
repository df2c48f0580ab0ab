// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "acl/text/syntax.h"
#include "dataplane/net/family.h"

namespace sluice::acl {

/// An inclusive range of addresses, with `!`. One that runs backwards contains none.
struct AddressRange {
    net::Ipv4Address min{};
    net::Ipv4Address max{};
    bool inverted = false;
    bool operator==(const AddressRange&) const = default;
};

/// `-m iprange --src-range --dst-range`.
struct IprangeMatch {
    std::optional<AddressRange> source{};
    std::optional<AddressRange> destination{};
    bool operator==(const IprangeMatch&) const = default;
};

namespace text {

template <>
struct Syntax<IprangeMatch> {
    static std::span<const Form<IprangeMatch>> forms();
    static Checked parse(IprangeMatch& match, const OptionUse& use);
    static void save(const IprangeMatch& match, std::string& out);
    static void list(const IprangeMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
