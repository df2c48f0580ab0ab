// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <new>
#include <optional>

#include "acl/targets/tee_effect.h"
#include "dataplane/net/checksum.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/stages/raw.h"
#include "dataplane/stages/route.h"
#include "dataplane/stages/rules.h"
#include "dataplane/stages/send.h"

/// Copies of packets that TEE sends to a gateway.
///
///   packet ─ ... ─ a rule with -j TEE ─ ... ─ on its way, untouched
///                          │ copy: DF set; in PREROUTING and INPUT the TTL one lower; UNTRACKED
///                          └ route to the gateway ─ OUTPUT (raw, mangle, filter, security) ─ POSTROUTING ─
///                          out
///
/// As nf_dup_ipv4.c: the copy leaves while its packet is still at the rule, so what the copy counts in OUTPUT
/// comes first, and it is on the wire first. It keeps its packet's addresses, mark and type of frame. A copy
/// is not copied again. A rule of mangle OUTPUT that changes its mark or TOS lets it be routed by its own
/// destination, as the kernel's ip_route_me_harder. What becomes of a copy that is too large or whose
/// neighbour is silent is told to the packet's sender: DF is there for that.
///
/// Copies are deep: NAT and the TTL change the packet's own bytes while the copy waits for a neighbour or in
/// a device.
///
/// Threads: the worker's. Cost: a packet buffer, the packet's bytes, the way of a packet of the router's own.
namespace sluice::pipeline {

template <net::Family F>
class Copies {
public:
    /// Takes the copies of this context's packets from here on. In: a context that stays where it is.
    void serve(Context<F>& context) noexcept {
        context_ = &context;
        context.copies = {&Copies::take, this};
    }

private:
    static_assert(std::same_as<F, net::Ipv4>, "nf_dup_ipv6.c: to come with IPv6 rules");
    using Way = route::NextHop<F>;

    static void take(void* self, void* packet, const acl::PacketView<F>& view,
                     const acl::TeeCopy& how) noexcept {
        auto& copies = *static_cast<Copies*>(self);
        if (!copies.is_sending_) {
            copies.is_sending_ = true;
            copies.send(packet::Packet<F>(static_cast<rte_mbuf*>(packet)), view, how);
            copies.is_sending_ = false;
        }
    }

    void send(packet::Packet<F> original, const acl::PacketView<F>& view, const acl::TeeCopy& how) noexcept {
        const packet::Packet<F> copy = copied(original, view);
        if (copy.mbuf() == nullptr) {
            context_->stats.copies_lost.add(1);
            return;
        }
        const packet::Verdict verdict = routed(copy, how);
        if (verdict != packet::Verdict::accept) {
            context_->exits.drop_frame(copy.mbuf(), verdict);
            return;
        }
        context_->stats.copies_sent.add(1);
        walk_.trace.clear();
        walk_.memo.clear();
        walk_.nat = nullptr;
        packet::Batch<F> batch;
        batch.push(copy);
        raw_.run(batch, *context_);
        const std::uint32_t mark = copy.info().mark;
        const std::uint8_t tos = copy.ip().tos;
        output_.run(batch, *context_);
        if (!batch.empty() && (copy.info().mark != mark || copy.ip().tos != tos)) {
            route_again_.run(batch, *context_);
        }
        way_out_.run(batch, *context_);
    }

    /// The copy as it enters OUTPUT, but for its way out.
    packet::Packet<F> copied(packet::Packet<F> original, const acl::PacketView<F>& view) noexcept {
        rte_mbuf* const mbuf = rte_pktmbuf_copy(original.mbuf(), context_->pool, 0, original.mbuf()->pkt_len);
        if (mbuf == nullptr) {
            return {};
        }
        auto& info = *new (rte_mbuf_to_priv(mbuf)) packet::PacketInfo<F>();
        const packet::PacketInfo<F>& from = original.info();
        info.l4_offset = from.l4_offset;
        info.ip_bytes = from.ip_bytes;
        info.group_frame = from.group_frame;
        info.broadcast_frame = from.broadcast_frame;
        info.source_mac = from.source_mac;
        info.destination_mac = from.destination_mac;
        info.has_options = from.has_options;
        info.has_l4 = from.has_l4;
        info.is_icmp_error = from.is_icmp_error;
        info.largest_fragment = from.largest_fragment;
        info.had_dont_fragment = from.had_dont_fragment;
        info.is_local_origin = true;
        info.is_untracked = true;
        info.state = conntrack::CtState::untracked;
        info.mark = view.mark;
        info.is_traced = view.is_traced;
        info.walk = &walk_;
        const packet::Packet<F> copy(mbuf);
        seal(copy.ip(), view);
        return copy;
    }

