// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "tests/model/generate.h"

/// Random programs of classic BPF that Linux would take.
namespace sluice::model {

using acl::bpf::Instruction;

/// Mostly of the headers; a few lead behind the packet, or are negative: from the IP header, from the
/// frame's, or nowhere.
std::uint32_t Generator::bpf_offset() {
    if (chance(75)) {
        return below(44);
    }
    if (chance(50)) {
        return (chance(50) ? 0xfff00000U : 0xffe00000U) + below(40);
    }
    return chance(80) ? below(100) : chance(50) ? 0x80000000U + below(0x7fe00000U) : below(0xffffffffU);
}

/// In: how many instructions stand `behind` it.
Instruction Generator::bpf_instruction(std::uint32_t behind) {
    constexpr std::array<std::uint16_t, 6> kLoads = {0x20, 0x28, 0x30, 0x40, 0x48, 0x50};
    constexpr std::array<std::uint16_t, 7> kOtherLoads = {0x00, 0x01, 0x60, 0x61, 0x80, 0x81, 0xb1};
    constexpr std::array<std::uint16_t, 11> kOperations = {0x04, 0x14, 0x24, 0x34, 0x44, 0x54,
                                                           0x64, 0x74, 0x84, 0x94, 0xa4};
    constexpr std::array<std::uint16_t, 4> kJumps = {0x15, 0x25, 0x35, 0x45};
    constexpr std::array<std::uint32_t, 8> kAncillary = {0, 4, 20, 36, 40, 44, 48, 60};
    const auto pick = [&](const auto& values) {
        return values[below(static_cast<std::uint32_t>(values.size()))];
    };
    const std::uint32_t number = chance(70) ? below(40) : below(0xffffffffU);
    const std::uint32_t kind = below(100);
    if (kind < 30) {
        const std::uint16_t code = pick(kLoads);
        const std::uint32_t offset = bpf_offset();
        const bool is_absolute = code < 0x40;
        if (is_absolute && (offset >= 0xfffff000U || chance(15))) {
            return {code, 0, 0, 0xfffff000U + pick(kAncillary)};
        }
        return {code, 0, 0, offset};
    }
    if (kind < 45) {
        const std::uint16_t code = pick(kOtherLoads);
        const bool is_cell = code == 0x60 || code == 0x61;
        return {code, 0, 0, is_cell ? below(3) : code == 0xb1 ? bpf_offset() : number};
    }
    if (kind < 65) {
        const std::uint16_t code = pick(kOperations);
        if (code != 0x84 && chance(50)) {
            return {static_cast<std::uint16_t>(code + 8), 0, 0, number};
        }
        return {code, 0, 0, 1 + below(code == 0x64 || code == 0x74 ? 31 : 100)};
    }
    if (kind < 85 && behind > 1) {
        const auto far = [&] { return static_cast<std::uint8_t>(below(std::min(behind, 6U))); };
        if (chance(15)) {
            return {0x05, 0, 0, below(std::min(behind, 3U))};
        }
        return {static_cast<std::uint16_t>(pick(kJumps) + (chance(30) ? 8 : 0)), far(), far(), number};
    }
    if (kind < 92) {
        return {static_cast<std::uint16_t>(chance(50) ? 0x02 : 0x03), 0, 0, below(3)};
    }
    if (kind < 98) {
        return {static_cast<std::uint16_t>(chance(60) ? 0x07 : 0x87), 0, 0, 0};
    }
    return {static_cast<std::uint16_t>(chance(50) ? 0x06 : 0x16), 0, 0, below(2)};
}

/// The cells that are read are written first.
std::vector<Instruction> Generator::bpf_program() {
    std::vector<Instruction> program = {{0x02, 0, 0, 0}, {0x03, 0, 0, 1}, {0x02, 0, 0, 2}};
    for (std::uint32_t behind = 1 + below(20); behind > 0; --behind) {
        program.push_back(bpf_instruction(behind));
    }
    program.push_back({static_cast<std::uint16_t>(chance(70) ? 0x16 : 0x06), 0, 0, below(2)});
    return program;
}

}  // namespace sluice::model
