// SPDX-License-Identifier: BSD-3-Clause
#include "nat/choose.h"

#include <gtest/gtest.h>

#include <set>

#include "conntrack/icmp_error.h"
#include "nat/dress.h"
#include "nat/errors.h"
#include "tests/unit/nat/build.h"

namespace sluice::nat {
namespace {

using conntrack::Connection;
using conntrack::CreateResult;
using conntrack::Table;
using conntrack::Way;
using net::Ipv4;
using test::address;
using test::build;
using test::Built;
using test::tuple;
using Tuple4 = net::Tuple<Ipv4>;

constexpr base::WorkerId kWorker{0};
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

class NatTest : public testing::Test {
protected:
    base::Random random_{11};
    std::unique_ptr<Table<Ipv4>> table_ =
        Table<Ipv4>::create_table({.max = 100'000, .workers = 1}, random_).value();

    Connection<Ipv4>& pending(const Tuple4& original) {
        const auto made = table_->create(kWorker, original, 0);
        EXPECT_EQ(made.result, CreateResult::created);
        made.connection->shared.timeout.store(100'000);
        return *made.connection;
    }
    bool bind_end(Connection<Ipv4>& connection, End end, const Range<Ipv4>& range) {
        return bind(*table_, kWorker, connection, end, range, random_, 0);
    }
    bool bind_nothing(Connection<Ipv4>& connection, End end) {
        return bind_to_nothing(*table_, kWorker, connection, end, random_, 0);
    }
    /// A connection through both hooks; what its packets leave as.
    Tuple4 source_nat(const Tuple4& original, const Range<Ipv4>& range) {
        Connection<Ipv4>& connection = pending(original);
        EXPECT_TRUE(bind_nothing(connection, End::destination));
        EXPECT_TRUE(bind_end(connection, End::source, range));
        EXPECT_TRUE(table_->confirm(kWorker, connection, 0));
        return net::reply_of(connection[Way::reply].tuple);
    }
    static Range<Ipv4> to(const char* low, const char* high = nullptr) {
        Range<Ipv4> range;
        range.has_address = true;
        range.min_address = address(low);
        range.max_address = address(high == nullptr ? low : high);
        return range;
    }
    static Range<Ipv4> with_ports(Range<Ipv4> range, std::uint16_t low, std::uint16_t high) {
        range.has_ports = true;
        range.min_port = base::Be16::from_host(low);
        range.max_port = base::Be16::from_host(high);
        return range;
    }
};

// NAT-1, RFC 4787 REQ-3a
TEST_F(NatTest, keeps_the_source_port_where_it_is_free) {
    const auto leaves = source_nat(tuple(kTcp, "10.0.0.5", 4000, "8.8.8.8", 80), to("198.51.100.1"));
    EXPECT_TRUE(leaves == tuple(kTcp, "198.51.100.1", 4000, "8.8.8.8", 80));
}

// NAT-1, NAT-2
TEST_F(NatTest, gives_a_clash_a_port_of_the_same_class) {
    struct Case {
        std::uint16_t port, low, high;
    };
    for (const Case& c : {Case{100, 1, 511}, Case{511, 1, 511}, Case{512, 600, 1023}, Case{1000, 600, 1023},
                          Case{1024, 1024, 65535}, Case{40000, 1024, 65535}}) {
        std::set<std::uint16_t> taken;
        for (unsigned host = 1; host <= 50; ++host) {
            Tuple4 original = tuple(kTcp, "10.0.1.0", c.port, "8.8.8.8", 80);
            original.source = net::Ipv4Address::from_host(original.source.host() + host);
            const auto leaves = source_nat(original, to("198.51.100.1"));
            const std::uint16_t port = leaves.source_port.host();
            EXPECT_TRUE(taken.insert(port).second);
            EXPECT_TRUE((host == 1 && port == c.port) || (port >= c.low && port <= c.high))
                << c.port << " " << port;
        }
    }
}

// NAT-2, surprise 3: ports are shared between destinations.
TEST_F(NatTest, uses_one_port_for_many_destinations) {
    for (unsigned i = 0; i < 100; ++i) {
        Tuple4 original = tuple(kUdp, "10.0.0.5", 4000, "8.8.0.0", 53);
        original.source = net::Ipv4Address::from_host(original.source.host() + i);
        original.destination = net::Ipv4Address::from_host(original.destination.host() + i);
        EXPECT_EQ(source_nat(original, to("198.51.100.1")).source_port.host(), 4000);
    }
}

// surprise 5
TEST_F(NatTest, resolves_a_clash_that_no_rule_has_to_do_with) {
    source_nat(tuple(kTcp, "10.0.0.5", 4000, "8.8.8.8", 80), to("10.0.0.9"));
    Connection<Ipv4>& plain = pending(tuple(kTcp, "10.0.0.9", 4000, "8.8.8.8", 80));
    EXPECT_TRUE(bind_nothing(plain, End::destination));
    EXPECT_TRUE(bind_nothing(plain, End::source));
    EXPECT_TRUE(table_->confirm(kWorker, plain, 0));
    EXPECT_NE(plain[Way::original].leaves.source_port.host(), 4000);
    EXPECT_TRUE(changes(plain, Way::original, End::source));
}

TEST_F(NatTest, without_a_clash_nothing_bound_to_nothing_changes) {
    Connection<Ipv4>& plain = pending(tuple(kTcp, "10.0.0.9", 4000, "8.8.8.8", 80));
    EXPECT_TRUE(bind_nothing(plain, End::destination));
    EXPECT_TRUE(is_bound(plain, End::destination));
    EXPECT_FALSE(is_bound(plain, End::source));
    EXPECT_TRUE(bind_nothing(plain, End::source));
    EXPECT_FALSE(plain.has(conntrack::status::kSrcNat) || plain.has(conntrack::status::kDstNat));
    EXPECT_TRUE(plain[Way::reply].tuple == net::reply_of(plain[Way::original].tuple));
}

// NAT-4
TEST_F(NatTest, changes_the_destination_first_and_the_source_then) {
    Connection<Ipv4>& connection = pending(tuple(kTcp, "203.0.113.7", 5000, "198.51.100.1", 8080));
    EXPECT_TRUE(bind_end(connection, End::destination, with_ports(to("192.168.1.80"), 80, 80)));
    EXPECT_TRUE(bind_end(connection, End::source, to("192.168.1.1")));
    ASSERT_TRUE(table_->confirm(kWorker, connection, 0));
    EXPECT_TRUE(connection[Way::reply].tuple == tuple(kTcp, "192.168.1.80", 80, "192.168.1.1", 5000));
    EXPECT_TRUE(changes(connection, Way::original, End::destination));
    EXPECT_TRUE(changes(connection, Way::reply, End::source));
    EXPECT_EQ(table_->find(tuple(kTcp, "192.168.1.80", 80, "192.168.1.1", 5000), 0).connection, &connection);
    EXPECT_FALSE(table_->find(tuple(kTcp, "192.168.1.80", 80, "203.0.113.7", 5000), 0));
}

// A destination NAT that makes two clients' connections alike is none of its business: the source gets
// another port.
TEST_F(NatTest, a_clash_at_the_destination_is_resolved_at_the_source) {
    Connection<Ipv4>& one = pending(tuple(kTcp, "203.0.113.7", 5000, "198.51.100.1", 80));
    EXPECT_TRUE(bind_end(one, End::destination, with_ports(to("192.168.1.80"), 80, 80)));
    EXPECT_TRUE(bind_nothing(one, End::source));
    EXPECT_TRUE(table_->confirm(kWorker, one, 0));
    Connection<Ipv4>& two = pending(tuple(kTcp, "203.0.113.7", 5000, "198.51.100.2", 80));
    EXPECT_TRUE(bind_end(two, End::destination, with_ports(to("192.168.1.80"), 80, 80)));
    EXPECT_TRUE(bind_nothing(two, End::source));
    EXPECT_TRUE(table_->confirm(kWorker, two, 0));
    EXPECT_EQ(two[Way::original].leaves.destination, address("192.168.1.80"));
    EXPECT_NE(two[Way::original].leaves.source_port.host(), 5000);
}

// NAT-4, NAT-8
TEST_F(NatTest, uses_a_port_range_up_and_drops_what_finds_no_place) {
    const auto range = with_ports(to("198.51.100.1"), 6000, 6009);
    std::set<std::uint16_t> ports;
    for (unsigned i = 0; i < 10; ++i) {
        Tuple4 original = tuple(kUdp, "10.0.0.5", static_cast<std::uint16_t>(4000 + i), "8.8.8.8", 53);
        const auto port = source_nat(original, range).source_port.host();
        EXPECT_TRUE(port >= 6000 && port <= 6009);
        EXPECT_TRUE(ports.insert(port).second);
    }
    Connection<Ipv4>& late = pending(tuple(kUdp, "10.0.0.5", 4100, "8.8.8.8", 53));
    EXPECT_TRUE(bind_nothing(late, End::destination));
    EXPECT_FALSE(bind_end(late, End::source, range));
    EXPECT_FALSE(table_->confirm(kWorker, late, 0));
    EXPECT_EQ(table_->count(), 10U);
    // the same ports serve another destination
    EXPECT_GE(source_nat(tuple(kUdp, "10.0.0.5", 4101, "8.8.4.4", 53), range).source_port.host(), 6000);
}

// NAT-4: as nf_nat_l4proto_unique_tuple with NF_NAT_RANGE_PROTO_OFFSET.
TEST_F(NatTest, a_destination_port_keeps_its_distance_from_a_base_port) {
    auto range = with_ports(to("192.168.1.80"), 8000, 8006);
    range.port_offset = true;
    range.base_port = base::Be16::from_host(80);
    struct Case {
        std::uint16_t called, reached;
    };
    // Behind the range it begins anew; below the base the distance is modulo 65536: 79 is 65535 away. A port within
    // the range is not kept either.
    for (const Case& c : {Case{80, 8000}, Case{81, 8001}, Case{86, 8006}, Case{87, 8000}, Case{123, 8001},
                          Case{79, 8001}, Case{8005, 8001}}) {
        for (const std::uint8_t protocol : {kTcp, kUdp, net::kProtocolUdpLite, net::kProtocolSctp}) {
            Connection<Ipv4>& made = pending(tuple(protocol, "203.0.113.7", 5000, "198.51.100.1", c.called));
            EXPECT_TRUE(bind_end(made, End::destination, range));
            const auto leaves = net::reply_of(made[Way::reply].tuple);
            EXPECT_TRUE(leaves == tuple(protocol, "203.0.113.7", 5000, "192.168.1.80", c.reached))
                << c.called << " " << leaves.destination_port.host();
            table_->abandon(kWorker, made);
        }
    }
}

// NAT-2, NAT-4: a clash looks on from there, `--random` changes nothing.
TEST_F(NatTest, a_clash_behind_a_base_port_takes_the_next_port) {
    auto range = with_ports(to("192.168.1.80"), 8000, 8002);
    range.port_offset = true;
    range.random = true;
    range.base_port = base::Be16::from_host(80);
    for (const unsigned reached : {8002U, 8000U, 8001U}) {
        auto original = tuple(kUdp, "203.0.113.7", 5000, "198.51.100.1", 82);
        original.destination = net::Ipv4Address::from_host(original.destination.host() + reached);
        Connection<Ipv4>& made = pending(original);
        EXPECT_TRUE(bind_end(made, End::destination, range));
        EXPECT_EQ(made[Way::reply].tuple.source_port.host(), reached);
        EXPECT_TRUE(bind_nothing(made, End::source));
        EXPECT_TRUE(table_->confirm(kWorker, made, 0));
    }
}

// NAT-4
TEST_F(NatTest, the_id_of_a_query_keeps_its_distance_from_a_base) {
    auto range = with_ports(to("192.168.1.80"), 1000, 1009);
    range.port_offset = true;
    range.base_port = base::Be16::from_host(7);
    Connection<Ipv4>& made = pending(tuple(1, "203.0.113.7", 12, "198.51.100.1", 0x0800));
    EXPECT_TRUE(bind_end(made, End::destination, range));
    EXPECT_TRUE(net::reply_of(made[Way::reply].tuple) == tuple(1, "203.0.113.7", 1005, "192.168.1.80", 0x0800));
}

// NAT-2: one address, more connections than ports; the kernel's search finds nearly all of a port range.
TEST_F(NatTest, fills_a_class_of_ports_nearly_to_the_end) {
    unsigned made = 0;
    for (unsigned i = 0; i < 400; ++i) {
        Tuple4 original = tuple(kTcp, "10.0.2.0", 700, "8.8.8.8", 80);
        original.source = net::Ipv4Address::from_host(original.source.host() + i);
        Connection<Ipv4>& connection = pending(original);
        EXPECT_TRUE(bind_nothing(connection, End::destination));
        if (bind_end(connection, End::source, to("198.51.100.1"))) {
            EXPECT_TRUE(table_->confirm(kWorker, connection, 0));
            ++made;
        } else {
            table_->abandon(kWorker, connection);
        }
    }
    EXPECT_GE(made, 395U);
}

// NAT-4, NAT-7
TEST_F(NatTest, random_ports_differ_and_spread_over_the_range) {
    auto range = to("198.51.100.1");
    range.random = true;
    std::set<std::uint16_t> ports;
    for (unsigned i = 0; i < 200; ++i) {
        ports.insert(
            source_nat(tuple(kTcp, "10.0.0.5", static_cast<std::uint16_t>(2000 + i), "8.8.8.8", 80), range)
                .source_port.host());
    }
    EXPECT_EQ(ports.size(), 200U);
    EXPECT_LT(*ports.begin(), 8000);
    EXPECT_GT(*ports.rbegin(), 58000);
}

// NAT-4
TEST_F(NatTest, icmp_queries_keep_their_id_or_get_another) {
    const auto one = source_nat(tuple(1, "10.0.0.5", 77, "8.8.8.8", 0x0800), to("198.51.100.1"));
    EXPECT_EQ(one.source_port.host(), 77);
    const auto two = source_nat(tuple(1, "10.0.0.6", 77, "8.8.8.8", 0x0800), to("198.51.100.1"));
    EXPECT_NE(two.source_port.host(), 77);
    EXPECT_EQ(two.destination_port.host(), 0x0800);
}

TEST_F(NatTest, protocols_without_ports_are_translated_once_and_clash_then) {
    Tuple4 first = tuple(89, "10.0.0.5", 0, "8.8.8.8", 0);
    EXPECT_EQ(source_nat(first, to("198.51.100.1")).source, address("198.51.100.1"));
    Connection<Ipv4>& second = pending(tuple(89, "10.0.0.6", 0, "8.8.8.8", 0));
    EXPECT_TRUE(bind_nothing(second, End::destination));
    EXPECT_FALSE(bind_end(second, End::source, to("198.51.100.1")));
    EXPECT_FALSE(table_->confirm(kWorker, second, 0));
}

// NAT-3
TEST_F(NatTest, a_client_keeps_its_address_of_a_pool) {
    auto range = to("198.51.100.1", "198.51.100.14");
    range.persistent = true;
    std::set<std::uint32_t> seen;
    for (unsigned host = 0; host < 100; ++host) {
        Tuple4 original = tuple(kTcp, "10.0.0.0", 4000, "8.8.8.8", 80);
        original.source = net::Ipv4Address::from_host(original.source.host() + host);
        const auto first = address_for(original, range);
        original.destination = address("1.2.3.4");
        EXPECT_EQ(address_for(original, range), first);
        EXPECT_TRUE(first >= range.min_address && first <= range.max_address);
        seen.insert(first.host());
    }
    EXPECT_EQ(seen.size(), 14U);
}

// As observed on Linux 6.18: SNAT --to-source 198.51.100.1-198.51.100.13, with and without --persistent.
TEST_F(NatTest, a_client_gets_the_address_of_a_pool_that_linux_gives_it) {
    struct Case {
        const char *client, *server, *outside, *persistent;
    };
    for (const Case& c : {Case{"10.77.0.2", "10.78.0.3", "198.51.100.1", "198.51.100.10"},
                          Case{"10.77.0.3", "10.78.0.4", "198.51.100.8", "198.51.100.11"},
                          Case{"10.77.0.4", "10.78.0.2", "198.51.100.13", "198.51.100.13"}}) {
        auto range = to("198.51.100.1", "198.51.100.13");
        EXPECT_EQ(to_string(address_for(tuple(kUdp, c.client, 4000, c.server, 53), range)), c.outside);
        range.persistent = true;
        EXPECT_EQ(to_string(address_for(tuple(kUdp, c.client, 4000, c.server, 53), range)), c.persistent);
    }
}

TEST_F(NatTest, a_masqueraded_connection_that_would_leave_elsewhere_has_moved) {
    Connection<Ipv4>& connection = pending(tuple(kTcp, "10.0.0.5", 4000, "8.8.8.8", 80));
    EXPECT_FALSE(has_moved(connection, Way::original, base::InterfaceId{3}));
    connection.shared.masquerade = base::InterfaceId{2};
    EXPECT_TRUE(has_moved(connection, Way::original, base::InterfaceId{3}));
    EXPECT_FALSE(has_moved(connection, Way::original, base::InterfaceId{2}));
    EXPECT_FALSE(has_moved(connection, Way::reply, base::InterfaceId{3}));
}

class ErrorTest : public NatTest {
protected:
    /// DNAT and SNAT at once: client → public becomes router → server.
    Connection<Ipv4>& translated(std::uint8_t protocol) {
        const std::uint16_t target = protocol == 1 ? 0x0800 : 80;
        Connection<Ipv4>& connection = pending(tuple(protocol, "203.0.113.7", 5000, "198.51.100.1", target));
        const auto server = protocol == 1 ? to("192.168.1.80") : with_ports(to("192.168.1.80"), 8080, 8080);
        EXPECT_TRUE(bind_end(connection, End::destination, server));
        EXPECT_TRUE(bind_end(connection, End::source, with_ports(to("192.168.1.1"), 6000, 6000)));
        EXPECT_TRUE(table_->confirm(kWorker, connection, 0));
        return connection;
    }
};

// ICMP-1, ICMP-4: inside and outside, both ways, checksums exact, MTU kept.
TEST_F(ErrorTest, is_translated_inside_and_outside_both_ways) {
    for (const std::uint8_t protocol : {std::uint8_t{1}, kTcp, kUdp}) {
        Connection<Ipv4>& connection = translated(protocol);
        for (const Way way : {Way::reply, Way::original}) {
            // the offending packet went the other way; it is quoted as it left, and must come out as it
            // arrived
            const Tuple4 as_left = net::reply_of(connection[way].tuple);
            const Tuple4 as_arrived = connection[other(way)].tuple;
            for (const std::size_t quoted : {28U, 40U, 60U}) {
                Built error = test::build_error(address("172.16.0.1"), as_left.source, 3, 4,
                                                build(as_left, 40), quoted);
                const auto found = conntrack::find_error(*table_, error.ip().destination, {}, error.view(), 0);
                ASSERT_EQ(found.connection, &connection);
                ASSERT_EQ(found.way, way);
                ASSERT_TRUE(translate_error(error.bytes(), 20, connection, way, End::destination));
                ASSERT_TRUE(translate_error(error.bytes(), 20, connection, way, End::source));
                const Built wanted = test::build_error(connection[way].leaves.source, as_arrived.source, 3, 4,
                                                       build(as_arrived, 40), quoted);
                EXPECT_EQ(error.data, wanted.data) << "protocol " << int{protocol} << " quoted " << quoted;
            }
        }
    }
}

// ICMP-1: each hook undoes its own end, so that the rules in between see what the kernel's would.
TEST_F(ErrorTest, is_translated_end_by_end) {
    Connection<Ipv4>& connection = translated(kUdp);
    const Tuple4 as_left = net::reply_of(connection[Way::reply].tuple);
    Built error = test::build_error(address("172.16.0.1"), as_left.source, 3, 4, build(as_left, 40), 40);
    ASSERT_TRUE(translate_error(error.bytes(), 20, connection, Way::reply, End::destination));
    const auto& quoted = *reinterpret_cast<net::Ipv4Header*>(error.data.data() + 28);
    EXPECT_EQ(to_string(quoted.source), "203.0.113.7");
    EXPECT_EQ(to_string(quoted.destination), "192.168.1.80");
    EXPECT_EQ(to_string(error.ip().destination), "203.0.113.7");
    EXPECT_EQ(to_string(error.ip().source), "172.16.0.1");
    ASSERT_TRUE(translate_error(error.bytes(), 20, connection, Way::reply, End::source));
    EXPECT_EQ(to_string(quoted.destination), "198.51.100.1");
    EXPECT_EQ(to_string(error.ip().source), "198.51.100.1");
}

// ICMP-6
TEST_F(ErrorTest, with_a_wrong_checksum_is_dropped) {
    Connection<Ipv4>& connection = translated(kUdp);
    const Tuple4 as_left = net::reply_of(connection[Way::reply].tuple);
    Built error = test::build_error(address("172.16.0.1"), as_left.source, 3, 4, build(as_left, 40), 40);
    error.data.back() ^= std::byte{1};
    EXPECT_FALSE(translate_error(error.bytes(), 20, connection, Way::reply, End::destination));
}

// surprise 15
TEST_F(ErrorTest, that_is_a_redirect_is_swallowed_when_the_connection_is_translated) {
    Connection<Ipv4>& connection = translated(kUdp);
    const Tuple4 as_left = net::reply_of(connection[Way::reply].tuple);
    Built error = test::build_error(address("172.16.0.1"), as_left.source, 5, 1, build(as_left, 40), 40);
    EXPECT_FALSE(translate_error(error.bytes(), 20, connection, Way::reply, End::destination));
}

}  // namespace
}  // namespace sluice::nat
