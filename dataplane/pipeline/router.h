// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/copies.h"
#include "dataplane/pipeline/facts.h"
#include "dataplane/stages/answer.h"
#include "dataplane/stages/confirm.h"
#include "dataplane/stages/defragment.h"
#include "dataplane/stages/forward.h"
#include "dataplane/stages/help.h"
#include "dataplane/stages/host.h"
#include "dataplane/stages/parse.h"
#include "dataplane/stages/raw.h"
#include "dataplane/stages/record_route.h"
#include "dataplane/stages/remember.h"
#include "dataplane/stages/route.h"
#include "dataplane/stages/rules.h"
#include "dataplane/stages/send.h"
#include "dataplane/stages/short_way.h"
#include "dataplane/stages/track.h"

/// The whole way of a packet.
///
///   frames ─ Parse ─ Defragment ─ Track ─ ShortWay ──────────────── path known: rewrite, L2, out ──────────┐
///              │                              │                                                            │
///              └ ARP: answered, told          └ Rules<prerouting> ─ Route ─┬─ Forward ─ Rules<forward> ─┐  │
///                to the control thread                                     │                            │  │
///                                                                   to_host│      Rules<postrouting> ───┤  │
///                                                                          ▼              ▲     Help, Confirm
///                                                  Rules<input> ─ Help, Confirm           │       Remember │
///                                                                          │              │          Send ─┴─ out
///                                                                        Host             │
///                                                                          │ echo reply, RST, ICMP error
///                                                                          ▼              │
///                                      Track ─ Route ─ Rules<output> ─ Route ─────────────┘
///
/// A rule with TEE sends a copy at once, by a way of its own (copies.h).
///
/// Whatever leaves a stage early goes to Exits with its verdict. Drops that have an answer (an ICMP error, a TCP
/// reset) wait there for Answer, which makes the packets that take the way from the host.
namespace sluice::pipeline {

/// What comes in from a device, as far as conntrack.
template <net::Family F>
using Arrivals = Pipeline<kFrame,                               //
                          stages::Parse<F>,                     //
                          stages::Defragment<F>,                //
                          stages::Raw<F, acl::Hook::prerouting>,
                          stages::Track<F>>;

/// The way through the router, of what is known to conntrack.
template <net::Family F>
using Through = Pipeline<kParsed | kWhole | kTracked,           //
                         stages::ShortWay<F>,                   //
                         stages::Rules<F, acl::Hook::prerouting>,
                         stages::Route<F>,                      //
                         stages::Forward<F>,                    //
                         stages::Rules<F, acl::Hook::forward>,  //
                         stages::RecordRoute<F>,                //
                         stages::Rules<F, acl::Hook::postrouting>,
                         stages::Help<F>,                       //
                         stages::Confirm<F>,                    //
                         stages::Remember<F>,                   //
                         stages::Send<F>>;

/// What Route found to be for the router itself.
template <net::Family F>
using ToHost = Pipeline<kParsed | kWhole | kTracked | kLongWay | kRouted,  //
                        stages::Rules<F, acl::Hook::input>,                //
                        stages::Help<F>,                                   //
                        stages::Confirm<F>,                                //
                        stages::Host<F>>;

/// What the router makes itself: echo replies, resets, ICMP errors.
template <net::Family F>
using FromHost = Pipeline<kParsed | kWhole,                      //
                          stages::RouteLocal<F, true>,           // OUTPUT's rules know the way out
                          stages::Raw<F, acl::Hook::output>,     //
                          stages::Track<F>,                      //
                          stages::EnterRules<F>,                 //
                          stages::Rules<F, acl::Hook::output>,   //
                          stages::RouteLocal<F>,                 // nat in OUTPUT may have changed it
                          stages::Rules<F, acl::Hook::postrouting>,
                          stages::Help<F>,                       //
                          stages::Confirm<F>,                    //
                          stages::Send<F>>;

/// The router on one worker: all three pipelines, and the rounds that connect them.
template <net::Family F>
class Router {
public:
    /// Takes a burst of frames of one device through; all of them are owned by the router from here on.
    void receive(packet::Batch<F>& frames, Context<F>& context) noexcept {
        copies_.serve(context);
        const bool one_by_one = context.snapshot->program->is_sequential(acl::TableId::raw);
        each(frames, one_by_one, [&](packet::Batch<F>& batch) {
            arrivals_.run(batch, context);
            go_in_order(batch, context);
            if (one_by_one) {
                settle(context);
            }
        });
        frames.clear();
        settle(context);
    }

