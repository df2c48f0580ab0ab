// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include "conntrack/table.h"
#include "dataplane/packet/batch.h"
#include "dataplane/pipeline/stats.h"

namespace sluice::pipeline {

/// Where packets leave the path: to the host, to a later round, to be answered, or to nowhere.
///
/// The only place that frees packets. Counts every verdict, so no stage has counter code of its own.
template <net::Family F>
class Exits {
public:
    Exits(WorkerStats& stats, conntrack::Table<F>& connections, base::WorkerId worker)
        : stats_(stats), connections_(connections), worker_(worker) {}

    void leave(packet::Packet<F> packet, packet::Verdict verdict) noexcept {
        using packet::Verdict;
        stats_.verdicts[static_cast<std::size_t>(verdict)].add(1);
        switch (verdict) {
            case Verdict::to_host: return put(to_host, packet);
            case Verdict::deferred: return put(deferred, packet);
            case Verdict::held: return;  // the holder owns it
            default: break;
        }
        packet.info().verdict = verdict;
        if (packet::answer_of(verdict).kind != packet::Answer::Kind::none && !answers.full()) {
            answers.push(packet);  // the answer takes a pending connection over
            return;
        }
        discard(packet);
    }

    /// Gives up a packet that has been counted already: its pending connection, and its memory.
    void discard(packet::Packet<F> packet) noexcept {
        abandon(packet);
        rte_pktmbuf_free(packet.mbuf());
    }

    /// Frees a frame that never became a packet, or whose packet has been copied.
    void drop_frame(rte_mbuf* frame, packet::Verdict verdict) noexcept {
        stats_.verdicts[static_cast<std::size_t>(verdict)].add(1);
        rte_pktmbuf_free(frame);
    }

    packet::Batch<F> to_host;   ///< taken up by the ToHost pipeline after the burst
    packet::Batch<F> deferred;  ///< go through once more after the burst
    packet::Batch<F> made;      ///< made by the router (Host, Answer): take the FromHost pipeline next
    packet::Batch<F> answers;   ///< dropped with an answer: the Answer stage builds it, and frees them

private:
    void put(packet::Batch<F>& batch, packet::Packet<F> packet) noexcept {
        if (batch.full()) {
            abandon(packet);
            drop_frame(packet.mbuf(), packet::Verdict::worker_queue_full);
        } else {
            batch.push(packet);
        }
    }
    /// A connection exists only after its first packet got through (CT-11).
    void abandon(packet::Packet<F> packet) noexcept {
        packet::PacketInfo<F>& info = packet.info();
        if (info.is_pending) {
            connections_.abandon(worker_, *info.connection);
            info.is_pending = false;
            info.connection = nullptr;
        }
    }

    WorkerStats& stats_;
    conntrack::Table<F>& connections_;
    base::WorkerId worker_;
};

}  // namespace sluice::pipeline
