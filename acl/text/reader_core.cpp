// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "acl/text/core_values.h"
#include "acl/text/interface_text.h"
#include "acl/text/manual.h"
#include "acl/text/numbers.h"
#include "acl/text/reader.h"

namespace sluice::acl::text {

Checked Reader::core(const CoreOption& option, const Word& word, std::optional<std::string_view> attached) {
    switch (option.meaning) {
        case CoreMeaning::not_built:
            return fault(fmt::format("'{}' is not built yet", word.text), word.begin);
        case CoreMeaning::misplaced:
            return fault(fmt::format("'{}' has no place in a rule", word.text), word.begin);
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
    const bool is_command = meaning == CoreMeaning::append || meaning == CoreMeaning::insert ||
                            meaning == CoreMeaning::new_chain || meaning == CoreMeaning::policy;
    if (!is_command && meaning != CoreMeaning::counters && !draft_.rule_begin) {
        draft_.rule_begin = word.begin;
    }
    switch (meaning) {
        case CoreMeaning::append:
            draft_.chain = value;
            return command(CommandKind::append, word);
        case CoreMeaning::insert:
            draft_.chain = value;
            return command(CommandKind::insert, word);
        case CoreMeaning::new_chain:
            draft_.chain = value;
            return command(CommandKind::new_chain, word);
        case CoreMeaning::policy:
            draft_.chain = value;
            return command(CommandKind::policy, word);
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
    const bool has_more = position_ < words_.size() && words_[position_].text.find_first_of("-!") != 0;
    if (text.find(',') == std::string::npos && has_more) {
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
