// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/dccp.h"
#include "acl/matches/dccp_header.h"
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
        if (match.option) {
            use(*match.option);
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

/// Goes through the options as those of tcp are gone through; a header out of shape drops the packet, as do
/// options that are not all there. See: xt_dccp.c.
template <>
struct Evaluate<DccpOption> {
    static constexpr Depends depends = Depends::headers;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const DccpOption& option, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4 || l4_of(packet).empty()) {
            return without_l4(packet);
        }
        const std::optional<DccpOptions> options = dccp_options(packet);
        return options ? answer_of(is_among(option.number, *options, packet) != option.inverted)
                       : Answer::drop;
    }

private:
    template <net::Family F>
    static bool is_among(std::uint8_t number, const DccpOptions& options,
                         const PacketView<F>& packet) noexcept {
        std::size_t at = options.begin;
        while (at < options.end) {
            std::array<std::byte, 2> head{};
            if (!read_at(packet, at, std::span(head).first(at + 1 < options.end ? 2 : 1))) {
                return false;
            }
            const auto kind = std::to_integer<std::uint8_t>(head[0]);
            if (kind == number) {
                return true;
            }
            const std::size_t length = kind >= 2 ? std::to_integer<std::size_t>(head[1]) : 1;
            at += length == 0 ? 1 : length;
        }
        return false;
    }
};

}  // namespace sluice::acl
