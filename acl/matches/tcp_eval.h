// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/matches/l4_header.h"
#include "acl/matches/match_eval.h"
#include "acl/matches/tcp.h"

namespace sluice::acl {

[[nodiscard]] constexpr bool holds(const PortRange& range, net::Be16 port) noexcept {
    const std::uint16_t value = port.host();
    return (value >= range.min && value <= range.max) != range.inverted;
}

/// The ports of a TcpMatch: the part that depends on the connection.
struct TcpPorts {
    PortRange source;
    PortRange destination;
};

/// A header without its first 20 bytes. A TCP fragment at offset 8 would overwrite the flags of the first
/// one, so meeting it drops it (RFC 1858, RFC 3128; FRAG-6).
template <net::Family F>
[[nodiscard]] inline Answer without_tcp(const PacketView<F>& packet) noexcept {
    return fragment_offset(packet) == 1 ? Answer::drop : without_l4(packet);
}

/// Asked as three, in the kernel's order: the ports are the connection's, flags and options the packet's.
template <>
struct Evaluate<TcpMatch> {
    static constexpr std::uint8_t protocol = net::kProtocolTcp;

    template <class Use>
    static void parts(const TcpMatch& match, Use&& use) {
        use(TcpPorts{match.source, match.destination});
        if (match.flags.asks()) {
            use(match.flags);
        }
        if (match.option.asks()) {
            use(match.option);
        }
    }
};

template <>
struct Evaluate<TcpPorts> {
    static constexpr Depends depends = Depends::connection;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const TcpPorts& ports, const PacketView<F>& packet) noexcept {
        if (!packet.has_l4) {
            return without_tcp(packet);
        }
        return answer_of(holds(ports.source, packet.source_port) &&
                         holds(ports.destination, packet.destination_port));
    }
};

template <>
struct Evaluate<TcpFlags> {
    static constexpr Depends depends = Depends::headers;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const TcpFlags& flags, const PacketView<F>& packet) noexcept {
        const std::span<const std::byte> header = l4_of(packet);
        if (!packet.has_l4 || header.size() < sizeof(net::TcpHeader)) {
            return without_tcp(packet);
        }
        const auto set = std::to_integer<std::uint8_t>(header[kFlagsOffset]);
        return answer_of(((set & flags.mask) == flags.compare) != flags.inverted);
    }

private:
    static constexpr std::size_t kFlagsOffset = 13;
};

/// Goes through the options as tcp_find_option does: end-of-list is passed like any other byte below 2, a
/// length of 0 counts as 1, and an option that runs over the end ends the list. Options that are not all
/// there drop the packet, as does a header length below 20.
template <>
struct Evaluate<TcpOption> {
    static constexpr Depends depends = Depends::headers;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const TcpOption& option, const PacketView<F>& packet) noexcept {
        const std::span<const std::byte> l4 = l4_of(packet);
        if (!packet.has_l4 || l4.size() < sizeof(net::TcpHeader)) {
            return without_tcp(packet);
        }
        const std::size_t header = (std::to_integer<std::size_t>(l4[kLengthOffset]) >> 4U) * 4;
        if (header < sizeof(net::TcpHeader) || header > l4.size()) {
            return Answer::drop;
        }
        const std::span<const std::byte> options =
            l4.subspan(sizeof(net::TcpHeader), header - sizeof(net::TcpHeader));
        return answer_of(is_among(option.number, options) != option.inverted);
    }

private:
    static constexpr std::size_t kLengthOffset = 12;

    static bool is_among(std::uint8_t number, std::span<const std::byte> options) noexcept {
        std::size_t at = 0;
        while (at < options.size()) {
            const auto kind = std::to_integer<std::uint8_t>(options[at]);
            if (kind == number) {
                return true;
            }
            const bool has_length = kind >= 2 && at + 1 < options.size();
            const auto length = has_length ? std::to_integer<std::size_t>(options[at + 1]) : 1;
            at += length == 0 ? 1 : length;
        }
        return false;
    }
};

}  // namespace sluice::acl
