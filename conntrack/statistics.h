// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "dataplane/base/counter.h"

namespace sluice::conntrack {

/// What happened to connections, by worker; names of `conntrack -S` (struct ip_conntrack_stat).
/// Threads: written by the one worker, read by all.
struct alignas(64) Statistics {
    base::Counter found;           ///< reply tuples that NAT wanted and others had
    base::Counter invalid;         ///< packets that cannot be tracked
    base::Counter insert;          ///< connections confirmed
    base::Counter insert_failed;   ///< connections whose tuples were taken at the end
    base::Counter drop;            ///< packets dropped because their connection could not be made
    base::Counter early_drop;      ///< connections evicted for new ones
    base::Counter error;           ///< ICMP errors that belong to nothing
    base::Counter search_restart;  ///< packets put off because another one is making their connection
    base::Counter clash_resolve;   ///< packets that found the connection that another worker made meanwhile
    base::Counter expired;         ///< connections that ended by their timeout
};

}  // namespace sluice::conntrack
