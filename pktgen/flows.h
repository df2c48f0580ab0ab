// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/net/headers.h"

namespace sluice::pktgen {

/// What one packet says of its flow: five words that make a frame of a template.
struct Flow {
    net::Ipv4Address source;
    net::Ipv4Address destination;
    net::Be16 source_port;
    net::Be16 destination_port;

    bool operator==(const Flow&) const = default;
};

/// The flows of a run: every source address with every source port, to destinations and ports in turn.
struct FlowRange {
    net::Ipv4Prefix sources;
    net::Ipv4Prefix destinations;
    std::uint16_t first_port = 1024;  ///< source ports, to 65535
    std::uint16_t destination_port = 0;
    std::uint8_t protocol = net::kProtocolUdp;
    net::Ipv4Address spared;  ///< a source that is nobody's: the router's own address

    /// Flow `number`, from 0; different numbers below `size()` are different flows.
    [[nodiscard]] Flow at(std::uint64_t number) const noexcept;
    [[nodiscard]] std::uint64_t size() const noexcept;

private:
    [[nodiscard]] std::uint64_t source_count() const noexcept;
};

/// A frame of a size and a protocol, to be copied and filled in.
class FrameTemplate {
public:
    /// In: `wire_bytes` as they are counted on the wire, with the 4 bytes of the frame check sequence; at least 64.
    /// Errors: none; what is too small becomes 64.
    FrameTemplate(std::size_t wire_bytes, std::uint8_t protocol);

    [[nodiscard]] std::size_t bytes() const noexcept { return frame_.size(); }
    /// Writes a whole frame. In: `into` of `bytes()`; `tcp_flags` for TCP alone.
    void write(std::span<std::byte> into, const Flow& flow, net::MacAddress to, std::uint8_t tcp_flags,
               std::uint32_t sequence, std::uint32_t acknowledgement) const noexcept;

private:
    std::vector<std::byte> frame_;
    std::uint8_t protocol_;
};

/// The flow of a frame that the router has sent. In: an Ethernet frame with IPv4 and ports behind 20 bytes.
[[nodiscard]] Flow flow_of(std::span<const std::byte> frame) noexcept;
/// Its answers.
[[nodiscard]] inline Flow reversed(const Flow& flow) noexcept {
    return {flow.destination, flow.source, flow.destination_port, flow.source_port};
}

}  // namespace sluice::pktgen
