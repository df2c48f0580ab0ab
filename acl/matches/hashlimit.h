// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "acl/keyed/hash_limits.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-m hashlimit --hashlimit-upto|--hashlimit-above RATE --hashlimit-name NAME ...`: `limit` for each group of packets.
struct HashlimitMatch {
    static constexpr std::uint32_t kChunkShift = 4;              ///< XT_HASHLIMIT_BYTE_SHIFT
    static constexpr std::uint64_t kParts = 0xffffffffU;         ///< of a second
    static constexpr std::uint32_t kByteExpireMs = 15'000;       ///< XT_HASHLIMIT_BYTE_EXPIRE
    static constexpr std::uint32_t kByteBurstExpireMs = 60'000;  ///< XT_HASHLIMIT_BYTE_EXPIRE_BURST

    keyed::HashLimitOptions options;
    std::string name;
    bool is_above = false;        ///< holds for what exceeds the rate
    bool has_rate = false;
    bool has_expire = false;
    bool has_burst = false;
    bool is_rate_match = false;     ///< counts all packets, and limits none
    std::uint32_t interval_s = 0;   ///< --hashlimit-rate-interval as written; 0: not given
    std::uint32_t unit_seconds = 1;  ///< of the rate as written, for the default of --hashlimit-htable-expire
    std::uint64_t burst_given = 5;   ///< packets, or bytes

    /// In: parts of a second that 16 bytes cost.
    [[nodiscard]] static constexpr std::uint64_t bytes_a_second(std::uint64_t cost) noexcept {
        return ((cost != 0 ? kParts / cost : kParts) - 1) << kChunkShift;
    }
    /// With the defaults filled in that hang on several options: what the kernel is told.
    [[nodiscard]] keyed::HashLimitOptions settled() const noexcept;
};

inline keyed::HashLimitOptions HashlimitMatch::settled() const noexcept {
    keyed::HashLimitOptions told = options;
    if (is_rate_match) {
        told.average /= told.by_bytes ? 1 : unit_seconds;
        told.interval_s = interval_s != 0 ? interval_s : told.by_bytes ? 1 : unit_seconds;
    }
    if (!told.by_bytes) {
        told.burst = burst_given;
        told.expire_ms = has_expire ? told.expire_ms : unit_seconds * 1000;
        return told;
    }
    const std::uint64_t second = bytes_a_second(told.average);
    told.burst = has_burst && second != 0 ? (burst_given + second - 1) / second : 0;
    if (!has_expire) {
        told.expire_ms = has_burst ? kByteBurstExpireMs : kByteExpireMs;
    }
    return told;
}

namespace text {

template <>
struct Syntax<HashlimitMatch> {
    static std::span<const Form<HashlimitMatch>> forms();
    static Checked parse(HashlimitMatch& match, const OptionUse& use);
    static Checked finish(const HashlimitMatch& match, const RuleFacts& rule);
    static void save(const HashlimitMatch& match, std::string& out);
    static void list(const HashlimitMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
