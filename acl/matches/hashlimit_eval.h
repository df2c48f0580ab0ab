// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "acl/keyed/bindings.h"
#include "acl/matches/hashlimit.h"
#include "acl/matches/match_eval.h"

namespace sluice::acl {

/// `hashlimit` with the table that it asks.
struct HashlimitQuestion {
    bool is_above = false;
    keyed::HashLimits* limits = nullptr;
};

template <>
struct Evaluate<HashlimitMatch> {
    template <class Use>
    static void parts(const HashlimitMatch& match, Use&& use) {
        use(HashlimitQuestion{match.is_above, nullptr});
    }
    static void require(const HashlimitMatch&, keyed::Bindings&) {}
    static void bind(const HashlimitMatch& match, HashlimitQuestion& part, keyed::Bindings& bindings) {
        part.limits = &bindings.limits(match.name, match.settled());
    }
};

template <>
struct Evaluate<HashlimitQuestion> {
    static constexpr Depends depends = Depends::history;
    static constexpr std::uint8_t protocol = 0;

    template <net::Family F>
    [[nodiscard]] static Answer ask(const HashlimitQuestion& held, const PacketView<F>& packet) noexcept {
        static_assert(std::same_as<F, net::Ipv4>, "IPv6 addresses are two words: to come with IPv6 rules");
        using Options = keyed::HashLimitOptions;
        using Says = keyed::HashLimits::Says;
        const Options& options = held.limits->options();
        std::array<std::uint64_t, 2> key{};
        if ((options.mode & Options::kSource) != 0) {
            key[0] |= packet.source.host() & net::ipv4_mask(options.source_bits);
        }
        if ((options.mode & Options::kDestination) != 0) {
            key[0] |= std::uint64_t{packet.destination.host() & net::ipv4_mask(options.destination_bits)} << 32U;
        }
        if ((options.mode & (Options::kSourcePort | Options::kDestinationPort)) != 0) {
            Ports ports;
            if (!read_ports(packet, ports)) {
                return Answer::drop;
            }
            key[1] |= (options.mode & Options::kSourcePort) != 0 ? ports.source : 0U;
            key[1] |= (options.mode & Options::kDestinationPort) != 0 ? std::uint64_t{ports.destination} << 16U : 0U;
        }
        const Says says = held.limits->ask(key, packet.bytes, packet.now_ns);
        return says == Says::full ? Answer::drop : answer_of((says == Says::above) == held.is_above);
    }

private:
    struct Ports {
        std::uint16_t source = 0;
        std::uint16_t destination = 0;
    };

    /// What proto_ports_offset points at: the ports, or an SPI; zero for other protocols. False: cut off.
    template <net::Family F>
    [[nodiscard]] static bool read_ports(const PacketView<F>& packet, Ports& ports) noexcept {
        constexpr std::uint8_t kEsp = 50;
        constexpr std::uint8_t kAh = 51;
        const bool has_ports = packet.protocol == net::kProtocolTcp || packet.protocol == net::kProtocolUdp ||
                               packet.protocol == 33 || packet.protocol == 132 || packet.protocol == 136;
        if (has_ports && packet.has_l4) {
            ports = {packet.source_port.host(), packet.destination_port.host()};
            return true;
        }
        if (!has_ports && packet.protocol != kEsp && packet.protocol != kAh) {
            return true;
        }
        constexpr std::size_t kWord = 4;
        const std::size_t header = packet.packet.empty() ? 0 : (static_cast<std::size_t>(packet.packet[0]) & 0xfU) * kWord;
        const std::size_t at = header + (packet.protocol == kAh ? kWord : 0);
        if (header == 0 || at + kWord > packet.packet.size()) {
            return false;
        }
        std::array<net::Be16, 2> words;
        std::memcpy(words.data(), packet.packet.data() + at, sizeof words);
        ports = {words[0].host(), words[1].host()};
        return true;
    }
};

}  // namespace sluice::acl
