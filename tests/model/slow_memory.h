// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "acl/matches/connlabel.h"
#include "acl/matches/connlimit.h"
#include "acl/matches/limit.h"
#include "acl/matches/quota.h"
#include "acl/matches/statistic.h"
#include "dataplane/net/tuple.h"
#include "tests/model/slow_hashlimit.h"
#include "tests/model/slow_recent.h"
#include "tests/model/slow_sets.h"
#include "tests/model/slow_terms.h"

/// What rules remember from packet to packet, one packet after the other (MAT-5): nft_limit, which iptables
/// makes of
/// `-m limit`, xt_quota, xt_statistic, xt_recent, xt_hashlimit, xt_connlimit, xt_connlabel.
///
/// What a rule remembers for itself begins with its ruleset; lists of recent and tables of hashlimit go by
/// their names and live on where the next ruleset names them, too.
namespace sluice::model {

class SlowMemory {
public:
    using Tuple = net::Tuple<net::Ipv4>;
    /// Whether the connection of this original tuple, with a number of its own as zone, is there and not closed by TCP;
    /// for connlimit.
    using IsLive = std::function<bool(const Tuple& original)>;

    explicit SlowMemory(IsLive is_live) : is_live_(std::move(is_live)) {}

    /// Another ruleset: as the checkentry of each match, in order.
    void load(const Rules& rules);

    Reading ask(const acl::LimitMatch& match, const MatchPlace& place, const Packet& packet);
    Reading ask(const acl::QuotaMatch& match, const MatchPlace& place, const Packet& packet);
    /// Only what is not left to chance.
    Reading ask(const acl::StatisticMatch& match, const MatchPlace& place, const Packet& packet);
    Reading ask(const acl::RecentMatch& match, const MatchPlace& place, const Packet& packet);
    Reading ask(const acl::HashlimitMatch& match, const MatchPlace& place, const Packet& packet);
    Reading ask(const acl::ConnlimitMatch& match, const MatchPlace& place, const Packet& packet);
    Reading ask(const acl::SetMatch& match, const MatchPlace&, const Packet& packet) {
        return {sets_.ask(match, packet), false};
    }

    [[nodiscard]] SlowSets& sets() { return sets_; }
    /// Of the packet's `labels` it asks only whose they are, if anybody's.
    Reading ask(const acl::ConnlabelMatch& match, const MatchPlace& place, const Packet& packet);

    /// True where connections that begin now have room for labels.
    [[nodiscard]] bool gives_labels() const { return gives_labels_; }

private:
    struct Bucket {
        std::uint64_t tokens = 0;
        std::uint64_t last = 0;
    };
    /// The connections that each group has been seen with.
    using Counts = std::map<std::uint32_t, std::vector<Tuple>>;

    IsLive is_live_;
    std::map<MatchPlace, Bucket> limits_;
    std::map<MatchPlace, std::uint64_t> quotas_;
    std::map<MatchPlace, std::uint32_t> nths_;
    std::map<MatchPlace, Counts> connections_;
    std::map<const conntrack::Labels*, std::set<unsigned>> labels_;
    bool gives_labels_ = false;
    std::map<std::string, SlowRecent> recents_;
    std::map<std::string, SlowHashlimit> hashlimits_;
    SlowSets sets_;
};

/// Matches whose asking changes what they say next time.
template <class Match>
concept Remembers = requires(SlowMemory& memory, const Match& match, const MatchPlace& place,
                             const Packet& packet) {
    memory.ask(match, place, packet);
};

}  // namespace sluice::model
