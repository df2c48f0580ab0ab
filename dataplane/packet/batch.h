// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/assertion.h"
#include "dataplane/packet/packet.h"

namespace sluice::packet {

/// The most packets that go through the stages together. Measured: bursts of 32 to 64 are best, 256 is worse.
inline constexpr std::size_t kBatchSize = 64;

/// Packets that go through the stages together, in order.
template <net::Family F>
class Batch {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] bool full() const noexcept { return size_ == kBatchSize; }
    Packet<F>& operator[](std::size_t i) noexcept { return packets_[i]; }
    Packet<F>* begin() noexcept { return packets_.data(); }
    Packet<F>* end() noexcept { return packets_.data() + size_; }

    void push(Packet<F> packet) noexcept {
        SLUICE_ASSERT(size_ < kBatchSize);
        packets_[size_++] = packet;
    }
    void clear() noexcept { size_ = 0; }

    /// Keeps, in order, the packets to which `rule` says accept; the others leave by `exits.leave(packet,
    /// verdict)`. `rule(Packet<F>) -> Verdict`.
    template <class Exits, class Rule>
    void sift(Exits& exits, Rule&& rule) noexcept {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < size_; ++i) {
            const Packet<F> packet = packets_[i];
            const Verdict verdict = rule(packet);
            if (verdict == Verdict::accept) {
                packets_[kept++] = packet;
            } else {
                exits.leave(packet, verdict);
            }
        }
        size_ = static_cast<std::uint16_t>(kept);
    }

private:
    std::array<Packet<F>, kBatchSize> packets_;
    std::uint16_t size_ = 0;
};

}  // namespace sluice::packet
