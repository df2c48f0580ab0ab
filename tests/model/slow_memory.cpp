// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_memory.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <stdexcept>

#include "acl/all_matches.h"
#include "conntrack/connection.h"
#include "tests/model/slow_packet.h"

namespace sluice::model {

namespace {

std::int64_t jiffies_at(const Packet& packet) {
    return static_cast<std::int64_t>(packet.now_ns / 1'000'000);
}

std::size_t instants_for(const acl::RecentMatch& match) {
    constexpr std::size_t kUsual = 20;  // ip_pkt_list_tot
    const std::size_t wanted = match.question.hits == 0 ? kUsual : match.question.hits;
    std::size_t power = 1;
    while (power < wanted) {
        power *= 2;
    }
    return power;
}

/// What conntrack would look for: nothing, where the packet shows no more than a piece of it.
std::optional<SlowMemory::Tuple> tuple_in(const Packet& packet) {
    const Bytes bytes(packet.packet.begin(), packet.packet.end());
    Flow flow;
    if (word_at(bytes, 6) % 8192 != 0 || !read_flow(bytes, 0, flow)) {
        return std::nullopt;
    }
    SlowMemory::Tuple tuple{};
    tuple.source = packet.source;
    tuple.destination = packet.destination;
    tuple.source_port = net::Be16::from_host(flow.source_port);
    tuple.destination_port = net::Be16::from_host(flow.destination_port);
    tuple.protocol = packet.protocol;
    return tuple;
}

template <class Use>
void for_each_match(const Rules& rules, Use&& use) {
    for (const auto& table : rules.tables) {
        for (std::size_t c = 0; table && c < table->chains.size(); ++c) {
            for (const auto& rule : table->chains[c].rules) {
                for (const acl::AnyMatch& match : rule.matches) {
                    use(match);
                }
            }
        }
    }
}

}  // namespace

void SlowMemory::load(const Rules& rules) {
    limits_.clear();
    quotas_.clear();
    nths_.clear();
    connections_.clear();
    gives_labels_ = false;
    std::set<std::string> named;
    for_each_match(rules, [&](const acl::AnyMatch& match) {
        gives_labels_ = gives_labels_ || acl::get_if<acl::ConnlabelMatch>(&match) != nullptr;
        if (const auto* recent = acl::get_if<acl::RecentMatch>(&match)) {
            named.insert("recent " + recent->name);
            const auto [list, is_new] = recents_.try_emplace(recent->name, instants_for(*recent));
            if (instants_for(*recent) > list->second.instants()) {
                list->second.enlarge(instants_for(*recent));
            }
        } else if (const auto* limit = acl::get_if<acl::HashlimitMatch>(&match)) {
            named.insert("hashlimit " + limit->name);
            hashlimits_.try_emplace(limit->name, *limit);
        }
    });
    std::erase_if(recents_, [&](const auto& one) { return !named.contains("recent " + one.first); });
    std::erase_if(hashlimits_, [&](const auto& one) { return !named.contains("hashlimit " + one.first); });
}

Reading SlowMemory::ask(const acl::ConnlabelMatch& match, const MatchPlace&, const Packet& packet) {
    if (packet.labels == nullptr) {
        return {match.inverted, false};
    }
    std::set<unsigned>& labels = labels_[packet.labels];
    bool found = labels.contains(match.label);
    if (match.sets) {
        labels.insert(match.label);
        found = true;
    }
    return {match.inverted ? !found : found, false};
}

/// Tokens are nanoseconds.
Reading SlowMemory::ask(const acl::LimitMatch& match, const MatchPlace& place, const Packet& packet) {
    const std::uint64_t cost = match.period * std::uint64_t{100'000};
    const std::uint64_t most = cost * match.burst;
    const auto [known, is_new] = limits_.try_emplace(place, Bucket{most, packet.now_ns});
    Bucket& bucket = known->second;
    const std::uint64_t tokens = std::min(most, bucket.tokens + packet.now_ns - bucket.last);
    bucket.last = packet.now_ns;
    bucket.tokens = tokens >= cost ? tokens - cost : tokens;
    return {tokens >= cost, false};
}

Reading SlowMemory::ask(const acl::QuotaMatch& match, const MatchPlace& place, const Packet& packet) {
    std::uint64_t& left = quotas_.try_emplace(place, match.bytes).first->second;
    bool ret = match.inverted;
    if (left >= packet.bytes) {
        left -= packet.bytes;
        ret = !ret;
    } else {
        left = 0;  // not even small packets from now on
    }
    return {ret, false};
}

Reading SlowMemory::ask(const acl::StatisticMatch& match, const MatchPlace& place, const Packet&) {
    if (match.mode == acl::StatisticMatch::Mode::random) {
        if (match.probability != 0 && match.probability < 0x80000000) {
            throw std::logic_error("nobody can say what chance does");
        }
        return {(match.probability != 0) != match.inverted, false};
    }
    const std::uint32_t every = match.every - 1;  // as libxt_statistic tells the kernel
    std::uint32_t& count = nths_.try_emplace(place, every - match.packet).first->second;
    count = count == every ? 0 : count + 1;
    return {(count == 0) != match.inverted, false};
}

Reading SlowMemory::ask(const acl::RecentMatch& match, const MatchPlace&, const Packet& packet) {
    const std::uint32_t address =
        (match.is_destination ? packet.destination : packet.source).host() & match.mask.host();
    // What is forwarded is asked for the TTL that it had before.
    const bool is_forwarded = packet.out != base::kNoInterface && packet.in != base::kNoInterface;
    const auto ttl = static_cast<std::uint8_t>(packet.ttl + (is_forwarded ? 1 : 0));
    return {recents_.at(match.name).ask(match, address, ttl, jiffies_at(packet)), false};
}

Reading SlowMemory::ask(const acl::HashlimitMatch& match, const MatchPlace&, const Packet& packet) {
    return hashlimits_.at(match.name).ask(match.is_above, packet, jiffies_at(packet));
}

/// nf_conncount, but for three things (docs/rules.md). Who is gone is found at once, where Linux stops looking at the
/// packet's own connection; one that begins anew is another, where Linux finds the tuple again; and an INVALID packet, or
/// an error from somebody on the way, counts for that moment only.
Reading SlowMemory::ask(const acl::ConnlimitMatch& match, const MatchPlace& place, const Packet& packet) {
    const std::uint64_t size = std::uint64_t{1} << (32 - match.bits);
    const std::uint32_t address = (match.is_destination ? packet.destination : packet.source).host();
    const bool is_tracked = packet.connection != nullptr;
    const auto own = is_tracked ? std::optional(packet.connection->directions[0].tuple)
                                                  : tuple_in(packet);
    if (!own) {
        return {false, true};
    }
    std::vector<Tuple>& group = connections_[place][static_cast<std::uint32_t>(address / size)];
    std::erase_if(group, [&](const Tuple& tuple) { return !is_live_(tuple); });
    const bool is_known = std::any_of(group.begin(), group.end(), [&](Tuple tuple) {
        tuple.zone = is_tracked ? tuple.zone : own->zone;  // a packet alone has no connection's number
        return tuple == *own;
    });
    const std::size_t count = group.size() + (is_known ? 0 : 1);
    bool is_between = is_tracked;
    if (is_tracked) {
        const auto& [original, reply] = packet.connection->directions;
        const std::array ends = {original.tuple.source, original.tuple.destination, reply.tuple.source, reply.tuple.destination};
        is_between = std::any_of(ends.begin(), ends.end(), [&](auto end) { return end.host() / size == address / size; });
    }
    if (!is_known && is_between) {
        group.push_back(*own);
    }
    return {(count > match.limit) != match.is_upto, false};
}

}  // namespace sluice::model
