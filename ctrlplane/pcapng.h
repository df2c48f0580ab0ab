// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Blocks of a pcapng file (draft-ietf-opsawg-pcapng): IP packets without L2, in this machine's byte order.
///
///     section_block, packet_block, packet_block, ...
///
/// One interface block serves all packets: libpcap (tcpdump) refuses a second one of LINKTYPE_RAW (it
/// compares the number in the file, 101, with its own, 12). So the router's interfaces stand in a comment.
///
/// Each function appends one block to `out`.
namespace sluice::ctrlplane::pcapng {

/// A packet of a file.
struct Packet {
    std::uint64_t utc_ns = 0;          ///< since 1970
    bool is_inbound = true;            ///< it came in by an interface; else the router made it
    std::uint32_t packet_bytes = 0;    ///< of the whole packet
    std::span<const std::byte> bytes;  ///< as many as are kept
    std::string_view prefix;           ///< a comment; empty: none
    std::string_view interfaces;       ///< another one: `IN=lan OUT=wan`
};

/// With its interface: LINKTYPE_RAW, times in nanoseconds.
void section_block(std::string_view application, std::string& out);
void packet_block(const Packet& packet, std::string& out);

}  // namespace sluice::ctrlplane::pcapng
