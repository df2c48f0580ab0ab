// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/keyed_hash.h"
#include "dataplane/packet/describe.h"
#include "dataplane/packet/fragment_map.h"
#include "dataplane/packet/fragment_sources.h"
#include "dataplane/packet/join_fragments.h"
#include "dataplane/packet/packet.h"
#include "dataplane/packet/pull_up.h"
#include "dataplane/packet/read_frame.h"

/// Datagrams whose fragments are still on their way; one table a worker (a device that spreads packets over
/// queues keeps the fragments of a datagram together: all of them lack ports, so it hashes addresses).
///
/// Rules are the kernel's (ip_fragment.c, inet_fragment.c; FRAG-1 to FRAG-5):
/// - any order; a piece wholly inside what came already is a duplicate, any other overlap discards the
/// datagram;
/// - a piece other than the last is cut to a multiple of 8 bytes;
/// - two ends, bytes beyond the end, or an ECN mixture that no router makes discard the datagram;
/// - a source that has sent 64 other fragments since the datagram's last one begins it anew
/// (ipfrag_max_dist);
/// - memory beyond ipfrag_high_thresh refuses new fragments; ipfrag_time after the first one all are given
/// up. Beyond the kernel: one source may hold at most half of the memory, so that it cannot starve the others
/// (FRAG-5). A fragment costs a table lookup and two bitmap ranges whatever its place: no list of an
/// attacker's making is walked (FragmentSmack, CVE-2018-5391).
///
/// One file, because the steps of a fragment's life share every line of this state; what does not (the map of
/// what has arrived, the accounts of senders, the joining of segments) has files of its own.
///
/// Example: [0,1400)+ arrives, then [2800,3000), then [1400,2800)+: the third completes it, and a chain of
/// three segments with one header of total length 3020 goes on. The segments stay as they came, so that the
/// datagram can leave in the same pieces (fragment.h).
///
/// Life: `add` takes a fragment over and gives the whole datagram back when it is complete; `expire` once a
/// poll. Owner: one worker.
namespace sluice::packet {

template <net::Family F>
class Reassembly {
public:
    using Address = typename F::Address;

    struct Limits {
        std::uint32_t datagrams = 2048;  ///< incomplete ones at a time; 2.2 KiB each, touched when used
        std::uint32_t pieces = 8192;     ///< fragments at a time; 16 bytes each
    };
    static constexpr std::uint32_t kMaxExpiredPerCall = 16;

    /// `secret` keys the hash: who can choose addresses and ids must not choose buckets.
    explicit Reassembly(std::uint64_t secret) : Reassembly(secret, Limits{}) {}
    Reassembly(std::uint64_t secret, Limits limits);
    Reassembly(const Reassembly&) = delete;
    Reassembly& operator=(const Reassembly&) = delete;
    ~Reassembly() { clear(); }

    /// Takes a fragment over. Returns the whole datagram where this was its last missing piece, else a handle
    /// without mbuf.
    /// In: a sound IP header that says fragment; mbuf cut to its total length.
    /// Out: header made whole, PacketInfo described anew with largest_fragment and had_dont_fragment.
    /// Drops (by `exits`): held, fragment_overlap, fragment_duplicate, fragment_limit, fragment_too_long.
    template <class Exits>
    [[nodiscard]] Packet<F> add(Packet<F> fragment, std::uint64_t now_ns, std::uint64_t high_thresh_bytes,
                                Exits& exits) noexcept;

    /// Gives up datagrams whose time is over, the oldest first, at most kMaxExpiredPerCall of them. The first
    /// fragment, where it is there, leaves with its bytes for the answer 11/1.
    template <class Exits>
    void expire(std::uint64_t now_ns, std::uint32_t ipfrag_time_s, Exits& exits) noexcept {
        const std::uint64_t lifetime_ns = std::uint64_t{ipfrag_time_s} * 1'000'000'000U;
        for (std::uint32_t i = 0; i < kMaxExpiredPerCall && oldest_ != kNone; ++i) {
            if (now_ns - datagrams_[oldest_].since_ns < lifetime_ns) {
                return;
            }
            give_up(oldest_, Verdict::fragment_timeout, exits);
        }
    }

    /// Frees all fragments; for the end of a worker, before its pools go.
    void clear() noexcept {
        while (oldest_ != kNone) {
            release_pieces(datagrams_[oldest_], [](rte_mbuf* mbuf, bool) { rte_pktmbuf_free(mbuf); });
            remove(oldest_);
        }
    }

