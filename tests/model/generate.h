// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "acl/all_matches.h"
#include "acl/all_targets.h"
#include "acl/packet_view.h"
#include "acl/ruleset.h"
#include "dataplane/base/random.h"
#include "dataplane/net/tuple.h"

/// Random rulesets and packets that meet each other: both draw from the same few addresses, ports and
/// interfaces, so that rules deep in a chain are reached, negations fail now and then, and chains call one
/// another.
namespace sluice::model {

/// How large a random ruleset is.
struct Shape {
    std::uint32_t user_chains = 6;
    std::uint32_t rules_a_chain = 12;   ///< at most
    std::uint32_t final_percent = 12;   ///< rules that accept, drop, reject or translate
    std::uint32_t narrow_percent = 30;  ///< rules with conditions that few packets meet
    bool sets = false;                  ///< rules ask the sets of slow_sets.h
    std::uint32_t memory_percent = 0;   ///< rules with a match that remembers
};

/// Room for a packet's headers.
using HeaderBytes = std::array<std::byte, 80>;

struct Connections;

/// The same seed gives the same things; print it when a test fails.
class Generator {
public:
    explicit Generator(std::uint64_t seed);
    ~Generator();
    Generator(const Generator&) = delete;
    Generator& operator=(const Generator&) = delete;

    /// Tables filter, mangle and nat with all their chains, and user chains that call later ones.
    acl::Ruleset<net::Ipv4> ruleset(const Shape& shape);
    /// A packet with its headers in `bytes`, as it might stand at the hook.
    acl::PacketView<net::Ipv4> packet(acl::Hook hook, HeaderBytes& bytes);

    /// Lets time pass, or not; packets that come meanwhile come at the same instant.
    void pass();
    [[nodiscard]] std::uint64_t now_ns() const { return clock_ms_ * 1'000'000; }
    /// Whether a packet's connection with this original tuple is alive.
    [[nodiscard]] bool is_live(const net::Tuple<net::Ipv4>& original) const;

    /// Names of the interfaces that packets and rules speak of; rules also name one that is not there.
    static std::vector<std::string> interfaces();

    std::uint32_t below(std::uint32_t bound) { return random_.below(bound); }
    bool chance(std::uint32_t percent) { return random_.below(100) < percent; }

    // generate_bpf.cpp
    std::vector<acl::bpf::Instruction> bpf_program();

private:
    acl::bpf::Instruction bpf_instruction(std::uint32_t behind);
    std::uint32_t bpf_offset();

    acl::Table<net::Ipv4> table(acl::TableId id, const Shape& shape);
    acl::Rule<net::Ipv4> rule(const Shape& shape);
    acl::AnyTarget target(std::optional<acl::Hook> hook, std::size_t chain, const Shape& shape);
    acl::AnyTarget final_target(acl::TableId table, std::optional<acl::Hook> hook,
                                const acl::Rule<net::Ipv4>& rule);
    acl::AddressMatch<net::Ipv4> address_match(bool narrow);
    acl::InterfaceMatch interface_match();
    acl::PortRange port_range(bool narrow);
    void add_transport_match(acl::Rule<net::Ipv4>& rule, bool narrow);
    acl::TcpMatch tcp_match(bool narrow);
    acl::MultiportMatch multiport_match(std::uint8_t protocol);
    acl::AddressRange address_range();
    std::size_t write_transport(const acl::PacketView<net::Ipv4>& packet, std::span<std::byte> room);
    std::size_t write_tcp(std::span<std::byte> room);
    std::uint8_t tcp_flags();
    net::Ipv4Address address();
    std::uint16_t port();

    // generate_bytes.cpp
    acl::U32Match u32_match();
    acl::StringMatch string_match();
    acl::TcpmssMatch tcpmss_match();
    acl::SctpChunks sctp_chunks();
    std::size_t write_sctp(std::span<std::byte> room);
    std::size_t write_dccp(std::span<std::byte> room);

    // generate_fields.cpp
    acl::ConntrackMatch conntrack_match();
    acl::AnyTarget changing_target();
    acl::HmarkTarget hash_mark_target();
    acl::RateestMatch rate_match();
    acl::AnyMatch field_match();
    acl::AnyMatch stranger_match();
    acl::TimeMatch time_match();
    acl::AnyMatch set_match();
    acl::SetTarget set_target();
    acl::EcnMatch ecn_match();
    void fill_fields(acl::PacketView<net::Ipv4>& packet);

    // generate_memory.cpp
    acl::AnyMatch memory_match();
    acl::LimitMatch limit_match();
    acl::StatisticMatch statistic_match();
    acl::RecentMatch recent_match();
    acl::HashlimitMatch hashlimit_match();

    base::Random random_;
    std::uint64_t clock_ms_ = 1'000'003;
    bool has_many_hosts_ = false;
    bool writes_sets_ = false;        ///< rules of the ruleset that is being made do
    acl::TableId making_{};           ///< the table that is being made
    std::unique_ptr<Connections> connections_;
    bool has_strings_ = false;  ///< the ruleset that is being made asks for strings
};

}  // namespace sluice::model
