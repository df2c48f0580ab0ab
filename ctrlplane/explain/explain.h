// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <vector>

#include "acl/ruleset.h"
#include "acl/sets/book.h"
#include "conntrack/ct_state.h"
#include "dataplane/net/family.h"
#include "dataplane/pipeline/snapshot.h"
#include "dataplane/route/fib.h"

namespace sluice::ctrlplane::explain {

/// A packet that is made up.
struct MadeUpPacket {
    std::string in;  ///< empty: the router's own
    net::Ipv4Address source;
    net::Ipv4Address destination;
    std::uint8_t protocol = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint8_t icmp_type = 8;
    std::uint8_t icmp_code = 0;
    conntrack::CtState state = conntrack::CtState::new_;
    std::uint32_t mark = 0;
    std::uint8_t tos = 0;
    std::uint8_t ttl = 64;
    std::uint16_t length = 0;  ///< 0: the headers alone
};

/// The router that it goes through. Everything is read during the call alone.
struct Router {
    const acl::Ruleset<net::Ipv4>& rules;
    std::span<const pipeline::Interface> interfaces;  ///< by InterfaceId
    std::span<const route::Route<net::Ipv4>> routes;
    const acl::sets::SetBook* sets = nullptr;  ///< none: what is in them is not known
};

struct Explanation {
    std::vector<std::string> lines;
    std::string verdict;  ///< `leaves by wan as udp 203.0.113.2:4000 > 1.1.1.1:53`, `dropped by ...`; the last line too
};

/// Errors: an interface that is not there; in a sentence.
[[nodiscard]] base::Result<Explanation> explain(const Router& router, const MadeUpPacket& packet);

}  // namespace sluice::ctrlplane::explain
