// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "acl/text/core_values.h"
#include "acl/text/interface_text.h"
#include "acl/text/manual.h"
#include "acl/text/numbers.h"
#include "acl/text/reader.h"

namespace sluice::acl::text {

namespace {

/// Commands that name a chain.
std::optional<CommandKind> command_of(CoreMeaning meaning) {
    switch (meaning) {
        case CoreMeaning::append:
            return CommandKind::append;
        case CoreMeaning::insert:
            return CommandKind::insert;
        case CoreMeaning::new_chain:
            return CommandKind::new_chain;
        case CoreMeaning::policy:
            return CommandKind::policy;
        case CoreMeaning::delete_rule:
            return CommandKind::delete_rule;
        case CoreMeaning::check:
            return CommandKind::check;
        case CoreMeaning::replace:
            return CommandKind::replace;
        case CoreMeaning::rename_chain:
            return CommandKind::rename_chain;
        default:
            return std::nullopt;
    }
}

}  // namespace

Checked Reader::core(const CoreOption& option, const Word& word, std::optional<std::string_view> attached) {
    switch (option.meaning) {
        case CoreMeaning::misplaced:
            return commands_ == Commands::typed
                       ? fault(fmt::format("'{}' has no place with this command", word.text), word.begin)
                       : fault(fmt::format("'{}' has no place in a rule", word.text), word.begin);
        case CoreMeaning::table:
        case CoreMeaning::verbose:
        case CoreMeaning::wait:
            return take_way(option, word, attached.has_value());
        case CoreMeaning::flush:
            return take_chain_command(CommandKind::flush, word, attached);
        case CoreMeaning::zero:
            return take_chain_command(CommandKind::zero, word, attached);
        case CoreMeaning::delete_chain:
            return take_chain_command(CommandKind::delete_chain, word, attached);
        case CoreMeaning::ipv4:
            return {};
        case CoreMeaning::fragment:
            return take_fragment(word);
        case CoreMeaning::ipv6:
            draft_.other_family = true;
            return commands_ == Commands::allowed
                       ? Checked{}
                       : Checked(fault("'-6' in a rule for IPv4: IPv6 has rules of its own", word.begin));
        default:
            break;
    }
    if (attached && option.meaning != CoreMeaning::match && option.meaning != CoreMeaning::go_to &&
        option.meaning != CoreMeaning::counters) {
        return fault(
            fmt::format("put a blank between '-{}' and its value: iptables 1.8.9 takes all of '{}' for it",
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
                            meaning == CoreMeaning::out_interface || meaning == CoreMeaning::fragment;
    if (inverted_ && !invertible) {
        return fault(fmt::format("cannot have '!' before '{}'", word.text), inverted_begin_);
    }
    return {};
}

Checked Reader::take(CoreMeaning meaning, const Word& word, const Word& value) {
    if (meaning == CoreMeaning::match) {
        return inverted_
                   ? Checked(fault(fmt::format("unexpected '!' before '{}'", word.text), inverted_begin_))
                   : take_match(value);
    }
    if (auto checked = once(meaning, word); !checked) {
        return checked;
    }
    const std::optional<CommandKind> kind = command_of(meaning);
    if (kind) {
        draft_.chain = value;
        return command(*kind, word);
    }
    if (meaning != CoreMeaning::counters && !draft_.rule_begin) {
        draft_.rule_begin = word.begin;
    }
    switch (meaning) {
        case CoreMeaning::source:
            draft_.source = value;
            draft_.source_inverted = inverted_;
            return {};
        case CoreMeaning::destination:
            draft_.destination = value;
            draft_.destination_inverted = inverted_;
            return {};
        case CoreMeaning::protocol:
            return take_protocol(value);
        case CoreMeaning::in_interface:
            return take_interface(word, value, draft_.in, draft_.in_begin);
        case CoreMeaning::out_interface:
            return take_interface(word, value, draft_.out, draft_.out_begin);
        case CoreMeaning::jump:
            return take_target(value, false);
        case CoreMeaning::go_to:
            return take_target(value, true);
        case CoreMeaning::counters:
            return take_counters(value);
        default:
            return {};
    }
}

Checked Reader::command(CommandKind kind, const Word& word) {
    if (commands_ == Commands::none) {
        return fault(
            fmt::format("'{}' has no place here: the chain is named by the key, write what follows it",
                        word.text),
            word.begin);
    }
    if (draft_.command != CommandKind::none) {
        return fault(fmt::format("cannot use '{}' with another command", word.text), word.begin);
    }
    draft_.command = kind;
    switch (kind) {
        case CommandKind::insert:
        case CommandKind::delete_rule:
        case CommandKind::zero:
            return has_more() ? take_number(words_[position_++]) : Checked{};
        case CommandKind::replace:
            return has_more() ? take_number(words_[position_++])
                              : fault(fmt::format("'{}' requires a rule number", word.text), word.begin);
        case CommandKind::policy:
            if (!has_more()) {
                return fault(fmt::format("'{}' requires a chain and a policy", word.text), word.begin);
            }
            draft_.policy = words_[position_++];
            return {};
        case CommandKind::rename_chain:
            if (!has_more()) {
                return fault(fmt::format("'{}' requires the old and the new name of a chain", word.text),
                             word.begin);
            }
            draft_.new_name = words_[position_++];
            return {};
        default:
            return {};
    }
}

/// True where the next word is no option.
bool Reader::has_more() const {
    return position_ < words_.size() && words_[position_].text.find_first_of("-!") != 0;
}

Checked Reader::take_number(const Word& word) {
    const auto parsed = parse_number(word.text, 0x7fffffff);
    if (!parsed || *parsed == 0) {
        return fault(fmt::format("invalid rule number '{}'", word.text), word.begin);
    }
    draft_.number = *parsed;
    draft_.has_number = true;
    return {};
}

/// `-F`, `-X` and `-Z`, whose chain may be left out.
Checked Reader::take_chain_command(CommandKind kind, const Word& word,
                                   std::optional<std::string_view> attached) {
    if (inverted_) {
        return fault(fmt::format("cannot have '!' before '{}'", word.text), inverted_begin_);
    }
    if (attached) {
        draft_.chain = {std::string(*attached), word.begin};
    } else if (has_more()) {
        draft_.chain = words_[position_++];
    }
    return command(kind, word);
}

/// How a command is carried out, which says nothing about a rule: `-t`, `-v`, `-w [SECONDS]`, `-W MICROSECONDS`.
Checked Reader::take_way(const CoreOption& option, const Word& word, bool has_value) {
    if (commands_ != Commands::typed) {
        return fault(fmt::format("'{}' has no place in a rule", word.text), word.begin);
    }
    if (inverted_) {
        return fault(fmt::format("cannot have '!' before '{}'", word.text), inverted_begin_);
    }
    if (option.meaning == CoreMeaning::verbose) {
        ++draft_.verbose;
        return {};
    }
    if (option.letter == 'w') {
        // A lock to wait for is not needed: the router changes its rules at one instant.
        const bool has_seconds = has_more() && parse_number(words_[position_].text, 0x7fffffff);
        position_ += has_seconds ? 1 : 0;
        return {};
    }
    if (has_value) {
        return {};
    }
    auto value = next_value(word);  // of `-t`, which was looked for before, and of `-W`
    return value ? Checked{} : tl::unexpected<Fault>(std::move(value.error()));
}

Checked Reader::take_match(const Word& value) {
    const MatchExtension* extension = find_match(value.text);
    if (extension == nullptr) {
        return fault(why_no_match(value.text), value.begin);
    }
    if (!draft_.rule_begin) {
        draft_.rule_begin = value.begin;
    }
    if ((extension->tables & bit(table_)) == 0) {
        return fault(fmt::format("match '{}' has no place in table '{}'", extension->name,
                                 kTableNames[static_cast<std::size_t>(table_)]),
                     value.begin);
    }
    loaded_.push_back(LoadedExtension::of(*extension, draft_.matches.size(), value.begin));
    draft_.matches.push_back(extension->initial);
    return {};
}

Checked Reader::take_protocol(const Word& value) {
    auto protocol = read_protocol(value, inverted_);
    if (!protocol) {
        return tl::unexpected<Fault>(std::move(protocol.error()));
    }
    draft_.protocol = protocol->match;
    protocol_word_ = std::move(protocol->name);
    return {};
}

/// In `! -fp udp` the `!` is the first letter's.
Checked Reader::take_fragment(const Word& word) {
    if (auto checked = once(CoreMeaning::fragment, word); !checked) {
        return checked;
    }
    draft_.fragment = inverted_ ? FragmentMatch::never : FragmentMatch::only;
    inverted_ = false;
    if (!draft_.rule_begin) {
        draft_.rule_begin = word.begin;
    }
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
    auto target = read_target(value, is_goto, table_);
    if (!target) {
        return tl::unexpected<Fault>(std::move(target.error()));
    }
    draft_.target = std::move(*target);
    if (const TargetExtension* extension = extension_of(draft_.target)) {
        loaded_.push_back(LoadedExtension::of(*extension, value.begin));
    }
    return {};
}

/// `-c PACKETS BYTES` or `-c PACKETS,BYTES`.
Checked Reader::take_counters(const Word& value) {
    std::string text = value.text;
    if (text.find(',') == std::string::npos && has_more()) {
        text += ',';
        text += words_[position_++].text;
    }
    const auto counts = read_counters({std::move(text), value.begin});
    if (!counts) {
        return tl::unexpected<Fault>(counts.error());
    }
    draft_.initial = *counts;
    draft_.counters_begin = value.begin;
    return {};
}

}  // namespace sluice::acl::text
