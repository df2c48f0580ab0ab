// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/reassembly.h"

#include <algorithm>
#include <array>
#include <random>

#include "dataplane/base/random.h"
#include "mbufs.h"

namespace sluice::packet {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kRoom = 4U << 20U;

/// Counts and frees what leaves.
class CountingExits {
public:
    void leave(Ipv4Packet packet, Verdict verdict) {
        count(verdict);
        if (verdict == Verdict::fragment_timeout) {
            ++first_fragments;
        }
        if (verdict != Verdict::held) {
            rte_pktmbuf_free(packet.mbuf());
        }
    }
    void drop_frame(rte_mbuf* mbuf, Verdict verdict) {
        count(verdict);
        rte_pktmbuf_free(mbuf);
    }
    [[nodiscard]] std::uint32_t of(Verdict verdict) const {
        return counts_[static_cast<std::size_t>(verdict)];
    }
    std::uint32_t first_fragments = 0;

private:
    void count(Verdict verdict) { ++counts_[static_cast<std::size_t>(verdict)]; }
    std::array<std::uint32_t, kVerdicts> counts_{};
};

class ReassemblyTest : public Mbufs {
protected:
    Ipv4Packet add(const test::PacketBuilder& piece, std::uint64_t now_ns = 0) {
        return table_.add(packet(piece), now_ns, kRoom, exits_);
    }
    /// Adds all; gives what the last of them completed.
    Ipv4Packet add_all(const std::vector<test::PacketBuilder>& pieces) {
        Ipv4Packet whole;
        for (const test::PacketBuilder& piece : pieces) {
            EXPECT_EQ(whole.mbuf(), nullptr) << "complete too early";
            whole = add(piece);
        }
        return whole;
    }
    static test::PacketBuilder datagram(std::size_t bytes) {
        return test::packet().ip("10.0.0.5", "8.8.8.8").id(77).udp(4000, 53).payload_size(bytes);
    }

    CountingExits exits_;
    Reassembly<net::Ipv4> table_{0x1234567};
};

using ReassemblyOf = ReassemblyTest;

}  // namespace

