// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_effects.h"

namespace sluice::model {

namespace {

/// Bit by bit: outside the mask the mark stays, inside it is cleared; then the value is added without carry.
std::uint32_t changed(std::uint32_t mark, std::uint32_t mask, std::uint32_t value) {
    std::uint32_t result = 0;
    for (unsigned bit = 0; bit < 32; ++bit) {
        const bool kept = (mark >> bit & 1) == 1 && (mask >> bit & 1) == 0;
        const bool flips = (value >> bit & 1) == 1;
        result += kept != flips ? 1U << bit : 0U;
    }
    return result;
}

std::uint32_t shifted(const acl::ConnmarkTarget& target, std::uint32_t mark) {
    for (unsigned step = 0; step < target.shift % 32; ++step) {
        mark = target.shifts_right ? mark / 2 : mark * 2;
    }
    return mark;
}

void affect(const acl::MarkTarget& target, Packet& packet) {
    packet.mark = changed(packet.mark, target.mask, target.value);
}

void affect(const acl::ConnmarkTarget& target, Packet& packet) {
    using Mode = acl::ConnmarkTarget::Mode;
    if (packet.connection == nullptr) {
        return;
    }
    if (target.mode == Mode::set) {
        packet.connection_mark =
            shifted(target, changed(packet.connection_mark, target.connection_mask, target.value));
    } else if (target.mode == Mode::save) {
        packet.connection_mark = changed(packet.connection_mark, target.connection_mask,
                                         shifted(target, packet.mark & target.packet_mask));
    } else {
        packet.mark = changed(packet.mark, target.packet_mask,
                              shifted(target, packet.connection_mark & target.connection_mask));
    }
}

template <class Target>
void affect(const Target&, Packet&) {}  // verdicts, jumps

}  // namespace

Packet affected(const acl::AnyTarget& target, const Packet& packet) {
    Packet after = packet;
    std::visit([&](const auto& held) { affect(held, after); }, target);
    return after;
}

}  // namespace sluice::model
