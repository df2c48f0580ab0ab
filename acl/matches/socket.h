// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m socket`: a local socket waits for the packet. There are no local programs yet, so it never holds.
struct SocketMatch {
    bool transparent = false;
    bool no_wildcard = false;
    bool restore_mark = false;
    bool operator==(const SocketMatch&) const = default;
};

namespace text {

template <>
struct Syntax<SocketMatch> {
    static std::span<const Form<SocketMatch>> forms();
    static Checked parse(SocketMatch& match, const OptionUse& use);
    static void save(const SocketMatch& match, std::string& out);
    static void list(const SocketMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
