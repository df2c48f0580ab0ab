// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-p tcp -m osf [!] --genre NAME --ttl LEVEL --log LEVEL`: the system that a SYN looks like. Written and
/// printed, never loaded.
struct OsfMatch {
    std::string genre;
    bool inverted = false;
    std::optional<std::uint8_t> ttl{};
    std::optional<std::uint8_t> log{};
    bool operator==(const OsfMatch&) const = default;
};

template <>
struct Refused<OsfMatch> {
    static constexpr bool kAlways = true;
    static std::string_view why(const OsfMatch&) {
        return "match osf needs fingerprints, which nfnl_osf gives to Linux; there is nobody to give them "
               "here";
    }
};

namespace text {

template <>
struct Syntax<OsfMatch> {
    static std::span<const Form<OsfMatch>> forms();
    static Checked parse(OsfMatch& match, const OptionUse& use);
    static void save(const OsfMatch& match, std::string& out);
    static void list(const OsfMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
