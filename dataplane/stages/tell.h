// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <variant>

#include "acl/packet_view.h"
#include "acl/targets/told.h"
#include "dataplane/pipeline/context.h"

/// Targets that tell: a copy of the packet's beginning for the control thread.
namespace sluice::stages {

/// How many of a packet's bytes are wanted: those that are put into words, or more for a file.
[[nodiscard]] inline std::size_t bytes_wanted(const acl::Told& told) noexcept {
    const auto* nflog = std::get_if<acl::NflogTarget>(&told.what);
    const std::size_t kept =
        nflog == nullptr ? 0 : nflog->size.value_or(std::numeric_limits<std::uint32_t>::max());
    return std::max(kept, pipeline::LogHead::kWordBytes);
}

/// An acl::LogSink. In: `self`, the context.
template <net::Family F>
void tell(void* self, const acl::Told& told, const acl::PacketView<F>& view) noexcept {
    auto& context = *static_cast<pipeline::Context<F>*>(self);
    if (context.log == nullptr) {
        return;
    }
    const bool has_tail = view.tail.read != nullptr;
    const std::size_t there = has_tail ? view.bytes : view.packet.size();
    const std::size_t count = std::min({bytes_wanted(told), there, std::size_t{view.bytes}});
    const std::span<std::byte> room = context.log->begin(sizeof(pipeline::LogHead) + count);
    if (room.empty()) {
        context.stats.log_lost.add(1);
        return;
    }
    pipeline::LogHead head;
    head.told = told;
    head.in = view.in;
    head.out = view.out;
    head.mark = view.mark;
    head.source_mac = view.source_mac;
    head.frame = view.frame;
    head.packet_bytes = view.bytes;
    head.now_ns = view.now_ns;
    std::memcpy(room.data(), &head, sizeof head);
    const std::span<std::byte> to = room.subspan(sizeof head);
    if (has_tail) {
        (void)view.tail.read(view.tail.packet, 0, to);  // the packet is as long as its header says
    } else if (count != 0) {
        std::memcpy(to.data(), view.packet.data(), count);
    }
    context.log->commit();
}

}  // namespace sluice::stages
