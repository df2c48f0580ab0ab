// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "dataplane/net/checksum.h"
#include "dataplane/packet/made.h"
#include "dataplane/packet/options.h"
#include "dataplane/packet/packet.h"

/// Pieces of a packet that is too large (FWD-3, FRAG-1; the kernel's ip_do_fragment).
///
/// A rebuilt datagram leaves in the pieces in which it came: its segments. Where these do not do any more
/// (larger than `limit`, or moved about to put the headers together), and for every other packet, the pieces
/// are as large as the limit allows, on 8 bytes.
namespace sluice::packet {

namespace detail {

/// True where each segment, with an IP header before it, can be a piece.
template <net::Family F>
[[nodiscard]] bool segments_are_pieces(Packet<F> packet, std::size_t header, std::size_t room) noexcept {
    const rte_mbuf* segment = packet.mbuf();
    if (segment->next == nullptr || segment->data_len < header || packet.info().largest_fragment == 0) {
        return false;
    }
    std::size_t skip = header;
    for (; segment != nullptr; segment = segment->next) {
        const std::size_t bytes = segment->data_len - skip;
        if (bytes > room || bytes == 0 || (segment->next != nullptr && bytes % 8 != 0)) {
            return false;
        }
        skip = 0;
    }
    return true;
}

/// One piece: `bytes` bytes of payload from `offset` on. A handle without mbuf where memory is short.
template <net::Family F>
[[nodiscard]] Packet<F> make_piece(Packet<F> packet, std::span<const std::byte> header, std::size_t offset,
                                   std::size_t bytes, std::uint16_t flags, rte_mempool* pool) noexcept {
    const Packet<F> piece = make_packet<F>(pool, header.size() + bytes);
    if (piece.mbuf() == nullptr) {
        return piece;
    }
    std::memcpy(piece.bytes().data(), header.data(), header.size());
    copy_out(packet, header.size() + offset, bytes, piece.bytes().data() + header.size());
    piece.info() = packet.info();
    piece.info().ip_bytes = static_cast<std::uint32_t>(header.size() + bytes);
    auto& ip = piece.ip();
    ip.total_length = net::Be16::from_host(static_cast<std::uint16_t>(header.size() + bytes));
    ip.fragment = net::Be16::from_host(static_cast<std::uint16_t>(flags | offset / 8));
    net::set_header_checksum(ip);
    return piece;
}

}  // namespace detail

/// The most pieces that a packet can come to, for who holds the array: 65535 bytes at the least MTU of 68.
inline constexpr std::size_t kMaxPieces = 1366;

/// Splits a packet into pieces of at most `limit` bytes, header included, each in one segment from `pool`.
///
/// In: a whole packet, single or chained; `limit`: the MTU of the way out, or the largest piece as it came
/// where that is less (`piece_limit`). Out: `out` from the front; PacketInfo copied, ip_bytes each piece's
/// own. The packet itself is left as it is, for the caller to free. DF: only pieces of a rebuilt datagram
/// that had it, cut anew, bear it; as in the kernel, pieces as they came do not. Returns how many pieces; 0
/// where the pool or `out` has no room or the limit leaves none for payload: then there are no pieces.
template <net::Family F>
[[nodiscard]] std::size_t split(Packet<F> packet, std::uint16_t limit, rte_mempool* pool,
                                std::span<rte_mbuf*> out) noexcept {
    std::array<std::byte, sizeof(net::Ipv4Header) + kMaxOptionBytes> header_bytes;
    const std::size_t header_size = packet.ip().header_bytes();
    const std::span<std::byte> header(header_bytes.data(), header_size);
    std::memcpy(header.data(), packet.bytes().data(), header_size);
    const std::size_t total = packet.ip().total_length.host() - header_size;
    if (limit < header_size + 8) {
        return 0;
    }
    const std::size_t room = limit - header_size;
    const bool as_came = detail::segments_are_pieces(packet, header_size, room);
    const bool keeps_df = !as_came && packet.info().had_dont_fragment;
    const rte_mbuf* segment = packet.mbuf();
    std::size_t count = 0;
    for (std::size_t offset = 0; offset < total; ++count) {
        std::size_t bytes = total - offset;
        if (as_came) {
            bytes = segment->data_len - (offset == 0 ? header_size : 0);
            segment = segment->next;
        } else if (bytes > room) {
            bytes = room & ~std::size_t{7};
        }
        const unsigned flags = (keeps_df ? F::Header::kDontFragment : 0U) |
                               (offset + bytes < total ? F::Header::kMoreFragments : 0U);
        const Packet<F> piece =
            count < out.size()
                ? detail::make_piece(packet, header, offset, bytes, static_cast<std::uint16_t>(flags), pool)
                : Packet<F>();
        if (piece.mbuf() == nullptr) {
            std::for_each_n(out.begin(), count, [](rte_mbuf* made) { rte_pktmbuf_free(made); });
            return 0;
        }
        out[count] = piece.mbuf();
        if (offset == 0) {
            keep_copied_options(header);
        }
        offset += bytes;
    }
    return count;
}

/// How large a piece of this packet may be on a way out of this MTU: a rebuilt datagram never leaves in
/// larger pieces than it came (FRAG-1).
template <net::Family F>
[[nodiscard]] std::uint16_t piece_limit(Packet<F> packet, std::uint16_t mtu) noexcept {
    const std::uint16_t largest = packet.info().largest_fragment;
    return largest == 0 ? mtu : std::min(largest, mtu);
}

/// True where a packet leaves in pieces: too large, or rebuilt from pieces, which is split again whatever its
/// size.
template <net::Family F>
[[nodiscard]] bool leaves_in_pieces(Packet<F> packet, std::uint16_t mtu) noexcept {
    return packet.info().largest_fragment != 0 || packet.info().ip_bytes > mtu;
}

}  // namespace sluice::packet
