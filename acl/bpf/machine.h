// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "acl/bpf/ancillary.h"
#include "acl/bpf/instruction.h"
#include "acl/matches/packet_bytes.h"

namespace sluice::acl::bpf {

/// Runs a program on a packet: what it returns. Offsets count from the IP header. In: a checked program
/// (check.h) of loads that are answered (ancillary.h). Cost: an instruction at most once each; no memory but
/// its own.
///
/// The arithmetic is that of 32 bits; a shift by X moves by its lowest five bits, as the processor does it
/// for Linux.
template <net::Family F>
class Machine {
public:
    explicit Machine(const PacketView<F>& packet) noexcept : packet_(packet) {}

    [[nodiscard]] std::uint32_t run(std::span<const Instruction> program) noexcept {
        for (std::size_t at = 0; at < program.size(); ++at) {
            const Instruction& instruction = program[at];
            bool goes_on = true;
            switch (class_of(instruction.code)) {
                case Class::ld:
                    goes_on = put(load(instruction), a_);
                    break;
                case Class::ldx:
                    goes_on = put(load(instruction), x_);
                    break;
                case Class::st:
                    cells_[instruction.k] = a_;
                    break;
                case Class::stx:
                    cells_[instruction.k] = x_;
                    break;
                case Class::alu:
                    goes_on = put(calculate(instruction), a_);
                    break;
                case Class::jmp:
                    at += distance(instruction);
                    break;
                case Class::ret:
                    return instruction.code == kReturnA ? a_ : instruction.k;
                case Class::misc:
                    move(instruction.code);
                    break;
            }
            if (!goes_on) {
                return 0;
            }
        }
        return 0;
    }

private:
    static bool put(const std::optional<std::uint32_t>& value, std::uint32_t& place) noexcept {
        place = value.value_or(0);
        return value.has_value();
    }

    void move(std::uint16_t code) noexcept {
        if (code == kXToA) {
            a_ = x_;
        } else {
            x_ = a_;
        }
    }

    std::optional<std::uint32_t> load(const Instruction& instruction) const noexcept {
        const std::uint32_t k = instruction.k;
        switch (mode_of(instruction.code)) {
            case Mode::immediate:
                return k;
            case Mode::absolute:
                return k >= kAncillary ? ancillary(Ancillary{k}) : number(k, bytes_of(instruction.code));
            case Mode::indirect:
                return number(x_ + k, bytes_of(instruction.code));
            case Mode::cell:
                return cells_[k];
            case Mode::length:
                return packet_.bytes;
            case Mode::header_length:
                const std::optional<std::uint32_t> first = number(k, 1);
                return first ? std::optional<std::uint32_t>((*first & 15U) * 4) : std::nullopt;
        }
        return std::nullopt;
    }

    /// Nothing: a division by 0.
    std::optional<std::uint32_t> calculate(const Instruction& instruction) const noexcept {
        const std::uint32_t by = uses_x(instruction.code) ? x_ : instruction.k;
        switch (operation_of(instruction.code)) {
            case Operation::add:
                return a_ + by;
            case Operation::sub:
                return a_ - by;
            case Operation::mul:
                return a_ * by;
            case Operation::div:
                return by == 0 ? std::nullopt : std::optional<std::uint32_t>(a_ / by);
            case Operation::mod:
                return by == 0 ? std::nullopt : std::optional<std::uint32_t>(a_ % by);
            case Operation::bit_or:
                return a_ | by;
            case Operation::bit_and:
                return a_ & by;
            case Operation::bit_xor:
                return a_ ^ by;
            case Operation::left:
                return a_ << (by & 31U);
            case Operation::right:
                return a_ >> (by & 31U);
            case Operation::neg:
                return 0 - a_;
        }
        return std::nullopt;
    }

    /// How many instructions a jump skips.
    std::size_t distance(const Instruction& instruction) const noexcept {
        const std::uint32_t with = uses_x(instruction.code) ? x_ : instruction.k;
        bool holds = false;
        switch (jump_of(instruction.code)) {
            case Jump::always:
                return instruction.k;
            case Jump::equal:
                holds = a_ == with;
                break;
            case Jump::greater:
                holds = a_ > with;
                break;
            case Jump::not_less:
                holds = a_ >= with;
                break;
            case Jump::set:
                holds = (a_ & with) != 0;
                break;
        }
        return holds ? instruction.if_true : instruction.if_false;
    }

    std::optional<std::uint32_t> ancillary(Ancillary what) const noexcept {
        switch (what) {
            case Ancillary::protocol:
                return F::kEtherType;
            case Ancillary::packet_type:
                return static_cast<std::uint32_t>(packet_.frame);
            case Ancillary::mark:
                return packet_.mark;
            case Ancillary::cpu:
                return packet_.cpu;
            case Ancillary::xor_x:
                return a_ ^ x_;
            case Ancillary::vlan_tag:
            case Ancillary::vlan_tag_present:
            case Ancillary::vlan_protocol:
                return 0;
            default:
                return std::nullopt;  // refused at load
        }
    }

    /// The number of so many bytes at an offset; nothing where the packet has them not.
    std::optional<std::uint32_t> number(std::uint32_t offset, std::size_t size) const noexcept {
        std::array<std::byte, 4> room;
        const std::span<std::byte> bytes(room.data(), size);
        if (!(offset < kNegative ? read_at(packet_, offset, bytes) : read_near(offset, bytes))) {
            return std::nullopt;
        }
        std::uint32_t number = 0;
        for (const std::byte byte : bytes) {
            number = number << 8U | std::to_integer<std::uint32_t>(byte);
        }
        return number;
    }

    /// Offsets below zero: from the IP header, or from the frame's, which stands in front of it.
    bool read_near(std::uint32_t offset, std::span<std::byte> out) const noexcept {
        if (offset >= kFromIp) {
            return read_at(packet_, offset - kFromIp, out);
        }
        if (offset < kFromFrame || packet_.in == base::kNoInterface) {
            return false;  // nowhere, or of a packet that came in no frame
        }
        std::size_t at = offset - kFromFrame;
        const std::array<std::byte, kFrameHeader> frame = frame_header();
        for (; at < frame.size() && !out.empty(); ++at, out = out.subspan(1)) {
            out.front() = frame[at];
        }
        return read_at(packet_, std::max(at, frame.size()) - frame.size(), out);
    }

    /// Both MAC addresses and the EtherType; a VLAN's tag has been taken out.
    static constexpr std::size_t kFrameHeader = 14;
    std::array<std::byte, kFrameHeader> frame_header() const noexcept {
        std::array<std::byte, kFrameHeader> frame;
        constexpr std::size_t kMac = sizeof(net::MacAddress);
        std::memcpy(frame.data(), &packet_.destination_mac, kMac);
        std::memcpy(frame.data() + kMac, &packet_.source_mac, kMac);
        frame[2 * kMac] = std::byte(F::kEtherType >> 8U);
        frame[2 * kMac + 1] = std::byte(F::kEtherType & 0xffU);
        return frame;
    }

    const PacketView<F>& packet_;
    std::uint32_t a_ = 0;
    std::uint32_t x_ = 0;
    std::array<std::uint32_t, kCells> cells_{};
};

}  // namespace sluice::acl::bpf
