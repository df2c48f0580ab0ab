// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "acl/bpf/instruction.h"

/// What an absolute load of `kAncillary` plus a small number asks for: Linux's SKF_AD_*.
namespace sluice::acl::bpf {

enum class Ancillary : std::uint32_t {
    protocol = kAncillary,         ///< the frame's EtherType: always IPv4's
    packet_type = kAncillary + 4,  ///< to whom the frame came
    interface = kAncillary + 8,
    attribute = kAncillary + 12,
    nested_attribute = kAncillary + 16,
    mark = kAncillary + 20,
    queue = kAncillary + 24,
    hardware_type = kAncillary + 28,
    receive_hash = kAncillary + 32,
    cpu = kAncillary + 36,
    xor_x = kAncillary + 40,             ///< no load: A becomes A ^ X
    vlan_tag = kAncillary + 44,          ///< rules see packets without their tag: 0
    vlan_tag_present = kAncillary + 48,  ///< the same
    payload_offset = kAncillary + 52,
    random = kAncillary + 56,
    vlan_protocol = kAncillary + 60,  ///< as the tag
};

/// Whether Linux knows such a load.
[[nodiscard]] constexpr bool is_known(Ancillary load) noexcept {
    return load <= Ancillary::vlan_protocol && (static_cast<std::uint32_t>(load) - kAncillary) % 4 == 0;
}

/// Why a load has no answer here; empty where it has one.
[[nodiscard]] constexpr std::string_view why_unanswered(Ancillary load) noexcept {
    switch (load) {
        case Ancillary::interface:
            return "match bpf: the program loads the number of an interface (IFINDEX), which only Linux "
                   "gives; "
                   "-i and -o ask for its name";
        case Ancillary::attribute:
        case Ancillary::nested_attribute:
            return "match bpf: the program looks for netlink attributes (NLATTR), which no IP packet has";
        case Ancillary::queue:
            return "match bpf: the program loads the queue of Linux's device (QUEUE)";
        case Ancillary::hardware_type:
            return "match bpf: the program loads the type of Linux's device (HATYPE)";
        case Ancillary::receive_hash:
            return "match bpf: the program loads the hash of Linux's device (RXHASH)";
        case Ancillary::payload_offset:
            return "match bpf: the program loads the payload's offset as Linux's flow dissector finds it "
                   "(PAY_OFFSET); 'ldxb 4*([0]&0xf)' loads the IP header's length";
        case Ancillary::random:
            return "match bpf: the program loads a random number (RANDOM); -m statistic --mode random has "
                   "some";
        default:
            return {};
    }
}

/// Why a program cannot be run here; empty where it can. In: a checked program.
[[nodiscard]] inline std::string_view why_unanswered(std::span<const Instruction> program) noexcept {
    for (const Instruction& instruction : program) {
        if (is_absolute_load(instruction) && instruction.k >= kAncillary) {
            if (const auto why = why_unanswered(Ancillary{instruction.k}); !why.empty()) {
                return why;
            }
        }
    }
    return {};
}

}  // namespace sluice::acl::bpf
