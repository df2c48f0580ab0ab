// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/address_types.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m addrtype --src-type LIST --dst-type LIST`: what the router's own tables say that an address is.
struct AddrtypeMatch {
    enum class Limit : std::uint8_t { none, in, out };  ///< only as seen from the interface
    std::uint16_t source = 0;                           ///< bits of AddressType; 0: not asked
    std::uint16_t destination = 0;
    bool source_inverted = false;
    bool destination_inverted = false;
    Limit limit = Limit::none;
    bool operator==(const AddrtypeMatch&) const = default;
};

namespace text {

template <>
struct Syntax<AddrtypeMatch> {
    static std::span<const Form<AddrtypeMatch>> forms();
    static Checked parse(AddrtypeMatch& match, const OptionUse& use);
    static Checked finish(const AddrtypeMatch& match, const RuleFacts& rule);
    static void save(const AddrtypeMatch& match, std::string& out);
    static void list(const AddrtypeMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
