// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/quoting.h"

#include <algorithm>

namespace sluice::acl::text {

void append_quoted(std::string_view text, std::string& out) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) {
        out += text;
        return;
    }
    out.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == '\'') {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    out.push_back('"');
}

}  // namespace sluice::acl::text
