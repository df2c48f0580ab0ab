// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/packet/configs.h"
#include "tests/packet/world.h"

namespace sluice::test {
namespace {

const std::string kHelpers = gateway(R"(
[firewall.raw]
PREROUTING  = ["-p tcp --dport 21 -j CT --helper ftp", "-p udp --dport 69 -j CT --helper tftp"]
[firewall.nat]
PREROUTING  = ["-i wan -p udp --dport 69 -j DNAT --to-destination 172.16.0.10"]
POSTROUTING = ["-s 10.0.0.0/24 -o wan -j MASQUERADE"]
[firewall.filter]
FORWARD     = ["-m conntrack --ctstate RELATED -m helper --helper ftp", "-m conntrack --ctstate RELATED -m helper --helper tftp"]
)");

/// A control connection of one client to the world, and what its ends say to each other through the router.
class Ftp {
public:
    Ftp(World& world, std::string client, std::uint16_t port) : world_(world), client_(std::move(client)), port_(port) {
        says_out("", "S");
        ++out_;
        says_in("", "SA");
        ++in_;
        says_out("", "A");
        says_in("220 hello\r\n", "PA");
        says_out("USER x\r\n", "PA");
        says_in("230 in\r\n", "PA");
    }

    /// The client's words; `becomes` is what the world gets.
    void says_out(std::string_view text, std::string_view flags, std::string_view becomes) {
        world_.send("lan", packet().ip(client_, "8.8.8.8").tcp(port_, 21).flags(flags).seq(out_).ack(in_).payload(text));
        world_.expect("wan", {ip_src("198.51.100.1"), tcp_ports(port_, 21), tcp_seq(out_ + shift_), payload_is(becomes), valid_checksums()});
        out_ += static_cast<std::uint32_t>(text.size());
        shift_ += static_cast<std::uint32_t>(becomes.size() - text.size());
    }
    void says_out(std::string_view text, std::string_view flags) { says_out(text, flags, text); }
    void says_in(std::string_view text, std::string_view flags) {
        world_.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(21, port_).flags(flags).seq(in_).ack(out_ + shift_).payload(text));
        world_.expect("lan", {ip_dst(client_), tcp_ports(21, port_), tcp_ack(out_), payload_is(text), valid_checksums()});
        in_ += static_cast<std::uint32_t>(text.size());
    }

private:
    World& world_;
    std::string client_;
    std::uint16_t port_;
    std::uint32_t out_ = 1000;
    std::uint32_t in_ = 900'000;
    std::uint32_t shift_ = 0;
};

TEST(Helpers, ftp_announces_the_outside_address_and_its_data_connection_is_related) {  // ALG-2, ALG-3
    World world(kHelpers);
    Ftp ftp(world, "10.0.0.5", 4000);
    ftp.says_out("PORT 10,0,0,5,21,160\r\n", "PA", "PORT 198,51,100,1,21,160\r\n");
    ftp.says_in("200 ok\r\n", "PA");
    for (int i = 0; i < 3; ++i) {
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(20, 5536).flags(i == 0 ? "S" : "A").seq(1 + (i > 0)).ack(i > 0 ? 8 : 0));
        world.expect("lan", {ip_dst("10.0.0.5"), tcp_ports(20, 5536), valid_checksums()});
        if (i == 0) {
            world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").tcp(5536, 20).flags("SA").seq(7).ack(2));
            world.expect("wan", {ip_src("198.51.100.1"), tcp_ports(5536, 20), valid_checksums()});
        }
    }
    EXPECT_EQ(world.count_of("RELATED -m helper --helper ftp"), "[1:40]");
    EXPECT_GT(world.short_way_packets(), 0U) << "the data connection has no helper of its own";
    ftp.says_out("QUIT\r\n", "PA");
    ftp.says_in("221 bye\r\n", "PA");
    world.expect_nothing_more();
}