    /// Work that no arrival asks for: held packets whose neighbour answered or failed, fragments that are too old,
    /// connections whose time has come. Once a poll.
    void tend(Context<F>& context) noexcept {
        copies_.serve(context);
        packet::Batch<F> unheld;
        context.hold.collect(context.now_ns, context.adjacencies, unheld, context.exits);
        context.walks.reset();
        send_.process(unheld, context);
        context.reassembly.expire(context.now_ns, context.snapshot->sysctls.ipfrag_time_s, context.exits);
        context.connections.tend(context.worker, context.now, kExpiriesAPoll, context.grace);
        settle(context);
    }

private:
    /// Runs what a burst has left: first the packets to the host, then the answers to what was dropped, then the
    /// packets that had to wait for another of their burst. Bounded: the first of those does not have to wait again.
    void settle(Context<F>& context) noexcept {
        run_host(context);
        for (int round = 0; !context.exits.deferred.empty() && round < kMaxRounds; ++round) {
            packet::Batch<F> again = context.exits.deferred;
            context.exits.deferred.clear();
            resume_.process(again, context);
            go_through(again, context);
        }
        for (packet::Packet<F> packet : context.exits.deferred) {
            context.exits.drop_frame(packet.mbuf(), packet::Verdict::connection_clash);
        }
        context.exits.deferred.clear();
    }

    /// Calls `use` with the whole batch, or with one packet after the other.
    template <class Use>
    static void each(packet::Batch<F>& batch, bool one_by_one, Use&& use) noexcept {
        if (!one_by_one) {
            use(batch);
            return;
        }
        for (packet::Packet<F> packet : batch) {
            packet::Batch<F> single;
            single.push(packet);
            use(single);
        }
    }

    /// The same as go_through for packets that have just arrived. Where they go one after the other, those that had to wait
    /// for another of their burst keep their place among them.
    void go_in_order(packet::Batch<F>& batch, Context<F>& context) noexcept {
        if (context.exits.deferred.empty() || !goes_one_by_one(context)) {
            go_through(batch, context);
            return;
        }
        packet::Batch<F> waiting = context.exits.deferred;
        context.exits.deferred.clear();
        auto next = waiting.begin();
        const auto go_again = [&] {
            packet::Batch<F> single;
            single.push(*next++);
            resume_.process(single, context);
            go_through(single, context);
        };
        for (packet::Packet<F> packet : batch) {
            for (const std::uint8_t place = packet.info().place;
                 next != waiting.end() && (*next).info().place < place;) {
                go_again();
            }
            packet::Batch<F> single;
            single.push(packet);
            go_through(single, context);
        }
        while (next != waiting.end()) {
            go_again();
        }
    }

    /// From conntrack to the way out. One after the other where the rules have something that the next packet may
    /// see; else all together, which the rules cannot tell from one after the other.
    void go_through(packet::Batch<F>& batch, Context<F>& context) noexcept {
        each(batch, goes_one_by_one(context), [&](packet::Batch<F>& part) {
            context.walks.reset();
            through_.run(part, context);
            run_host(context);
        });
    }

    /// True where the rules have something that one packet does and the next may see.
    [[nodiscard]] static bool goes_one_by_one(const Context<F>& context) noexcept {
        const acl::Program<F>& program = *context.snapshot->program;
        bool any = false;
        for (std::size_t table = 0; table < acl::kTables; ++table) {
            any = any || program.is_sequential(static_cast<acl::TableId>(table));
        }
        return any;
    }

    void run_host(Context<F>& context) noexcept {
        packet::Batch<F> batch = context.exits.to_host;
        context.exits.to_host.clear();
        to_host_.run(batch, context);  // packets keep the walk that they took on arrival
        answer_.process(context.exits.answers, context);  // frees them; what it makes joins `made`
        context.exits.answers.clear();
        packet::Batch<F> made = context.exits.made;
        context.exits.made.clear();
        context.walks.reset();
        from_host_.run(made, context);
        // What the router's own packets caused (no route for an answer) is not answered.
        for (packet::Packet<F> packet : context.exits.answers) {
            context.exits.discard(packet);
        }
        context.exits.answers.clear();
    }

    static constexpr int kMaxRounds = packet::kBatchSize;
    static constexpr unsigned kExpiriesAPoll = 64;

    Arrivals<F> arrivals_;
    stages::Track<F> resume_;  ///< deferred packets have been parsed, and are whole
    Through<F> through_;
    ToHost<F> to_host_;
    FromHost<F> from_host_;
    stages::Send<F> send_;
    stages::Answer<F> answer_;
    Copies<F> copies_;
};

}  // namespace sluice::pipeline
