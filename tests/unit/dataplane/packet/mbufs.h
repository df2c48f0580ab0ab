// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <cstring>
#include <new>
#include <vector>

#include "dataplane/base/assertion.h"
#include "dataplane/packet/describe.h"
#include "dataplane/packet/packet.h"
#include "tests/support/packet_builder.h"
#include "tests/support/packet_checks.h"

namespace sluice::packet {

using Ipv4Packet = Packet<net::Ipv4>;
using Info = PacketInfo<net::Ipv4>;

/// Tests with a pool of mbufs; one that leaks fails.
class Mbufs : public testing::Test {
protected:
    static constexpr unsigned kMbufs = 1023;

    Mbufs()
        : pool_(rte_pktmbuf_pool_create("packet_tests", kMbufs, 0, kPrivateBytes, 2048 + RTE_PKTMBUF_HEADROOM,
                                        0)) {
        SLUICE_ASSERT(pool_ != nullptr);
    }
    ~Mbufs() override {
        EXPECT_EQ(rte_mempool_in_use_count(pool_), 0U) << "mbufs leaked";
        rte_mempool_free(pool_);
    }

    /// An mbuf with these bytes; not a packet yet.
    rte_mbuf* mbuf(const test::Bytes& bytes) const {
        rte_mbuf* const made = rte_pktmbuf_alloc(pool_);
        SLUICE_ASSERT(made != nullptr);
        char* const data = rte_pktmbuf_append(made, static_cast<std::uint16_t>(bytes.size()));
        SLUICE_ASSERT(data != nullptr);
        std::memcpy(data, bytes.data(), bytes.size());
        return made;
    }
    /// An IP packet with its PacketInfo, as Parse would leave it.
    Ipv4Packet packet(const test::PacketBuilder& builder) const { return packet(builder.bytes()); }
    Ipv4Packet packet(const test::Bytes& bytes) const {
        const Ipv4Packet made(mbuf(bytes));
        new (rte_mbuf_to_priv(made.mbuf())) Info();
        describe(made);
        return made;
    }
    /// The same in segments of at most `bytes` bytes.
    Ipv4Packet chained(const test::PacketBuilder& builder, std::size_t bytes) const {
        const test::Bytes all = builder.bytes();
        rte_mbuf* head = nullptr;
        for (std::size_t at = 0; at < all.size(); at += bytes) {
            const auto end = static_cast<std::ptrdiff_t>(std::min(all.size(), at + bytes));
            rte_mbuf* const part = mbuf({all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + end});
            if (head == nullptr) {
                head = part;
            } else {
                rte_pktmbuf_chain(head, part);
            }
        }
        SLUICE_ASSERT(head != nullptr);
        const Ipv4Packet made(head);
        new (rte_mbuf_to_priv(head)) Info();
        describe(made);
        return made;
    }

    static test::Bytes bytes_in(const rte_mbuf* mbuf) {
        test::Bytes bytes;
        for (; mbuf != nullptr; mbuf = mbuf->next) {
            const auto* const begin = rte_pktmbuf_mtod(mbuf, const std::byte*);
            const std::size_t before = bytes.size();
            bytes.resize(before + mbuf->data_len);
            std::memcpy(bytes.data() + before, begin, mbuf->data_len);
        }
        return bytes;
    }
    /// What is different; empty where all checks hold.
    static std::string differences_in(Ipv4Packet packet, const std::vector<test::Check>& checks) {
        const test::Bytes bytes = bytes_in(packet.mbuf());
        return test::differences(test::seen_ip(bytes), checks);
    }
    static void free(Ipv4Packet packet) { rte_pktmbuf_free(packet.mbuf()); }

    rte_mempool* pool_;
};

}  // namespace sluice::packet
