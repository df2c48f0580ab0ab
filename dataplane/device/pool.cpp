// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/pool.h"

#include <fmt/core.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

#include <algorithm>

#include "dataplane/packet/packet.h"

namespace sluice::device {
namespace {

constexpr std::uint32_t kSmallestRoom = 2048;
constexpr std::uint32_t kCachePackets = 256;

/// Data room as DPDK counts it: with the headroom, whole cache lines.
std::uint32_t data_room_bytes(const PoolShape& shape) noexcept {
    return (std::max(kSmallestRoom, shape.room_bytes) + RTE_PKTMBUF_HEADROOM + 63U) & ~63U;
}

std::uint32_t element_bytes(const PoolShape& shape) noexcept {
    return static_cast<std::uint32_t>(sizeof(rte_mbuf)) + packet::kPrivateBytes + data_room_bytes(shape);
}

}  // namespace

std::uint32_t bytes_per_packet(const PoolShape& shape) noexcept {
    return rte_mempool_calc_obj_size(element_bytes(shape), 0, nullptr);
}

base::Result<PacketPool> PacketPool::create(const std::string& name, const PoolShape& shape) {
    const auto no_memory = [&] {
        return base::failure(fmt::format("no memory for {} packets ({} MiB): {}; raise [runtime] memory",
                                         shape.packets, std::uint64_t{shape.packets} * bytes_per_packet(shape) >> 20U,
                                         rte_strerror(rte_errno)));
    };
    // By hand and not by rte_pktmbuf_pool_create, which takes no flags.
    rte_mempool* pool = rte_mempool_create_empty(name.c_str(), shape.packets, element_bytes(shape), kCachePackets,
                                                 sizeof(rte_pktmbuf_pool_private), SOCKET_ID_ANY,
                                                 shape.dense ? RTE_MEMPOOL_F_NO_IOVA_CONTIG : 0U);
    if (pool == nullptr) {
        return no_memory();
    }
    PacketPool result(pool);
    if (const int set = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), nullptr); set != 0) {
        return base::failure(fmt::format("DPDK has no ring for a pool of packets: {}", rte_strerror(-set)));
    }
    rte_pktmbuf_pool_private privates{};
    privates.mbuf_data_room_size = static_cast<std::uint16_t>(data_room_bytes(shape));
    privates.mbuf_priv_size = packet::kPrivateBytes;
    rte_pktmbuf_pool_init(pool, &privates);
    if (const int populated = rte_mempool_populate_default(pool); populated < 0) {
        rte_errno = -populated;
        return no_memory();
    }
    rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
    return result;
}

std::uint32_t PacketPool::in_use() const noexcept { return rte_mempool_in_use_count(pool_.get()); }

bool PacketPool::is_one_piece() const noexcept { return pool_->nb_mem_chunks == 1; }

void PacketPool::Free::operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }

}  // namespace sluice::device
