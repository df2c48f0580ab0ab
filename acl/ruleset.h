// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "acl/matches/addrtype.h"
#include "acl/matches/comment.h"
#include "acl/matches/connmark.h"
#include "acl/matches/conntrack.h"
#include "acl/matches/dccp.h"
#include "acl/matches/dscp.h"
#include "acl/matches/ecn.h"
#include "acl/matches/icmp.h"
#include "acl/matches/iprange.h"
#include "acl/matches/length.h"
#include "acl/matches/limit.h"
#include "acl/matches/mac.h"
#include "acl/matches/mark.h"
#include "acl/matches/multiport.h"
#include "acl/matches/physdev.h"
#include "acl/matches/owner.h"
#include "acl/matches/socket.h"
#include "acl/matches/policy.h"
#include "acl/matches/pkttype.h"
#include "acl/matches/quota.h"
#include "acl/matches/sctp.h"
#include "acl/matches/spi.h"
#include "acl/matches/state.h"
#include "acl/matches/statistic.h"
#include "acl/matches/tcp.h"
#include "acl/matches/tos.h"
#include "acl/matches/ttl.h"
#include "acl/matches/udp.h"
#include "acl/tables.h"
#include "acl/targets/checksum.h"
#include "acl/targets/classify.h"
#include "acl/targets/connmark.h"
#include "acl/targets/ct.h"
#include "acl/targets/dscp_target.h"
#include "acl/targets/ecn_target.h"
#include "acl/targets/log.h"
#include "acl/targets/mark.h"
#include "acl/targets/nat.h"
#include "acl/targets/reject.h"
#include "acl/targets/tcpmss.h"
#include "acl/targets/tcpoptstrip.h"
#include "acl/targets/tos_target.h"
#include "acl/targets/ttl_target.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/result.h"
#include "dataplane/net/family.h"

/// A ruleset as written: what the parser makes, the printer prints and the compiler reads.
///
/// A new match is a file in acl/matches and a word in `AnyMatch`; a new target likewise.
namespace sluice::acl {

/// `-i`/`-o`: a name, or the beginning of names where it ends in `+`; empty: any.
struct InterfaceMatch {
    std::string name;  ///< without the `+`
    bool prefix = false;
    bool inverted = false;
    bool operator==(const InterfaceMatch&) const = default;
};

/// `-s`/`-d`: address and mask (the mask need not be a prefix), masked as iptables does.
template <net::Family F>
struct AddressMatch {
    typename F::Address address{};
    typename F::Address mask{};  ///< all zero: any
    bool inverted = false;
    bool operator==(const AddressMatch&) const = default;
};

/// `-p`; 0 is any.
struct ProtocolMatch {
    std::uint8_t number = 0;
    bool inverted = false;
    bool operator==(const ProtocolMatch&) const = default;
};

/// `-f`: fragments other than the first. Packets are whole before the rules, as in a kernel that tracks
/// connections, so the one never holds there and the other always.
enum class FragmentMatch : std::uint8_t { any, only, never };

using AnyMatch = std::variant<TcpMatch, UdpMatch, SctpMatch, DccpMatch, AhMatch, EspMatch, MultiportMatch,
                              IprangeMatch, IcmpMatch, ConntrackMatch, StateMatch, CommentMatch, MarkMatch, ConnmarkMatch, LengthMatch,
                              TtlMatch, TosMatch, DscpMatch, EcnMatch, MacMatch, PkttypeMatch, AddrtypeMatch, LimitMatch, StatisticMatch,
                              QuotaMatch, PhysdevMatch, OwnerMatch, SocketMatch, PolicyMatch>;

struct NoTarget {  ///< counts and goes on
    bool operator==(const NoTarget&) const = default;
};
struct AcceptTarget {
    bool operator==(const AcceptTarget&) const = default;
};
struct DropTarget {
    bool operator==(const DropTarget&) const = default;
};
struct ReturnTarget {
    bool operator==(const ReturnTarget&) const = default;
};
struct JumpTarget {  ///< `-j CHAIN`, or `-g CHAIN`
    std::string chain;
    bool is_goto = false;
    bool operator==(const JumpTarget&) const = default;
};

using AnyTarget =
    std::variant<NoTarget, AcceptTarget, DropTarget, ReturnTarget, JumpTarget, RejectTarget, NatTarget,
                               MarkTarget, ConnmarkTarget, TtlTarget, TosTarget, DscpTarget, EcnTarget,
                               ClassifyTarget, ChecksumTarget, CtTarget, TcpmssTarget, TcpoptstripTarget,
                               LogTarget>;

/// Which counter a rule goes on with when a loaded ruleset is edited: its number (RuleId) in the ruleset that is
/// loaded. A rule that is new, or begins anew, has none and starts with `initial`.
using CounterLink = std::optional<std::uint32_t>;

template <net::Family F>
struct Rule {
    AddressMatch<F> source;
    AddressMatch<F> destination;
    InterfaceMatch in;
    InterfaceMatch out;
    ProtocolMatch protocol;
    FragmentMatch fragment = FragmentMatch::any;
    std::vector<AnyMatch> matches;  ///< in the order written
    AnyTarget target;
    base::PacketCount initial;  ///< counters given in the file
    base::Location where;
    base::Location target_where{};  ///< of the word after `-j` or `-g`; of the rule where it has none
    CounterLink counter{};
};

enum class Policy : std::uint8_t { accept, drop };

template <net::Family F>
struct Chain {
    std::string name;
    std::optional<Hook> hook;  ///< a built-in chain's
    Policy policy = Policy::accept;
    base::PacketCount initial;  ///< the policy's counters
    std::vector<Rule<F>> rules;
    base::Location where;
    CounterLink counter{};  ///< the policy's
};

/// Built-in chains come first, in hook order, then user chains in the order of their creation.
template <net::Family F>
struct Table {
    TableId id = TableId::filter;
    std::vector<Chain<F>> chains;
};

/// All tables of one family; a table that nobody defined is absent and costs nothing.
template <net::Family F>
struct Ruleset {
    std::array<std::optional<Table<F>>, kTables> tables;
};

}  // namespace sluice::acl
