// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "acl/matches/tcp.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `--dccp-types LIST`: bits by type of packet (RFC 4340, section 5.1); INVALID is all types that have no
/// name.
struct DccpTypes {
    std::uint16_t types = 0;
    bool inverted = false;
    bool operator==(const DccpTypes&) const = default;
};

/// `--dccp-option NUMBER`: an option is among those of the packet (RFC 4340, section 5.8).
struct DccpOption {
    std::uint8_t number = 0;
    bool inverted = false;
    bool operator==(const DccpOption&) const = default;
};

/// `-p dccp --sport --dport --dccp-types --dccp-option`.
struct DccpMatch {
    std::optional<PortRange> source{};
    std::optional<PortRange> destination{};
    std::optional<DccpTypes> types{};
    std::optional<DccpOption> option{};
    bool operator==(const DccpMatch&) const = default;
};

namespace text {

template <>
struct Syntax<DccpMatch> {
    static std::span<const Form<DccpMatch>> forms();
    static Checked parse(DccpMatch& match, const OptionUse& use);
    static void save(const DccpMatch& match, std::string& out);
    static void list(const DccpMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
