// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/neighbors/neighbors.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace sluice::ctrlplane {

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1'000 * kMs;
constexpr std::uint64_t kStepNs = 20 * kMs;
constexpr std::uint64_t kDrawNs = 300 * kSecond;  ///< how often the reachable time is drawn anew
constexpr std::uint64_t kTrimNs = 5 * kSecond;

bool has_mac(NeighborState state) {
    return state != NeighborState::incomplete && state != NeighborState::failed;
}

bool has_timer(NeighborState state) {
    return state == NeighborState::incomplete || state == NeighborState::reachable ||
           state == NeighborState::delay || state == NeighborState::probe;
}

/// Whether more than `span` has passed since `then`; neither may lie before the start of the clock.
bool is_past(std::uint64_t now, std::uint64_t then, std::uint64_t span) {
    return now > then && now - then > span;
}

}  // namespace

std::string_view name_of(NeighborState state) noexcept {
    constexpr std::array<std::string_view, 7> kNames = {"INCOMPLETE", "REACHABLE", "STALE",    "DELAY",
                                                        "PROBE",      "FAILED",    "PERMANENT"};
    return kNames[static_cast<std::size_t>(state)];
}

std::string neighbor_line(const NeighborView<net::Ipv4>& neighbor, std::string_view interface_name) {
    std::string line = fmt::format("{} dev {} ", net::to_string(neighbor.address), interface_name);
    if (neighbor.mac) {
        line += fmt::format("lladdr {} ", net::to_string(*neighbor.mac));
    }
    return line + fmt::format("{} ", name_of(neighbor.state));
}

template <net::Family F>
Neighbors<F>::Neighbors(route::AdjacencyTable<F>& table, const NeighborSettings& settings, Outputs outputs,
                        base::Random random)
    : table_(table), settings_(settings), outputs_(std::move(outputs)), random_(random) {
    draw_reachable_time(0);
}

template <net::Family F>
void Neighbors<F>::handle(const Request& request, std::uint64_t now_ns) {
    using Kind = typename Request::Kind;
    const Key key{request.interface, request.address};
    if (request.kind == Kind::neighbor_needed) {
        need(key, now_ns);
        return;
    }
    Entry* entry =
        request.kind == Kind::neighbor_asked ? find_or_insert(key, now_ns) : find(key.first, key.second);
    if (entry == nullptr) {
        return;
    }
    const bool is_unlocked = is_past(now_ns, entry->updated_ns, settings_.locktime_ms * kMs);
    const bool overrides =
        request.kind == Kind::neighbor_asked || request.kind == Kind::neighbor_announced || is_unlocked;
    const bool hears_us = request.kind == Kind::neighbor_replied;
    update(*entry, request.mac, hears_us ? NeighborState::reachable : NeighborState::stale, overrides,
           now_ns);
}

template <net::Family F>
void Neighbors<F>::step(std::uint64_t now_ns) {
    if (now_ns - stepped_ns_ < kStepNs) {
        return;
    }
    stepped_ns_ = now_ns;
    if (now_ns - drawn_ns_ > kDrawNs) {
        draw_reachable_time(now_ns);
    }
    for (auto& [key, entry] : entries_) {
        if (has_timer(entry.state) && now_ns >= entry.due_ns) {
            on_timer(key, entry, now_ns);
        } else if (entry.state == NeighborState::stale &&
                   table_.at(entry.id).last_used_s.load(std::memory_order_relaxed) !=
                       entry.stamp_when_stale) {
            turn(entry, NeighborState::delay, now_ns);
        }
    }
    if (now_ns - collected_ns_ >= settings_.base_reachable_time_ms * kMs / 2) {
        collected_ns_ = now_ns;
        collect_garbage(now_ns);
    }
}

template <net::Family F>
base::Result<void> Neighbors<F>::set_permanent(base::InterfaceId interface, const Address& address,
                                               net::MacAddress mac, std::uint64_t now_ns) {
    Entry* entry = find_or_insert({interface, address}, now_ns);
    if (entry == nullptr) {
        return base::failure(fmt::format("no room for the neighbour {}: there are {} already",
                                         net::to_string(address), entries_.size()));
    }
    turn(*entry, NeighborState::permanent, now_ns);
    entry->mac = mac;
    table_.at(entry->id).resolve(mac);
    return {};
}

