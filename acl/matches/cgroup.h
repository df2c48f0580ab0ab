// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "acl/refused.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m cgroup [!] --cgroup ID` or `[!] --path PATH`: the control group of the local sender or receiver.
/// Written and printed, never loaded.
struct CgroupMatch {
    std::optional<std::uint32_t> id{};
    std::string path;  ///< asked where there is no id
    bool inverted = false;
    bool operator==(const CgroupMatch&) const = default;
};

template <>
struct Refused<CgroupMatch> {
    static constexpr bool kAlways = true;
    static std::string_view why(const CgroupMatch&) {
        return "match cgroup asks for the control group of a local program; none runs behind a router in "
               "user space";
    }
};

namespace text {

template <>
struct Syntax<CgroupMatch> {
    static std::span<const Form<CgroupMatch>> forms();
    static Checked parse(CgroupMatch& match, const OptionUse& use);
    static Checked finish(const CgroupMatch& match, const RuleFacts& rule);
    static void save(const CgroupMatch& match, std::string& out);
    static void list(const CgroupMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
