// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/fragment.h"

#include "mbufs.h"

namespace sluice::packet {

namespace {

class Fragment : public Mbufs {
protected:
    std::vector<test::Bytes> pieces_of(Ipv4Packet whole, std::uint16_t limit) {
        std::array<rte_mbuf*, kMaxPieces> out{};
        const std::size_t count = split(whole, limit, pool_, std::span<rte_mbuf*>(out));
        std::vector<test::Bytes> pieces;
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(out[i]->nb_segs, 1);
            EXPECT_GE(rte_pktmbuf_headroom(out[i]), kHeadroom);
            EXPECT_EQ(Ipv4Packet(out[i]).info().ip_bytes, out[i]->pkt_len);
            pieces.push_back(bytes_in(out[i]));
            rte_pktmbuf_free(out[i]);
        }
        return pieces;
    }
};

/// The payloads of the pieces behind each other, each piece checked for its place.
test::Bytes joined(const std::vector<test::Bytes>& pieces, std::uint16_t limit) {
    test::Bytes all;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const test::Seen seen = test::seen_ip(pieces[i]);
        EXPECT_EQ(test::differences(seen, {test::fragment(all.size(), i + 1 < pieces.size()),
                                           test::valid_ip_checksum(), test::ip_length(pieces[i].size())}),
                  "");
        EXPECT_LE(pieces[i].size(), limit);
        all.insert(all.end(), seen.l4.begin(), seen.l4.end());
    }
    return all;
}

test::Bytes l4_of(const test::PacketBuilder& builder) {
    const test::Bytes bytes = builder.bytes();
    const test::Seen seen = test::seen_ip(bytes);
    return {seen.l4.begin(), seen.l4.end()};
}

}  // namespace

/// FWD-3: on 8 bytes, id kept
TEST_F(Fragment, a_packet_that_is_too_large_is_cut_on_eight_bytes) {
    const test::PacketBuilder builder = test::packet().id(99).ttl(7).udp(4000, 53).payload_size(1992);
    const Ipv4Packet whole = packet(builder);
    const auto pieces = pieces_of(whole, 997);
    ASSERT_EQ(pieces.size(), 3U);
    EXPECT_EQ(pieces[0].size(), 996U);
    EXPECT_EQ(joined(pieces, 997), l4_of(builder));
    for (const test::Bytes& piece : pieces) {
        EXPECT_EQ(
            test::differences(test::seen_ip(piece), {test::ip_id(99), test::ttl(7), test::protocol(17)}), "");
    }
    free(whole);
}

/// FWD-3: at any limit, chained or not
TEST_F(Fragment, pieces_put_together_are_the_packet) {
    const test::PacketBuilder builder = test::packet().udp(1, 2).payload_size(1777);
    for (std::uint16_t limit = 68; limit < 1700; limit = static_cast<std::uint16_t>(limit + 97)) {
        for (const std::size_t segment : {50U, 777U, 2000U}) {
            const Ipv4Packet whole = chained(builder, segment);
            EXPECT_EQ(joined(pieces_of(whole, limit), limit), l4_of(builder));
            free(whole);
        }
    }
}

/// FWD-3: options by their copy bit; what is not copied becomes no-operation, as in the kernel
TEST_F(Fragment, later_pieces_have_only_the_copied_options) {
    const test::PacketBuilder builder =
        test::packet().ip_options({0x88, 4, 0x12, 0x34, 7, 7, 4, 0, 0, 0, 0}).udp(1, 2).payload_size(1000);
    const Ipv4Packet whole = packet(builder);
    const auto pieces = pieces_of(whole, 600);
    ASSERT_EQ(pieces.size(), 2U);
    EXPECT_EQ(test::differences(test::seen_ip(pieces[0]),
                                {test::ip_options({0x88, 4, 0x12, 0x34, 7, 7, 4, 0, 0, 0, 0})}),
              "");
    EXPECT_EQ(test::differences(test::seen_ip(pieces[1]),
                                {test::ip_options({0x88, 4, 0x12, 0x34, 1, 1, 1, 1, 1, 1, 1})}),
              "");
    EXPECT_EQ(joined(pieces, 600), l4_of(builder));
    free(whole);
}

/// FRAG-1: uneven pieces leave as they came
TEST_F(Fragment, a_rebuilt_datagram_leaves_in_the_pieces_in_which_it_came) {
    const test::PacketBuilder builder = test::packet().udp(1, 2).payload_size(1000);
    const Ipv4Packet whole = chained(builder, 220);
    whole.info().largest_fragment = 420;
    // Segments of 200, 220, ...: not on 8 bytes, so they do not do.
    EXPECT_EQ(pieces_of(whole, 420)[0].size(), 420U);
    free(whole);

    const Ipv4Packet uneven = packet(test::packet().udp(1, 2).payload_size(72).bytes());
    rte_pktmbuf_trim(uneven.mbuf(), 56);
    const test::Bytes l4 = l4_of(test::packet().udp(1, 2).payload_size(72));
    rte_pktmbuf_chain(uneven.mbuf(), mbuf({l4.begin() + 24, l4.begin() + 32}));
    rte_pktmbuf_chain(uneven.mbuf(), mbuf({l4.begin() + 32, l4.end()}));
    uneven.info().largest_fragment = 68;
    const auto pieces = pieces_of(uneven, 68);
    ASSERT_EQ(pieces.size(), 3U);
    EXPECT_EQ(pieces[0].size(), 44U);
    EXPECT_EQ(pieces[1].size(), 28U);
    EXPECT_EQ(pieces[2].size(), 68U);
    EXPECT_EQ(joined(pieces, 68), l4);
    EXPECT_GT(pieces_of(uneven, 60).size(), 1U);
    EXPECT_EQ(joined(pieces_of(uneven, 60), 60), l4) << "too large for this way: cut anew";
    free(uneven);
}

TEST_F(Fragment, dont_fragment_goes_with_pieces_cut_anew_of_a_datagram_that_had_it) {
    const Ipv4Packet whole = packet(test::packet().dont_fragment().udp(1, 2).payload_size(900));
    whole.info().largest_fragment = 500;
    whole.info().had_dont_fragment = true;
    const auto pieces = pieces_of(whole, 500);
    ASSERT_EQ(pieces.size(), 2U);
    for (const test::Bytes& piece : pieces) {
        EXPECT_EQ(test::differences(test::seen_ip(piece), {test::dont_fragment(true)}), "");
    }
    free(whole);
}

TEST_F(Fragment, without_room_there_are_no_pieces_and_no_leak) {
    const Ipv4Packet whole = packet(test::packet().udp(1, 2).payload_size(1900));
    std::array<rte_mbuf*, 3> few{};
    EXPECT_EQ(split(whole, std::uint16_t{100}, pool_, std::span<rte_mbuf*>(few)), 0U);
    std::array<rte_mbuf*, kMaxPieces> out{};
    EXPECT_EQ(split(whole, std::uint16_t{27}, pool_, std::span<rte_mbuf*>(out)), 0U);
    std::vector<rte_mbuf*> taken(rte_mempool_avail_count(pool_) - 5);
    ASSERT_EQ(rte_pktmbuf_alloc_bulk(pool_, taken.data(), static_cast<unsigned>(taken.size())), 0);
    EXPECT_EQ(split(whole, std::uint16_t{100}, pool_, std::span<rte_mbuf*>(out)), 0U);
    EXPECT_EQ(rte_mempool_avail_count(pool_), 5U);
    rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
    free(whole);
}

}  // namespace sluice::packet
