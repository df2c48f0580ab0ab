// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "acl/keyed/recent_list.h"
#include "acl/text/syntax.h"
#include "dataplane/net/address.h"

namespace sluice::acl {

/// `-m recent --set|--rcheck|--update|--remove ...`: whether, and how often of late, an address was seen.
struct RecentMatch {
    keyed::RecentList::Question question;
    bool has_operation = false;
    std::string name = "DEFAULT";  ///< of the list
    bool is_destination = false;   ///< --rdest
    net::Ipv4Address mask = net::Ipv4Address::from_host(0xffffffffU);
};

namespace text {

template <>
struct Syntax<RecentMatch> {
    static std::span<const Form<RecentMatch>> forms();
    static Checked parse(RecentMatch& match, const OptionUse& use);
    static Checked finish(const RecentMatch& match, const RuleFacts& rule);
    static void save(const RecentMatch& match, std::string& out);
    static void list(const RecentMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
