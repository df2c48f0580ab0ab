// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"

struct rte_mbuf;

namespace sluice::pipeline {

/// Frames that wait to be sent, a lane a device; flushed at the end of a poll, or when a lane is full.
///
/// Takes the mbufs over. `flush` gets a lane's frames and owns them from then on: the worker's goes to the device's
/// queue or to the worker that has one; a test's keeps them for a look.
class Outbox {
public:
    static constexpr std::size_t kLane = 256;
    using Flush = void (*)(void* self, base::DeviceId device, std::span<rte_mbuf*> frames) noexcept;

    Outbox(std::size_t device_count, Flush flush, void* self)
        : lanes_(device_count), flush_(flush), self_(self) {}

    void send(base::DeviceId device, rte_mbuf* frame) noexcept {
        Lane& lane = lanes_[base::index_of(device)];
        lane.frames[lane.count++] = frame;
        if (lane.count == kLane) {
            flush_lane(device);
        }
    }

    void flush_all() noexcept {
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            if (lanes_[i].count > 0) {
                flush_lane(static_cast<base::DeviceId>(i));
            }
        }
    }

private:
    struct Lane {
        std::uint32_t count = 0;
        std::array<rte_mbuf*, kLane> frames{};
    };

    void flush_lane(base::DeviceId device) noexcept {
        Lane& lane = lanes_[base::index_of(device)];
        const std::uint32_t count = lane.count;
        lane.count = 0;
        flush_(self_, device, {lane.frames.data(), count});
    }

    std::vector<Lane> lanes_;
    Flush flush_;
    void* self_;
};

}  // namespace sluice::pipeline
