// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "dataplane/net/family.h"

namespace sluice::stages {

/// How often a host is told of a shorter way: Linux's ip_rt_send_redirect.
///
/// The first redirect at once, each further one only twice as long after the last (20 ms, 40 ms, ...), nine
/// at most; a host that ignores them hears no more until it has kept silent for 20 s. One a worker and stage,
/// so the limits hold for each worker. Two hosts that share a place forget each other. Shape: 256 hosts, 6
/// KiB for IPv4.
template <net::Family F>
class RedirectLimit {
public:
    using Address = typename F::Address;
    static constexpr std::uint64_t kLoadNs = 20'000'000;
    static constexpr std::uint64_t kSilenceNs = kLoadNs << 10U;
    static constexpr unsigned kMost = 9;

    /// True where `host` may be told now.
    bool allows(const Address& host, std::uint64_t now_ns) noexcept {
        Peer& peer = peers_[place_of(host)];
        if (!(peer.host == host) || now_ns - peer.last_ns > kSilenceNs) {
            peer = {host, 0, 0};
        }
        if (peer.told >= kMost) {
            peer.last_ns = now_ns;
            return false;
        }
        if (peer.told > 0 && now_ns - peer.last_ns <= kLoadNs << peer.told) {
            return false;
        }
        peer.last_ns = now_ns;
        ++peer.told;
        return true;
    }

private:
    struct Peer {
        Address host{};
        std::uint32_t told = 0;
        std::uint64_t last_ns = 0;
    };
    static constexpr std::size_t kPeers = 256;

    static std::size_t place_of(const Address& host) noexcept {
        std::array<std::uint32_t, sizeof(Address) / 4> words{};
        std::memcpy(words.data(), &host, sizeof(Address));
        std::uint32_t hash = 0;
        for (const std::uint32_t word : words) {
            hash = (hash ^ word) * 0x9e3779b1U;
            hash ^= hash >> 15U;
        }
        return hash % kPeers;
    }

    std::array<Peer, kPeers> peers_{};
};

}  // namespace sluice::stages
