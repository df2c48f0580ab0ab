// SPDX-License-Identifier: BSD-3-Clause
// What connections of one source have in common (NAT-3), and who gives way when ports run out.
#include <gtest/gtest.h>

#include <set>

#include "conntrack/tcp.h"
#include "nat/choose.h"
#include "tests/unit/conntrack/epoch.h"
#include "tests/unit/nat/build.h"

namespace sluice::nat {
namespace {

using conntrack::Connection;
using conntrack::CreateResult;
using conntrack::Table;
using conntrack::TcpState;
using conntrack::Way;
using net::Ipv4;
using test::address;
using test::tuple;
using Tuple4 = net::Tuple<Ipv4>;

constexpr base::WorkerId kWorker{0};
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kGre = 47;

class MappingTest : public testing::Test {
protected:
    base::Random random_{11};
    std::unique_ptr<Table<Ipv4>> table_ =
        Table<Ipv4>::create_table({.max = 100'000, .workers = 1}, random_).value();

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
    static Range<Ipv4> independent(Range<Ipv4> range) {
        range.independent = true;
        return range;
    }

    Connection<Ipv4>& pending(const Tuple4& original) {
        const auto made = table_->create(kWorker, original, 0);
        EXPECT_EQ(made.result, CreateResult::created);
        made.connection->shared.timeout.store(100'000);
        EXPECT_TRUE(bind_to_nothing(*table_, kWorker, *made.connection, End::destination, random_, 0));
        return *made.connection;
    }
    /// A connection of which only the SYN was seen, up to the number `end`.
    Connection<Ipv4>& pending_syn(const Tuple4& original, std::uint32_t end) {
        Connection<Ipv4>& connection = pending(original);
        set_state(connection, TcpState::syn_sent);
        connection[Way::original].sent.end.store(end);
        return connection;
    }
    static void set_state(Connection<Ipv4>& connection, TcpState state) {
        connection.shared.protocol.store(static_cast<std::uint64_t>(state));
    }
    bool translated(Connection<Ipv4>& connection, const Range<Ipv4>& range) {
        return bind(*table_, kWorker, connection, End::source, range, random_, 0) &&
               table_->confirm(kWorker, connection, 0);
    }
    /// What packets of a new connection leave as; nothing where none was free.
    Tuple4 leaves(const Tuple4& original, const Range<Ipv4>& range) {
        Connection<Ipv4>& connection = pending(original);
        if (!translated(connection, range)) {
            if (!connection.is_confirmed()) {
                table_->abandon(kWorker, connection);
            }
            return {};
        }
        return net::reply_of(connection[Way::reply].tuple);
    }
    void end(const Tuple4& original) {
        const auto found = table_->find(original, 0);
        ASSERT_TRUE(found);
        EXPECT_TRUE(table_->remove(kWorker, *found.connection));
    }
    /// 10.0.0.6 has port 4000 towards the first place, so 10.0.0.5 has another. Returns that.
    std::uint16_t clashing_port(std::uint8_t protocol = kUdp) {
        leaves(tuple(protocol, "10.0.0.6", 4000, "8.8.8.8", 53), to("198.51.100.1"));
        const auto other = leaves(tuple(protocol, "10.0.0.5", 4000, "8.8.8.8", 53), to("198.51.100.1"));
        EXPECT_NE(other.source_port.host(), 4000);
        return other.source_port.host();
    }
};

// NAT-3, RFC 4787 REQ-1, surprise 2
TEST_F(MappingTest, a_socket_keeps_the_port_that_it_was_given_towards_new_places) {
    for (const std::uint8_t protocol : {kUdp, kTcp}) {
        const std::uint16_t port = clashing_port(protocol);
        for (const char* place : {"9.9.9.9", "9.9.9.10", "9.9.9.11"}) {
            EXPECT_TRUE(leaves(tuple(protocol, "10.0.0.5", 4000, place, 53), to("198.51.100.1")) ==
                        tuple(protocol, "198.51.100.1", port, place, 53));
        }
        EXPECT_EQ(leaves(tuple(protocol, "10.0.0.5", 4001, "9.9.9.9", 53), to("198.51.100.1")).source_port.host(), 4001);
    }
}

TEST_F(MappingTest, a_ping_keeps_the_number_that_it_was_given) {
    leaves(tuple(kIcmp, "10.0.0.6", 7, "8.8.8.8", 0x0800), to("198.51.100.1"));
    const auto other = leaves(tuple(kIcmp, "10.0.0.5", 7, "8.8.8.8", 0x0800), to("198.51.100.1"));
    EXPECT_NE(other.source_port.host(), 7);
    EXPECT_TRUE(leaves(tuple(kIcmp, "10.0.0.5", 7, "9.9.9.9", 0x0800), to("198.51.100.1")).source_port == other.source_port);
}

// NAT-3, RFC 4787 REQ-2 for one socket
TEST_F(MappingTest, a_socket_keeps_its_address_of_a_pool) {
    std::set<std::uint32_t> addresses;
    for (std::uint32_t i = 1; i <= 50; ++i) {
        Tuple4 original = tuple(kUdp, "10.0.0.5", 4000, "8.8.0.0", 53);
        original.destination = net::Ipv4Address::from_host(original.destination.host() + i);
        addresses.insert(leaves(original, to("198.51.100.10", "198.51.100.17")).source.host());
    }
    EXPECT_EQ(addresses.size(), 1U);
}

TEST_F(MappingTest, a_mapping_that_is_in_use_there_is_not_taken) {
    const std::uint16_t port = clashing_port();
    // another host has just that port at the next place
    leaves(tuple(kUdp, "10.0.0.7", port, "9.9.9.9", 53), to("198.51.100.1"));
    EXPECT_EQ(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.9", 53), to("198.51.100.1")).source_port.host(), 4000);
}

TEST_F(MappingTest, a_mapping_outside_of_the_rule_is_not_taken) {
    clashing_port();
    EXPECT_TRUE(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.9", 53), to("198.51.100.2")) ==
                tuple(kUdp, "198.51.100.2", 4000, "9.9.9.9", 53));
    const auto ranged = leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.8", 53), with_ports(to("198.51.100.1"), 5000, 5003));
    EXPECT_GE(ranged.source_port.host(), 5000);
    EXPECT_LE(ranged.source_port.host(), 5003);
}

TEST_F(MappingTest, of_two_mappings_the_later_is_taken) {
    const std::uint16_t port = clashing_port();
    leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.9", 53), with_ports(to("198.51.100.1"), 6000, 6000));
    EXPECT_EQ(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.10", 53), to("198.51.100.1")).source_port.host(), 6000);
    leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.11", 53), with_ports(to("198.51.100.1"), port, port));
    EXPECT_EQ(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.12", 53), to("198.51.100.1")).source_port.host(), port);
}

TEST_F(MappingTest, chance_asks_no_mapping) {
    const std::uint16_t port = clashing_port();
    Range<Ipv4> range = to("198.51.100.1");
    range.random = true;
    EXPECT_NE(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.9", 53), range).source_port.host(), port);
}

TEST_F(MappingTest, a_mapping_ends_with_its_last_connection) {
    const std::uint16_t port = clashing_port();
    const Tuple4 second = tuple(kUdp, "10.0.0.5", 4000, "9.9.9.9", 53);
    EXPECT_EQ(leaves(second, to("198.51.100.1")).source_port.host(), port);
    end(tuple(kUdp, "10.0.0.5", 4000, "8.8.8.8", 53));
    EXPECT_EQ(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.10", 53), to("198.51.100.1")).source_port.host(), port);
    end(second);
    end(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.10", 53));
    EXPECT_EQ(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.9", 53), to("198.51.100.1")).source_port.host(), 4000);
}

TEST_F(MappingTest, what_is_given_up_leaves_no_mapping_and_all_become_free) {
    conntrack::test::NoReaders nobody;
    for (unsigned round = 0; round < 300; ++round) {
        std::array<Connection<Ipv4>*, 100> held{};
        for (unsigned i = 0; i < held.size(); ++i) {
            held[i] = &pending(tuple(kUdp, "10.0.0.5", static_cast<std::uint16_t>(2000 + i), "8.8.8.8", 53));
            EXPECT_TRUE(bind(*table_, kWorker, *held[i], End::source, to("198.51.100.1"), random_, 0));
        }
        EXPECT_EQ(table_->mappings().count(), held.size());
        for (Connection<Ipv4>* connection : held) {
            table_->abandon(kWorker, *connection);
        }
        EXPECT_EQ(table_->mappings().count(), 0U);
        table_->tend(kWorker, 0, 1000, nobody);
    }
}

TEST_F(MappingTest, one_socket_with_thousands_of_mappings_does_no_harm) {
    Range<Ipv4> range = to("198.51.100.1");
    range.random = true;
    for (std::uint32_t i = 0; i < 5000; ++i) {
        Tuple4 original = tuple(kUdp, "10.0.0.5", 4000, "8.8.0.0", 53);
        original.destination = net::Ipv4Address::from_host(original.destination.host() + i);
        ASSERT_NE(leaves(original, range).source_port.host(), 0);
    }
    for (std::uint32_t i = 0; i < 5000; ++i) {
        Tuple4 original = tuple(kUdp, "10.0.0.5", 4000, "8.8.0.0", 53);
        original.destination = net::Ipv4Address::from_host(original.destination.host() + i);
        end(original);
    }
    EXPECT_EQ(table_->mappings().count(), 0U);
}

// Linux 6.6: the last attempts of a search take what is closing, where the new SYN is beyond it.
TEST_F(MappingTest, a_closing_connection_gives_its_port_to_a_later_syn) {
    const Range<Ipv4> few = with_ports(to("198.51.100.1"), 5000, 5001);
    struct Case {
        TcpState state;
        std::uint32_t old_end;
        bool gives_way;
    };
    unsigned host = 0;
    for (const Case& c : {Case{TcpState::time_wait, 1000, true}, Case{TcpState::close, 1000, true},
                          Case{TcpState::time_wait, 3000, false}, Case{TcpState::last_ack, 1000, false},
                          Case{TcpState::established, 1000, false}}) {
        host += 1;
        std::array<Connection<Ipv4>*, 2> old{};
        for (std::uint16_t port = 0; port < 2; ++port) {
            Tuple4 original = tuple(kTcp, "10.0.0.5", static_cast<std::uint16_t>(4000 + port), "8.8.8.0", 80);
            original.destination = net::Ipv4Address::from_host(original.destination.host() + host);
            old[port] = &pending_syn(original, c.old_end);
            ASSERT_TRUE(translated(*old[port], few));
            set_state(*old[port], c.state);
        }
        Tuple4 wanted = tuple(kTcp, "10.0.0.6", 4000, "8.8.8.0", 80);
        wanted.destination = net::Ipv4Address::from_host(wanted.destination.host() + host);
        Connection<Ipv4>& late = pending_syn(wanted, 2000);
        EXPECT_EQ(bind(*table_, kWorker, late, End::source, few, random_, 0), c.gives_way);
        EXPECT_EQ(old[0]->is_confirmed() && old[1]->is_confirmed(), !c.gives_way);
    }
}

TEST_F(MappingTest, only_a_syn_takes_a_port_from_a_closing_connection) {
    const Range<Ipv4> few = with_ports(to("198.51.100.1"), 5000, 5001);
    for (std::uint16_t port = 4000; port < 4002; ++port) {
        Connection<Ipv4>& old = pending_syn(tuple(kTcp, "10.0.0.5", port, "8.8.8.8", 80), 1000);
        ASSERT_TRUE(translated(old, few));
        set_state(old, TcpState::time_wait);
    }
    Connection<Ipv4>& picked_up = pending_syn(tuple(kTcp, "10.0.0.6", 4000, "8.8.8.8", 80), 2000);
    set_state(picked_up, TcpState::established);
    EXPECT_FALSE(bind(*table_, kWorker, picked_up, End::source, few, random_, 0));
}

// PPTP: the call id of a tunnel that a helper expected is told apart as a port is; that of another one stays.
TEST_F(MappingTest, call_ids_of_expected_tunnels_are_told_apart) {
    const auto tunnel = [&](const char* host, std::uint16_t key, bool is_expected) {
        Tuple4 original = tuple(kGre, host, key, "8.8.8.8", 9);
        Connection<Ipv4>& connection = pending(original);
        if (is_expected) {
            connection.shared.expected_by = conntrack::HelperId::pptp;
        }
        return translated(connection, to("198.51.100.1"))
                   ? net::reply_of(connection[Way::reply].tuple).source_port.host()
                   : -1;
    };
    EXPECT_EQ(tunnel("10.0.0.5", 300, true), 300);
    const int other = tunnel("10.0.0.6", 300, true);
    EXPECT_NE(other, 300);
    EXPECT_GT(other, 0);
    EXPECT_EQ(tunnel("10.0.0.7", 300, false), -1);
}

// --- endpoint-independent mappings: RFC 4787 REQ-1

TEST_F(MappingTest, an_independent_mapping_is_the_same_for_all_places) {
    const std::uint16_t port = [&] {
        leaves(tuple(kUdp, "10.0.0.6", 4000, "8.8.8.8", 53), independent(to("198.51.100.1")));
        return leaves(tuple(kUdp, "10.0.0.5", 4000, "8.8.8.8", 53), independent(to("198.51.100.1"))).source_port.host();
    }();
    EXPECT_NE(port, 4000);
    for (std::uint32_t i = 0; i < 100; ++i) {
        Tuple4 original = tuple(kUdp, "10.0.0.5", 4000, "9.9.0.0", 53);
        original.destination = net::Ipv4Address::from_host(original.destination.host() + i);
        EXPECT_EQ(leaves(original, independent(to("198.51.100.1"))).source_port.host(), port);
    }
}

TEST_F(MappingTest, nobody_else_gets_the_outside_socket_of_an_independent_mapping) {
    leaves(tuple(kUdp, "10.0.0.5", 4000, "8.8.8.8", 53), independent(to("198.51.100.1")));
    EXPECT_NE(leaves(tuple(kUdp, "10.0.0.6", 4000, "9.9.9.9", 53), independent(to("198.51.100.1"))).source_port.host(), 4000);
    EXPECT_NE(leaves(tuple(kUdp, "10.0.0.7", 4000, "9.9.9.9", 53), to("198.51.100.1")).source_port.host(), 4000);
    // one that is not of UDP, and another address
    EXPECT_EQ(leaves(tuple(kTcp, "10.0.0.7", 4000, "9.9.9.9", 53), to("198.51.100.1")).source_port.host(), 4000);
    EXPECT_EQ(leaves(tuple(kUdp, "10.0.0.8", 4000, "9.9.9.9", 53), to("198.51.100.2")).source_port.host(), 4000);
}

TEST_F(MappingTest, an_independent_mapping_takes_no_socket_that_others_have) {
    table_->mappings().index_outside();
    leaves(tuple(kUdp, "10.0.0.7", 4000, "9.9.9.9", 53), to("198.51.100.1"));
    const auto mine = leaves(tuple(kUdp, "10.0.0.5", 4000, "8.8.8.8", 53), independent(to("198.51.100.1")));
    EXPECT_NE(mine.source_port.host(), 4000);
    EXPECT_TRUE(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.9", 53), independent(to("198.51.100.1"))).source_port ==
                mine.source_port);
}

// A rule whose range has changed, or another one for another place.
TEST_F(MappingTest, an_independent_mapping_outside_of_the_rule_is_left_alone) {
    const auto first = leaves(tuple(kUdp, "10.0.0.5", 4000, "8.8.8.8", 53), independent(with_ports(to("198.51.100.1"), 5000, 5009)));
    const auto second = leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.9", 53), independent(with_ports(to("198.51.100.1"), 6000, 6009)));
    EXPECT_EQ(first.source_port.host() / 10, 500);
    EXPECT_EQ(second.source_port.host() / 10, 600);
    EXPECT_TRUE(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.10", 53), independent(with_ports(to("198.51.100.1"), 5000, 5009))).source_port ==
                first.source_port);
    EXPECT_TRUE(leaves(tuple(kUdp, "10.0.0.5", 4000, "9.9.9.11", 53), independent(with_ports(to("198.51.100.1"), 6000, 6009))).source_port ==
                second.source_port);
}

// NAT-8: a thousand hosts for ten ports: ten have one, towards every place, the others nothing.
TEST_F(MappingTest, independent_mappings_run_out_and_come_back) {
    const Range<Ipv4> ten = independent(with_ports(to("198.51.100.1"), 5000, 5009));
    std::set<std::uint16_t> ports;
    for (unsigned i = 1; i <= 20; ++i) {
        Tuple4 original = tuple(kUdp, "10.0.0.0", 4000, "8.8.8.0", 53);
        original.source = net::Ipv4Address::from_host(original.source.host() + i);
        original.destination = net::Ipv4Address::from_host(original.destination.host() + i);
        ports.insert(leaves(original, ten).source_port.host());
    }
    EXPECT_EQ(ports.size(), 11U);  // ten, and 0 for those that got none
    end(tuple(kUdp, "10.0.0.1", 4000, "8.8.8.1", 53));
    EXPECT_NE(leaves(tuple(kUdp, "10.0.0.99", 4000, "8.8.8.8", 53), ten).source_port.host(), 0);
}

TEST_F(MappingTest, an_independent_mapping_is_reached_by_anybody_and_gone_with_its_connections) {
    Range<Ipv4> range = independent(to("198.51.100.1"));
    range.open = true;
    leaves(tuple(kUdp, "10.0.0.5", 4000, "8.8.8.8", 53), range);
    const auto* mapping = table_->mappings().reached_by(tuple(kUdp, "203.0.113.9", 777, "198.51.100.1", 4000));
    ASSERT_NE(mapping, nullptr);
    EXPECT_TRUE(mapping->inside == address("10.0.0.5"));
    EXPECT_TRUE(mapping->has(conntrack::manner::kFiltering));
    EXPECT_EQ(table_->mappings().reached_by(tuple(kUdp, "203.0.113.9", 777, "198.51.100.1", 4001)), nullptr);
    EXPECT_EQ(table_->mappings().reached_by(tuple(kTcp, "203.0.113.9", 777, "198.51.100.1", 4000)), nullptr);
    end(tuple(kUdp, "10.0.0.5", 4000, "8.8.8.8", 53));
    EXPECT_EQ(table_->mappings().reached_by(tuple(kUdp, "203.0.113.9", 777, "198.51.100.1", 4000)), nullptr);
    EXPECT_FALSE(table_->mappings().has_independent());
}

}  // namespace
}  // namespace sluice::nat
