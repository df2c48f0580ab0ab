// SPDX-License-Identifier: BSD-3-Clause
#include "tests/packet/eal.h"

#include <rte_eal.h>
#include <rte_mempool.h>

#include <array>
#include <cstring>

#include "dataplane/base/assertion.h"
#include "dataplane/packet/packet.h"

namespace sluice::test {

namespace {

constexpr unsigned kPackets = 8191;
constexpr std::uint16_t kRoom = 10240;

rte_mempool* made_pool() {
    rte_mempool* pool = rte_pktmbuf_pool_create("test_packets", kPackets, 0, packet::kPrivateBytes,
                                                kRoom + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
    SLUICE_ASSERT(pool != nullptr);
    return pool;
}

}  // namespace

void start_eal() {
    static const bool started = [] {
        std::array arguments = {"packet-test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry", "-m", "1024",
                                "--log-level=lib.*:error", "--lcores=0", "--force-max-simd-bitwidth=512"};
        const int used = rte_eal_init(static_cast<int>(arguments.size()), const_cast<char**>(arguments.data()));
        SLUICE_ASSERT(used >= 0);
        return true;
    }();
    static_cast<void>(started);
}

rte_mempool* packet_pool() {
    static rte_mempool* const pool = made_pool();
    return pool;
}

std::uint32_t packets_in_use() { return rte_mempool_in_use_count(packet_pool()); }

rte_mbuf* mbuf_of(const Bytes& frame) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(packet_pool());
    SLUICE_ASSERT(mbuf != nullptr && frame.size() <= rte_pktmbuf_tailroom(mbuf));
    // What a driver leaves behind the mbuf is anything: stages must not read what nobody has set.
    std::memset(rte_mbuf_to_priv(mbuf), 0xa5, packet::kPrivateBytes);
    if (!frame.empty()) {
        std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size())), frame.data(), frame.size());
    }
    return mbuf;
}

}  // namespace sluice::test
