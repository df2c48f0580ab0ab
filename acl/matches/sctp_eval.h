// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/sctp.h"
#include "acl/matches/sctp_chunks.h"
#include "acl/matches/tcp_eval.h"

namespace sluice::acl {

/// The ports of an SctpMatch: the part that depends on the connection.
struct SctpPorts {
    std::optional<PortRange> source;
    std::optional<PortRange> destination;
};

template <>
struct Evaluate<SctpMatch> {
    static constexpr std::uint8_t protocol = net::kProtocolSctp;

    template <class Use>
    static void parts(const SctpMatch& match, Use&& use) {
        use(SctpPorts{match.source, match.destination});
        if (match.chunks) {
            use(*match.chunks);
        }
    }
};

template <>
struct Evaluate<SctpPorts> {
    static constexpr Depends depends = Depends::connection;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const SctpPorts& ports, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4) {
            return without_l4(packet);
        }
        return answer_of((!ports.source || holds(*ports.source, packet.source_port)) &&
                         (!ports.destination || holds(*ports.destination, packet.destination_port)));
    }
};

/// Goes from chunk to chunk until the answer is known; a chunk that is not there, or has no length, before
/// that drops the packet, negated or not. A type whose flags are not as asked is as if it were not there.
/// See: xt_sctp.c.
template <>
struct Evaluate<SctpChunks> {
    static constexpr Depends depends = Depends::headers;  // of bytes that nothing changes

    template <net::Family F>
    [[nodiscard]] static Answer ask(const SctpChunks& chunks, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4 || l4_of(packet).empty()) {
            return without_l4(packet);
        }
        std::array<std::uint32_t, 8> missing = chunks.types;
        ChunkWalk<F> walk(packet);
        do {
            const std::optional<Chunk> chunk = walk.next();
            if (!chunk) {
                return Answer::drop;
            }
            const bool is_listed = chunks.has(chunk->type);
            const bool holds = is_listed && fits(chunks, *chunk);
            if (chunks.how == SctpChunks::How::any && holds) {
                return answer_of(!chunks.inverted);
            }
            if (chunks.how == SctpChunks::How::only && !holds) {
                return answer_of(chunks.inverted);
            }
            if (holds) {
                missing[chunk->type / 32] &= ~(1U << chunk->type % 32);
            }
        } while (!walk.is_at_end());
        const bool has_all = missing == std::array<std::uint32_t, 8>{};
        const bool yes =
            chunks.how == SctpChunks::How::only || (chunks.how == SctpChunks::How::all && has_all);
        return answer_of(yes != chunks.inverted);
    }

private:
    static bool fits(const SctpChunks& chunks, const Chunk& chunk) noexcept {
        for (std::size_t i = 0; i < chunks.flag_count; ++i) {
            if (chunks.flags[i].type == chunk.type) {
                return (chunk.flags & chunks.flags[i].mask) == chunks.flags[i].flags;
            }
        }
        return true;
    }
};

}  // namespace sluice::acl
