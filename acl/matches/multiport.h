// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m multiport --sports LIST`, `--dports LIST`, `--ports LIST`: one of up to 15 ports, where a range counts
/// as two.
struct MultiportMatch {
    enum class Side : std::uint8_t { source, destination, either };
    static constexpr std::size_t kMaxPorts = 15;

    /// A port has min == max; a range never has.
    struct Ports {
        std::uint16_t min = 0;
        std::uint16_t max = 0;
        bool operator==(const Ports&) const = default;
    };

    std::array<Ports, kMaxPorts> ports{};
    std::uint8_t count = 0;
    Side side = Side::destination;
    bool inverted = false;
    std::uint8_t protocol = 0;  ///< of `-p`: whose services the names are
    bool operator==(const MultiportMatch&) const = default;
};

namespace text {

template <>
struct Syntax<MultiportMatch> {
    static std::span<const Form<MultiportMatch>> forms();
    static Checked parse(MultiportMatch& match, const OptionUse& use);
    static Checked finish(const MultiportMatch& match, const RuleFacts& rule);
    static void save(const MultiportMatch& match, std::string& out);
    static void list(const MultiportMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
