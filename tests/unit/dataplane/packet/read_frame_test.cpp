// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/read_frame.h"

#include "mbufs.h"

namespace sluice::packet {

using ReadFrame = Mbufs;

namespace {

test::PacketBuilder plain() {
    return test::packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload("hello");
}

struct Case {
    const char* name;
    test::PacketBuilder packet;
    Verdict verdict;
};

}  // namespace

TEST_F(ReadFrame, an_untagged_frame_has_vlan_zero) {
    rte_mbuf* const frame = mbuf(plain().frame());
    const FrameHead head = read_frame_head(frame);
    EXPECT_EQ(head.bytes, 14);
    EXPECT_EQ(head.vlan, 0);
    EXPECT_EQ(head.type, net::kEtherTypeIpv4);
    EXPECT_EQ(net::to_string(head.destination), "02:00:00:00:00:01");
    rte_pktmbuf_free(frame);
}

TEST_F(ReadFrame, a_tag_is_read_and_its_priority_ignored) {
    rte_mbuf* const frame = mbuf(plain().vlan(100, 5).frame());
    const FrameHead head = read_frame_head(frame);
    EXPECT_EQ(head.bytes, 18);
    EXPECT_EQ(head.vlan, 100);
    EXPECT_EQ(head.type, net::kEtherTypeIpv4);
    rte_pktmbuf_free(frame);
}

TEST_F(ReadFrame, a_tag_that_the_device_stripped_counts_too) {
    rte_mbuf* const frame = mbuf(plain().frame());
    frame->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED;
    frame->vlan_tci = 0x6064;
    EXPECT_EQ(read_frame_head(frame).vlan, 100);
    EXPECT_EQ(read_frame_head(frame).bytes, 14);
    rte_pktmbuf_free(frame);
}

TEST_F(ReadFrame, frames_too_short_for_their_header_have_no_head) {
    for (const std::size_t length : {0U, 1U, 13U, 14U, 17U}) {
        test::Bytes bytes = plain().vlan(5).frame();
        bytes.resize(length);
        rte_mbuf* const frame = mbuf(bytes);
        EXPECT_EQ(read_frame_head(frame).bytes, 0) << length;
        rte_pktmbuf_free(frame);
    }
}

/// FWD-5
TEST_F(ReadFrame, ip_headers_are_judged_as_the_kernel_does_it) {
    const std::vector<Case> cases = {
        {"sound", plain(), Verdict::accept},
        {"padded", plain().padding(20), Verdict::accept},
        {"with options", plain().ip_options({1, 1, 1, 0}), Verdict::accept},
        {"version 6", plain().version(6), Verdict::bad_version},
        {"version 0", plain().version(0), Verdict::bad_version},
        {"header of 16 bytes", plain().header_words(4), Verdict::bad_header_length},
        {"header beyond the packet", plain().header_words(15), Verdict::bad_header_length},
        {"checksum", plain().bad_ip_checksum(), Verdict::bad_header_checksum},
        {"total length below the header's", plain().total_length(19), Verdict::bad_total_length},
        {"total length beyond the frame", plain().total_length(34), Verdict::bad_total_length},
        {"cut within the header", plain().truncated(20), Verdict::short_frame},
        {"cut within the data", plain().truncated(1), Verdict::bad_total_length},
    };
    for (const Case& c : cases) {
        rte_mbuf* const made = mbuf(c.packet.bytes());
        EXPECT_EQ(text_of(check_ipv4(made)).name, text_of(c.verdict).name) << c.name;
        rte_pktmbuf_free(made);
    }
}

/// FWD-5
TEST_F(ReadFrame, padding_is_cut_also_from_later_segments) {
    const Ipv4Packet whole = chained(plain().payload_size(200).padding(150), 100);
    ASSERT_EQ(whole.mbuf()->nb_segs, 4);
    trim_to(whole.mbuf(), 228);
    EXPECT_EQ(whole.mbuf()->nb_segs, 3);
    EXPECT_EQ(rte_pktmbuf_pkt_len(whole.mbuf()), 228U);
    EXPECT_EQ(bytes_in(whole.mbuf()), plain().payload_size(200).bytes());
    trim_to(whole.mbuf(), 100);
    EXPECT_EQ(whole.mbuf()->nb_segs, 1);
    free(whole);
}

}  // namespace sluice::packet
