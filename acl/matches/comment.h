// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m comment --comment TEXT`: always true.
struct CommentMatch {
    std::string text;
    bool operator==(const CommentMatch&) const = default;
};

namespace text {

template <>
struct Syntax<CommentMatch> {
    static std::span<const Form<CommentMatch>> forms();
    static Checked parse(CommentMatch& match, const OptionUse& use);
    static void save(const CommentMatch& match, std::string& out);
    static void list(const CommentMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
