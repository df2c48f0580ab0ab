// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Marks of packets and connections as they are written: VALUE[/MASK].
namespace sluice::acl::text {

struct MaskedMark {
    std::uint32_t value = 0;
    std::uint32_t mask = 0xffffffffU;
    bool operator==(const MaskedMark&) const = default;
};

/// Nothing where `text` is not VALUE[/MASK], each from 0 to 2^32-1 in decimal, octal or hexadecimal.
[[nodiscard]] std::optional<MaskedMark> parse_masked_mark(std::string_view text);

/// ` 0x1`, or ` 0x1/0xff` where the mask has gaps.
void append_masked_mark(const MaskedMark& mark, std::string& out);

/// What `--set-xmark` and its shorter forms do, in `-L`'s words: ` set 0x1`, ` and 0xff`, ` xset 0x1/0xff`.
void append_mark_change(const MaskedMark& change, std::string& out);

/// The change (mark & ~mask) ^ value that an option of MARK or CONNMARK stands for.
/// In: `option` one of set-xmark, set-mark, and-mark, or-mark, xor-mark.
[[nodiscard]] std::optional<MaskedMark> parse_mark_change(std::string_view option, std::string_view text);

}  // namespace sluice::acl::text
