// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m string --algo bm|kmp [--from N] [--to N] [--icase] [!] --string TEXT | --hex-string "a|0d 0a|b"`: the bytes occur
/// in the packet, counted from its IP header. See: xt_string.c, skb_find_text.
struct StringMatch {
    static constexpr std::uint16_t kEnd = 0xffff;
    enum class Algorithm : std::uint8_t { boyer_moore, knuth_morris_pratt };

    std::string pattern;  ///< 1 to 128 bytes
    std::uint16_t from = 0;     ///< the first byte that may belong to an occurrence
    std::uint16_t to = kEnd;    ///< the byte behind the last that may
    Algorithm algorithm = Algorithm::boyer_moore;  ///< printed; all strings are searched for in one pass
    bool ignores_case = false;  ///< of Latin 1, as the kernel's toupper
    bool inverted = false;
    bool operator==(const StringMatch&) const = default;
};

namespace text {

template <>
struct Syntax<StringMatch> {
    static std::span<const Form<StringMatch>> forms();
    static Checked parse(StringMatch& match, const OptionUse& use);
    static Checked finish(const StringMatch& match, const RuleFacts& rule);
    static void save(const StringMatch& match, std::string& out);
    static void list(const StringMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
