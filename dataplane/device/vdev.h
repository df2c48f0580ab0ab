// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Virtual devices: what of DPDK's drivers Sluice has to know to open one well.
namespace sluice::device {

/// What Sluice does otherwise for a driver.
struct DriverTraits {
    bool has_kernel_link = false;  ///< `iface=` names an interface of the kernel that must be up, with our MTU
    bool pairs_queues = false;     ///< receive and transmit queues must be equal in number
    bool keeps_packets = false;    ///< holds packets of the pool for good from its opening on (AF_XDP's fill ring)
    bool queues_by_argument = false;  ///< as many queues as its argument says
};

/// The traits of a device by its name ("net_af_xdp", "net_ring0", "0000:03:00.0").
[[nodiscard]] DriverTraits traits_of(std::string_view device_name) noexcept;

/// A name that DPDK has not seen yet: one that ends in a digit is the user's choice, others get the interface's
/// name. Example: net_af_xdp for wan becomes net_af_xdp_wan.
[[nodiscard]] std::string instance_name(std::string_view device_name, std::string_view interface_name);

/// The value of an argument, or empty: argument("iface=eth1,qpairs=2", "iface") is "eth1".
[[nodiscard]] std::string_view argument(std::string_view arguments, std::string_view key) noexcept;

/// The arguments with those added that the user left open.
///
/// net_af_packet: `qpairs`; frames as long as the MTU needs; rings of 4,096 frames, so that a burst of some hundred
/// waits in the ring while the worker sleeps (the driver's default, 512, loses it). net_af_xdp: `start_queue`,
/// `queue_count`. net_null: `no-rx`, or it would make up frames without end.
[[nodiscard]] std::string complete_arguments(std::string_view device_name, std::string_view arguments,
                                             std::uint16_t queues, std::uint32_t frame_bytes);

/// Bytes that a packet must have room for, so that nothing which the driver copies into it is longer.
///
/// net_af_packet copies what the kernel put into a slot of its ring without asking for the packet's room: a slot.
/// net_af_xdp: the frame and the 256 bytes that XDP keeps before it.
[[nodiscard]] std::uint32_t packet_room_bytes(std::string_view device_name, std::string_view arguments,
                                              std::uint32_t frame_bytes);

}  // namespace sluice::device
