// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acl/text/core_options.h"
#include "acl/text/option_lookup.h"
#include "acl/text/rule_reader.h"

namespace sluice::acl::text {

/// Goes through the words of one rule and fills in a `RuleDraft`. The walk and the options of extensions are
/// in rule_reader.cpp, what iptables' own options mean is in reader_core.cpp.
class Reader {
public:
    Reader(std::vector<Word> words, TableId table, Commands commands)
        : words_(std::move(words)), table_(table), commands_(commands) {}

    Expected<RuleDraft> read();

private:
    Checked read_word(const Word& word);
    Checked read_letters(const Word& word);
    Checked read_long(const Word& word);
    Checked unknown_option(const Word& word, std::string_view name);
    Checked core(const CoreOption& option, const Word& word, std::optional<std::string_view> attached);
    Checked extension_option(LoadedExtension& loaded, const OptionSpec& spec, const Word& word,
                             std::optional<std::string_view> attached);
    Checked command(CommandKind kind, const Word& word);
    Checked take_chain_command(CommandKind kind, const Word& word, std::optional<std::string_view> attached);
    Checked take_number(const Word& word);
    Checked take_way(const CoreOption& option, const Word& word, bool has_value);
    [[nodiscard]] bool has_more() const;
    Checked take(CoreMeaning meaning, const Word& word, const Word& value);
    Checked take_protocol(const Word& value);
    Checked take_fragment(const Word& word);
    Checked take_interface(const Word& word, const Word& value, InterfaceMatch& match,
                           std::optional<std::size_t>& begin);
    Checked take_target(const Word& value, bool is_goto);
    Checked take_match(const Word& value);
    Checked take_counters(const Word& value);
    Expected<bool> load_implied_match(const Word& word);
    Expected<Word> next_value(const Word& word);
    Checked once(CoreMeaning meaning, const Word& word);
    Checked finish();

    std::vector<Word> words_;
    TableId table_;
    Commands commands_;
    std::size_t position_ = 0;
    bool inverted_ = false;
    std::size_t inverted_begin_ = 0;
    bool implied_loaded_ = false;
    std::string protocol_word_;
    std::vector<CoreMeaning> used_;
    std::vector<LoadedExtension> loaded_;
    RuleDraft draft_;
};

}  // namespace sluice::acl::text
