// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

/// Classic BPF: an accumulator A, an index register X, 16 cells, and a packet to load from.
/// See: McCanne and Jacobson, The BSD Packet Filter (1993); Documentation/networking/filter.rst of Linux.
namespace sluice::acl::bpf {

struct Instruction {
    std::uint16_t code = 0;
    std::uint8_t if_true = 0;   ///< instructions that a conditional jump skips where it holds (`jt`)
    std::uint8_t if_false = 0;  ///< and where it does not (`jf`)
    std::uint32_t k = 0;        ///< the number that the instruction works with
    bool operator==(const Instruction&) const = default;
};

/// What a code does: its lowest three bits.
enum class Class : std::uint8_t { ld, ldx, st, stx, alu, jmp, ret, misc };

/// Where a load takes from: the highest three of its eight bits.
enum class Mode : std::uint8_t { immediate, absolute, indirect, cell, length, header_length };

/// What an ALU instruction computes, by the highest four bits.
enum class Operation : std::uint8_t { add, sub, mul, div, bit_or, bit_and, left, right, neg, mod, bit_xor };

/// When a jump is taken, by the highest four bits.
enum class Jump : std::uint8_t { always, equal, greater, not_less, set };

inline constexpr std::uint16_t kReturnK = 0x06;
inline constexpr std::uint16_t kReturnA = 0x16;
inline constexpr std::uint16_t kXToA = 0x87;  // the other of its class is A to X

inline constexpr std::size_t kCells = 16;

/// Offsets from here on are below zero.
inline constexpr std::uint32_t kNegative = 0x80000000U;
inline constexpr std::uint32_t kFromFrame = 0xffe00000U;  ///< SKF_LL_OFF: from the frame's header
inline constexpr std::uint32_t kFromIp = 0xfff00000U;     ///< SKF_NET_OFF: from the IP header
inline constexpr std::uint32_t kAncillary = 0xfffff000U;  ///< SKF_AD_OFF: no bytes (ancillary.h)

[[nodiscard]] constexpr Class class_of(std::uint16_t code) noexcept {
    return static_cast<Class>(code & 7U);
}
[[nodiscard]] constexpr Mode mode_of(std::uint16_t code) noexcept {
    return static_cast<Mode>(code >> 5U & 7U);
}
[[nodiscard]] constexpr Operation operation_of(std::uint16_t code) noexcept {
    return static_cast<Operation>(code >> 4U & 15U);
}
[[nodiscard]] constexpr Jump jump_of(std::uint16_t code) noexcept {
    return static_cast<Jump>(code >> 4U & 15U);
}
/// Of ALU instructions and conditional jumps: they work with X, not with `k`.
[[nodiscard]] constexpr bool uses_x(std::uint16_t code) noexcept {
    return (code & 8U) != 0;
}
/// Of loads from the packet.
[[nodiscard]] constexpr std::size_t bytes_of(std::uint16_t code) noexcept {
    constexpr std::uint16_t kHalf = 0x08;
    constexpr std::uint16_t kByte = 0x10;
    return (code & 0x18U) == kByte ? 1 : (code & 0x18U) == kHalf ? 2 : 4;
}

/// An absolute load, which alone may ask for what is no byte of the packet.
[[nodiscard]] constexpr bool is_absolute_load(const Instruction& instruction) noexcept {
    return class_of(instruction.code) == Class::ld && mode_of(instruction.code) == Mode::absolute;
}

}  // namespace sluice::acl::bpf
