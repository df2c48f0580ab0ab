// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/recent.h"

#include <fmt/core.h>

#include <array>
#include <string_view>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using Operation = keyed::RecentList::Operation;

constexpr std::size_t kMaxName = 199;
constexpr std::uint32_t kMaxHits = keyed::RecentList::kMaxInstants - 1;

struct Named {
    std::string_view option;
    std::string_view listed;
    Operation operation;
};
constexpr std::array<Named, 4> kOperations = {{
    {"set", "SET", Operation::set},
    {"rcheck", "CHECK", Operation::check},
    {"update", "UPDATE", Operation::update},
    {"remove", "REMOVE", Operation::remove},
}};

bool is_asking(const RecentMatch& match) {
    return match.question.operation == Operation::check || match.question.operation == Operation::update;
}

Checked take_operation(RecentMatch& match, const OptionUse& use, Operation operation) {
    if (match.has_operation) {
        return fault("recent: only one of --set, --rcheck, --update and --remove can be given", use.begin);
    }
    match.has_operation = true;
    match.question.operation = operation;
    match.question.inverted = use.inverted;
    return {};
}

Checked take_value(RecentMatch& match, const OptionUse& use) {
    if (use.option == "name") {
        if (use.value().empty() || use.value().size() > kMaxName || use.value().find_first_of("/ \"\\") != std::string::npos) {
            return use.refuse(fmt::format("'{}' is no name of a list: 1 to {} characters, no '/', blank, quote or backslash", use.value(), kMaxName));
        }
        match.name = use.value();
        return {};
    }
    if (use.option == "mask") {
        const auto mask = net::parse_ipv4(use.value());
        if (!mask) {
            return use.refuse(fmt::format("'{}' is no netmask such as 255.255.255.0", use.value()));
        }
        match.mask = *mask;
        return {};
    }
    const bool is_seconds = use.option == "seconds";
    const auto number = parse_number(use.value(), 0xffffffffU);
    if (!number || (is_seconds && *number == 0)) {
        return use.refuse(fmt::format("invalid number '{}': from {} to 4294967295", use.value(), is_seconds ? 1 : 0));
    }
    if (!is_seconds && *number > kMaxHits) {
        return use.refuse(fmt::format("--hitcount is at most {}: so many packets of an address are remembered", kMaxHits));
    }
    (is_seconds ? match.question.seconds : match.question.hits) = *number;
    return {};
}

}  // namespace

std::span<const Form<RecentMatch>> Syntax<RecentMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "set", .values = 0, .invertible = true},
        OptionSpec{.name = "rcheck", .values = 0, .invertible = true},
        OptionSpec{.name = "update", .values = 0, .invertible = true},
        OptionSpec{.name = "remove", .values = 0, .invertible = true},
        OptionSpec{.name = "seconds"},
        OptionSpec{.name = "reap", .values = 0},
        OptionSpec{.name = "hitcount"},
        OptionSpec{.name = "rttl", .values = 0},
        OptionSpec{.name = "name"},
        OptionSpec{.name = "rsource", .values = 0},
        OptionSpec{.name = "rdest", .values = 0},
        OptionSpec{.name = "mask"},
    };
    static const std::array kForms = {Form<RecentMatch>{.name = "recent", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<RecentMatch>::parse(RecentMatch& match, const OptionUse& use) {
    for (const Named& one : kOperations) {
        if (use.option == one.option) {
            return take_operation(match, use, one.operation);
        }
    }
    if (use.option == "reap") {
        match.question.reaps = true;
    } else if (use.option == "rttl") {
        match.question.asks_ttl = true;
    } else if (use.option == "rsource" || use.option == "rdest") {
        match.is_destination = use.option == "rdest";
    } else {
        return take_value(match, use);
    }
    return {};
}

Checked Syntax<RecentMatch>::finish(const RecentMatch& match, const RuleFacts& rule) {
    const keyed::RecentList::Question& question = match.question;
    if (!match.has_operation) {
        return fault("recent: one of --set, --rcheck, --update and --remove must be given", rule.begin);
    }
    if (question.reaps && question.seconds == 0) {
        return fault("recent: --reap needs --seconds", rule.begin);
    }
    if (!is_asking(match) && (question.seconds != 0 || question.hits != 0 || question.asks_ttl || question.reaps)) {
        return fault("recent: --seconds, --hitcount, --rttl and --reap go with --rcheck and --update only", rule.begin);
    }
    return {};
}

void Syntax<RecentMatch>::save(const RecentMatch& match, std::string& out) {
    const keyed::RecentList::Question& question = match.question;
    out += question.inverted ? " !" : "";
    base::append(out, " --{}", kOperations[static_cast<std::size_t>(question.operation)].option);
    if (question.seconds != 0) {
        base::append(out, " --seconds {}", question.seconds);
    }
    out += question.reaps ? " --reap" : "";
    if (question.hits != 0) {
        base::append(out, " --hitcount {}", question.hits);
    }
    out += question.asks_ttl ? " --rttl" : "";
    base::append(out, " --name {} --mask {} {}", match.name, net::to_string(match.mask),
                 match.is_destination ? "--rdest" : "--rsource");
}

void Syntax<RecentMatch>::list(const RecentMatch& match, bool /*numeric*/, std::string& out) {
    const keyed::RecentList::Question& question = match.question;
    base::append(out, "{} recent: {}", question.inverted ? " !" : "",
                 kOperations[static_cast<std::size_t>(question.operation)].listed);
    if (question.seconds != 0) {
        base::append(out, " seconds: {}", question.seconds);
    }
    out += question.reaps ? " reap" : "";
    if (question.hits != 0) {
        base::append(out, " hit_count: {}", question.hits);
    }
    out += question.asks_ttl ? " TTL-Match" : "";
    base::append(out, " name: {} side: {} mask: {}", match.name, match.is_destination ? "dest" : "source",
                 net::to_string(match.mask));
}

}  // namespace sluice::acl::text