    [[nodiscard]] std::uint32_t datagrams() const noexcept { return used_datagrams_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    static constexpr std::uint32_t kNone = 0xffffffffU;
    static constexpr std::uint16_t kNeverUsed =
        0xffff;  ///< piece_count of a slot whose map was never cleared

    struct Piece {
        rte_mbuf* mbuf = nullptr;
        std::uint32_t next = kNone;
        std::uint16_t offset = 0;  ///< of the datagram's payload
        std::uint16_t length = 0;
    };

    struct Datagram {
        Address source{};
        Address destination{};
        net::Be16 id;
        std::uint8_t protocol = 0;
        std::uint8_t ecn = 0;  ///< a bit for each ECN value seen
        bool has_first = false;
        bool has_last = false;
        std::uint16_t largest = 0;     ///< IP total length of the largest piece
        std::uint16_t largest_df = 0;  ///< of the largest with DF
        std::uint16_t piece_count = 0;
        std::uint32_t length = 0;      ///< end of the furthest piece
        std::uint32_t received = 0;    ///< bytes that are there
        std::uint32_t pieces = kNone;  ///< newest first
        std::uint32_t bucket_next = kNone;
        std::uint32_t older = kNone;
        std::uint32_t newer = kNone;
        std::uint32_t bucket = 0;
        std::uint32_t distance_mark = 0;
        std::uint64_t since_ns = 0;
    };

    static std::uint32_t memory_of(const rte_mbuf* mbuf) noexcept {
        std::uint32_t bytes = 0;
        for (; mbuf != nullptr; mbuf = mbuf->next) {
            bytes += static_cast<std::uint32_t>(sizeof(rte_mbuf)) + mbuf->priv_size + mbuf->buf_len;
        }
        return bytes;
    }

    [[nodiscard]] std::uint32_t find(Packet<F> fragment, std::uint32_t bucket) const noexcept;
    [[nodiscard]] std::uint32_t open(Packet<F> fragment, std::uint32_t bucket, std::uint64_t now_ns) noexcept;
    void append_newest(std::uint32_t index) noexcept;
    void unlink_age(std::uint32_t index) noexcept;
    void remove(std::uint32_t index) noexcept;
    template <class Free>
    void release_pieces(Datagram& datagram, Free&& free) noexcept;
    template <class Exits>
    void give_up(std::uint32_t index, Verdict verdict, Exits& exits) noexcept;
    [[nodiscard]] Verdict place(std::uint32_t index, Packet<F> fragment) noexcept;
    [[nodiscard]] Verdict complete(std::uint32_t index, Packet<F>& whole) noexcept;

    base::KeyedHash hash_;
    std::uint32_t bucket_mask_ = 0;
    std::vector<std::uint32_t> buckets_;
    std::vector<Datagram> datagrams_;
    std::unique_ptr<FragmentMap[]> maps_;  ///< one a datagram, apart from what is searched
    std::vector<Piece> pieces_;
    FragmentSources<F> sources_;
    std::vector<Piece> ordered_;  ///< scratch for putting pieces in order
    std::uint32_t free_datagram_ = kNone;
    std::uint32_t free_piece_ = kNone;
    std::uint32_t oldest_ = kNone;
    std::uint32_t newest_ = kNone;
    std::uint32_t used_datagrams_ = 0;
    std::uint64_t bytes_ = 0;
};

template <net::Family F>
Reassembly<F>::Reassembly(std::uint64_t secret, Limits limits)
    : hash_(secret),
      buckets_(std::bit_ceil(limits.datagrams), kNone),
      datagrams_(limits.datagrams),
      maps_(std::make_unique_for_overwrite<FragmentMap[]>(limits.datagrams)),
      pieces_(limits.pieces),
      sources_(~secret),
      ordered_(FragmentMap::kUnits) {
    bucket_mask_ = static_cast<std::uint32_t>(buckets_.size() - 1);
    for (std::uint32_t i = limits.datagrams; i-- > 0;) {
        datagrams_[i].bucket_next = free_datagram_;
        datagrams_[i].piece_count = kNeverUsed;
        free_datagram_ = i;
    }
    for (std::uint32_t i = limits.pieces; i-- > 0;) {
        pieces_[i].next = free_piece_;
        free_piece_ = i;
    }
}

template <net::Family F>
std::uint32_t Reassembly<F>::find(Packet<F> fragment, std::uint32_t bucket) const noexcept {
    const auto& ip = fragment.ip();
    std::uint32_t index = buckets_[bucket];
    for (; index != kNone; index = datagrams_[index].bucket_next) {
        const Datagram& datagram = datagrams_[index];
        if (datagram.id == ip.id && datagram.source == ip.source && datagram.destination == ip.destination &&
            datagram.protocol == ip.protocol) {
            return index;
        }
    }
    return kNone;
}

template <net::Family F>
std::uint32_t Reassembly<F>::open(Packet<F> fragment, std::uint32_t bucket, std::uint64_t now_ns) noexcept {
    const std::uint32_t index = free_datagram_;
    if (index == kNone) {
        return kNone;
    }
    Datagram& datagram = datagrams_[index];
    free_datagram_ = datagram.bucket_next;
    maps_[index].clear(datagram.piece_count == kNeverUsed);
    const auto& ip = fragment.ip();
    datagram = {.source = ip.source, .destination = ip.destination, .id = ip.id, .protocol = ip.protocol};
    datagram.bucket = bucket;
    datagram.bucket_next = buckets_[bucket];
    datagram.since_ns = now_ns;
    buckets_[bucket] = index;
    append_newest(index);
    ++used_datagrams_;
    return index;
}

template <net::Family F>
void Reassembly<F>::append_newest(std::uint32_t index) noexcept {
    datagrams_[index].older = newest_;
    datagrams_[index].newer = kNone;
    (newest_ == kNone ? oldest_ : datagrams_[newest_].newer) = index;
    newest_ = index;
}

template <net::Family F>
void Reassembly<F>::unlink_age(std::uint32_t index) noexcept {
    const Datagram& datagram = datagrams_[index];
    (datagram.older == kNone ? oldest_ : datagrams_[datagram.older].newer) = datagram.newer;
    (datagram.newer == kNone ? newest_ : datagrams_[datagram.newer].older) = datagram.older;
}

template <net::Family F>
void Reassembly<F>::remove(std::uint32_t index) noexcept {
    Datagram& datagram = datagrams_[index];
    unlink_age(index);
    std::uint32_t* link = &buckets_[datagram.bucket];
    while (*link != index) {
        link = &datagrams_[*link].bucket_next;
    }
    *link = datagram.bucket_next;
    datagram.piece_count = 0;
    datagram.bucket_next = free_datagram_;
    free_datagram_ = index;
    --used_datagrams_;
}

/// Hands each fragment to `free(mbuf, is_first)` and gives up its accounts.
template <net::Family F>
template <class Free>
void Reassembly<F>::release_pieces(Datagram& datagram, Free&& free) noexcept {
    while (datagram.pieces != kNone) {
        const std::uint32_t index = datagram.pieces;
        Piece& piece = pieces_[index];
        const std::uint32_t memory = memory_of(piece.mbuf);
        bytes_ -= memory;
        sources_.release(datagram.source, memory);
        datagram.pieces = piece.next;
        free(piece.mbuf, piece.offset == 0);
        piece.next = free_piece_;
        free_piece_ = index;
    }
}

template <net::Family F>
template <class Exits>
void Reassembly<F>::give_up(std::uint32_t index, Verdict verdict, Exits& exits) noexcept {
    release_pieces(datagrams_[index], [&](rte_mbuf* mbuf, bool is_first) {
        if (is_first) {
            exits.leave(Packet<F>(mbuf), verdict);
        } else {
            exits.drop_frame(mbuf, verdict);
        }
    });
    remove(index);
}

/// Puts a fragment into its datagram. Returns held; fragment_duplicate: only this one is dropped; else a
/// reason to discard all of the datagram.
template <net::Family F>
Verdict Reassembly<F>::place(std::uint32_t index, Packet<F> fragment) noexcept {
    Datagram& datagram = datagrams_[index];
    const auto& ip = fragment.ip();
    const std::uint32_t begin = ip.offset_bytes();
    std::uint32_t end = begin + ip.total_length.host() - ip.header_bytes();
    const bool is_last = (ip.fragment.host() & net::Ipv4Header::kMoreFragments) == 0;
    if (!is_last) {
        end &= ~7U;
    }
    if (end + ip.header_bytes() > 0xffffU) {
        return Verdict::fragment_too_long;
    }
    if (is_last ? end < datagram.length || (datagram.has_last && end != datagram.length)
                : datagram.has_last && end > datagram.length) {
        return Verdict::fragment_overlap;
    }
    if (begin == end) {
        return Verdict::fragment_overlap;
    }
    switch (maps_[index].enter(begin / 8, (end + 7) / 8)) {
        case FragmentMap::Answer::duplicate:
            return Verdict::fragment_duplicate;
        case FragmentMap::Answer::overlap:
            return Verdict::fragment_overlap;
        case FragmentMap::Answer::fresh:
            break;
    }
    datagram.has_last |= is_last;
    datagram.has_first |= begin == 0;
    datagram.length = std::max(datagram.length, end);
    datagram.received += end - begin;
    datagram.ecn = static_cast<std::uint8_t>(datagram.ecn | 1U << (ip.tos & 3U));
    const auto size = static_cast<std::uint16_t>(ip.header_bytes() + end - begin);
    datagram.largest = std::max(datagram.largest, size);
    if (ip.dont_fragment()) {
        datagram.largest_df = std::max(datagram.largest_df, size);
    }
    trim_to(fragment.mbuf(), size);

    const std::uint32_t slot = free_piece_;
    Piece& piece = pieces_[slot];
    free_piece_ = piece.next;
    piece = {fragment.mbuf(), datagram.pieces, static_cast<std::uint16_t>(begin),
             static_cast<std::uint16_t>(end - begin)};
    datagram.pieces = slot;
    ++datagram.piece_count;
    return Verdict::held;
}

template <net::Family F>
template <class Exits>
Packet<F> Reassembly<F>::add(Packet<F> fragment, std::uint64_t now_ns, std::uint64_t high_thresh_bytes,
                             Exits& exits) noexcept {
    const auto& ip = fragment.ip();
    if (high_thresh_bytes == 0 || bytes_ > high_thresh_bytes || free_piece_ == kNone ||
        sources_.bytes(ip.source) > high_thresh_bytes / 2) {
        exits.leave(fragment, Verdict::fragment_limit);
        return {};
    }
    const std::uint64_t more = std::uint64_t{ip.id.raw()} << 8U | ip.protocol;
    const std::uint64_t hash = hash_(std::as_bytes(std::span(&ip.source, 1)),
                                     hash_(std::as_bytes(std::span(&ip.destination, 1)), more));
    const auto bucket = static_cast<std::uint32_t>(hash) & bucket_mask_;
    std::uint32_t index = find(fragment, bucket);
    if (index == kNone) {
        index = open(fragment, bucket, now_ns);
        if (index == kNone) {
            exits.leave(fragment, Verdict::fragment_limit);
            return {};
        }
    }
    Datagram& found = datagrams_[index];
    std::uint32_t mark = found.distance_mark;
    if (sources_.is_too_far(found.source, mark, found.piece_count > 0)) {
        give_up(index, Verdict::fragment_limit, exits);
        index = open(fragment, bucket, now_ns);  // the slot that has just become free
    }
    datagrams_[index].distance_mark = mark;
    const auto source = ip.source;
    const Verdict verdict = place(index, fragment);
    if (verdict != Verdict::held) {
        exits.leave(fragment, verdict);
        if (verdict != Verdict::fragment_duplicate) {
            give_up(index, verdict, exits);
        }
        return {};
    }
    const std::uint32_t memory = memory_of(fragment.mbuf());
    bytes_ += memory;
    sources_.charge(source, memory);
    const Datagram& datagram = datagrams_[index];
    if (!datagram.has_first || !datagram.has_last || datagram.received != datagram.length) {
        exits.leave(fragment, Verdict::held);
        return {};
    }
    const base::InterfaceId in = fragment.info().in;
    Packet<F> whole;
    if (const Verdict fault = complete(index, whole); fault != Verdict::accept) {
        give_up(index, fault, exits);
        return {};
    }
    whole.info().in = in;  // as the kernel: where the last one came in
    return whole;
}

/// Makes one chain of all pieces and forgets the datagram; or changes nothing and says why they do not fit.
template <net::Family F>
Verdict Reassembly<F>::complete(std::uint32_t index, Packet<F>& whole) noexcept {
    Datagram& datagram = datagrams_[index];
    const std::uint8_t ecn = joined_ecn(datagram.ecn);
    if (ecn == kBadEcn) {
        return Verdict::fragment_overlap;
    }
    std::uint32_t count = 0;
    for (std::uint32_t slot = datagram.pieces; slot != kNone; slot = pieces_[slot].next) {
        ordered_[count++] = pieces_[slot];
    }
    std::sort(ordered_.begin(), ordered_.begin() + count,
              [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
    const Packet<F> first(ordered_[0].mbuf);
    const std::uint32_t total = first.ip().header_bytes() + datagram.length;
    if (total > 0xffffU) {
        return Verdict::fragment_too_long;
    }
    const bool dont_fragment = datagram.largest_df == datagram.largest;
    const std::uint16_t largest = datagram.largest;
    release_pieces(datagram, [](rte_mbuf*, bool) {});  // the accounts, of the mbufs as they came
    remove(index);
    whole = first;
    rte_mbuf* last = rte_pktmbuf_lastseg(first.mbuf());
    for (std::uint32_t i = 1; i < count; ++i) {
        rte_mbuf* const piece = ordered_[i].mbuf;
        last =
            join(first.mbuf(), last, piece, static_cast<std::uint16_t>(Packet<F>(piece).ip().header_bytes()));
    }
    make_header_whole<F>(whole.ip(), total, ecn, dont_fragment);
    pull_up_headers(whole.mbuf());
    whole.info().largest_fragment = largest;
    whole.info().had_dont_fragment = dont_fragment;
    describe(whole);
    return Verdict::accept;
}

}  // namespace sluice::packet
