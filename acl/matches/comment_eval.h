// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/comment.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// Always true, so the compiler leaves it out.
template <>
struct Evaluate<CommentMatch> {
    static constexpr bool asks = false;
};

}  // namespace sluice::acl
