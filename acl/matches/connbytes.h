// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m connbytes [!] --connbytes FROM[:TO] --connbytes-dir DIR --connbytes-mode MODE`: what the packet's
/// connection has carried so far, the packet itself included.
struct ConnbytesMatch {
    enum class Direction : std::uint8_t { none, original, reply, both };
    enum class Mode : std::uint8_t { none, packets, bytes, avgpkt };

    std::uint64_t min = 0;
    std::uint64_t max = 0;  ///< smaller than `min`: negated, outside of what lies from here to there
    Direction direction = Direction::none;
    Mode mode = Mode::none;
    bool operator==(const ConnbytesMatch&) const = default;
};

namespace text {

template <>
struct Syntax<ConnbytesMatch> {
    static std::span<const Form<ConnbytesMatch>> forms();
    static Checked parse(ConnbytesMatch& match, const OptionUse& use);
    static void save(const ConnbytesMatch& match, std::string& out);
    static void list(const ConnbytesMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
