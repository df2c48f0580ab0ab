// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/set_words.h"

#include <fmt/core.h>

namespace sluice::acl::text {

namespace {

constexpr std::size_t kLongestName = 31;

Checked read_directions(const Word& word, sets::Directions& directions) {
    std::string_view rest = word.text;
    while (true) {
        const std::size_t comma = rest.find(',');
        const std::string_view one = rest.substr(0, comma);
        if (one != "src" && one != "dst") {
            return fault(fmt::format("bad direction '{}': up to {} words with commas between them, each src or dst",
                                     word.text, sets::kMostDirections),
                         word.begin);
        }
        if (directions.count == sets::kMostDirections) {
            return fault(fmt::format("more than {} directions in '{}'", sets::kMostDirections, word.text), word.begin);
        }
        directions.is_destination[directions.count++] = one == "dst";
        if (comma == std::string_view::npos) {
            return {};
        }
        rest.remove_prefix(comma + 1);
    }
}

}  // namespace

Checked read_set_use(const OptionUse& use, std::string& name, sets::Directions& directions) {
    name = use.values[0].text;
    if (name.empty() || name.size() > kLongestName) {
        return use.refuse(fmt::format("bad name of a set '{}': at most {} characters", name, kLongestName));
    }
    return read_directions(use.values[1], directions);
}

void append_set_use(const std::string& name, const sets::Directions& directions, std::string& out) {
    out += name;
    for (std::size_t i = 0; i < directions.count; ++i) {
        out += i == 0 ? " " : ",";
        out += directions.is_destination[i] ? "dst" : "src";
    }
}

}  // namespace sluice::acl::text
