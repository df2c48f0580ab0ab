// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/dccp.h"
#include "acl/matches/tcp_eval.h"

namespace sluice::acl {

/// The ports of a DccpMatch: the part that depends on the connection.
struct DccpPorts {
    std::optional<PortRange> source;
    std::optional<PortRange> destination;
};

template <>
struct Evaluate<DccpMatch> {
    static constexpr std::uint8_t protocol = net::kProtocolDccp;

    template <class Use>
    static void parts(const DccpMatch& match, Use&& use) {
        use(DccpPorts{match.source, match.destination});
        if (match.types) {
            use(*match.types);
        }
    }
};

template <>
struct Evaluate<DccpPorts> {
    static constexpr Depends depends = Depends::connection;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const DccpPorts& ports, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4) {
            return without_l4(packet);
        }
        return answer_of((!ports.source || holds(*ports.source, packet.source_port)) &&
                         (!ports.destination || holds(*ports.destination, packet.destination_port)));
    }
};

/// The type is four bits in the header's ninth byte, between three reserved ones and X.
template <>
struct Evaluate<DccpTypes> {
    static constexpr Depends depends = Depends::headers;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const DccpTypes& types, const PacketView<F>& packet) noexcept {
        const std::span<const std::byte> header = l4_of(packet);
        if (!packet.has_l4 || header.size() <= kTypeOffset) {
            return without_l4(packet);
        }
        const unsigned type = std::to_integer<unsigned>(header[kTypeOffset]) >> 1U & 0xfU;
        return answer_of(((types.types >> type & 1U) != 0) != types.inverted);
    }

private:
    static constexpr std::size_t kTypeOffset = 8;
};

}  // namespace sluice::acl
