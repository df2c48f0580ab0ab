// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/device.h"

#include <fmt/core.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>

#include "dataplane/device/probe.h"

namespace sluice::device {
namespace {

constexpr std::uint16_t kRing = 2048;
/// What AF_XDP keeps in its fill ring (XSK_RING_CONS__DEFAULT_NUM_DESCS), and as much in its completion ring.
constexpr std::uint32_t kXdpRing = 2048;
constexpr std::uint32_t kXdpLargestPacket = 4096;
/// The kernel takes back the AF_XDP socket of a process that has ended a moment later: until then its queue is busy.
constexpr int kXdpTries = 40;
constexpr std::chrono::milliseconds kXdpPause{100};

/// The symmetric key: both directions of a connection hash alike (Woo, Park 2012: 0x6d5a repeated).
/// Shape: the longest key of any driver; each takes its length of it.
constexpr std::array<std::uint8_t, 64> kSymmetricKey = [] {
    std::array<std::uint8_t, 64> key{};
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = i % 2 == 0 ? 0x6d : 0x5a;
    }
    return key;
}();

/// The queues that a device gets, of those that it has.
QueueCounts choose_queues(const DeviceOptions& options, const DriverTraits& traits, const rte_eth_dev_info& info) {
    const auto at_least_one = [](unsigned wanted, unsigned most) {
        return static_cast<std::uint16_t>(std::max(1U, std::min(wanted, most)));
    };
    QueueCounts queues;
    queues.receive = at_least_one(options.receive_queues.value_or(options.workers), info.max_rx_queues);
    queues.transmit = at_least_one(options.workers, info.max_tx_queues);
    if (traits.queues_by_argument) {
        queues.receive = at_least_one(info.max_rx_queues, info.max_rx_queues);
        queues.transmit = queues.receive;
    } else if (traits.pairs_queues) {
        queues.receive = std::min(queues.receive, at_least_one(info.max_tx_queues, info.max_tx_queues));
        queues.transmit = queues.receive;
    }
    return queues;
}

}  // namespace

std::uint32_t packets_in_rings(const DeviceOptions& options) noexcept {
    const std::uint32_t queues = std::max(options.receive_queues.value_or(options.workers), options.workers);
    return queues * (traits_of(options.name).keeps_packets ? 2 * kXdpRing + kRing : 2U * kRing);
}

base::Result<Device> Device::open(const DeviceOptions& options, rte_mempool* pool) {
    auto port = probe(options);
    if (!port) {
        return tl::unexpected(port.error());
    }
    Device device;
    device.is_open_ = true;
    device.id_ = static_cast<base::DeviceId>(*port);
    device.name_ = options.is_pci ? options.name : instance_name(options.name, options.interface_name);
    device.interface_name_ = options.interface_name;
    device.traits_ = traits_of(options.name);
    if (auto configured = device.configure(options, pool); !configured) {
        return tl::unexpected(configured.error());
    }
    return device;
}

base::Result<void> Device::configure(const DeviceOptions& options, rte_mempool* pool) {
    const std::uint16_t port = static_cast<std::uint16_t>(id_);
    rte_eth_dev_info info{};
    if (const int error = rte_eth_dev_info_get(port, &info); error != 0) {
        return tl::unexpected(fault("does not say what it can", error));
    }
    driver_ = info.driver_name;
    queues_ = choose_queues(options, traits_, info);
    if (options.receive_queues.value_or(options.workers) > queues_.receive) {
        notes_.push_back(fmt::format("{} receive queue(s) of the {} asked for: the device has no more",
                                     queues_.receive, options.receive_queues.value_or(options.workers)));
    }
    rte_eth_conf conf{};
    const std::uint64_t hashed = info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
    if (queues_.receive > 1 && hashed != 0) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = hashed;
        static std::array<std::uint8_t, kSymmetricKey.size()> key = kSymmetricKey;
        conf.rx_adv_conf.rss_conf.rss_key = key.data();
        conf.rx_adv_conf.rss_conf.rss_key_len = info.hash_key_size;
        if (info.hash_key_size == 0 || info.hash_key_size > key.size()) {
            conf.rx_adv_conf.rss_conf.rss_key = nullptr;  // the driver's own key
        }
    }
    if (const int error = rte_eth_dev_configure(port, queues_.receive, queues_.transmit, &conf); error != 0) {
        return tl::unexpected(
            fault(fmt::format("refuses {} receive and {} transmit queues", queues_.receive, queues_.transmit), error));
    }
    receive_ring_ = transmit_ring_ = kRing;
    if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(port, &receive_ring_, &transmit_ring_); error != 0) {
        return tl::unexpected(fault("has no rings that fit", error));
    }
    if (auto set = choose_mtu(options); !set) {
        return set;
    }
    if (auto ready = set_up_queues(pool); !ready) {
        return ready;
    }
    if (const int error = rte_eth_dev_start(port); error != 0) {
        return tl::unexpected(fault("does not start", error));
    }
    return choose_mac(options);
}

