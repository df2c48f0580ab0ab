// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace sluice::acl {

/// `-m comment --comment TEXT`: always true.
struct CommentMatch {
    std::string text;
    bool operator==(const CommentMatch&) const = default;
};

}  // namespace sluice::acl
