// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/set_target.h"

#include <fmt/core.h>

#include <array>

#include "acl/tables.h"
#include "acl/text/numbers.h"
#include "acl/text/set_words.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kLongestTimeout = 0xfffffffeU;

/// In: what stands before each option's name, `--` or nothing.
void append(const SetTarget& target, std::string_view before, std::string& out) {
    const auto use = [&](std::string_view option, const SetTargetUse& one) {
        if (!one.name.empty()) {
            base::append(out, " {}{} ", before, option);
            append_set_use(one.name, one.directions, out);
        }
    };
    const auto flag = [&](bool is_set, std::string_view option) {
        if (is_set) {
            base::append(out, " {}{}", before, option);
        }
    };
    use("add-set", target.add);
    flag(target.exist, "exist");
    if (target.timeout_s) {
        base::append(out, " {}timeout {}", before, *target.timeout_s);
    }
    use("del-set", target.del);
    use("map-set", target.map);
    flag(target.map_mark, "map-mark");
    flag(target.map_priority, "map-prio");
    flag(target.map_queue, "map-queue");
}

}  // namespace

std::span<const Form<SetTarget>> Syntax<SetTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "add-set", .values = 2},   OptionSpec{.name = "del-set", .values = 2},
        OptionSpec{.name = "map-set", .values = 2},   OptionSpec{.name = "timeout"},
        OptionSpec{.name = "exist", .values = 0},     OptionSpec{.name = "map-mark", .values = 0},
        OptionSpec{.name = "map-prio", .values = 0},  OptionSpec{.name = "map-queue", .values = 0}};
    static const std::array kForms = {Form<SetTarget>{.name = "SET", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<SetTarget>::parse(SetTarget& target, const OptionUse& use) {
    if (use.option == "timeout") {
        const auto number = parse_number(use.value(), kLongestTimeout);
        if (!number) {
            return use.refuse(fmt::format("bad timeout '{}': seconds, at most {}", use.value(), kLongestTimeout));
        }
        target.timeout_s = static_cast<std::uint32_t>(*number);
        return {};
    }
    for (const auto& [option, flag] : {std::pair<std::string_view, bool SetTarget::*>{"exist", &SetTarget::exist},
                                       {"map-mark", &SetTarget::map_mark},
                                       {"map-prio", &SetTarget::map_priority},
                                       {"map-queue", &SetTarget::map_queue}}) {
        if (use.option == option) {
            target.*flag = true;
            return {};
        }
    }
    SetTargetUse& one = use.option == "add-set" ? target.add : use.option == "del-set" ? target.del : target.map;
    return read_set_use(use, one.name, one.directions);
}

Checked Syntax<SetTarget>::finish(const SetTarget& target, const RuleFacts& rule) {
    const auto wrong = [&](std::string_view message) { return fault("SET: " + std::string(message), rule.begin); };
    if (target.add.name.empty() && target.del.name.empty() && target.map.name.empty()) {
        return wrong("one of --add-set, --del-set and --map-set is required");
    }
    if (target.add.name.empty() && (target.exist || target.timeout_s)) {
        return wrong("--exist and --timeout go with --add-set only");
    }
    if (!target.map.name.empty() && !target.map_mark && !target.map_priority && !target.map_queue) {
        return wrong("--map-set needs --map-mark, --map-prio or --map-queue");
    }
    return {};
}

std::uint8_t Syntax<SetTarget>::hooks(const SetTarget& target) {
    return target.map_priority || target.map_queue
               ? static_cast<std::uint8_t>(bit(Hook::forward) | bit(Hook::output) | bit(Hook::postrouting))
               : std::uint8_t{0xff};
}

void Syntax<SetTarget>::save(const SetTarget& target, std::string& out) {
    append(target, "--", out);
}

void Syntax<SetTarget>::list(const SetTarget& target, bool /*numeric*/, std::string& out) {
    append(target, "", out);
}

}  // namespace sluice::acl::text
