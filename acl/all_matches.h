// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "acl/matches/addrtype.h"
#include "acl/matches/bpf.h"
#include "acl/matches/cgroup.h"
#include "acl/matches/cluster.h"
#include "acl/matches/comment.h"
#include "acl/matches/connbytes.h"
#include "acl/matches/connlabel.h"
#include "acl/matches/connlimit.h"
#include "acl/matches/connmark.h"
#include "acl/matches/conntrack.h"
#include "acl/matches/cpu.h"
#include "acl/matches/dccp.h"
#include "acl/matches/devgroup.h"
#include "acl/matches/dscp.h"
#include "acl/matches/ecn.h"
#include "acl/matches/helper.h"
#include "acl/matches/hashlimit.h"
#include "acl/matches/icmp.h"
#include "acl/matches/iprange.h"
#include "acl/matches/ipvs.h"
#include "acl/matches/length.h"
#include "acl/matches/limit.h"
#include "acl/matches/mac.h"
#include "acl/matches/mark.h"
#include "acl/matches/multiport.h"
#include "acl/matches/nfacct.h"
#include "acl/matches/osf.h"
#include "acl/matches/owner.h"
#include "acl/matches/physdev.h"
#include "acl/matches/pkttype.h"
#include "acl/matches/policy.h"
#include "acl/matches/quota.h"
#include "acl/matches/rateest.h"
#include "acl/matches/realm.h"
#include "acl/matches/recent.h"
#include "acl/matches/rpfilter.h"
#include "acl/matches/sctp.h"
#include "acl/matches/set.h"
#include "acl/matches/socket.h"
#include "acl/matches/spi.h"
#include "acl/matches/state.h"
#include "acl/matches/statistic.h"
#include "acl/matches/string.h"
#include "acl/matches/tcp.h"
#include "acl/matches/tcpmss_match.h"
#include "acl/matches/time.h"
#include "acl/matches/tos.h"
#include "acl/matches/ttl.h"
#include "acl/matches/u32.h"
#include "acl/matches/udp.h"
#include "acl/ruleset.h"

/// Every match that is built; the tables of text/registry.h are made from this list.
namespace sluice::acl {

using Matches =
    Types<TcpMatch, UdpMatch, SctpMatch, DccpMatch, AhMatch, EspMatch, IpcompMatch, MultiportMatch, IprangeMatch,
          IcmpMatch, ConntrackMatch, StateMatch, CommentMatch, MarkMatch, ConnmarkMatch, LengthMatch,
          TtlMatch, TosMatch, DscpMatch, EcnMatch, MacMatch, PkttypeMatch, AddrtypeMatch, LimitMatch,
          StatisticMatch, QuotaMatch, PhysdevMatch, OwnerMatch, SocketMatch, PolicyMatch, SetMatch,
          U32Match, TcpmssMatch, RealmMatch, DevgroupMatch, HelperMatch, ClusterMatch, CpuMatch, OsfMatch,
          CgroupMatch, NfacctMatch, RecentMatch, HashlimitMatch, TimeMatch, ConnbytesMatch, RpfilterMatch, IpvsMatch,
          ConnlimitMatch, StringMatch, BpfMatch, ConnlabelMatch, RateestMatch>;

/// Calls `use` with the options of a match.
template <class Use>
decltype(auto) visit_match(const AnyMatch& match, Use&& use) {
    return visit(match, std::forward<Use>(use), Matches{});
}

}  // namespace sluice::acl
