// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "acl/matches/tcp_eval.h"
#include "acl/matches/tcpmss_match.h"

namespace sluice::acl {

/// The first MSS option of the right length counts; a segment without one has none, so that a negated match
/// holds. A header that is cut or out of shape drops the packet, of a later fragment too. See: xt_tcpmss.c.
template <>
struct Evaluate<TcpmssMatch> {
    static constexpr Depends depends = Depends::headers;
    static constexpr std::uint8_t protocol = net::kProtocolTcp;
    static constexpr bool reads_bytes = true;  // TCPMSS changes them

    template <net::Family F>
    [[nodiscard]] static Answer ask(const TcpmssMatch& match, const PacketView<F>& packet) noexcept {
        const std::span<const std::byte> l4 = l4_of(packet);
        if (!packet.has_l4 || l4.size() < sizeof(net::TcpHeader)) {
            return Answer::drop;
        }
        const std::size_t header = (std::to_integer<std::size_t>(l4[kLengthOffset]) >> 4U) * 4;
        if (header < sizeof(net::TcpHeader) || header > l4.size()) {
            return Answer::drop;
        }
        const auto mss = mss_in(l4.subspan(sizeof(net::TcpHeader), header - sizeof(net::TcpHeader)));
        return answer_of((mss && match.min <= *mss && *mss <= match.max) != match.inverted);
    }

private:
    static constexpr std::size_t kLengthOffset = 12;
    static constexpr std::size_t kOptionBytes = 4;
    static constexpr std::uint8_t kMss = 2;

    static std::optional<std::uint32_t> mss_in(std::span<const std::byte> options) noexcept {
        const auto byte = [&](std::size_t at) { return std::to_integer<std::uint32_t>(options[at]); };
        std::size_t at = 0;
        while (at < options.size()) {
            if (byte(at) == kMss && options.size() - at >= kOptionBytes && byte(at + 1) == kOptionBytes) {
                return byte(at + 2) << 8U | byte(at + 3);
            }
            const std::size_t length = byte(at) >= 2 && at + 1 < options.size() ? byte(at + 1) : 1;
            at += length == 0 ? 1 : length;
        }
        return std::nullopt;
    }
};

}  // namespace sluice::acl
