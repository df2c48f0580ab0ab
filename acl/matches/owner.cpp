// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/owner.h"

#include <fmt/core.h>

#include <array>

#include <grp.h>
#include <pwd.h>

#include <optional>
#include <string>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

std::optional<std::uint32_t> user_number(const std::string& name) {
    const passwd* const found = getpwnam(name.c_str());
    return found != nullptr ? std::optional<std::uint32_t>(found->pw_uid) : std::nullopt;
}

std::optional<std::uint32_t> group_number(const std::string& name) {
    const group* const found = getgrnam(name.c_str());
    return found != nullptr ? std::optional<std::uint32_t>(found->gr_gid) : std::nullopt;
}

/// A name, a number, or two numbers with a dash between them.
std::optional<OwnerMatch::Range> parse_range(const std::string& text, bool is_user) {
    if (const auto named = is_user ? user_number(text) : group_number(text)) {
        return OwnerMatch::Range{*named, *named};
    }
    constexpr std::uint32_t kLargest = 0xfffffffe;
    const std::size_t dash = text.find('-');
    const auto min = parse_number(std::string_view(text).substr(0, dash), kLargest);
    const auto max =
        dash == std::string::npos ? min : parse_number(std::string_view(text).substr(dash + 1), kLargest);
    return min && max && *min <= *max ? std::optional(OwnerMatch::Range{*min, *max}) : std::nullopt;
}

std::string range_text(const OwnerMatch::Range& range) {
    return range.min == range.max ? std::to_string(range.min) : fmt::format("{}-{}", range.min, range.max);
}

/// By name, where it is one and numbers are not asked for.
std::string listed(const OwnerMatch::Range& range, bool is_user, bool numeric) {
    if (!numeric && range.min == range.max) {
        if (const passwd* user = is_user ? getpwuid(range.min) : nullptr) {
            return user->pw_name;
        }
        if (const group* found = is_user ? nullptr : getgrgid(range.min)) {
            return found->gr_name;
        }
    }
    return range_text(range);
}

}  // namespace

std::span<const Form<OwnerMatch>> Syntax<OwnerMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "uid-owner", .invertible = true},
        OptionSpec{.name = "gid-owner", .invertible = true},
        OptionSpec{.name = "socket-exists", .values = 0, .invertible = true},
        OptionSpec{.name = "suppl-groups", .values = 0},
    };
    static constexpr std::array kForms = {Form<OwnerMatch>{
        .name = "owner", .initial = {}, .options = kOptions, .hooks = bit(Hook::output) | bit(Hook::postrouting)}};
    return kForms;
}

Checked Syntax<OwnerMatch>::parse(OwnerMatch& match, const OptionUse& use) {
    if (use.option == "suppl-groups") {
        if ((match.asked & OwnerMatch::gid) == 0) {
            return fault("owner: --suppl-groups: --gid-owner has to stand before it", use.begin);
        }
        match.asked = static_cast<std::uint8_t>(match.asked | OwnerMatch::supplementary_groups);
        return {};
    }
    const OwnerMatch::Ask asked = use.option == "uid-owner"   ? OwnerMatch::uid
                                  : use.option == "gid-owner" ? OwnerMatch::gid
                                                              : OwnerMatch::socket;
    match.asked = static_cast<std::uint8_t>(match.asked | asked);
    match.inverted = static_cast<std::uint8_t>(match.inverted | (use.inverted ? asked : 0));
    if (asked == OwnerMatch::socket) {
        return {};
    }
    const bool is_user = asked == OwnerMatch::uid;
    const auto range = parse_range(use.value(), is_user);
    if (!range) {
        return use.refuse(fmt::format("unknown {} '{}': a name, a number, or NUMBER-NUMBER",
                                      is_user ? "user" : "group", use.value()));
    }
    (is_user ? match.user : match.group) = *range;
    return {};
}

Checked Syntax<OwnerMatch>::finish(const OwnerMatch& match, const RuleFacts& rule) {
    return match.asked != 0
               ? Checked{}
               : fault("owner: one of --uid-owner, --gid-owner and --socket-exists is required", rule.begin);
}

void Syntax<OwnerMatch>::save(const OwnerMatch& match, std::string& out) {
    const auto append = [&](OwnerMatch::Ask asked, std::string_view option, const std::string& value) {
        if ((match.asked & asked) != 0) {
            base::append(out, "{} --{}{}", (match.inverted & asked) != 0 ? " !" : "", option, value);
        }
    };
    append(OwnerMatch::socket, "socket-exists", "");
    append(OwnerMatch::uid, "uid-owner ", range_text(match.user));
    append(OwnerMatch::gid, "gid-owner ", range_text(match.group));
    append(OwnerMatch::supplementary_groups, "suppl-groups", "");
}

void Syntax<OwnerMatch>::list(const OwnerMatch& match, bool numeric, std::string& out) {
    const auto append = [&](OwnerMatch::Ask asked, std::string_view words, const std::string& value) {
        if ((match.asked & asked) != 0) {
            base::append(out, "{} {}{}", (match.inverted & asked) != 0 ? " !" : "", words, value);
        }
    };
    append(OwnerMatch::socket, "owner socket exists", "");
    append(OwnerMatch::uid, "owner UID match ", listed(match.user, true, numeric));
    append(OwnerMatch::gid, "owner GID match ", listed(match.group, false, numeric));
    append(OwnerMatch::supplementary_groups, "incl. suppl. groups", "");
}

}  // namespace sluice::acl::text