/// FRAG-1
TEST_F(ReassemblyOf, pieces_in_any_order_make_the_datagram) {
    std::vector<test::PacketBuilder> pieces = datagram(3000).fragments(1000);
    std::vector<std::size_t> order = {0, 1, 2, 3};
    ASSERT_EQ(pieces.size(), order.size());
    do {
        std::vector<test::PacketBuilder> shuffled;
        for (const std::size_t i : order) {
            shuffled.push_back(pieces[i]);
        }
        const Ipv4Packet whole = add_all(shuffled);
        ASSERT_NE(whole.mbuf(), nullptr);
        EXPECT_EQ(bytes_in(whole.mbuf()), datagram(3000).bytes());
        EXPECT_EQ(rte_pktmbuf_pkt_len(whole.mbuf()), 3028U);
        EXPECT_EQ(whole.info().largest_fragment, 1020);
        EXPECT_FALSE(whole.info().had_dont_fragment);
        EXPECT_EQ(whole.info().ip_bytes, 3028U);
        EXPECT_EQ(whole.info().tuple.destination_port.host(), 53);
        EXPECT_TRUE(whole.info().has_l4);
        free(whole);
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_EQ(table_.datagrams(), 0U);
    EXPECT_EQ(table_.bytes(), 0U);
}

/// FRAG-1, FRAG-3: 45 pieces, and a datagram of 64 KiB
TEST_F(ReassemblyOf, the_largest_datagram_is_rebuilt) {
    const test::PacketBuilder whole_one = datagram(65507);
    std::vector<test::PacketBuilder> pieces = whole_one.fragments(1480);
    ASSERT_EQ(pieces.size(), 45U);
    std::shuffle(pieces.begin(), pieces.end(), std::mt19937(3));
    const Ipv4Packet whole = add_all(pieces);
    ASSERT_NE(whole.mbuf(), nullptr);
    EXPECT_EQ(bytes_in(whole.mbuf()), whole_one.bytes());
    EXPECT_EQ(whole.mbuf()->nb_segs, 45);
    free(whole);
}

/// FRAG-6: headers that come in tiny pieces are put together in the first segment
TEST_F(ReassemblyOf, tiny_pieces_of_a_tcp_header_are_pulled_together) {
    const test::PacketBuilder segment =
        test::packet().tcp(4000, 80).flags("S").tcp_options({2, 4, 5, 0xb4}).payload_size(50);
    const Ipv4Packet whole = add_all(segment.fragments(8));
    ASSERT_NE(whole.mbuf(), nullptr);
    EXPECT_GE(whole.mbuf()->data_len, 44);
    EXPECT_TRUE(whole.info().has_l4);
    EXPECT_EQ(bytes_in(whole.mbuf()), segment.bytes());
    EXPECT_EQ(differences_in(whole, {test::tcp_flags("S"), test::valid_checksums()}), "");
    free(whole);
}

TEST_F(ReassemblyOf, the_packet_that_an_error_quotes_is_pulled_together_too) {
    const test::PacketBuilder error =
        test::packet().icmp_error(3, 3, test::packet().udp(1, 2).payload_size(400).bytes());
    const Ipv4Packet whole = add_all(error.fragments(16));
    ASSERT_NE(whole.mbuf(), nullptr);
    EXPECT_GE(whole.mbuf()->data_len, 20 + 8 + 60 + 20);
    EXPECT_TRUE(whole.info().is_icmp_error);
    free(whole);
}

/// FRAG-2
TEST_F(ReassemblyOf, a_piece_that_came_already_is_dropped_alone) {
    const auto pieces = datagram(3000).fragments(1000);
    EXPECT_EQ(add(pieces[0]).mbuf(), nullptr);
    EXPECT_EQ(add(pieces[0]).mbuf(), nullptr);
    EXPECT_EQ(exits_.of(Verdict::fragment_duplicate), 1U);
    const Ipv4Packet whole = add_all({pieces[1], pieces[2], pieces[3]});
    ASSERT_NE(whole.mbuf(), nullptr);
    free(whole);
}

/// FRAG-2
TEST_F(ReassemblyOf, an_overlap_discards_the_datagram) {
    const auto pieces = datagram(3000).fragments(1000);
    EXPECT_EQ(add(pieces[0]).mbuf(), nullptr);
    EXPECT_EQ(add(pieces[1]).mbuf(), nullptr);
    test::PacketBuilder evil = pieces[1];
    EXPECT_EQ(add(evil.fragment_offset(1992)).mbuf(), nullptr);
    EXPECT_EQ(exits_.of(Verdict::fragment_overlap), 3U);
    EXPECT_EQ(table_.datagrams(), 0U);
    EXPECT_EQ(table_.bytes(), 0U);
}

/// FRAG-2
TEST_F(ReassemblyOf, two_different_ends_discard_the_datagram) {
    const auto pieces = datagram(3000).fragments(1000);
    EXPECT_EQ(add(pieces[3]).mbuf(), nullptr);
    test::PacketBuilder other_end = pieces[1];
    EXPECT_EQ(add(other_end.more_fragments(false)).mbuf(), nullptr);
    EXPECT_EQ(exits_.of(Verdict::fragment_overlap), 2U);
    EXPECT_EQ(table_.datagrams(), 0U);
}

TEST_F(ReassemblyOf, bytes_beyond_the_end_discard_the_datagram) {
    const auto pieces = datagram(3000).fragments(1000);
    EXPECT_EQ(add(pieces[3]).mbuf(), nullptr);
    test::PacketBuilder beyond = pieces[1];
    EXPECT_EQ(add(beyond.fragment_offset(4000)).mbuf(), nullptr);
    EXPECT_EQ(table_.datagrams(), 0U);
}

/// FRAG-3
TEST_F(ReassemblyOf, a_piece_that_is_not_the_last_is_cut_to_a_multiple_of_eight) {
    test::PacketBuilder first = test::packet().protocol(99).payload_size(21).more_fragments();
    test::PacketBuilder last = test::packet().protocol(99).payload_size(5).fragment_offset(16);
    const Ipv4Packet whole = add_all({first, last});
    ASSERT_NE(whole.mbuf(), nullptr);
    EXPECT_EQ(whole.info().ip_bytes, 20U + 16 + 5);
    EXPECT_EQ(whole.info().largest_fragment, 36);
    free(whole);
}

/// FRAG-3: ping of death
TEST_F(ReassemblyOf, nothing_reaches_beyond_65535_bytes) {
    const test::PacketBuilder last = test::packet().protocol(1).payload_size(1480).fragment_offset(65528);
    EXPECT_EQ(add(last).mbuf(), nullptr);
    EXPECT_EQ(exits_.of(Verdict::fragment_too_long), 1U);
    EXPECT_EQ(table_.datagrams(), 0U);
}

TEST_F(ReassemblyOf, an_empty_piece_discards_the_datagram) {
    EXPECT_EQ(add(test::packet().protocol(17).payload_size(7).more_fragments()).mbuf(), nullptr);
    EXPECT_EQ(table_.datagrams(), 0U);
}

/// FRAG-7
TEST_F(ReassemblyOf, equal_ids_of_two_senders_or_protocols_do_not_mix) {
    const auto mine = datagram(1000).fragments(800);
    auto other = mine[1];
    EXPECT_EQ(add(mine[0]).mbuf(), nullptr);
    EXPECT_EQ(add(other.ip("10.0.0.6", "8.8.8.8")).mbuf(), nullptr);
    other = mine[1];
    EXPECT_EQ(add(other.protocol(99)).mbuf(), nullptr);
    other = mine[1];
    EXPECT_EQ(add(other.ip("10.0.0.5", "8.8.4.4")).mbuf(), nullptr);
    other = mine[1];
    EXPECT_EQ(add(other.id(78)).mbuf(), nullptr);
    EXPECT_EQ(table_.datagrams(), 5U);
    const Ipv4Packet whole = add(mine[1]);
    ASSERT_NE(whole.mbuf(), nullptr);
    free(whole);
}

/// FRAG-4
TEST_F(ReassemblyOf, what_is_not_complete_in_time_is_given_up_and_the_first_piece_leaves_whole) {
    const auto pieces = datagram(3000).fragments(1000);
    EXPECT_EQ(add(pieces[2], 0).mbuf(), nullptr);
    EXPECT_EQ(add(pieces[0], 20 * kSecond).mbuf(), nullptr);
    table_.expire(30 * kSecond - 1, 30, exits_);
    EXPECT_EQ(table_.datagrams(), 1U);
    table_.expire(30 * kSecond, 30, exits_);
    EXPECT_EQ(table_.datagrams(), 0U);
    EXPECT_EQ(exits_.of(Verdict::fragment_timeout), 2U);
    EXPECT_EQ(exits_.first_fragments, 1U);
    EXPECT_EQ(table_.bytes(), 0U);
}

/// FRAG-4, RES-6
TEST_F(ReassemblyOf, expiry_does_a_bounded_piece_of_work_at_a_time) {
    const auto piece = datagram(1000).fragments(800)[0];
    for (std::uint16_t i = 0; i < 40; ++i) {
        test::PacketBuilder one = piece;
        EXPECT_EQ(add(one.id(i)).mbuf(), nullptr);
    }
    table_.expire(31 * kSecond, 30, exits_);
    EXPECT_EQ(table_.datagrams(), 40U - Reassembly<net::Ipv4>::kMaxExpiredPerCall);
    table_.expire(31 * kSecond, 30, exits_);
    table_.expire(31 * kSecond, 30, exits_);
    EXPECT_EQ(table_.datagrams(), 0U);
}

/// FRAG-5
TEST_F(ReassemblyOf, one_source_gets_half_of_the_memory_and_all_together_no_more_than_all) {
    const auto piece = datagram(1000).fragments(800)[0];
    constexpr std::uint64_t kLittle = 100'000;
    const auto flood = [&](std::string_view source) {
        std::uint32_t refused = 0;
        for (std::uint16_t i = 0; i < 100; ++i) {
            test::PacketBuilder one = piece;
            const std::uint32_t before = exits_.of(Verdict::fragment_limit);
            EXPECT_EQ(table_.add(packet(one.id(i).ip(source, "8.8.8.8")), 0, kLittle, exits_).mbuf(),
                      nullptr);
            refused += exits_.of(Verdict::fragment_limit) - before;
        }
        return refused;
    };
    EXPECT_GT(flood("10.0.0.5"), 50U);
    EXPECT_LT(table_.bytes(), kLittle / 2 + 5000);
    EXPECT_GT(flood("10.0.0.6"), 50U);
    EXPECT_GT(flood("10.0.0.7"), 90U);
    EXPECT_LT(table_.bytes(), kLittle + 5000);
}

/// FRAG-5
TEST_F(ReassemblyOf, what_became_whole_counts_no_longer_against_its_source) {
    constexpr std::uint64_t kLittle = 20'000;
    const auto pieces = datagram(1000).fragments(800);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(table_.add(packet(pieces[0]), 0, kLittle, exits_).mbuf(), nullptr);
        const Ipv4Packet whole = table_.add(packet(pieces[1]), 0, kLittle, exits_);
        ASSERT_NE(whole.mbuf(), nullptr) << i;
        free(whole);
    }
}

