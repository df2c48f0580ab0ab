// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/mark_text.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m realm [!] --realm N[/MASK]`: the realm of the route. Routes have none here, as in a Linux where nobody
/// gave one: it is 0.
struct RealmMatch {
    text::MaskedMark realm;
    bool inverted = false;
    bool operator==(const RealmMatch&) const = default;
};

namespace text {

template <>
struct Syntax<RealmMatch> {
    static std::span<const Form<RealmMatch>> forms();
    static Checked parse(RealmMatch& match, const OptionUse& use);
    static void save(const RealmMatch& match, std::string& out);
    static void list(const RealmMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
