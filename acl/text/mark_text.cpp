// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/mark_text.h"

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kAll = 0xffffffffU;

}  // namespace

std::optional<MaskedMark> parse_masked_mark(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto value = parse_number(text.substr(0, slash), kAll);
    const auto mask =
        slash == std::string_view::npos ? std::optional(kAll) : parse_number(text.substr(slash + 1), kAll);
    if (!value || !mask) {
        return std::nullopt;
    }
    return MaskedMark{*value, *mask};
}

void append_masked_mark(const MaskedMark& mark, std::string& out) {
    base::append(out, " 0x{:x}", mark.value);
    if (mark.mask != kAll) {
        base::append(out, "/0x{:x}", mark.mask);
    }
}

void append_mark_change(const MaskedMark& change, std::string& out) {
    const auto append = [&](std::string_view word, std::uint32_t value) {
        base::append(out, " {} 0x{:x}", word, value);
    };
    if (change.value == 0) {
        append("and", ~change.mask);
    } else if (change.value == change.mask) {
        append("or", change.value);
    } else if (change.mask == 0) {
        append("xor", change.value);
    } else if (change.mask == kAll) {
        append("set", change.value);
    } else {
        append("xset", change.value);
        base::append(out, "/0x{:x}", change.mask);
    }
}

std::optional<MaskedMark> parse_mark_change(std::string_view option, std::string_view text) {
    if (option == "set-xmark" || option == "set-mark") {
        auto change = parse_masked_mark(text);
        if (change && option == "set-mark") {
            change->mask |= change->value;
        }
        return change;
    }
    const auto value = parse_number(text, kAll);
    if (!value) {
        return std::nullopt;
    }
    if (option == "and-mark") {
        return MaskedMark{0, ~*value};
    }
    return MaskedMark{*value, option == "or-mark" ? *value : 0U};
}

}  // namespace sluice::acl::text
