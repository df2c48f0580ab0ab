// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// LOG: tells of the packet in the log, in the kernel's words, and lets it go on.
struct LogTarget {
    static constexpr std::size_t kMaxPrefix = 29;
    enum Flag : std::uint8_t {  // the kernel's NF_LOG_*
        tcp_sequence = 0x01,
        tcp_options = 0x02,
        ip_options = 0x04,
        uid = 0x08,
        mac_decode = 0x20,
    };

    std::uint8_t level = 4;  ///< of syslog(3)
    std::uint8_t flags = 0;
    std::array<char, kMaxPrefix + 1> prefix{};  ///< ends with a zero
    bool operator==(const LogTarget&) const = default;
};

namespace text {

template <>
struct Syntax<LogTarget> {
    static std::span<const Form<LogTarget>> forms();
    static Checked parse(LogTarget& target, const OptionUse& use);
    static void save(const LogTarget& target, std::string& out);
    static void list(const LogTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
