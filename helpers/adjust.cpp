// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/adjust.h"

#include "dataplane/net/checksum.h"
#include "dataplane/net/headers.h"

namespace sluice::helpers {

namespace {

using base::Be32;

constexpr std::uint8_t kEndOfOptions = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kSack = 5;
constexpr std::size_t kBlock = 8;

/// Each edge of each block.
bool adjust_sacks(std::span<std::byte> options, const conntrack::Shift& others) noexcept {
    while (!options.empty()) {
        const auto kind = std::to_integer<std::uint8_t>(options[0]);
        if (kind == kEndOfOptions) {
            return true;
        }
        if (kind == kNoOperation) {
            options = options.subspan(1);
            continue;
        }
        const std::size_t bytes = options.size() < 2 ? 0 : std::to_integer<std::size_t>(options[1]);
        if (bytes < 2 || bytes > options.size()) {
            return false;
        }
        if (kind == kSack && bytes >= 2 + kBlock && (bytes - 2) % kBlock == 0) {
            for (std::size_t at = 2; at < bytes; at += sizeof(Be32)) {
                auto& edge = reinterpret_cast<Be32&>(options[at]);
                edge = Be32::from_host(edge.host() - others.of_acknowledgement(edge.host()));
            }
        }
        options = options.subspan(bytes);
    }
    return true;
}

}  // namespace

bool adjust_sequence(std::span<std::byte> tcp, const conntrack::Shift& own, const conntrack::Shift& others) noexcept {
    auto& header = reinterpret_cast<net::TcpHeader&>(tcp[0]);
    // A checksum sums words at even places: a SACK block may begin at an odd one, where its bytes count the other way
    // round. So the options are summed as a whole, before and behind.
    const std::size_t header_bytes = header.header_bytes();
    const std::span<std::byte> whole = tcp.first(header_bytes);
    const std::uint16_t checksum = header.checksum.raw();
    header.checksum = base::Be16{};
    const std::uint16_t before = net::folded(net::sum_of(whole));
    header.sequence = Be32::from_host(header.sequence.host() + own.of_sequence(header.sequence.host()));
    bool makes_sense = true;
    if ((header.flags & net::TcpHeader::kAck) != 0) {
        const std::uint32_t acknowledged = header.acknowledgement.host();
        header.acknowledgement = Be32::from_host(acknowledged - others.of_acknowledgement(acknowledged));
        makes_sense = adjust_sacks(tcp.subspan(sizeof(net::TcpHeader), header_bytes - sizeof(net::TcpHeader)), others);
    }
    const std::uint16_t after = net::folded(net::sum_of(whole));
    header.checksum = base::Be16::from_raw(checksum);
    if (before != after) {
        net::ChecksumDelta delta;
        delta.replace(base::Be16::from_raw(before), base::Be16::from_raw(after));
        header.checksum = delta.applied_to(header.checksum);
    }
    return makes_sense;
}

}  // namespace sluice::helpers
