// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m rpfilter --loose --validmark --accept-local --invert`: an answer to the packet's source would leave by
/// the interface that the packet came in by.
struct RpfilterMatch {
    bool is_loose = false;       ///< any route will do
    bool uses_mark = false;      ///< routes are looked up with the packet's mark; no route depends on it yet
    bool accepts_local = false;  ///< the source may be an address of the router
    bool inverted = false;
    bool operator==(const RpfilterMatch&) const = default;
};

namespace text {

template <>
struct Syntax<RpfilterMatch> {
    static std::span<const Form<RpfilterMatch>> forms();
    static Checked parse(RpfilterMatch& match, const OptionUse& use);
    static void save(const RpfilterMatch& match, std::string& out);
    static void list(const RpfilterMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
