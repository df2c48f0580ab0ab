// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/packet_builder.h"

/// Packets as plain bytes, read and written a number at a time, by the offsets that the RFCs give.
///
/// `at` is where an IP header begins: 0 for the packet itself, 28 for the one that an ICMP error quotes.
namespace sluice::model {

using test::Bytes;

enum class End : std::uint8_t { source, destination };

/// One direction of a conversation; ICMP queries have their id in `source_port`, type and code in the other.
struct Flow {
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint8_t protocol = 0;
    auto operator<=>(const Flow&) const = default;
};

/// The flow of the packets that come back.
[[nodiscard]] Flow inverse(const Flow& flow);
[[nodiscard]] std::string to_string(const Flow& flow);

[[nodiscard]] unsigned byte_at(const Bytes& bytes, std::size_t at);
[[nodiscard]] std::uint16_t word_at(const Bytes& bytes, std::size_t at);
[[nodiscard]] std::uint32_t long_at(const Bytes& bytes, std::size_t at);
void put_byte(Bytes& bytes, std::size_t at, unsigned value);
void put_word(Bytes& bytes, std::size_t at, unsigned value);
void put_long(Bytes& bytes, std::size_t at, std::uint32_t value);

/// The Internet checksum over bytes, 0 as the sum of nothing; ffff is what a sound header or message adds up
/// to.
[[nodiscard]] unsigned sum_of(const Bytes& bytes, std::size_t from, std::size_t to, unsigned start = 0);
[[nodiscard]] unsigned pseudo_header_sum(const Bytes& packet);

[[nodiscard]] inline std::size_t header_bytes(const Bytes& bytes, std::size_t at = 0) {
    return (byte_at(bytes, at) % 16) * 4;
}
[[nodiscard]] inline unsigned protocol_of(const Bytes& bytes, std::size_t at = 0) {
    return byte_at(bytes, at + 9);
}
[[nodiscard]] inline std::uint32_t source_of(const Bytes& bytes, std::size_t at = 0) {
    return long_at(bytes, at + 12);
}
[[nodiscard]] inline std::uint32_t destination_of(const Bytes& bytes, std::size_t at = 0) {
    return long_at(bytes, at + 16);
}

/// Writes the header checksum of the packet.
void seal_header(Bytes& packet);
/// Writes the checksum of an ICMP message.
void seal_icmp(Bytes& packet);

/// The checksums of TCP, UDP and ICMP; true where there is none.
[[nodiscard]] bool l4_sum_is_good(const Bytes& packet);
/// The L4 header that rules read is there in full.
[[nodiscard]] bool has_l4_header(const Bytes& packet);

[[nodiscard]] bool is_icmp_error(unsigned type);
/// The type that answers an ICMP query, or -1.
[[nodiscard]] int answering_type(unsigned type);

/// The flow of the packet at `at`; false where its header is cut off.
[[nodiscard]] bool read_flow(const Bytes& bytes, std::size_t at, Flow& flow);

/// Gives the packet at `at` the address and the port of `flow` at one end, and mends the checksums that lie
/// there.
void dress(Bytes& bytes, std::size_t at, End end, const Flow& flow);

}  // namespace sluice::model