base::Result<void> Device::set_up_queues(rte_mempool* pool) {
    const std::uint16_t port = static_cast<std::uint16_t>(id_);
    const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(port));
    if (traits_.keeps_packets && pool->nb_mem_chunks != 1) {
        return tl::unexpected(fault("needs all packets in one piece of memory, which is too fragmented for it", 0));
    }
    if (traits_.keeps_packets && pool->header_size + pool->elt_size + pool->trailer_size > kXdpLargestPacket) {
        return tl::unexpected(fault("needs packets that fit into a page: the MTU is too large for AF_XDP", 0));
    }
    const std::uint32_t in_use = rte_mempool_in_use_count(pool);
    for (std::uint16_t queue = 0; queue < queues_.receive; ++queue) {
        const auto set_up = [&] { return rte_eth_rx_queue_setup(port, queue, receive_ring_, socket, nullptr, pool); };
        int error = set_up();
        for (int tries = 0; error != 0 && traits_.keeps_packets && tries < kXdpTries; ++tries) {
            std::this_thread::sleep_for(kXdpPause);
            error = set_up();
        }
        if (error != 0) {
            return tl::unexpected(fault(fmt::format("refuses receive queue {}", queue), error));
        }
    }
    if (traits_.keeps_packets) {
        kept_packets_ = rte_mempool_in_use_count(pool) - in_use;
    }
    for (std::uint16_t queue = 0; queue < queues_.transmit; ++queue) {
        if (const int error = rte_eth_tx_queue_setup(port, queue, transmit_ring_, socket, nullptr); error != 0) {
            return tl::unexpected(fault(fmt::format("refuses transmit queue {}", queue), error));
        }
    }
    return {};
}

base::Result<void> Device::choose_mtu(const DeviceOptions& options) {
    if (traits_.has_kernel_link) {
        return {};  // probe has set it on the kernel's interface, which knows its limits better than the driver
    }
    const std::uint16_t port = static_cast<std::uint16_t>(id_);
    std::uint16_t now = 0;
    if (rte_eth_dev_get_mtu(port, &now) == 0 && now == options.mtu_bytes) {
        return {};
    }
    const int error = rte_eth_dev_set_mtu(port, options.mtu_bytes);
    if (error == -ENOTSUP) {
        return {};  // net_null, net_ring and the like carry any frame
    }
    if (error != 0) {
        return tl::unexpected(fault(fmt::format("refuses an MTU of {}", options.mtu_bytes), error));
    }
    return {};
}

base::Result<void> Device::choose_mac(const DeviceOptions& options) {
    const std::uint16_t port = static_cast<std::uint16_t>(id_);
    rte_ether_addr own{};
    if (const int error = rte_eth_macaddr_get(port, &own); error != 0) {
        return tl::unexpected(fault("has no MAC address", error));
    }
    std::memcpy(mac_.bytes.data(), own.addr_bytes, mac_.bytes.size());
    bool is_filtered_out = options.takes_all_frames;
    if (options.mac && *options.mac != mac_) {
        mac_ = *options.mac;
        std::memcpy(own.addr_bytes, mac_.bytes.data(), mac_.bytes.size());
        is_filtered_out = rte_eth_dev_default_mac_addr_set(port, &own) != 0 || is_filtered_out;
    }
    if (!is_filtered_out) {
        return {};
    }
    // Drivers without the operation carry every frame anyway.
    if (const int error = rte_eth_promiscuous_enable(port); error != 0 && error != -ENOTSUP) {
        return tl::unexpected(fault("takes neither another MAC address than its own nor all frames", error));
    }
    notes_.emplace_back("receives all frames (promiscuous), for a MAC address that is not its own");
    return {};
}

DeviceStatus Device::status() const {
    rte_eth_link link{};
    if (rte_eth_link_get_nowait(static_cast<std::uint16_t>(id_), &link) != 0) {
        return {};
    }
    return {.link_up = link.link_status == RTE_ETH_LINK_UP,
            .speed_mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed};
}

DeviceCounters Device::counters() const {
    rte_eth_stats stats{};
    if (rte_eth_stats_get(static_cast<std::uint16_t>(id_), &stats) != 0) {
        return {};
    }
    return {.received = stats.ipackets,
            .received_bytes = stats.ibytes,
            .sent = stats.opackets,
            .sent_bytes = stats.obytes,
            .missed = stats.imissed,
            .no_packet = stats.rx_nombuf,
            .receive_errors = stats.ierrors,
            .send_errors = stats.oerrors};
}

base::Error Device::fault(const std::string& what, int error) const {
    return {fmt::format("interface {}: device {} {}{}{}", interface_name_, name_, what, error == 0 ? "" : ": ",
                        error == 0 ? "" : rte_strerror(-error))};
}

}  // namespace sluice::device