    /// DF, the TTL where no way out is known yet (PREROUTING and INPUT), and the header's checksum.
    static void seal(net::Ipv4Header& ip, const acl::PacketView<F>& view) noexcept {
        ip.fragment = net::Be16::from_host(
            static_cast<std::uint16_t>(ip.fragment.host() | net::Ipv4Header::kDontFragment));
        if (view.in != base::kNoInterface && view.out == base::kNoInterface) {
            --ip.ttl;
        }
        ip.checksum = {};
        ip.checksum =
            net::checksum_from(net::sum_of({reinterpret_cast<const std::byte*>(&ip), ip.header_bytes()}));
    }

    packet::Verdict routed(packet::Packet<F> copy, const acl::TeeCopy& how) noexcept {
        const Snapshot<F>& snapshot = *context_->snapshot;
        const route::Route<F>& route = snapshot.fib->look_up(how.gateway);
        Way way;
        if (how.out != base::kNoInterface) {
            way = way_by(route, how);
        } else if (route.type == route::RouteType::unicast) {
            way = snapshot.fib->hop_for(route, {}, how.gateway);
        } else {
            const packet::Verdict refusal = route::refusal_of(route.type);
            return refusal == packet::Verdict::accept ? packet::Verdict::local_ignored : refusal;
        }
        packet::PacketInfo<F>& info = copy.info();
        info.out = way.interface;
        info.next_hop = way.is_on_link                 ? how.gateway
                        : way.gateway.is_unspecified() ? copy.ip().destination
                                                       : way.gateway;
        info.mtu = snapshot.interface(way.interface).mtu;
        info.adjacency = context_->adjacencies.find(info.out, info.next_hop);
        return packet::Verdict::accept;
    }

    /// With --oif: the most specific route to the gateway that leaves there; none: whoever the copy is for is
    /// on that link, and the gateway is not asked (ip_route_output_key without a fib_info; `gateway` of the
    /// result is 0.0.0.0). To look for a shorter route takes all of them, once for each set of routes.
    Way way_by(const route::Route<F>& route, const acl::TeeCopy& how) noexcept {
        if (const Way* hop = hop_on(route, how.out)) {
            return *hop;
        }
        const std::uint32_t generation = context_->snapshot->route_generation;
        Known& known = known_[how.gateway.host() % known_.size()];
        if (!known.is_set || known.generation != generation || known.gateway != how.gateway ||
            known.out != how.out) {
            known = {true, generation, how.gateway, how.out, sought(how)};
        }
        return known.way;
    }

    [[nodiscard]] Way sought(const acl::TeeCopy& how) const noexcept {
        Way way{.interface = how.out, .is_on_link = false};
        int longest = -1;
        for (const route::Route<F>& route : context_->snapshot->fib->routes()) {
            const Way* hop = route.type == route::RouteType::unicast ? hop_on(route, how.out) : nullptr;
            const bool leads_there =
                route.length == 0 || (route.network.host() ^ how.gateway.host()) >> (32U - route.length) == 0;
            if (hop != nullptr && leads_there && route.length > longest) {
                way = *hop;
                longest = route.length;
            }
        }
        return way;
    }

    static const Way* hop_on(const route::Route<F>& route, base::InterfaceId out) noexcept {
        const auto found = std::find_if(route.hops.begin(), route.hops.end(),
                                        [&](const Way& hop) { return hop.interface == out; });
        return route.type != route::RouteType::unicast || found == route.hops.end() ? nullptr : &*found;
    }

    struct Known {
        bool is_set = false;
        std::uint32_t generation = 0;
        net::Ipv4Address gateway;
        base::InterfaceId out = base::kNoInterface;
        Way way;
    };
    static constexpr Facts kBegin = kParsed | kWhole | kTracked | kRouted | kLongWay;

    Context<F>* context_ = nullptr;
    bool is_sending_ = false;
    acl::Walk<F> walk_;
    std::array<Known, 8> known_{};
    Pipeline<kBegin, stages::Raw<F, acl::Hook::output>> raw_;
    Pipeline<kBegin, stages::Rules<F, acl::Hook::output>> output_;
    Pipeline<kBegin, stages::RouteLocal<F>> route_again_;
    Pipeline<kBegin | kJudged, stages::Rules<F, acl::Hook::postrouting>, stages::Send<F>> way_out_;
};

}  // namespace sluice::pipeline
