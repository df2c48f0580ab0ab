// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "conntrack/account.h"
#include "conntrack/connection.h"
#include "conntrack/labels.h"
#include "tests/model/slow_nat.h"
#include "tests/model/slow_netfilter.h"

/// The whole router for IPv4 as one would explain it: one packet after the other, through netfilter's hooks
/// in netfilter's order, with lists and loops.
///
///     arrive: track ─ PREROUTING ─ route ─┬─ TTL, size ─ FORWARD ─ POSTROUTING ─ confirm ─ out
///                                         └─ INPUT ─ confirm ─ the router itself: echo, resets, errors
///     answer: (attached to the connection of what it answers, or) track ─ OUTPUT ─ route ─ POSTROUTING ─ out
///
/// Not modelled: ARP, fragments, IP options, redirects that the router sends, rp_filter, groups.
/// The judge of the fast router; it shares with it the option structs of rules, and no code.
namespace sluice::model {

/// An interface with its addresses, the first one being its own towards strangers.
struct Link {
    std::string name;
    std::vector<net::Ipv4Prefix> addresses;
    unsigned mtu = 1500;
};

enum class Way : std::uint8_t { forward, local, broadcast, unreachable, prohibit, blackhole, none };

/// A line of the routing table.
struct Line {
    net::Ipv4Prefix to;
    Way way = Way::forward;
    std::string interface;     ///< of `forward`
    net::Ipv4Address gateway;  ///< unspecified: the destination itself
};

/// What does not change when rules do.
struct Setup {
    std::vector<Link> links;   ///< in the order of their ids
    std::vector<Line> routes;  ///< without those that follow from addresses
};

/// A packet on its way out.
struct Departure {
    std::string interface;
    net::Ipv4Address next_hop;
    Bytes packet;
    bool is_made = false;  ///< by the router itself: its IP id is anything
};

class SlowRouter {
public:
    SlowRouter(Setup setup, const Rules& rules, Oracle oracle);

    /// The packets from here on arrive together.
    void begin_burst() {
        nat_.begin_burst();
        touched_by_answer_.clear();
        is_in_doubt_ = false;
    }
    /// In: a sound IP packet, as unicast to the router's MAC.
    std::vector<Departure> arrive(const std::string& interface, const Bytes& packet);
    void pass_ms(std::int64_t ms) { now_ms_ += ms; }
    /// Sets the clock on the wall; in seconds since 1970.
    void set_utc(std::int64_t seconds) { utc_at_start_ms_ = seconds * 1000 - now_ms_; }
    /// Other rules, whose counters begin at 0; connections live on. `rules` must outlive their use.
    void reload(const Rules& rules);

    [[nodiscard]] bool knows(const Bytes& packet) { return connections_.knows(packet, now_ms_); }
    [[nodiscard]] base::PacketCount count_of(const Place& place) const;
    [[nodiscard]] std::vector<std::string> connection_lines() const { return connections_.lines(now_ms_); }
    /// What the real router may not have chosen.
    [[nodiscard]] const std::string& complaints() const { return nat_.complaints(); }
    [[nodiscard]] std::uint64_t adopted() const { return nat_.adopted(); }
    /// Another outcome of the last burst might be right as well: see SlowNat; or a reset of the router's own
    /// has been tracked in a connection that a later packet of the burst belongs to, which may have come before it.
    [[nodiscard]] bool is_in_doubt() const { return nat_.is_in_doubt() || is_in_doubt_; }

private:
    /// A packet and what is known of it.
    struct Passage {
        Bytes bytes;
        std::string in;
        std::string out;
        net::Ipv4Address next_hop;
        Tracked tracked;
        std::uint32_t mark = 0;
        bool is_untracked = false;  ///< a rule of raw says so
        bool is_error = false;   ///< an ICMP error that belongs to a connection
        bool is_answer = false;  ///< belongs to the connection of what it answers
        bool is_made = false;
    };
    struct Error {
        unsigned type;
        unsigned code;
        std::uint32_t rest = 0;
        bool is_reject = false;
    };

    // the path
    void forward(Passage& passage);
    void deliver(Passage& passage);
    void send_own(Passage passage);
    void depart(const Passage& passage);
    void serve(Passage& passage);

    // hooks
    [[nodiscard]] Tracked tracked(const Passage& passage, bool has_arrived);
    bool hook(Hook at, Passage& passage);
    Judgement judge(TableId table, Hook at, Passage& passage);
    bool nat_hook(Hook at, Passage& passage);
    bool ask_nat(Hook at, End end, Passage& passage);
    bool confirm(Passage& passage);
    [[nodiscard]] Packet view_of(const Passage& passage);
    void show_connection(const SlowConnection& connection, Packet& view);
    [[nodiscard]] acl::WayBack way_back(net::Ipv4Address source, base::InterfaceId in) const;

    // routes
    [[nodiscard]] Line route_to(net::Ipv4Address destination) const;
    [[nodiscard]] net::Ipv4Address own_address_towards(net::Ipv4Address peer) const;
    [[nodiscard]] const Link& link(const std::string& name) const;
    [[nodiscard]] base::InterfaceId id_of(const std::string& name) const;
    void take_way_out(Passage& passage, const Line& line) const;

    [[nodiscard]] bool is_live(const net::Tuple<net::Ipv4>& original);

    // answers
    void answer_with_error(const Passage& about, const Error& error);
    void answer_with_reset(const Passage& about, bool is_own);
    void answer_echo(const Passage& request);
    void reject(const Passage& about, acl::RejectTarget::With with);
    [[nodiscard]] bool may_err(const Passage& about, const Error& error) const;
    bool route_error_is_allowed(std::uint32_t destination);
    static void attach(Passage& answer, const Passage& about);

    Setup setup_;
    std::vector<std::string> names_;
    const Rules* ruleset_;
    SlowConnections connections_;
    std::list<conntrack::Labels> labels_;  ///< one for each connection that has any: whose, not which (SlowMemory)
    SlowMemory memory_;
    std::unique_ptr<SlowNetfilter> rules_;
    SlowNat nat_;
    std::vector<Flow> touched_by_answer_;  ///< both flows of such connections, in this burst
    bool is_in_doubt_ = false;
    std::int64_t now_ms_ = 1000;
    std::int64_t utc_at_start_ms_ = 0;
    conntrack::Connection<net::Ipv4> shown_{};  ///< of the packet at hand, as rules see it
    conntrack::Account shown_account_;
    std::vector<Departure> departures_;
    /// Milliseconds of credit, and when they were counted: five route errors at once, then one a second.
    std::map<std::uint32_t, std::pair<std::int64_t, std::int64_t>> route_errors_;
};

}  // namespace sluice::model
