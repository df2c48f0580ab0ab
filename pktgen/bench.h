// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/base/result.h"
#include "dataplane/net/headers.h"

namespace sluice::pktgen {

/// What `sluice-pktgen bench` is asked for.
struct BenchOptions {
    std::string config;
    std::string scenario = "forward";
    std::uint64_t flows = 10'000;
    std::size_t size = 64;  ///< bytes on the wire
    double seconds = 2;
    bool sequential = false;         ///< flows one after the other, not in random order
    std::uint8_t protocol = net::kProtocolUdp;
    std::string in;                  ///< interface of the first packets; empty: the first one (dnat: the last)
    std::optional<net::Ipv4Prefix> sources;       ///< none: the network of `in` (dnat: 198.18.0.0/15)
    std::optional<net::Ipv4Prefix> destinations;  ///< none: 198.18.0.0/15 (dnat: the address of `in`)
    std::optional<std::uint16_t> destination_port;
    bool ordinary_memory = false;  ///< no huge pages, whatever the configuration says
};

/// The result. Cycles are those of the time stamp counter, counted by this thread's CPU time.
struct BenchResult {
    std::uint64_t packets = 0;           ///< that were timed
    double cycles_per_packet = 0;        ///< of all of the worker's work: median of the rounds
    double cycles_p10 = 0;               ///< the spread of the rounds
    double cycles_p90 = 0;
    double floor_cycles_per_packet = 0;  ///< the same ports and the same frames with an empty pipeline between them
    double short_way_share = 0;          ///< of the timed packets, 0 to 1
    double tsc_hz = 0;
    double bytes_per_connection = 0;
    std::uint32_t connections = 0;       ///< in the table at the end
    std::uint64_t lost = 0;              ///< timed packets that did not come out
    std::string drops;                   ///< why, since the beginning
};

/// Runs one scenario. DPDK is started by it, so once a process.
///
///     forward, snat, dnat, masquerade, filter   packets of established flows, both directions mixed
///     new-connections                           first packets; as many connections live at a time as `flows` says
///
/// What the rules do with the packets is the configuration's affair: the name of a scenario only says which packets
/// are sent. Errors: a faulty configuration; flows that the router does not let through; too many flows for the
/// addresses.
base::Result<BenchResult> bench(const BenchOptions& options);

/// One JSON object, on one line.
[[nodiscard]] std::string json_of(const BenchOptions& options, const BenchResult& result);
/// The same for people.
[[nodiscard]] std::string text_of(const BenchOptions& options, const BenchResult& result);

}  // namespace sluice::pktgen
