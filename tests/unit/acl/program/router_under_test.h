// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "acl/program/program.h"
#include "tests/unit/acl/program/rule_builder.h"

namespace sluice::test {

using acl::Hook;
using acl::Outcome;
using acl::Policy;
using acl::TableId;
using Walk = acl::Walk<Ipv4>;
using Packet = acl::PacketView<Ipv4>;

inline constexpr base::InterfaceId kLan{0};
inline constexpr base::InterfaceId kWan{1};
inline constexpr base::InterfaceId kEth0{2};
inline constexpr base::InterfaceId kEth1{3};

/// A TCP packet from 10.0.0.5:4000 to 203.0.113.9:80, new, from lan to wan, 60 bytes; tests change what they
/// ask.
inline Packet tcp_packet() {
    Packet packet;
    packet.source = *net::parse_ipv4("10.0.0.5");
    packet.destination = *net::parse_ipv4("203.0.113.9");
    packet.source_port = net::Be16::from_host(4000);
    packet.destination_port = net::Be16::from_host(80);
    packet.protocol = net::kProtocolTcp;
    packet.has_l4 = true;
    packet.in = kLan;
    packet.out = kWan;
    packet.state = conntrack::CtState::new_;
    packet.bytes = 60;
    return packet;
}

/// A compiled ruleset with its counters.
class Rules {
public:
    explicit Rules(const acl::Ruleset<Ipv4>& ruleset, acl::sets::SetBook* sets = nullptr) {
        auto compiled = acl::Program<Ipv4>::compile(ruleset, names_, {.sets = sets});
        EXPECT_TRUE(compiled.has_value()) << (compiled ? "" : compiled.error().front().message);
        program_ = std::move(compiled.value());
        counters_ = std::vector<base::PacketCounter>(program_->counter_count());
    }

    /// One packet through one table; outcome and trace are in the walk.
    Walk run(const Packet& packet, TableId table = TableId::filter, Hook hook = Hook::forward) {
        Walk walk;
        walk.packet = packet;
        std::vector<Walk*> walks = {&walk};
        program_->run(table, hook, walks, counters_);
        return walk;
    }

    base::PacketCount count(std::string_view chain, std::size_t index,
                            TableId table = TableId::filter) const {
        return value(program_->rule_id(table, chain, index));
    }
    base::PacketCount policy(std::string_view chain, TableId table = TableId::filter) const {
        return value(program_->policy_id(table, chain));
    }
    const acl::Program<Ipv4>& program() const { return *program_; }
    std::vector<base::PacketCounter>& counters() { return counters_; }

private:
    base::PacketCount value(acl::RuleId id) const {
        base::PacketCount count;
        count += counters_[static_cast<std::size_t>(id)];
        return count;
    }
    std::vector<std::string> names_ = {"lan", "wan", "eth0", "eth1"};
    std::unique_ptr<const acl::Program<Ipv4>> program_;
    std::vector<base::PacketCounter> counters_;
};

/// Does a rule with these conditions hold for the packet?
inline bool holds(RuleBuilder conditions, const Packet& packet) {
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                                {std::move(conditions).j(acl::DropTarget{})})}));
    const Walk walk = rules.run(packet);
    const bool drops = walk.outcome == Outcome::drop;
    EXPECT_EQ(rules.count("FORWARD", 0).packets, drops ? 1U : 0U);
    EXPECT_EQ(rules.policy("FORWARD").packets, drops ? 0U : 1U);
    return drops;
}

}  // namespace sluice::test