/// FRAG-5: a table of two datagrams and three pieces
TEST_F(ReassemblyOf, full_tables_refuse_and_leave_what_is_there) {
    Reassembly<net::Ipv4> small(1, {.datagrams = 2, .pieces = 3});
    const auto pieces = datagram(3000).fragments(1000);
    const auto put = [&](std::size_t i, std::uint16_t id) {
        test::PacketBuilder one = pieces[i];
        return small.add(packet(one.id(id)), 0, kRoom, exits_);
    };
    EXPECT_EQ(put(0, 1).mbuf(), nullptr);
    EXPECT_EQ(put(0, 2).mbuf(), nullptr);
    EXPECT_EQ(put(0, 3).mbuf(), nullptr);
    EXPECT_EQ(exits_.of(Verdict::fragment_limit), 1U);
    EXPECT_EQ(put(1, 1).mbuf(), nullptr);
    EXPECT_EQ(put(1, 2).mbuf(), nullptr);
    EXPECT_EQ(exits_.of(Verdict::fragment_limit), 2U);
    EXPECT_EQ(small.datagrams(), 2U);
}

/// The kernel's ipfrag_max_dist: ids have come round
TEST_F(ReassemblyOf, a_source_that_has_sent_64_others_since_begins_its_datagram_anew) {
    const auto pieces = datagram(1000).fragments(800);
    EXPECT_EQ(add(pieces[0]).mbuf(), nullptr);
    for (std::uint16_t i = 0; i < 64; ++i) {
        test::PacketBuilder one = pieces[0];
        EXPECT_EQ(add(one.id(static_cast<std::uint16_t>(1000 + i))).mbuf(), nullptr);
    }
    EXPECT_EQ(add(pieces[1]).mbuf(), nullptr) << "the first piece is forgotten";
    const Ipv4Packet whole = add(pieces[0]);
    ASSERT_NE(whole.mbuf(), nullptr);
    free(whole);
}

