// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "acl/text/core_options.h"
#include "acl/text/interface_text.h"
#include "acl/text/manual.h"
#include "acl/text/names.h"
#include "acl/text/numbers.h"
#include "acl/text/option_lookup.h"

namespace sluice::acl::text {

namespace {

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
    Checked take(CoreMeaning meaning, const Word& word, const Word& value);
    Checked take_protocol(const Word& value);
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
        if (auto checked = core(*option, word, attached); !checked || option->takes_value || draft_.other_family) {
            return checked;
        }
    }
    return {};
}

Checked Reader::read_long(const Word& word) {
    const std::size_t equals = word.text.find('=');
    const std::string_view name = std::string_view(word.text).substr(2, equals == std::string::npos ? equals : equals - 2);
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
        if (match_standing(name) == Standing::not_built) {
            return fault(fmt::format("'{}' belongs to match '{}', which is not built yet", word.text, name), word.begin);
        }
        return false;
    }
    implied_loaded_ = true;
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

Checked Reader::core(const CoreOption& option, const Word& word, std::optional<std::string_view> attached) {
    switch (option.meaning) {
        case CoreMeaning::not_built:
            return fault(fmt::format("'{}' is not built yet", word.text), word.begin);
        case CoreMeaning::misplaced:
            return fault(fmt::format("'{}' has no place in a rule", word.text), word.begin);
        case CoreMeaning::ipv4: return {};
        case CoreMeaning::ipv6:
            draft_.other_family = true;
            return commands_ == Commands::allowed
                       ? Checked{}
                       : Checked(fault("'-6' in a rule for IPv4: IPv6 has rules of its own", word.begin));
        default: break;
    }
    if (attached && option.meaning != CoreMeaning::match && option.meaning != CoreMeaning::go_to &&
        option.meaning != CoreMeaning::counters) {
        return fault(fmt::format("put a blank between '-{}' and its value: iptables 1.8.9 takes all of '{}' for it",
                                 option.letter, word.text),
                     word.begin);
    }
    Word value;
    if (attached) {
        value = {std::string(*attached), word.begin};
    } else {
        auto next = next_value(word);
        if (!next) {
            return tl::unexpected<Fault>(std::move(next.error()));
        }
        value = std::move(*next);
    }
    return take(option.meaning, word, value);
}

Checked Reader::once(CoreMeaning meaning, const Word& word) {
    const CoreMeaning counted = meaning == CoreMeaning::go_to ? CoreMeaning::jump : meaning;
    if (std::find(used_.begin(), used_.end(), counted) != used_.end()) {
        return fault(fmt::format("multiple '{}' are not allowed in one rule", word.text), word.begin);
    }
    used_.push_back(counted);
    const bool invertible = meaning == CoreMeaning::source || meaning == CoreMeaning::destination ||
                            meaning == CoreMeaning::protocol || meaning == CoreMeaning::in_interface ||
                            meaning == CoreMeaning::out_interface;
    if (inverted_ && !invertible) {
        return fault(fmt::format("cannot have '!' before '{}'", word.text), inverted_begin_);
    }
    return {};
}

Checked Reader::take(CoreMeaning meaning, const Word& word, const Word& value) {
    if (meaning == CoreMeaning::match) {
        return inverted_ ? Checked(fault(fmt::format("unexpected '!' before '{}'", word.text), inverted_begin_))
                         : take_match(value);
    }
    if (auto checked = once(meaning, word); !checked) {
        return checked;
    }
    const bool is_command = meaning == CoreMeaning::append || meaning == CoreMeaning::insert ||
                            meaning == CoreMeaning::new_chain || meaning == CoreMeaning::policy;
    if (!is_command && meaning != CoreMeaning::counters && !draft_.rule_begin) {
        draft_.rule_begin = word.begin;
    }
    switch (meaning) {
        case CoreMeaning::append: draft_.chain = value; return command(CommandKind::append, word);
        case CoreMeaning::insert: draft_.chain = value; return command(CommandKind::insert, word);
        case CoreMeaning::new_chain: draft_.chain = value; return command(CommandKind::new_chain, word);
        case CoreMeaning::policy: draft_.chain = value; return command(CommandKind::policy, word);
        case CoreMeaning::source:
            draft_.source = value;
            draft_.source_inverted = inverted_;
            return {};
        case CoreMeaning::destination:
            draft_.destination = value;
            draft_.destination_inverted = inverted_;
            return {};
        case CoreMeaning::protocol: return take_protocol(value);
        case CoreMeaning::in_interface: return take_interface(word, value, draft_.in, draft_.in_begin);
        case CoreMeaning::out_interface: return take_interface(word, value, draft_.out, draft_.out_begin);
        case CoreMeaning::jump: return take_target(value, false);
        case CoreMeaning::go_to: return take_target(value, true);
        case CoreMeaning::counters: return take_counters(value);
        default: return {};
    }
}

Checked Reader::command(CommandKind kind, const Word& word) {
    if (commands_ == Commands::none) {
        return fault(fmt::format("'{}' has no place here: the chain is named by the key, write what follows it",
                                 word.text),
                     word.begin);
    }
    if (draft_.command != CommandKind::none) {
        return fault(fmt::format("cannot use '{}' with another command", word.text), word.begin);
    }
    draft_.command = kind;
    const bool has_more = position_ < words_.size() && words_[position_].text.find_first_of("-!") != 0;
    if (kind == CommandKind::insert && has_more) {
        const Word& number = words_[position_++];
        const auto parsed = parse_number(number.text, 0x7fffffff);
        if (!parsed || *parsed == 0) {
            return fault(fmt::format("invalid rule number '{}'", number.text), number.begin);
        }
        draft_.number = *parsed;
    }
    if (kind == CommandKind::policy) {
        if (!has_more) {
            return fault(fmt::format("'{}' requires a chain and a policy", word.text), word.begin);
        }
        draft_.policy = words_[position_++];
    }
    return {};
}

