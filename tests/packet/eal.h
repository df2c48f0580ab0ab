// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "tests/support/packet_builder.h"

namespace sluice::test {

/// Starts DPDK once for the process: ordinary memory, no devices, nothing outside of the process. No root needed.
void start_eal();

/// The pool that all lanes share.
[[nodiscard]] rte_mempool* packet_pool();
[[nodiscard]] std::uint32_t packets_in_use();

/// A frame in an mbuf, as a driver would deliver it.
[[nodiscard]] rte_mbuf* mbuf_of(const Bytes& frame);

}  // namespace sluice::test
