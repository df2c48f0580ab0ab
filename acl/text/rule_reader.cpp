// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/rule_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "acl/text/manual.h"
#include "acl/text/names.h"
#include "acl/text/numbers.h"
#include "acl/text/reader.h"

namespace sluice::acl::text {

namespace {

/// Whether the command is followed by what a rule says.
bool takes_rule(const RuleDraft& draft) {
    switch (draft.command) {
        case CommandKind::none:
        case CommandKind::append:
        case CommandKind::insert:
        case CommandKind::check:
        case CommandKind::replace:
            return true;
        case CommandKind::delete_rule:
            return !draft.has_number;
        default:
            return false;
    }
}

bool takes_counters(const RuleDraft& draft) {
    return draft.command == CommandKind::none || draft.command == CommandKind::append ||
           draft.command == CommandKind::insert || draft.command == CommandKind::replace ||
           draft.command == CommandKind::policy;
}

}  // namespace

Expected<RuleDraft> Reader::read() {
    while (position_ < words_.size()) {
        const Word word = words_[position_++];
        if (word.text == "!") {
            if (inverted_) {
                return fault("multiple consecutive '!' are not allowed", word.begin);
            }
            inverted_ = true;
            inverted_begin_ = word.begin;
            continue;
        }
        if (auto checked = read_word(word); !checked) {
            return tl::unexpected<Fault>(std::move(checked.error()));
        }
        if (draft_.other_family) {
            return draft_;
        }
        inverted_ = false;
    }
    if (inverted_) {
        return fault("nothing appropriate follows this '!'", inverted_begin_);
    }
    if (auto checked = finish(); !checked) {
        return tl::unexpected<Fault>(std::move(checked.error()));
    }
    return std::move(draft_);
}

Checked Reader::read_word(const Word& word) {
    if (word.text.size() < 2 || word.text[0] != '-') {
        return fault(fmt::format("bad argument '{}': an option is expected here", word.text), word.begin);
    }
    if (word.text == "--") {
        return fault("'--' has no place in a rule", word.begin);
    }
    return word.text[1] == '-' ? read_long(word) : read_letters(word);
}

/// `-s VALUE`, `-mVALUE`, `-4m VALUE`: letters without a value may stand before one that has one.
Checked Reader::read_letters(const Word& word) {
    for (std::size_t i = 1; i < word.text.size(); ++i) {
        const CoreOption* option = core_option(word.text[i]);
        if (option == nullptr) {
            return unknown_option(word, {});
        }
        std::optional<std::string_view> attached;
        if (option->takes_value && i + 1 < word.text.size()) {
            attached = std::string_view(word.text).substr(i + 1);
        }
        if (auto checked = core(*option, word, attached);
            !checked || option->takes_value || draft_.other_family) {
            return checked;
        }
    }
    return {};
}

Checked Reader::read_long(const Word& word) {
    const std::size_t equals = word.text.find('=');
    const std::string_view name =
        std::string_view(word.text).substr(2, equals == std::string::npos ? equals : equals - 2);
    std::optional<std::string_view> attached;
    if (equals != std::string::npos) {
        attached = std::string_view(word.text).substr(equals + 1);
    }
    OptionLookup found = look_up(name, loaded_);
    if (!found) {
        const auto loaded = load_implied_match(word);
        if (!loaded) {
            return tl::unexpected<Fault>(loaded.error());
        }
        if (*loaded) {
            found = look_up(name, loaded_);
        }
    }
    if (found.core != nullptr) {
        return core(*found.core, word, attached);
    }
    if (found.spec != nullptr) {
        return extension_option(loaded_[found.loaded], *found.spec, word, attached);
    }
    if (!found.ambiguous.empty()) {
        return fault(fmt::format("option '{}' is ambiguous: {}", word.text, found.ambiguous), word.begin);
    }
    return unknown_option(word, name);
}

Checked Reader::unknown_option(const Word& word, std::string_view name) {
    return fault(fmt::format("unknown option '{}'{}", word.text, hint_for_option(name, loaded_)), word.begin);
}

/// Brings in the match that `-p` implies. Returns: true where it did.
Expected<bool> Reader::load_implied_match(const Word& word) {
    if (implied_loaded_ || protocol_word_.empty()) {
        return false;
    }
    std::string name = protocol_word_;
    if (parse_number(name, 0xff)) {
        name = protocol_name(draft_.protocol.number).value_or("");
    }
    const MatchExtension* extension = find_match(name);
    if (extension == nullptr) {
        return false;
    }
    implied_loaded_ = true;
    const bool written = std::any_of(loaded_.begin(), loaded_.end(), [&](const LoadedExtension& loaded) {
        return loaded.match == extension;
    });
    if (written) {
        return false;
    }
    loaded_.push_back(LoadedExtension::of(*extension, draft_.matches.size(), word.begin));
    draft_.matches.push_back(extension->initial);
    return true;
}

Expected<Word> Reader::next_value(const Word& word) {
    if (position_ == words_.size()) {
        return fault(fmt::format("option '{}' requires an argument", word.text), word.begin);
    }
    return words_[position_++];
}

Checked Reader::extension_option(LoadedExtension& loaded, const OptionSpec& spec, const Word& word,
                                 std::optional<std::string_view> attached) {
    const std::string_view name = spec.alias_of.empty() ? spec.name : spec.alias_of;
    if (!spec.built) {
        return fault(fmt::format("option '{}' of {} is not built yet", word.text, loaded.described()),
                     word.begin);
    }
    if (!spec.repeats && std::find(loaded.used.begin(), loaded.used.end(), name) != loaded.used.end()) {
        return fault(fmt::format("{}: option '--{}' can only be used once", loaded.name, name), word.begin);
    }
    loaded.used.push_back(name);
    if (inverted_ && !spec.invertible) {
        return fault(fmt::format("{}: option '--{}' cannot be inverted", loaded.name, name), inverted_begin_);
    }
    if (attached && spec.values == 0) {
        return fault(fmt::format("{}: option '--{}' takes no argument", loaded.name, name), word.begin);
    }
    std::vector<Word> values;
    if (attached) {
        values.push_back({std::string(*attached), word.begin});
    }
    while (values.size() < spec.values) {
        auto value = next_value(word);
        if (!value) {
            return tl::unexpected<Fault>(std::move(value.error()));
        }
        values.push_back(std::move(*value));
    }
    if (spec.may_have_value && position_ < words_.size()) {
        const std::string& next = words_[position_].text;
        if (next.empty() || (next[0] != '-' && next[0] != '!')) {
            values.push_back(words_[position_++]);
        }
    }
    const OptionUse use{name, inverted_, values, word.begin, draft_.protocol.number};
    return loaded.match != nullptr ? loaded.match->parse(draft_.matches[loaded.index], use)
                                   : loaded.target->parse(draft_.target, use);
}

Checked Reader::finish() {
    const RuleFacts facts{draft_.protocol.number, draft_.protocol.inverted, 0};
    for (const LoadedExtension& loaded : loaded_) {
        if (auto checked = loaded.check(facts); !checked) {
            return checked;
        }
        RuleFacts here = facts;
        here.begin = loaded.begin;
        auto checked = loaded.match != nullptr ? loaded.match->finish(draft_.matches[loaded.index], here)
                                               : loaded.target->finish(draft_.target, here);
        if (!checked) {
            return checked;
        }
    }
    if (commands_ == Commands::typed && draft_.command == CommandKind::none) {
        return fault("no command specified", 0);
    }
    if (commands_ == Commands::allowed && draft_.command == CommandKind::none) {
        return fault("a line needs a command such as '-A CHAIN'", words_.empty() ? 0 : words_[0].begin);
    }
    if (!takes_rule(draft_) && draft_.rule_begin) {
        return fault("this has no place in a line that makes no rule", *draft_.rule_begin);
    }
    if (!takes_counters(draft_) && draft_.counters_begin) {
        return draft_.command == CommandKind::new_chain
                   ? fault("a new chain has no counters", *draft_.counters_begin)
                   : fault("counters have no place with this command", *draft_.counters_begin);
    }
    return {};
}

Expected<RuleDraft> read_command(std::vector<Word> words, TableId table) {
    return Reader(std::move(words), table, Commands::typed).read();
}

Expected<RuleDraft> read_rule(std::string_view text, TableId table, Commands commands) {
    auto words = split_words(text);
    if (!words) {
        return tl::unexpected<Fault>(std::move(words.error()));
    }
    return Reader(std::move(*words), table, commands).read();
}

}  // namespace sluice::acl::text