/// RFC 3168, section 5.3
TEST_F(ReassemblyOf, ecn_of_the_pieces_is_joined_or_refused) {
    const auto pieces = datagram(1000).tos(2).fragments(800);
    test::PacketBuilder marked = pieces[1];
    const Ipv4Packet whole = add_all({pieces[0], marked.tos(3)});
    ASSERT_NE(whole.mbuf(), nullptr);
    EXPECT_EQ(differences_in(whole, {test::tos(3), test::valid_checksums()}), "");
    free(whole);
    EXPECT_EQ(add_all({pieces[0], marked.tos(0)}).mbuf(), nullptr);
    EXPECT_EQ(table_.datagrams(), 0U);
}

TEST_F(ReassemblyOf, dont_fragment_stays_where_the_largest_piece_had_it) {
    const auto pieces = datagram(1000).dont_fragment().fragments(800);
    const Ipv4Packet probing = add_all(pieces);
    ASSERT_NE(probing.mbuf(), nullptr);
    EXPECT_TRUE(probing.info().had_dont_fragment);
    EXPECT_EQ(differences_in(probing, {test::dont_fragment(true), test::fragment(0, false)}), "");
    free(probing);
    test::PacketBuilder large = pieces[0];
    const Ipv4Packet mixed = add_all({large.dont_fragment(false), pieces[1]});
    ASSERT_NE(mixed.mbuf(), nullptr);
    EXPECT_FALSE(mixed.info().had_dont_fragment);
    EXPECT_EQ(differences_in(mixed, {test::dont_fragment(false)}), "");
    free(mixed);
}

/// ROB-1: whatever comes, nothing leaks and the accounts come out even
TEST_F(ReassemblyOf, random_pieces_leave_nothing_behind) {
    base::Random random(11);
    for (int i = 0; i < 20000; ++i) {
        const std::size_t size = random.below(64);
        test::PacketBuilder piece = test::packet()
                                        .protocol(17)
                                        .id(static_cast<std::uint16_t>(random.below(8)))
                                        .payload_size(size)
                                        .fragment_offset(random.below(24) * 8)
                                        .more_fragments(random.below(3) != 0)
                                        .tos(static_cast<std::uint8_t>(random.below(20) == 0 ? 1 : 0));
        const Ipv4Packet whole = add(piece, static_cast<std::uint64_t>(i) * 1'000'000);
        if (whole.mbuf() != nullptr) {
            EXPECT_EQ(whole.info().ip_bytes, rte_pktmbuf_pkt_len(whole.mbuf()));
            free(whole);
        }
        table_.expire(static_cast<std::uint64_t>(i) * 1'000'000, 1, exits_);
    }
    table_.clear();
    EXPECT_EQ(table_.bytes(), 0U);
    EXPECT_EQ(table_.datagrams(), 0U);
}

}  // namespace sluice::packet
