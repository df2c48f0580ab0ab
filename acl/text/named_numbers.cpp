// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/named_numbers.h"

#include <array>
#include <cstdio>
#include <memory>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::uint32_t kAllBits = 0xffffffffU;

std::string_view without_blanks(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\n");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

/// Calls `use(number, name)` for each line `NUMBER NAME`, until it says true; `#` begins a comment.
template <class Use>
void each_name(const char* path, Use&& use) {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path, "re"), close);
    std::array<char, 512> buffer{};
    while (file && std::fgets(buffer.data(), buffer.size(), file.get()) != nullptr) {
        const std::string_view line = without_blanks(buffer.data());
        const auto number = leading_number(line);
        if (!number || number->value > kAllBits) {
            continue;
        }
        const std::string_view rest = without_blanks(number->rest);
        const std::string_view name = rest.substr(0, rest.find_first_of(" \t\n#"));
        if (!name.empty() && use(static_cast<std::uint32_t>(number->value), name)) {
            return;
        }
    }
}

}  // namespace

std::optional<MaskedMark> parse_named_number(std::string_view text, const char* file) {
    if (const auto number = parse_masked_mark(text)) {
        return number;
    }
    std::optional<MaskedMark> found;
    each_name(file, [&](std::uint32_t number, std::string_view name) {
        if (name == text) {
            found = MaskedMark{number, kAllBits};
        }
        return found.has_value();
    });
    return found;
}

void append_named_number(const MaskedMark& number, const char* file, bool numeric, std::string& out) {
    bool is_named = false;
    if (!numeric && number.mask == kAllBits) {
        each_name(file, [&](std::uint32_t known, std::string_view name) {
            is_named = known == number.value;
            out += is_named ? name : "";
            return is_named;
        });
    }
    if (!is_named) {
        base::append(out, "0x{:x}", number.value);
    }
    if (number.mask != kAllBits) {
        base::append(out, "/0x{:x}", number.mask);
    }
}

}  // namespace sluice::acl::text
