// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"
#include "dataplane/net/address.h"

namespace sluice::acl {

/// `-m mac --mac-source ADDRESS`: who sent the frame. Works only where frames come in.
struct MacMatch {
    net::MacAddress source;
    bool inverted = false;
    bool operator==(const MacMatch&) const = default;
};

namespace text {

template <>
struct Syntax<MacMatch> {
    static std::span<const Form<MacMatch>> forms();
    static Checked parse(MacMatch& match, const OptionUse& use);
    static void save(const MacMatch& match, std::string& out);
    static void list(const MacMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
