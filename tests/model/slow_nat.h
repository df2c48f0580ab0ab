// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "acl/targets/nat.h"
#include "tests/model/slow_connections.h"

/// Which addresses and ports a connection wears: nf_nat's get_unique_tuple, with a loop over all ports.
///
/// Where netfilter chooses by chance there is no one right answer. Then the model asks what the real router
/// chose, and checks that this was its right: within the range, of the right class, nobody else's. Of a range
/// of addresses the one that the kernel's hash names is the right one, and of a range of ports the first free one
/// from a known start on, where netfilter begins with one.
///
/// A source socket that already is something else towards another destination is that here too, where the rule
/// allows it and it is free (find_appropriate_src): what its last connection is. And a SYN takes in the last attempts
/// of a search what a closing connection has (nf_nat_used_tuple_harder).
namespace sluice::model {

/// The reply flow that the real router gave the connection with this original flow, if it has one.
using Oracle = std::function<std::optional<Flow>(const Flow& original)>;

/// What a rule allows, in numbers.
struct Allowed {
    bool has_addresses = false;
    bool has_ports = false;
    bool is_random = false;
    bool is_persistent = false;
    std::uint32_t min_address = 0;
    std::uint32_t max_address = 0;
    std::uint16_t min_port = 0;
    std::uint16_t max_port = 0;
    std::optional<std::uint16_t> base_port;  ///< a port keeps its distance from it
};
[[nodiscard]] Allowed allowed_by(const acl::NatTarget& target);
/// The kernel's choice among the addresses of a range (find_best_ips_proto).
[[nodiscard]] std::uint32_t address_by_hash(const Flow& leaves, const Allowed& allowed);
/// The address that the connection has there already: what a hook does without a rule.
[[nodiscard]] Allowed allowed_by_nothing(const SlowConnection& connection, End end);

class SlowNat {
public:
    SlowNat(SlowConnections& connections, Oracle oracle)
        : connections_(connections), oracle_(std::move(oracle)) {}

    /// Decides one end of a pending connection. False: no free flow; the packet is to be dropped.
    bool decide(SlowConnection& connection, End end, const Allowed& allowed, std::int64_t now_ms);

    /// The real router's choices that netfilter could not have made, in words.
    [[nodiscard]] const std::string& complaints() const { return complaints_; }
    [[nodiscard]] std::uint64_t adopted() const { return adopted_; }
    /// A new burst: what was in doubt before has been judged.
    void begin_burst() {
        wanted_.clear();
        is_in_doubt_ = false;
    }
    /// True where another outcome of this burst might be right as well. Either a flow was kept that another
    /// connection of the burst had for a while, until it was refused or its other end was decided: netfilter,
    /// which takes one packet after the other, gives it away at once; a pipeline that takes a burst through
    /// each hook does not. So it is with what such a connection made of its source. Or, the other way round, one came too late at its destination for what an earlier
    /// one took at its source. Or a source has several mappings, and the last connection of the latest one has ended:
    /// the router goes by when each was taken last, netfilter by the connections that are left. Or chance chose for a connection that the real router refused, so that nobody can
    /// say what it was.
    [[nodiscard]] bool is_in_doubt() const { return is_in_doubt_; }

private:
    struct Question {
        SlowConnection& connection;
        End end;
        const Allowed& allowed;
        std::int64_t now_ms;
    };
    bool is_free(const Question& question, const Flow& leaves);
    bool can_keep(const Question& question, const Flow& leaves);
    bool choose(const Question& question, Flow& leaves);
    SlowConnection* who_gives_way(const Question& question, const Flow& leaves);
    bool take_late(const Question& question, const Flow& leaves);
    std::optional<Flow> mapped(const Question& question, const Flow& before);
    bool search(const Question& question, Flow& leaves);
    bool walk(const Question& question, unsigned first, unsigned count, Flow& leaves);
    bool adopt(const Question& question, const Flow& before, Flow& leaves);

    SlowConnections& connections_;
    Oracle oracle_;
    std::string complaints_;
    std::uint64_t adopted_ = 0;
    bool is_in_doubt_ = false;
    /// What was decided in this burst.
    struct Wanted {
        Flow reply;
        Flow by;  ///< original
        End end;
    };
    std::vector<Wanted> wanted_;
    std::uint64_t last_order_ = 0;
    /// When a source (first) was last made this (second); both with nothing at the other end.
    std::map<std::pair<std::string, std::string>, std::uint64_t> taken_;
};

/// True where packets in this direction change at this end: what is source NAT one way is destination NAT the
/// other.
[[nodiscard]] bool changes(const SlowConnection& connection, bool is_reply, End end);
/// Translates an ordinary packet at one end.
void translate(Bytes& packet, const SlowConnection& connection, bool is_reply, End end);
/// Translates an ICMP error, outside and inside. False: it must not pass.
[[nodiscard]] bool translate_error(Bytes& packet, const SlowConnection& connection, bool is_reply, End end);

}  // namespace sluice::model
