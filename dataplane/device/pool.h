// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/result.h"

struct rte_mempool;

namespace sluice::device {

/// What a pool of packets is made like.
struct PoolShape {
    std::uint32_t packets = 8192;
    /// Bytes of data that one packet must have room for, headroom not counted; see packet_room_bytes.
    std::uint32_t room_bytes = 2048;
    /// Packets lie densely in one piece of memory, as AF_XDP needs it to use them in place; only where no device
    /// reads memory by physical addresses.
    bool dense = true;
};

/// Bytes of memory that one packet of such a pool takes.
[[nodiscard]] std::uint32_t bytes_per_packet(const PoolShape& shape) noexcept;

/// A pool of mbufs, each with the private area that PacketInfo lies in.
class PacketPool {
public:
    /// Errors: not enough memory, with how much is needed.
    static base::Result<PacketPool> create(const std::string& name, const PoolShape& shape);

    [[nodiscard]] rte_mempool* get() const noexcept { return pool_.get(); }
    /// Packets that are not in the pool, nor in a thread's cache of it.
    [[nodiscard]] std::uint32_t in_use() const noexcept;
    /// True where all packets lie in one piece of memory.
    [[nodiscard]] bool is_one_piece() const noexcept;

private:
    struct Free {
        void operator()(rte_mempool* pool) const noexcept;
    };
    explicit PacketPool(rte_mempool* pool) noexcept : pool_(pool) {}
    std::unique_ptr<rte_mempool, Free> pool_;
};

}  // namespace sluice::device
