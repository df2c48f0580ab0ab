// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// HMARK: gives the packet a mark that is a hash of its addresses and ports.
struct HmarkTarget {
    enum Part : std::uint8_t {  // in the order in which `-S` prints them
        source_prefix,
        destination_prefix,
        source_port_mask,
        destination_port_mask,
        spi_mask,
        source_port,
        destination_port,
        spi,
        protocol_mask,
        random,
        modulus,
        offset,
        connection,
    };
    static constexpr std::size_t kParts = connection + 1U;

    std::uint16_t given = 0;                     ///< bits of the parts that stand in the rule
    std::array<std::uint32_t, kParts> values{};  ///< of `connection`: none

    [[nodiscard]] bool has(Part part) const { return (given >> part & 1U) != 0; }
    bool operator==(const HmarkTarget&) const = default;
};

namespace text {

template <>
struct Syntax<HmarkTarget> {
    static std::span<const Form<HmarkTarget>> forms();
    static Checked parse(HmarkTarget& target, const OptionUse& use);
    static Checked finish(const HmarkTarget& target, const RuleFacts& rule);
    static void save(const HmarkTarget& target, std::string& out);
    static void list(const HmarkTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
