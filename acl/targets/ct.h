// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "acl/refused.h"
#include "acl/text/syntax.h"
#include "conntrack/helper_kind.h"

namespace sluice::acl {

/// CT: how conntrack is to take the packet. `--notrack` (and its older form NOTRACK): not at all; `--zone`: in a part
/// of the table of its own. The first CT that a packet meets decides. Table raw.
struct CtTarget {
    bool notrack = false;
    bool is_alias = false;          ///< written as -j NOTRACK
    bool has_original_zone = false;  ///< --zone-orig was given; with neither or both the zone is for both directions
    bool has_reply_zone = false;     ///< --zone-reply was
    bool zone_of_mark = false;      ///< the lower 16 bits of the packet's mark
    std::uint16_t zone = 0;
    std::uint16_t events = 0;       ///< --ctevents, bits in the order of the manual, which is the kernel's: only these are told; 0: all
    std::uint8_t expectation_events = 0;
    std::string helper;
    std::string timeout;
    bool operator==(const CtTarget&) const = default;
};

template <>
struct Refused<CtTarget> {
    static bool has_unknown_helper(const CtTarget& target) {
        return !target.helper.empty() && conntrack::helper_named(target.helper) == conntrack::HelperId::none;
    }
    static std::string_view why(const CtTarget& target) {
        return has_unknown_helper(target) ? "option '--helper' of target CT: there is no helper of this name here; there are amanda, ftp, irc, pptp, sip and tftp"
                                         : std::string_view();
    }
};

namespace text {

template <>
struct Syntax<CtTarget> {
    static std::span<const Form<CtTarget>> forms();
    static std::size_t form_of(const CtTarget& target);
    static std::string_view list_name(const CtTarget& target);
    static Checked parse(CtTarget& target, const OptionUse& use);
    static void save(const CtTarget& target, std::string& out);
    static void list(const CtTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