template <net::Family F>
bool Neighbors<F>::remove(base::InterfaceId interface, const Address& address) {
    const auto at = entries_.find({interface, address});
    if (at == entries_.end()) {
        return false;
    }
    erase(at);
    return true;
}

template <net::Family F>
std::size_t Neighbors<F>::flush(std::optional<base::InterfaceId> interface) {
    std::size_t count = 0;
    for (auto at = entries_.begin(); at != entries_.end();) {
        if (at->second.state == NeighborState::permanent || (interface && *interface != at->first.first)) {
            ++at;
        } else {
            at = erase(at);
            ++count;
        }
    }
    return count;
}

template <net::Family F>
std::vector<NeighborView<F>> Neighbors<F>::list() const {
    std::vector<NeighborView<F>> views;
    for (const auto& [key, entry] : entries_) {
        NeighborView<F> view{key.first, key.second, std::nullopt, entry.state};
        if (has_mac(entry.state)) {
            view.mac = entry.mac;
        }
        views.push_back(view);
    }
    return views;
}

template <net::Family F>
typename Neighbors<F>::Entry* Neighbors<F>::find(base::InterfaceId interface, const Address& address) {
    const auto at = entries_.find({interface, address});
    return at == entries_.end() ? nullptr : &at->second;
}

/// A new entry has no state of its own yet: the caller gives it one.
template <net::Family F>
typename Neighbors<F>::Entry* Neighbors<F>::find_or_insert(const Key& key, std::uint64_t now_ns) {
    if (Entry* known = find(key.first, key.second)) {
        return known;
    }
    if (entries_.size() >= settings_.gc_thresh3 ||
        (entries_.size() >= settings_.gc_thresh2 && now_ns - trimmed_ns_ > kTrimNs)) {
        trim(now_ns);
    }
    Entry entry;
    if (entries_.size() < settings_.gc_thresh3) {
        entry.id = table_.insert(key.first, key.second);
    }
    if (entry.id == base::kNoAdjacency) {
        ++overflows_;
        return nullptr;
    }
    entry.created_ns = now_ns;
    entry.state = NeighborState::failed;  // knows nothing and asks nobody
    return &entries_.emplace(key, entry).first->second;
}

template <net::Family F>
void Neighbors<F>::need(const Key& key, std::uint64_t now_ns) {
    Entry* entry = find_or_insert(key, now_ns);
    if (entry == nullptr || entry->state != NeighborState::failed) {
        return;  // is known, or being asked
    }
    turn(*entry, NeighborState::incomplete, now_ns);
    table_.at(entry->id).forget();
    ask(key, *entry, now_ns);
}

/// neigh_update: in the kernel's order.
template <net::Family F>
void Neighbors<F>::update(Entry& entry, net::MacAddress mac, NeighborState state, bool overrides,
                          std::uint64_t now_ns) {
    if (entry.state == NeighborState::permanent) {
        return;
    }
    if (state == NeighborState::reachable) {
        entry.confirmed_ns = now_ns;
    }
    const bool was_known = has_mac(entry.state);
    const bool is_same = was_known && entry.mac == mac;
    if (was_known && !is_same && !overrides) {
        return;
    }
    if (is_same && state == NeighborState::stale) {
        return;  // says nothing new
    }
    if (!is_same) {
        entry.updated_ns = now_ns;
        entry.mac = mac;
        entry.confirmed_ns = state == NeighborState::reachable ? now_ns : 0;  // nobody has confirmed this one
    }
    if (state != entry.state) {
        turn(entry, state, now_ns);
    }
    table_.at(entry.id).resolve(mac);
}

template <net::Family F>
void Neighbors<F>::turn(Entry& entry, NeighborState state, std::uint64_t now_ns) {
    entry.state = state;
    entry.updated_ns = now_ns;
    switch (state) {
        case NeighborState::incomplete:
        case NeighborState::probe:
            entry.probes = 0;
            break;
        case NeighborState::reachable:
            entry.due_ns = now_ns + reachable_time_ns_;
            break;
        case NeighborState::delay:
            entry.due_ns = now_ns + settings_.delay_first_probe_time_s * kSecond;
            break;
        case NeighborState::stale:
            entry.stamp_when_stale = table_.at(entry.id).last_used_s.load(std::memory_order_relaxed);
            break;
        case NeighborState::failed:
            table_.at(entry.id).fail();
            break;
        case NeighborState::permanent:
            break;
    }
}

