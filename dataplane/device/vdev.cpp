// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/vdev.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace sluice::device {
namespace {

constexpr std::uint32_t kAfPacketFrames = 4096;
constexpr std::uint32_t kAfPacketFramesPerBlock = 32;  ///< of 1 KiB at least: whole pages
/// XDP_PACKET_HEADROOM: what AF_XDP leaves before each frame beside our own headroom.
constexpr std::uint32_t kXdpHeadroomBytes = 256;
/// tpacket2_hdr, sockaddr_ll and their alignment, with room to spare.
constexpr std::uint32_t kAfPacketHeaderBytes = 128;

void add_if_absent(std::string& arguments, std::string_view key, std::uint64_t value) {
    if (argument(arguments, key).empty()) {
        arguments += fmt::format("{}{}={}", arguments.empty() ? "" : ",", key, value);
    }
}

/// A slot of net_af_packet's rings: what the user says, or frame and kernel's header, rounded up to 1 KiB.
std::uint32_t slot_bytes(std::string_view arguments, std::uint32_t frame_bytes) {
    std::uint32_t slot = std::max(2048U, (frame_bytes + kAfPacketHeaderBytes + 1023U) & ~1023U);
    if (const std::string_view given = argument(arguments, "framesz"); !given.empty()) {
        std::from_chars(given.data(), given.data() + given.size(), slot);
    }
    return slot;
}

}  // namespace

DriverTraits traits_of(std::string_view device_name) noexcept {
    const auto is = [&](std::string_view driver) { return device_name.starts_with(driver); };
    if (is("net_af_xdp")) {
        return {.has_kernel_link = true, .pairs_queues = true, .keeps_packets = true, .queues_by_argument = true};
    }
    if (is("net_af_packet")) {
        return {.has_kernel_link = true, .pairs_queues = true, .keeps_packets = false, .queues_by_argument = true};
    }
    // net_tap insists on it; what goes into a queue of net_ring comes out of the one with the same number.
    if (is("net_")) {
        return {.has_kernel_link = false, .pairs_queues = true, .keeps_packets = false, .queues_by_argument = false};
    }
    return {};
}

std::string instance_name(std::string_view device_name, std::string_view interface_name) {
    const bool has_index = !device_name.empty() && std::isdigit(static_cast<unsigned char>(device_name.back())) != 0;
    return has_index ? std::string(device_name) : fmt::format("{}_{}", device_name, interface_name);
}

std::string_view argument(std::string_view arguments, std::string_view key) noexcept {
    while (!arguments.empty()) {
        const std::string_view one = arguments.substr(0, arguments.find(','));
        if (one.starts_with(key) && one.substr(key.size()).starts_with('=')) {
            return one.substr(key.size() + 1);
        }
        arguments.remove_prefix(std::min(arguments.size(), one.size() + 1));
    }
    return {};
}

std::uint32_t packet_room_bytes(std::string_view device_name, std::string_view arguments,
                                std::uint32_t frame_bytes) {
    if (device_name.starts_with("net_af_packet")) {
        return slot_bytes(arguments, frame_bytes);
    }
    return device_name.starts_with("net_af_xdp") ? frame_bytes + kXdpHeadroomBytes : frame_bytes;
}

std::string complete_arguments(std::string_view device_name, std::string_view arguments, std::uint16_t queues,
                               std::uint32_t frame_bytes) {
    std::string complete(arguments);
    if (device_name.starts_with("net_af_packet")) {
        const std::uint32_t slot = slot_bytes(arguments, frame_bytes);
        add_if_absent(complete, "qpairs", queues);
        add_if_absent(complete, "framesz", slot);
        add_if_absent(complete, "blocksz", slot * kAfPacketFramesPerBlock);
        add_if_absent(complete, "framecnt", kAfPacketFrames);
    } else if (device_name.starts_with("net_af_xdp")) {
        add_if_absent(complete, "start_queue", 0);
        add_if_absent(complete, "queue_count", queues);
    } else if (device_name.starts_with("net_null")) {
        add_if_absent(complete, "no-rx", 1);
    }
    return complete;
}

}  // namespace sluice::device
