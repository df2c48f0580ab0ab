// SPDX-License-Identifier: BSD-3-Clause
#include "acl/bpf/check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "acl/bpf/ancillary.h"

namespace sluice::acl::bpf {

namespace {

/// Every code that Linux runs, in order.
constexpr std::array<std::uint16_t, 49> kCodes = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x14, 0x15, 0x16, 0x1c, 0x1d, 0x20, 0x24, 0x25,
    0x28, 0x2c, 0x2d, 0x30, 0x34, 0x35, 0x3c, 0x3d, 0x40, 0x44, 0x45, 0x48, 0x4c, 0x4d, 0x50, 0x54, 0x5c,
    0x60, 0x61, 0x64, 0x6c, 0x74, 0x7c, 0x80, 0x81, 0x84, 0x87, 0x94, 0x9c, 0xa4, 0xac, 0xb1};

bool touches_cell(const Instruction& instruction) {
    const Class kind = class_of(instruction.code);
    const bool is_load = kind == Class::ld || kind == Class::ldx;
    return kind == Class::st || kind == Class::stx || (is_load && mode_of(instruction.code) == Mode::cell);
}

std::string_view flaw_of_jump(const Instruction& instruction, std::size_t behind) {
    if (jump_of(instruction.code) == Jump::always) {
        return instruction.k < behind ? std::string_view() : "jumps out of the program";
    }
    return instruction.if_true < behind && instruction.if_false < behind ? std::string_view()
                                                                         : "jumps out of the program";
}

/// In: how many instructions stand `behind` it.
std::string_view flaw_of(const Instruction& instruction, std::size_t behind) {
    constexpr std::uint32_t kBits = 32;
    const std::uint32_t k = instruction.k;
    if (!std::binary_search(kCodes.begin(), kCodes.end(), instruction.code)) {
        return "is of no known code";
    }
    if (touches_cell(instruction) && k >= kCells) {
        return "uses a cell that there is not: they are 0 to 15";
    }
    if (is_absolute_load(instruction) && k >= kAncillary && !is_known(Ancillary{k})) {
        return "loads from an offset that means nothing";
    }
    if (class_of(instruction.code) == Class::jmp) {
        return flaw_of_jump(instruction, behind);
    }
    if (class_of(instruction.code) != Class::alu || uses_x(instruction.code)) {
        return {};
    }
    const Operation operation = operation_of(instruction.code);
    if ((operation == Operation::div || operation == Operation::mod) && k == 0) {
        return "divides by 0";
    }
    if ((operation == Operation::left || operation == Operation::right) && k >= kBits) {
        return "shifts by more than 31 bits";
    }
    return {};
}

/// Cells that are written on every way to an instruction, as Linux follows them: each instruction is reached
/// from the one in front of it, unless that jumps.
class Written {
public:
    explicit Written(std::size_t size) : before_(size, kAll) {}

    /// False: it reads a cell that may not have been written. In: instructions one after the other.
    bool follow(const Instruction& instruction, std::size_t at) {
        cells_ &= before_[at];
        const auto cell = static_cast<std::uint16_t>(1U << (instruction.k % kCells));
        switch (class_of(instruction.code)) {
            case Class::st:
            case Class::stx:
                cells_ |= cell;
                return true;
            case Class::jmp:
                if (jump_of(instruction.code) == Jump::always) {
                    before_[at + 1 + instruction.k] &= cells_;
                } else {
                    before_[at + 1 + instruction.if_true] &= cells_;
                    before_[at + 1 + instruction.if_false] &= cells_;
                }
                cells_ = kAll;
                return true;
            default:
                return !touches_cell(instruction) || (cells_ & cell) != 0;
        }
    }

private:
    static constexpr std::uint16_t kAll = 0xffff;

    std::vector<std::uint16_t> before_;  ///< of each instruction: what all jumps to it bring
    std::uint16_t cells_ = 0;
};

}  // namespace

std::optional<Flaw> flaw_of(std::span<const Instruction> program) {
    for (std::size_t i = 0; i < program.size(); ++i) {
        if (const std::string_view what = flaw_of(program[i], program.size() - i - 1); !what.empty()) {
            return Flaw{i, what};
        }
    }
    const std::uint16_t last = program.back().code;
    if (last != kReturnK && last != kReturnA) {
        return Flaw{program.size() - 1, "is the last, and must be a return"};
    }
    Written written(program.size());
    for (std::size_t i = 0; i < program.size(); ++i) {
        if (!written.follow(program[i], i)) {
            return Flaw{i, "reads a cell that has not been written on every way there"};
        }
    }
    return std::nullopt;
}

}  // namespace sluice::acl::bpf
