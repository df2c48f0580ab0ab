// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m nfacct --nfacct-name NAME`: counts on an object that nfacct(8) has made. Written and printed, never
/// loaded.
struct NfacctMatch {
    std::string name;
    bool operator==(const NfacctMatch&) const = default;
};

template <>
struct Refused<NfacctMatch> {
    static constexpr bool kAlways = true;
    static std::string_view why(const NfacctMatch&) {
        return "match nfacct counts on an object of nfacct(8), which Linux holds; count with the rule itself "
               "instead";
    }
};

namespace text {

template <>
struct Syntax<NfacctMatch> {
    static std::span<const Form<NfacctMatch>> forms();
    static Checked parse(NfacctMatch& match, const OptionUse& use);
    static void save(const NfacctMatch& match, std::string& out);
    static void list(const NfacctMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