template <net::Family F>
void Neighbors<F>::on_timer(const Key& key, Entry& entry, std::uint64_t now_ns) {
    const std::uint64_t delay_ns = settings_.delay_first_probe_time_s * kSecond;
    switch (entry.state) {
        case NeighborState::reachable:
            if (now_ns <= entry.confirmed_ns + reachable_time_ns_) {
                entry.due_ns = entry.confirmed_ns + reachable_time_ns_;
            } else if (now_ns <= last_used_ns(entry, now_ns) + delay_ns) {
                turn(entry, NeighborState::delay, now_ns);
            } else {
                turn(entry, NeighborState::stale, now_ns);
            }
            return;
        case NeighborState::delay:
            if (now_ns <= entry.confirmed_ns + delay_ns) {
                turn(entry, NeighborState::reachable, now_ns);
                return;
            }
            turn(entry, NeighborState::probe, now_ns);
            break;
        case NeighborState::incomplete:
        case NeighborState::probe:
            break;
        default:
            return;
    }
    const bool is_known = entry.state == NeighborState::probe;
    if (entry.probes >= (is_known ? settings_.ucast_solicit : settings_.mcast_solicit)) {
        turn(entry, NeighborState::failed, now_ns);
    } else {
        ask(key, entry, now_ns);
    }
}

template <net::Family F>
void Neighbors<F>::ask(const Key& key, Entry& entry, std::uint64_t now_ns) {
    ++entry.probes;
    entry.due_ns = now_ns + std::max<std::uint64_t>(settings_.retrans_time_ms, 10) * kMs;
    Solicitation<F> question{key.first, key.second, std::nullopt};
    if (entry.state == NeighborState::probe) {
        question.to = entry.mac;
    }
    outputs_.solicit(question);
}

/// The end of the second in which a worker last stamped the entry; its creation where none ever did.
template <net::Family F>
std::uint64_t Neighbors<F>::last_used_ns(const Entry& entry, std::uint64_t now_ns) const {
    const std::uint64_t stamp = table_.at(entry.id).last_used_s.load(std::memory_order_relaxed);
    return stamp == 0 ? entry.created_ns : std::min(now_ns, stamp * kSecond);
}

template <net::Family F>
typename Neighbors<F>::Entries::iterator Neighbors<F>::erase(typename Entries::iterator at) {
    const base::AdjacencyId id = table_.erase(at->first.first, at->first.second);
    if (id != base::kNoAdjacency) {
        outputs_.retire(id);
    }
    return entries_.erase(at);
}

/// neigh_periodic_work: what nobody has used for a while, and what failed; not while there are few.
template <net::Family F>
void Neighbors<F>::collect_garbage(std::uint64_t now_ns) {
    if (entries_.size() < settings_.gc_thresh1) {
        return;
    }
    for (auto at = entries_.begin(); at != entries_.end();) {
        const Entry& entry = at->second;
        const std::uint64_t used_ns = std::max(last_used_ns(entry, now_ns), entry.confirmed_ns);
        const bool is_idle = entry.state == NeighborState::stale &&
                             is_past(now_ns, used_ns, settings_.gc_stale_time_s * kSecond);
        at = is_idle || entry.state == NeighborState::failed ? erase(at) : std::next(at);
    }
}

/// neigh_forced_gc: room for new neighbours at the cost of old ones, down to gc_thresh2.
template <net::Family F>
void Neighbors<F>::trim(std::uint64_t now_ns) {
    trimmed_ns_ = now_ns;
    std::size_t excess = entries_.size() - std::min<std::size_t>(entries_.size(), settings_.gc_thresh2);
    for (auto at = entries_.begin(); at != entries_.end() && excess > 0;) {
        const Entry& entry = at->second;
        const bool may_go =
            entry.state != NeighborState::permanent &&
            (entry.state == NeighborState::failed || is_past(now_ns, entry.updated_ns, kTrimNs));
        if (may_go) {
            at = erase(at);
            --excess;
        } else {
            ++at;
        }
    }
}

/// neigh_rand_reach_time: between one half and three halves of the base.
template <net::Family F>
void Neighbors<F>::draw_reachable_time(std::uint64_t now_ns) {
    drawn_ns_ = now_ns;
    const std::uint32_t base_ms = settings_.base_reachable_time_ms;
    reachable_time_ns_ = (base_ms == 0 ? 0 : random_.below(base_ms) + base_ms / 2) * kMs;
}

template class Neighbors<net::Ipv4>;

}  // namespace sluice::ctrlplane
