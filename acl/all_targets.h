// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "acl/ruleset.h"
#include "acl/targets/audit.h"
#include "acl/targets/checksum.h"
#include "acl/targets/classify.h"
#include "acl/targets/clusterip.h"
#include "acl/targets/connmark.h"
#include "acl/targets/connsecmark.h"
#include "acl/targets/ct.h"
#include "acl/targets/dscp_target.h"
#include "acl/targets/ecn_target.h"
#include "acl/targets/hmark.h"
#include "acl/targets/idletimer.h"
#include "acl/targets/led.h"
#include "acl/targets/log.h"
#include "acl/targets/mark.h"
#include "acl/targets/nat.h"
#include "acl/targets/nflog.h"
#include "acl/targets/nfqueue.h"
#include "acl/targets/rateest_target.h"
#include "acl/targets/reject.h"
#include "acl/targets/set_target.h"
#include "acl/targets/secmark.h"
#include "acl/targets/synproxy.h"
#include "acl/targets/tcpmss.h"
#include "acl/targets/tcpoptstrip.h"
#include "acl/targets/tee.h"
#include "acl/targets/tos_target.h"
#include "acl/targets/tproxy.h"
#include "acl/targets/trace_target.h"
#include "acl/targets/ttl_target.h"
#include "acl/targets/ulog.h"

/// Every target that is built; the tables of text/registry.h are made from this list.
namespace sluice::acl {

using Targets = Types<NoTarget, AcceptTarget, DropTarget, ReturnTarget, JumpTarget, RejectTarget, NatTarget,
                      MarkTarget, ConnmarkTarget, TtlTarget, TosTarget, DscpTarget, EcnTarget, ClassifyTarget,
                      ChecksumTarget, CtTarget, TcpmssTarget, TcpoptstripTarget, LogTarget, SetTarget,
                      NflogTarget, AuditTarget, TraceTarget, NfqueueTarget, TproxyTarget, SynproxyTarget, SecmarkTarget, ConnsecmarkTarget, IdletimerTarget,
                      LedTarget, HmarkTarget, ClusteripTarget, UlogTarget, TeeTarget, RateestTarget>;

/// Calls `use` with the options of a target.
template <class Use>
decltype(auto) visit_target(const AnyTarget& target, Use&& use) {
    return visit(target, std::forward<Use>(use), Targets{});
}

}  // namespace sluice::acl
