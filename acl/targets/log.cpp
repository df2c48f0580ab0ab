// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/log.h"

#include <fmt/core.h>

#include <array>

#include <algorithm>
#include <optional>

#include "acl/text/numbers.h"
#include "acl/text/quoting.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

struct NamedLevel {
    std::string_view name;
    std::uint8_t level;
};
constexpr std::array<NamedLevel, 9> kLevels = {{
    {"alert", 1},
    {"crit", 2},
    {"debug", 7},
    {"emerg", 0},
    {"error", 3},
    {"info", 6},
    {"notice", 5},
    {"panic", 0},
    {"warning", 4},
}};

struct NamedFlag {
    std::string_view option;
    LogTarget::Flag flag;
};
constexpr std::array<NamedFlag, 5> kFlags = {{
    {"log-tcp-sequence", LogTarget::tcp_sequence},
    {"log-tcp-options", LogTarget::tcp_options},
    {"log-ip-options", LogTarget::ip_options},
    {"log-uid", LogTarget::uid},
    {"log-macdecode", LogTarget::mac_decode},
}};

std::optional<std::uint32_t> parse_level(std::string_view text) {
    if (const auto number = parse_number(text, 7)) {
        return number;
    }
    for (const NamedLevel& known : kLevels) {
        if (known.name == text) {
            return known.level;
        }
    }
    return std::nullopt;
}

Checked set_prefix(LogTarget& target, const OptionUse& use) {
    if (use.value().empty()) {
        return use.refuse("an empty prefix: leave --log-prefix out");
    }
    if (use.value().size() > LogTarget::kMaxPrefix) {
        return use.refuse(fmt::format("the prefix '{}' is too long: at most {} characters", use.value(),
                                      LogTarget::kMaxPrefix));
    }
    if (use.value().find('\n') != std::string::npos) {
        return use.refuse("a prefix has no newlines");
    }
    std::copy(use.value().begin(), use.value().end(), target.prefix.begin());
    return {};
}

}  // namespace

std::span<const Form<LogTarget>> Syntax<LogTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "log-level"},
        OptionSpec{.name = "log-prefix"},
        OptionSpec{.name = "log-tcp-sequence", .values = 0},
        OptionSpec{.name = "log-tcp-options", .values = 0},
        OptionSpec{.name = "log-ip-options", .values = 0},
        OptionSpec{.name = "log-uid", .values = 0},
        OptionSpec{.name = "log-macdecode", .values = 0},
    };
    static constexpr std::array kForms = {Form<LogTarget>{.name = "LOG", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<LogTarget>::parse(LogTarget& target, const OptionUse& use) {
    if (use.option == "log-prefix") {
        return set_prefix(target, use);
    }
    if (use.option == "log-level") {
        const auto level = parse_level(use.value());
        if (!level) {
            return use.refuse(fmt::format("unknown log level '{}': 0 to 7, or a name such as info", use.value()));
        }
        target.level = static_cast<std::uint8_t>(*level);
        return {};
    }
    for (const NamedFlag& known : kFlags) {
        if (known.option == use.option) {
            target.flags = static_cast<std::uint8_t>(target.flags | known.flag);
        }
    }
    return {};
}

void Syntax<LogTarget>::save(const LogTarget& target, std::string& out) {
    constexpr std::uint8_t kDefaultLevel = 4;
    if (target.prefix[0] != 0) {
        out += " --log-prefix ";
        append_quoted(target.prefix.data(), out);
    }
    if (target.level != kDefaultLevel) {
        base::append(out, " --log-level {}", target.level);
    }
    for (const NamedFlag& known : kFlags) {
        if ((target.flags & known.flag) != 0) {
            base::append(out, " --{}", known.option);
        }
    }
}

void Syntax<LogTarget>::list(const LogTarget& target, bool numeric, std::string& out) {
    static constexpr std::array<std::string_view, 8> kNames = {"emerg", "alert",  "crit", "err",
                                                               "warn",  "notice", "info", "debug"};
    if (numeric) {
        base::append(out, " LOG flags {} level {}", target.flags, target.level);
    } else {
        out += " LOG";
        constexpr std::array<std::string_view, 5> kWords = {"tcp-sequence", "tcp-options", "ip-options", "uid",
                                                            "macdecode"};
        base::append(out, " level {}", kNames[target.level & 7U]);
        for (std::size_t i = 0; i < kFlags.size(); ++i) {
            if ((target.flags & kFlags[i].flag) != 0) {
                base::append(out, " {}", kWords[i]);
            }
        }
    }
    if (target.prefix[0] != 0) {
        base::append(out, " prefix \"{}\"", target.prefix.data());
    }
}

}  // namespace sluice::acl::text
