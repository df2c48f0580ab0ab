// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/comment.h"

#include <array>

#include "acl/text/quoting.h"

namespace sluice::acl::text {

namespace {
constexpr std::size_t kMaxComment = 255;
}

std::span<const Form<CommentMatch>> Syntax<CommentMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "comment", .required = true},
    };
    static const std::array kForms = {
        Form<CommentMatch>{.name = "comment", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<CommentMatch>::parse(CommentMatch& match, const OptionUse& use) {
    if (use.value().size() > kMaxComment) {
        return use.refuse("a comment has at most 255 bytes");
    }
    match.text = use.value();
    return {};
}

void Syntax<CommentMatch>::save(const CommentMatch& match, std::string& out) {
    out += " --comment ";
    append_quoted(match.text, out);
}

void Syntax<CommentMatch>::list(const CommentMatch& match, bool /*numeric*/, std::string& out) {
    out += " /* ";
    out += match.text;
    out += " */";
}

}  // namespace sluice::acl::text
