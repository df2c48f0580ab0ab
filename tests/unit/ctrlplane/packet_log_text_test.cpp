// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/packet_log_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "tests/support/packet_builder.h"

namespace sluice::ctrlplane {
namespace {

using test::packet;

std::string told_by(const acl::Told& told, const test::PacketBuilder& what, std::uint32_t mark = 0) {
    pipeline::LogRecord record;
    record.told = told;
    record.in = base::InterfaceId{0};
    record.out = base::InterfaceId{1};
    record.mark = mark;
    record.source_mac = {{0x0e, 0x2a, 0xf4, 0x9e, 0x51, 0xbb}};
    const test::Bytes bytes = what.bytes();
    record.bytes = bytes;
    std::vector<pipeline::Interface> interfaces(2);
    interfaces[0].name = "lan";
    interfaces[0].mac = {{0xbe, 0xd8, 0x50, 0x1c, 0x42, 0xbd}};
    interfaces[1].name = "wan";
    return packet_log_text(record, interfaces);
}

std::string told(const test::PacketBuilder& what, std::uint8_t flags = 0, std::uint32_t mark = 0) {
    acl::LogTarget target;
    constexpr std::string_view kPrefix = "fw ";
    std::copy(kPrefix.begin(), kPrefix.end(), target.prefix.begin());
    target.flags = flags;
    return told_by(acl::Told{target}, what, mark);
}

constexpr std::string_view kBegin = "fw IN=lan OUT=wan MAC=be:d8:50:1c:42:bd:0e:2a:f4:9e:51:bb:08:00 ";

// The lines are those that Linux 6.18 wrote for such packets. TGT-4.
TEST(PacketLog, lines_read_as_the_kernels) {
    EXPECT_EQ(told(packet().ip("10.0.0.5", "10.1.0.5").ttl(63).id(13135).dont_fragment().icmp_echo(1464, 1).payload_size(56),
                   0, 5),
              std::string(kBegin) + "SRC=10.0.0.5 DST=10.1.0.5 LEN=84 TOS=0x00 PREC=0x00 TTL=63 ID=13135 DF PROTO=ICMP "
                                    "TYPE=8 CODE=0 ID=1464 SEQ=1 MARK=0x5 ");
    EXPECT_EQ(told(packet().ip("10.0.0.5", "10.1.0.5").ttl(63).id(1).udp(57466, 99).payload_size(3)),
              std::string(kBegin) +
                  "SRC=10.0.0.5 DST=10.1.0.5 LEN=31 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=UDP SPT=57466 DPT=99 LEN=11 ");
    EXPECT_EQ(told(packet()
                       .ip("10.0.0.5", "10.1.0.5")
                       .ttl(63)
                       .id(2)
                       .tos(0xc8)
                       .tcp(57636, 80)
                       .flags("S")
                       .seq(743086396)
                       .window(64240)
                       .tcp_options({2, 4, 5, 180}),
                   acl::LogTarget::tcp_sequence | acl::LogTarget::tcp_options),
              std::string(kBegin) + "SRC=10.0.0.5 DST=10.1.0.5 LEN=44 TOS=0x08 PREC=0xC0 TTL=63 ID=2 PROTO=TCP SPT=57636 "
                                    "DPT=80 SEQ=743086396 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT (020405B4) ");
}

TEST(PacketLog, an_error_shows_what_it_quotes) {
    const auto quoted = packet().ip("10.0.0.5", "10.1.0.5").ttl(63).id(3).udp(57466, 99).payload_size(3);
    EXPECT_EQ(told(packet().ip("10.1.0.5", "10.0.0.5").ttl(63).id(4).icmp_error(3, 3, quoted.bytes())),
              std::string(kBegin) + "SRC=10.1.0.5 DST=10.0.0.5 LEN=59 TOS=0x00 PREC=0x00 TTL=63 ID=4 PROTO=ICMP TYPE=3 CODE=3 "
                                    "[SRC=10.0.0.5 DST=10.1.0.5 LEN=31 TOS=0x00 PREC=0x00 TTL=63 ID=3 PROTO=UDP SPT=57466 "
                                    "DPT=99 LEN=11 ] ");
}

// The words of xt_AUDIT.c in Linux 6.18. TGT-2.
TEST(PacketLog, an_audit_record_says_little) {
    EXPECT_EQ(told_by(acl::Told{acl::AuditTarget{}}, packet().ip("10.0.0.5", "10.1.0.5").udp(57466, 99), 0x1f),
              "mark=0x1f saddr=10.0.0.5 daddr=10.1.0.5 proto=17");
    EXPECT_EQ(told_by(acl::Told{acl::AuditTarget{}}, packet().ip("10.0.0.5", "10.1.0.5").tcp(1, 2)),
              "mark=0x0 saddr=10.0.0.5 daddr=10.1.0.5 proto=6");
}

TEST(PacketLog, no_record_is_too_short_to_be_told) {
    const test::Bytes whole = packet().ip("10.0.0.5", "10.1.0.5").tcp(1, 2).tcp_options({2, 4, 5, 180}).bytes();
    for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
        pipeline::LogRecord record;
        acl::LogTarget target;
        target.flags = 0xff;
        record.bytes = std::span(whole).first(bytes);
        for (const acl::Told& told : {acl::Told{target}, acl::Told{acl::NflogTarget{}}, acl::Told{acl::AuditTarget{}}}) {
            record.told = told;
            EXPECT_FALSE(packet_log_text(record, {}).empty());
        }
    }
}

}  // namespace
}  // namespace sluice::ctrlplane
