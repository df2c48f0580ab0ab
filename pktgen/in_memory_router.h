// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <memory>
#include <span>

#include "acl/ruleset.h"
#include "ctrlplane/config/checked_config.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/batch.h"

namespace sluice::pktgen {

/// Where a frame left the router.
struct Departure {
    rte_mbuf* frame;
    base::DeviceId device;
};

/// The real router of a configuration on this thread: its rules, routes and tables, its pipelines; its devices
/// are two arrays, its clock is an argument, and every neighbour has a MAC address as soon as it is asked for.
///
/// Nothing in it knows that it is being measured.
class InMemoryRouter {
public:
    using F = net::Ipv4;
    static constexpr std::uint16_t kBurst = packet::kBatchSize;

    /// In: `pool` for the packets that the router makes. DPDK has been started.
    /// Errors: what `sluice run` would refuse.
    static base::Result<std::unique_ptr<InMemoryRouter>> create(ctrlplane::config::CheckedConfig config,
                                                                acl::Ruleset<F> rules, rte_mempool* pool);
    ~InMemoryRouter();
    InMemoryRouter(const InMemoryRouter&) = delete;
    InMemoryRouter& operator=(const InMemoryRouter&) = delete;

    /// One poll of a worker: a burst of at most kBurst frames (`port` set to the device), and what has become due.
    void poll(std::span<rte_mbuf* const> frames) noexcept;
    /// What has been sent since the last call; the caller owns the frames.
    [[nodiscard]] std::span<const Departure> departures() noexcept;
    /// What a control thread does between polls: neighbours are resolved. True where some had to be.
    bool tend_neighbors();

    void set_time_ns(std::uint64_t now_ns) noexcept;

    [[nodiscard]] const ctrlplane::config::CheckedConfig& config() const noexcept;
    [[nodiscard]] net::MacAddress mac_of(base::InterfaceId interface) const;
    [[nodiscard]] base::DeviceId device_of(base::InterfaceId interface) const;
    [[nodiscard]] std::uint64_t short_way_packets() const noexcept;
    [[nodiscard]] std::uint64_t long_way_packets() const noexcept;
    [[nodiscard]] std::uint32_t connections() const noexcept;
    /// Bytes of the connection table for each connection that it has room for.
    [[nodiscard]] double bytes_per_connection() const noexcept;
    /// Drops by reason, as `NAME COUNT, NAME COUNT`.
    [[nodiscard]] std::string drops() const;

private:
    struct Impl;
    explicit InMemoryRouter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::pktgen
