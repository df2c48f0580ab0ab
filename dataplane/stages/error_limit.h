// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/keyed_hash.h"
#include "dataplane/base/random.h"
#include "dataplane/net/family.h"
#include "dataplane/net/headers.h"

namespace sluice::stages {

/// The sysctls of the limit, as the kernel names them.
struct ErrorRates {
    std::uint32_t ratelimit_ms = 1000;  ///< icmp_ratelimit
    std::uint32_t ratemask = 6168;      ///< icmp_ratemask
    std::uint32_t msgs_per_sec = 1000;  ///< icmp_msgs_per_sec
    std::uint32_t msgs_burst = 50;      ///< icmp_msgs_burst
};

/// How many ICMP messages leave: per destination and in all, as the kernel counts (ICMP-9; icmp.c,
/// inetpeer.c).
///
/// Per destination: a bucket of six messages that gains one every icmp_ratelimit. In all: a bucket of
/// icmp_msgs_burst messages that is filled when it is empty, at icmp_msgs_per_sec; a message costs 0 to 2, by
/// chance, so that nobody can count along what others were sent (SAD DNS, CVE-2020-25705). Only types in
/// icmp_ratemask are limited, and "fragmentation needed" never is.
///
/// A worker has the budget for all destinations divided by the number of workers, but the whole one for each
/// single destination: errors towards one host about one flow arise on one worker. Destinations are kept in a
/// table of fixed size, four to a slot, the least lately used giving way; a destination that was forgotten
/// starts afresh, and the budget in all still holds. Owner: one worker.  Shape: 24 bytes a destination, 96
/// KiB.
template <net::Family F>
class ErrorLimit {
public:
    using Address = typename F::Address;

    explicit ErrorLimit(std::uint64_t secret, std::uint32_t workers = 1)
        : hash_(secret), workers_(std::max(workers, 1U)), slots_(kSlots) {}

    /// True where a message of this type may go to `destination` now; it is then paid for.
    [[nodiscard]] bool allows(std::uint8_t type, std::uint8_t code, const Address& destination,
                              const ErrorRates& rates, std::uint64_t now_ns, base::Random& random) noexcept {
        if (is_unlimited(type, code, rates)) {
            return true;
        }
        if (!has_credit(rates, now_ns) ||
            !take(peer(destination, now_ns), std::uint64_t{rates.ratelimit_ms} * 1'000'000, kBurst, now_ns)) {
            return false;
        }
        credit_ -= static_cast<std::int64_t>(random.below(3));
        return true;
    }

    /// What errors about missing routes pay besides, before `allows`: one second out of five at most, from
    /// the same bucket (the kernel's ip_error). So a host gets two of them at once, and then one every two
    /// seconds.
    [[nodiscard]] bool allows_route_error(const Address& destination, std::uint64_t now_ns) noexcept {
        return take(peer(destination, now_ns), kNsPerSecond, 5, now_ns);
    }

private:
    static constexpr std::size_t kSlots = 1024;
    static constexpr std::size_t kWays = 4;
    static constexpr std::uint64_t kBurst = 6;  ///< messages, per destination
    static constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
    static constexpr std::uint64_t kLeastWaitNs =
        kNsPerSecond / 50;  ///< between two fillings of the global bucket

    struct Peer {
        Address address{};
        bool is_used = false;
        std::uint64_t tokens_ns = 0;  ///< time earned; a message costs icmp_ratelimit
        std::uint64_t last_ns = 0;
    };

    static bool is_unlimited(std::uint8_t type, std::uint8_t code, const ErrorRates& rates) noexcept {
        constexpr std::uint8_t kHighestType = 18;
        const bool is_needed =
            type == static_cast<std::uint8_t>(net::IcmpType::destination_unreachable) && code == 4;
        return type > kHighestType || is_needed || (rates.ratemask >> type & 1U) == 0;
    }

    bool has_credit(const ErrorRates& rates, std::uint64_t now_ns) noexcept {
        if (credit_ > 0) {
            return true;
        }
        const std::uint64_t passed = is_filled_ ? std::min(now_ns - filled_ns_, kNsPerSecond) : kNsPerSecond;
        if (passed < kLeastWaitNs) {
            return false;
        }
        const auto earned = static_cast<std::int64_t>(share_of(rates.msgs_per_sec) * passed / kNsPerSecond);
        if (earned == 0) {
            return false;
        }
        filled_ns_ = now_ns;
        is_filled_ = true;
        credit_ = std::min(credit_ + earned, static_cast<std::int64_t>(share_of(rates.msgs_burst)));
        return true;
    }
    [[nodiscard]] std::uint64_t share_of(std::uint32_t messages) const noexcept {
        return (std::uint64_t{messages} + workers_ - 1) / workers_;
    }

    Peer& peer(const Address& address, std::uint64_t now_ns) noexcept {
        auto& ways = slots_[hash_(std::as_bytes(std::span(&address, 1))) % kSlots];
        Peer* eldest = ways.data();
        for (Peer& candidate : ways) {
            if (candidate.is_used && candidate.address == address) {
                return candidate;
            }
            const bool gives_way = !candidate.is_used || candidate.last_ns < eldest->last_ns;
            eldest = eldest->is_used && gives_way ? &candidate : eldest;
        }
        *eldest = {.address = address, .is_used = true, .tokens_ns = kFull, .last_ns = now_ns};
        return *eldest;
    }

    /// Takes `cost_ns` out of a bucket that holds `burst` times as much.
    static bool take(Peer& peer, std::uint64_t cost_ns, std::uint64_t burst, std::uint64_t now_ns) noexcept {
        const std::uint64_t earned = now_ns - peer.last_ns;
        peer.tokens_ns = peer.tokens_ns >= kFull - earned ? kFull : peer.tokens_ns + earned;
        if (earned > 0 || peer.tokens_ns == kFull) {
            peer.tokens_ns = std::min(peer.tokens_ns, burst * cost_ns);
        }
        peer.last_ns = now_ns;
        if (peer.tokens_ns < cost_ns) {
            return false;
        }
        peer.tokens_ns -= cost_ns;
        return true;
    }
    static constexpr std::uint64_t kFull = ~std::uint64_t{0};

    base::KeyedHash hash_;
    std::uint32_t workers_;
    std::int64_t credit_ = 0;
    std::uint64_t filled_ns_ = 0;
    bool is_filled_ = false;
    std::vector<std::array<Peer, kWays>> slots_;
};

}  // namespace sluice::stages
