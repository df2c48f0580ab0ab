// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

/// Keeps the kernel from rebuilding fragments before AF_PACKET hands them to us.
///
/// DPDK's net_af_packet puts its sockets into a fanout group, even a single one, and always with
/// PACKET_FANOUT_FLAG_DEFRAG: the kernel then reassembles datagrams, and what does not fit into one slot of the ring
/// arrives cut off. A router needs fragments as they came (REQUIREMENTS.md, FRAG-1 to FRAG-8). The driver has no
/// argument for it (22.11 to 24.11), so this file stands between the driver and the C library: it defines
/// `setsockopt`, which passes every call to the kernel unchanged except PACKET_FANOUT. There it takes the flag away,
/// and for a single socket, which needs no group, leaves the whole call out, so that group numbers of two routers
/// cannot clash either.
///
/// Rejected: larger slots (64 KiB a frame, and pieces would lose their sizes), a driver of our own.
/// Requires: the program exports the symbol (the dependency's link arguments do that).
namespace sluice::device {

/// Says with how many queues the next net_af_packet device will be opened. Threads: the control thread.
void expect_af_packet_queues(std::uint16_t queues) noexcept;

}  // namespace sluice::device
