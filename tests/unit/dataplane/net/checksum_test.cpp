// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/net/checksum.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataplane/base/random.h"
#include "tests/support/packet_builder.h"

namespace sluice::net {

namespace {

std::vector<std::byte> random_bytes(base::Random& random, std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (std::byte& byte : bytes) {
        byte = static_cast<std::byte>(random.below(256));
    }
    return bytes;
}

Be16 word_at(const std::vector<std::byte>& bytes, std::size_t at) {
    std::uint16_t raw = 0;
    std::memcpy(&raw, bytes.data() + at, 2);
    return Be16::from_raw(raw);
}

}  // namespace

TEST(Checksum, is_that_of_rfc_1071) {
    // The example of RFC 1071, section 3: 0001 f203 f4f5 f6f7 sums to ddf2.
    std::vector<std::byte> bytes;
    for (const unsigned octet : {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}) {
        bytes.push_back(static_cast<std::byte>(octet));
    }
    EXPECT_EQ(Be16::from_raw(folded(sum_of(bytes))).host(), 0xddf2);
    EXPECT_EQ(checksum_from(sum_of(bytes)).host(), 0x220d);
}

TEST(Checksum, an_odd_byte_counts_as_if_a_zero_followed) {
    std::vector<std::byte> odd = {std::byte{1}, std::byte{2}, std::byte{3}};
    std::vector<std::byte> even = odd;
    even.push_back(std::byte{0});
    EXPECT_EQ(folded(sum_of(odd)), folded(sum_of(even)));
}

TEST(Checksum, of_packets_agrees_with_the_builders_plain_one) {
    for (std::size_t size = 0; size < 70; ++size) {
        const test::Bytes bytes = test::packet().udp(4000, 53).payload_size(size).bytes();
        const auto& ip = *reinterpret_cast<const Ipv4Header*>(bytes.data());
        EXPECT_TRUE(header_checksum_is_good(ip));
        const std::span<const std::byte> l4 = std::span(bytes).subspan(20);
        const Sum pseudo =
            pseudo_header_sum(ip.source, ip.destination, ip.protocol, static_cast<std::uint32_t>(l4.size()));
        EXPECT_EQ(folded(sum_of(l4, pseudo)), 0xffff) << size;
    }
}

/// NAT-9: the update says what summing anew would
TEST(ChecksumDelta, equals_summing_anew) {
    base::Random random(5);
    for (int round = 0; round < 20'000; ++round) {
        std::vector<std::byte> bytes = random_bytes(random, 32);
        const Be16 before = checksum_from(sum_of(bytes));
        const std::size_t at = random.below(14) * 2;
        const std::vector<std::byte> fresh = random_bytes(random, 4);
        ChecksumDelta delta;
        delta.replace(word_at(bytes, at), word_at(fresh, 0))
            .replace(word_at(bytes, at + 2), word_at(fresh, 2));
        std::copy(fresh.begin(), fresh.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        const Be16 after = checksum_from(sum_of(bytes));
        const Be16 updated = ChecksumDelta::from_folded(delta.folded_sum()).applied_to(before);
        EXPECT_EQ(updated, delta.applied_to(before));
        // Both forms of zero stand for the same sum; only all-zero data tells them apart.
        EXPECT_TRUE(updated == after || (updated.raw() % 0xffff == 0 && after.raw() % 0xffff == 0))
            << updated.host() << " " << after.host();
    }
}

TEST(ChecksumDelta, there_and_back_is_nothing) {
    const Be16 checksum = Be16::from_host(0x1234);
    ChecksumDelta delta;
    delta.replace(Be32::from_host(0x0a000005), Be32::from_host(0xcb007102));
    delta.add(ChecksumDelta().replace(Be32::from_host(0xcb007102), Be32::from_host(0x0a000005)));
    EXPECT_EQ(delta.applied_to(checksum), checksum);
}

}  // namespace sluice::net
