// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>

#include "acl/matches/cluster.h"
#include "acl/matches/match_eval.h"
#include "conntrack/connection.h"

namespace sluice::acl {

/// By the original source of the connection; hashed as Linux does on machines whose lowest byte is first, so
/// that nodes of both kinds agree. See: xt_cluster.c; Jenkins, lookup3.
template <>
struct Evaluate<ClusterMatch> {
    static constexpr Depends depends = Depends::connection;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const ClusterMatch& match, const PacketView<F>& packet) noexcept {
        if (packet.connection == nullptr) {
            return Answer::no;
        }
        const std::uint32_t source = packet.connection->directions[0].tuple.source.host();
        const std::uint32_t hash = hash_of(swapped(source), match.seed);
        const auto node = static_cast<std::uint32_t>(std::uint64_t{hash} * match.nodes >> 32U);
        return answer_of((match.node_mask >> node & 1U) != match.inverted);
    }

private:
    static constexpr std::uint32_t swapped(std::uint32_t word) noexcept {
        return word << 24U | (word & 0xff00U) << 8U | (word >> 8U & 0xff00U) | word >> 24U;
    }

    /// lookup3 of one word.
    static constexpr std::uint32_t hash_of(std::uint32_t word, std::uint32_t seed) noexcept {
        constexpr std::uint32_t kBegin = 0xdeadbeef + 4;
        std::uint32_t a = word + seed + kBegin;
        std::uint32_t b = seed + kBegin;
        std::uint32_t c = seed + kBegin;
        c = (c ^ b) - std::rotl(b, 14);
        a = (a ^ c) - std::rotl(c, 11);
        b = (b ^ a) - std::rotl(a, 25);
        c = (c ^ b) - std::rotl(b, 16);
        a = (a ^ c) - std::rotl(c, 4);
        b = (b ^ a) - std::rotl(a, 14);
        c = (c ^ b) - std::rotl(b, 24);
        return c;
    }
};

}  // namespace sluice::acl
