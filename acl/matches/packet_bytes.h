// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "acl/packet_view.h"

/// The bytes of a whole packet by their offset from the IP header, wherever they lie: a datagram that was put
/// together from fragments is in pieces.
namespace sluice::acl {

/// How many bytes the packet has.
template <net::Family F>
[[nodiscard]] inline std::size_t length_of(const PacketView<F>& packet) noexcept {
    return packet.tail.read == nullptr ? packet.packet.size() : packet.bytes;
}

/// Copies the bytes from `offset` on; false where the packet ends before.
template <net::Family F>
[[nodiscard]] inline bool read_at(const PacketView<F>& packet, std::uint64_t offset,
                                  std::span<std::byte> out) noexcept {
    const std::span<const std::byte> first = packet.packet;
    if (offset <= first.size() && out.size() <= first.size() - offset) {
        std::memcpy(out.data(), first.data() + offset, out.size());
        return true;
    }
    return packet.tail.read != nullptr && offset + out.size() <= packet.bytes &&
           packet.tail.read(packet.tail.packet, static_cast<std::size_t>(offset), out);
}

/// The 32 bits at `offset`, in host order; nothing where the packet ends before.
template <net::Family F>
[[nodiscard]] inline std::optional<std::uint32_t> word_of(const PacketView<F>& packet,
                                                          std::uint64_t offset) noexcept {
    std::array<std::byte, 4> bytes;
    if (!read_at(packet, offset, bytes)) {
        return std::nullopt;
    }
    std::uint32_t word = 0;
    for (const std::byte byte : bytes) {
        word = word << 8U | std::to_integer<std::uint32_t>(byte);
    }
    return word;
}

}  // namespace sluice::acl
