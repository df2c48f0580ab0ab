// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "dataplane/pipeline/context.h"
#include "dataplane/stages/tell.h"
#include "dataplane/stages/ttl.h"
#include "dataplane/stages/view.h"
#include "nat/dress.h"

/// A remembered path that asks and does something: whether it holds for a packet, and the doing.
namespace sluice::stages {

/// Which end a step of NAT dresses.
[[nodiscard]] constexpr nat::Ends ends_of(acl::PathStep::Kind kind) noexcept {
    return kind == acl::PathStep::Kind::dress_destination ? nat::kDestinationEnd : nat::kSourceEnd;
}

/// Goes through the steps of paths with one packet, without touching it.
///
/// The packet's view is changed as NAT, forwarding and the targets would change the packet, so that each question meets
/// what it would meet on the long way. Where a path asks about bytes that have been changed before (a u32 match
/// behind SNAT), the packet is copied and the copy changed.
template <net::Family F>
class Rehearsal {
public:
    Rehearsal(packet::Packet<F> packet, acl::Memo& memo, pipeline::Context<F>& context) noexcept
        : packet_(packet), memo_(memo), context_(context) {
        fill_view(arrived_, packet, context);
        arrived_.string_hits = &string_hits_;
    }

    /// True where every question of the path has the answer that it had. Matches whose asking counts are asked
    /// once, however many paths are tried: see acl::Memo.
    [[nodiscard]] bool holds(const pipeline::Path& path) noexcept {
        acl::PacketView<F> view = arrived_;
        out_ = path.out;
        if (has_changes_) {
            string_hits_.clear();
        }
        has_changes_ = path.needs_bytes;
        acl::Subject<F> subject{.view = view, .bytes = {}, .is_rehearsal = true};
        std::array<std::byte, kLargestCopy> copy;
        if (path.needs_bytes) {
            const std::span<std::byte> bytes = packet_.bytes();
            if (bytes.size() > copy.size() || packet_.is_chained()) {
                return false;
            }
            std::memcpy(copy.data(), bytes.data(), bytes.size());
            subject.bytes = {copy.data(), bytes.size()};
            view.packet = subject.bytes;
        }
        memo_.rewind();
        const auto steps = context_.rules->steps(path);
        return std::all_of(steps.begin(), steps.end(),
                           [&](const acl::PathStep& step) { return passes(step, subject); });
    }

    /// Does for real what the path does, up to its end.
    void perform(const pipeline::Path& path) noexcept {
        packet::PacketInfo<F>& info = packet_.info();
        acl::PacketView<F>& view = arrived_;
        acl::Subject<F> subject{.view = view, .bytes = packet_.bytes(), .connection = info.connection};
        subject.log = {&tell<F>, &context_};
        subject.packet = packet_.mbuf();
        subject.copies = context_.copies;
        for (const acl::PathStep& step : context_.rules->steps(path)) {
            switch (step.kind) {
                case acl::PathStep::Kind::guard:
                case acl::PathStep::Kind::history:
                case acl::PathStep::Kind::string:
                case acl::PathStep::Kind::string_count: break;
                case acl::PathStep::Kind::effect: context_.rules->program().apply(step, subject); break;
                case acl::PathStep::Kind::forward:
                    lower_ttl(packet_.ip());
                    --view.ttl;
                    view.out = path.out;
                    view.out_mtu = context_.snapshot->interface(path.out).mtu;
                    break;
                case acl::PathStep::Kind::dress_destination:
                case acl::PathStep::Kind::dress_source:
                    dress(step.kind, subject.bytes);
                    wear(step.kind, view);
                    break;
            }
        }
        take_changes(packet_, view);
    }

private:
    static constexpr std::size_t kLargestCopy = 2048;

    bool passes(const acl::PathStep& step, acl::Subject<F>& subject) noexcept {
        const acl::Program<F>& program = context_.rules->program();
        const auto answers_alike = [&](acl::Answer answer) {
            return answer == (step.answer ? acl::Answer::yes : acl::Answer::no);
        };
        switch (step.kind) {
            case acl::PathStep::Kind::guard: return answers_alike(program.ask(step, subject.view));
            case acl::PathStep::Kind::history:
                return answers_alike(
                    memo_.answer(step.rule, step.match, [&] { return program.ask(step, subject.view); }));
            case acl::PathStep::Kind::string:
            case acl::PathStep::Kind::string_count: return program.has_strings(step, subject.view);
            case acl::PathStep::Kind::effect:
                if (!subject.bytes.empty()) {
                    string_hits_.clear();
                }
                return program.apply(step, subject) == acl::Applied::done;
            case acl::PathStep::Kind::forward:
                if (subject.view.ttl <= 1) {
                    return false;  // a target has lowered it
                }
                --subject.view.ttl;
                subject.view.out = out_;
                subject.view.out_mtu = context_.snapshot->interface(out_).mtu;
                if (!subject.bytes.empty()) {
                    string_hits_.clear();
                    lower_ttl(*reinterpret_cast<typename F::Header*>(subject.bytes.data()));
                }
                return true;
            case acl::PathStep::Kind::dress_destination:
            case acl::PathStep::Kind::dress_source:
                if (!subject.bytes.empty()) {
                    string_hits_.clear();
                    dress(step.kind, subject.bytes);
                }
                wear(step.kind, subject.view);
                return true;
        }
        return false;
    }

    void dress(acl::PathStep::Kind kind, std::span<std::byte> bytes) const noexcept {
        const packet::PacketInfo<F>& info = packet_.info();
        nat::dress<F>(bytes, info.l4_offset, (*info.connection)[info.way].leaves, ends_of(kind));
    }

    /// The addresses and ports of the view; matches whose asking counts may be kept by them.
    void wear(acl::PathStep::Kind kind, acl::PacketView<F>& view) const noexcept {
        const packet::PacketInfo<F>& info = packet_.info();
        const conntrack::Translation<F>& leaves = (*info.connection)[info.way].leaves;
        const bool has_ports = view.has_l4 && view.protocol != F::kIcmpProtocol;
        if (kind == acl::PathStep::Kind::dress_destination) {
            view.destination = leaves.destination;
            if (has_ports) {
                view.destination_port = leaves.destination_port;
            }
        } else {
            view.source = leaves.source;
            if (has_ports) {
                view.source_port = leaves.source_port;
            }
        }
    }

    packet::Packet<F> packet_;
    acl::Memo& memo_;
    pipeline::Context<F>& context_;
    acl::PacketView<F> arrived_;
    acl::strings::Hits string_hits_;  ///< of the packet as it arrived, or of the copy as it stands
    bool has_changes_ = false;        ///< the last path that was rehearsed has changed the copy
    base::InterfaceId out_ = base::kNoInterface;  ///< of the path that is being rehearsed
};

}  // namespace sluice::stages