TEST(Helpers, two_clients_that_announce_the_same_port_get_two) {  // NAT-2, ALG-2
    World world(kHelpers);
    Ftp one(world, "10.0.0.5", 4000);
    Ftp two(world, "10.0.0.6", 4001);
    one.says_out("PORT 10,0,0,5,21,160\r\n", "PA", "PORT 198,51,100,1,21,160\r\n");
    world.send("lan", packet().ip("10.0.0.6", "8.8.8.8").tcp(4001, 21).flags("PA").seq(1009).ack(900'020).payload("PORT 10,0,0,6,21,160\r\n"));
    const std::vector<SentFrame> sent = world.take_all();
    ASSERT_EQ(sent.size(), 1U);
    const auto payload = seen_frame(sent[0].frame).payload();
    const std::string text(reinterpret_cast<const char*>(payload.data()), payload.size());
    ASSERT_TRUE(text.starts_with("PORT 198,51,100,1,")) << text;
    EXPECT_NE(text, "PORT 198,51,100,1,21,160\r\n");
    unsigned high = 0;
    unsigned low = 0;
    ASSERT_EQ(std::sscanf(text.c_str(), "PORT 198,51,100,1,%u,%u", &high, &low), 2);
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(20, static_cast<std::uint16_t>(high * 256 + low)).flags("S"));
    world.expect("lan", {ip_dst("10.0.0.6"), tcp_ports(20, 5536), valid_checksums()});
}

TEST(Helpers, an_expectation_ends_with_its_connection_and_with_its_time) {  // ALG-2
    World world(kHelpers);
    {
        Ftp ftp(world, "10.0.0.5", 4000);
        ftp.says_out("PORT 10,0,0,5,21,160\r\n", "PA", "PORT 198,51,100,1,21,160\r\n");
        world.pass(299);
        ftp.says_in("200 ok\r\n", "PA");
        world.pass(2);
        world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(20, 5536).flags("S"));
        world.take_all();  // the router's own reset
        EXPECT_EQ(world.count_of("RELATED -m helper --helper ftp"), "[0:0]");
    }
    Ftp ftp(world, "10.0.0.5", 4002);
    ftp.says_out("PORT 10,0,0,5,21,160\r\n", "PA", "PORT 198,51,100,1,21,160\r\n");
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(21, 4002).flags("R").seq(900'020));
    world.expect("lan", {ip_dst("10.0.0.5")});
    world.pass(11);  // nf_conntrack_tcp_timeout_close
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").tcp(20, 5536).flags("S"));
    world.take_all();
    EXPECT_EQ(world.count_of("RELATED -m helper --helper ftp"), "[0:0]");
}

TEST(Helpers, tftp_answers_come_from_a_port_of_their_own) {  // ALG-2
    World world(kHelpers);
    const std::string_view request("\0\1file\0octet\0", 13);
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 69).payload(request));
    world.expect("wan", {ip_src("198.51.100.1"), udp_ports(4000, 69), valid_checksums()});
    world.send("wan", packet().ip("8.8.8.8", "198.51.100.1").udp(3000, 4000).payload("data"));
    world.expect("lan", {ip_dst("10.0.0.5"), udp_ports(3000, 4000), valid_checksums()});
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 3000).payload("ack"));
    world.expect("wan", {ip_src("198.51.100.1"), udp_ports(4000, 3000), valid_checksums()});
    world.send("wan", packet().ip("203.0.113.9", "198.51.100.1").udp(5000, 69).payload(request));
    world.expect("dmz", {ip_dst("172.16.0.10"), udp_ports(5000, 69), valid_checksums()});
    world.send("dmz", packet().ip("172.16.0.10", "203.0.113.9").udp(3000, 5000).payload("data"));
    world.expect("wan", {ip_src("198.51.100.1"), udp_ports(3000, 5000), valid_checksums()});
    EXPECT_EQ(world.count_of("RELATED -m helper --helper tftp"), "[2:64]");
    world.expect_nothing_more();
}

TEST(Helpers, a_command_in_fragments_is_read_and_leaves_in_fragments) {  // ALG-3, FRAG-1
    World world(kHelpers);
    Ftp ftp(world, "10.0.0.5", 4000);
    const Bytes whole = packet().ip("10.0.0.5", "8.8.8.8").tcp(4000, 21).flags("PA").seq(1009).ack(900'020).payload("PORT 10,0,0,5,21,160\r\n").bytes();
    const Bytes l4(whole.begin() + 20, whole.end());
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").protocol(6).id(7).more_fragments().payload(Bytes(l4.begin(), l4.begin() + 24)));
    world.send("lan", packet().ip("10.0.0.5", "8.8.8.8").protocol(6).id(7).fragment_offset(24).payload(Bytes(l4.begin() + 24, l4.end())));
    std::string text;
    for (const SentFrame& sent : world.take_all()) {
        EXPECT_EQ(sent.interface, "wan");
        text += std::string(reinterpret_cast<const char*>(sent.frame.data()) + 34, sent.frame.size() - 34);
    }
    EXPECT_NE(text.find("PORT 198,51,100,1,21,160\r\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace sluice::test
