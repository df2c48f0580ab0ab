// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/frame_kind.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m pkttype --pkt-type TYPE`: to whom the frame came.
struct PkttypeMatch {
    FrameKind kind = FrameKind::unicast;
    bool inverted = false;
    bool operator==(const PkttypeMatch&) const = default;
};

namespace text {

template <>
struct Syntax<PkttypeMatch> {
    static std::span<const Form<PkttypeMatch>> forms();
    static Checked parse(PkttypeMatch& match, const OptionUse& use);
    static void save(const PkttypeMatch& match, std::string& out);
    static void list(const PkttypeMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
