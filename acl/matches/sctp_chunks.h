// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "acl/matches/packet_bytes.h"

namespace sluice::acl {

/// The head of one chunk of an SCTP packet.
struct Chunk {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
};

/// Goes from one chunk to the next, as far as their lengths lead. In: a packet with an SCTP header.
template <net::Family F>
class ChunkWalk {
public:
    explicit ChunkWalk(const PacketView<F>& packet) noexcept
        : packet_(packet),
          offset_(kHeaderBytes + (std::to_integer<std::size_t>(packet.packet[0]) & 0xfU) * 4) {}

    /// Nothing where no chunk is, or one without a length.
    [[nodiscard]] std::optional<Chunk> next() noexcept {
        std::array<std::byte, 4> head;
        if (!read_at(packet_, offset_, head)) {
            return std::nullopt;
        }
        const std::size_t length =
            std::to_integer<std::size_t>(head[2]) << 8U | std::to_integer<std::size_t>(head[3]);
        if (length == 0) {
            return std::nullopt;
        }
        offset_ += (length + 3) / 4 * 4;
        return Chunk{std::to_integer<std::uint8_t>(head[0]), std::to_integer<std::uint8_t>(head[1])};
    }

    [[nodiscard]] bool is_at_end() const noexcept { return offset_ >= length_of(packet_); }

private:
    static constexpr std::size_t kHeaderBytes = 12;

    const PacketView<F>& packet_;
    std::size_t offset_;
};

/// True where every chunk can be reached.
template <net::Family F>
[[nodiscard]] inline bool has_sound_chunks(const PacketView<F>& packet) noexcept {
    ChunkWalk<F> walk(packet);
    do {
        if (!walk.next()) {
            return false;
        }
    } while (!walk.is_at_end());
    return true;
}

}  // namespace sluice::acl