Checked Reader::take_protocol(const Word& value) {
    std::string name = value.text;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    std::optional<std::uint8_t> number = protocol_number(name);
    if (const auto numeric = parse_number(name, 0xff)) {
        number = static_cast<std::uint8_t>(*numeric);
    }
    if (!number) {
        return fault(fmt::format("unknown protocol '{}': a number from 0 to 255 or a name of /etc/protocols",
                                 value.text),
                     value.begin);
    }
    if (*number == 0 && inverted_) {
        return fault("this rule would never match: '!' with all protocols", value.begin);
    }
    draft_.protocol = {*number, inverted_};
    protocol_word_ = name;
    return {};
}

Checked Reader::take_interface(const Word& word, const Word& value, InterfaceMatch& match,
                               std::optional<std::size_t>& begin) {
    auto parsed = parse_interface(value.text, inverted_);
    if (!parsed) {
        return fault(std::move(parsed.error()), value.begin);
    }
    match = std::move(*parsed);
    begin = word.begin;
    return {};
}

Checked Reader::take_target(const Word& value, bool is_goto) {
    draft_.target_begin = value.begin;
    const std::string& name = value.text;
    if (auto why = is_goto || is_target_name(name) ? std::string() : why_no_chain_name(name); !why.empty()) {
        return fault(std::move(why), value.begin);
    }
    if (is_goto) {
        draft_.target = JumpTarget{name, true};
    } else if (name == "ACCEPT") {
        draft_.target = AcceptTarget{};
    } else if (name == "RETURN") {
        draft_.target = ReturnTarget{};
    } else if (name == "DROP") {
        if (table_ == TableId::nat) {
            return fault("the \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited",
                         value.begin);
        }
        draft_.target = DropTarget{};
    } else if (const TargetExtension* extension = find_target(name)) {
        if ((extension->tables & bit(table_)) == 0) {
            return fault(fmt::format("target '{}' has no place in table '{}'", name,
                                     kTableNames[static_cast<std::size_t>(table_)]),
                         value.begin);
        }
        loaded_.push_back(LoadedExtension::of(*extension, value.begin));
        draft_.target = extension->initial;
    } else if (target_standing(name) == Standing::not_built) {
        return fault(fmt::format("target '{}' is not built yet", name), value.begin);
    } else {
        draft_.target = JumpTarget{name, false};
    }
    return {};
}

Checked Reader::take_match(const Word& value) {
    const MatchExtension* extension = find_match(value.text);
    if (extension == nullptr) {
        return fault(why_no_match(value.text), value.begin);
    }
    if (!draft_.rule_begin) {
        draft_.rule_begin = value.begin;
    }
    loaded_.push_back(LoadedExtension::of(*extension, draft_.matches.size(), value.begin));
    draft_.matches.push_back(extension->initial);
    return {};
}

/// `-c PACKETS BYTES` or `-c PACKETS,BYTES`.
Checked Reader::take_counters(const Word& value) {
    constexpr std::uint64_t kMax = ~std::uint64_t{0};
    const std::size_t comma = value.text.find(',');
    std::string bytes;
    if (comma != std::string::npos) {
        bytes = value.text.substr(comma + 1);
    } else if (position_ < words_.size() && words_[position_].text.find_first_of("-!") != 0) {
        bytes = words_[position_++].text;
    }
    const auto packet_count = parse_digits(std::string_view(value.text).substr(0, comma), kMax);
    const auto byte_count = parse_digits(bytes, kMax);
    if (!packet_count || !byte_count) {
        return fault("'-c' requires a packet counter and a byte counter, both numbers", value.begin);
    }
    draft_.initial = {*packet_count, *byte_count};
    draft_.counters_begin = value.begin;
    return {};
}

Checked Reader::extension_option(LoadedExtension& loaded, const OptionSpec& spec, const Word& word,
                                 std::optional<std::string_view> attached) {
    const std::string_view name = spec.alias_of.empty() ? spec.name : spec.alias_of;
    if (!spec.built) {
        return fault(fmt::format("option '{}' of {} is not built yet", word.text, loaded.described()), word.begin);
    }
    if (std::find(loaded.used.begin(), loaded.used.end(), name) != loaded.used.end()) {
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
    if (commands_ == Commands::allowed && draft_.command == CommandKind::none) {
        return fault("a line needs a command such as '-A CHAIN'", words_.empty() ? 0 : words_[0].begin);
    }
    const bool takes_rule = draft_.command == CommandKind::none || draft_.command == CommandKind::append ||
                            draft_.command == CommandKind::insert;
    if (!takes_rule && draft_.rule_begin) {
        return fault("this has no place in a line that makes no rule", *draft_.rule_begin);
    }
    if (draft_.command == CommandKind::new_chain && draft_.counters_begin) {
        return fault("a new chain has no counters", *draft_.counters_begin);
    }
    return {};
}

}  // namespace

Expected<RuleDraft> read_rule(std::string_view text, TableId table, Commands commands) {
    auto words = split_words(text);
    if (!words) {
        return tl::unexpected<Fault>(std::move(words.error()));
    }
    return Reader(std::move(*words), table, commands).read();
}

}  // namespace sluice::acl::text
