// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m connlabel [!] --label NAME|NUMBER [--set]`: one of the 128 labels of the packet's connection; `--set`
/// gives it the label where it has it not.
struct ConnlabelMatch {
    std::uint8_t label = 0;  ///< below 128
    bool sets = false;
    bool inverted = false;
    bool operator==(const ConnlabelMatch&) const = default;
};

namespace text {

template <>
struct Syntax<ConnlabelMatch> {
    static std::span<const Form<ConnlabelMatch>> forms();
    static Checked parse(ConnlabelMatch& match, const OptionUse& use);
    static void save(const ConnlabelMatch& match, std::string& out);
    static void list(const ConnlabelMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
