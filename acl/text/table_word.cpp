// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <utility>

#include "acl/text/core_options.h"
#include "acl/text/option_lookup.h"
#include "acl/text/rule_reader.h"

namespace sluice::acl::text {

namespace {

/// What one word says, if it is an option of iptables itself.
struct Reading {
    bool is_table = false;
    bool skips_next = false;  ///< its value is the next word
    std::optional<std::string> attached{};
};

Reading read_letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
        const CoreOption* option = core_option(word[i]);
        if (option == nullptr) {
            return {};
        }
        if (!option->takes_value) {
            continue;
        }
        const bool has_value = i + 1 < word.size();
        return {option->letter == 't', !has_value, has_value ? std::optional(word.substr(i + 1)) : std::nullopt};
    }
    return {};
}

Reading read_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const OptionLookup found = look_up(std::string_view(word).substr(2, equals == std::string::npos ? equals : equals - 2), {});
    if (found.core == nullptr || !found.core->takes_value) {
        return {};
    }
    const bool has_value = equals != std::string::npos;
    return {found.core->letter == 't', !has_value,
            has_value ? std::optional(word.substr(equals + 1)) : std::nullopt};
}

}  // namespace

std::string table_word(const std::vector<Word>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i].text;
        if (word.size() < 2 || word[0] != '-') {
            continue;
        }
        const Reading reading = word[1] == '-' ? read_long(word) : read_letters(word);
        if (reading.is_table && reading.attached) {
            return *reading.attached;
        }
        i += reading.skips_next ? 1 : 0;
        if (reading.is_table && i < words.size()) {
            return words[i].text;
        }
    }
    return "filter";
}

}  // namespace sluice::acl::text
