// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/book.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "acl/sets/element_text.h"

namespace sluice::acl::sets {

namespace {

constexpr std::size_t kLongestName = 31;
constexpr std::uint64_t kMostAtOnce = std::uint64_t{1} << 20U;  // elements of one word: the control thread waits for them
constexpr std::string_view kNoSet = "The set with the given name does not exist";
constexpr std::string_view kInUse = "Set cannot be destroyed: it is in use by a kernel component";

tl::unexpected<Fault> missing(const Word& command, std::string_view which) {
    return fault(fmt::format("Missing {}mandatory argument to command {}", which, command.text), command.begin);
}

std::string sentence(SetFault what, bool is_add) {
    switch (what) {
        case SetFault::exists:
            return "Element cannot be added to the set: it's already added";
        case SetFault::absent:
            return "Element cannot be deleted from the set: it's not added";
        case SetFault::no_memory:
        case SetFault::full:
            return "Hash is full, cannot add more elements";
        case SetFault::out_of_range:
            return "Element is out of the range of the set";
        case SetFault::null_element:
            return "Null-valued element, cannot be stored in a hash type of set";
        case SetFault::bad_length:
            return "The value of the CIDR parameter of the IP address is invalid";
        case SetFault::name_unknown:
            break;
    }
    return is_add ? "Set to be added/deleted/tested as element does not exist." : std::string(kNoSet);
}

/// The element of a command with what follows it.
struct ReadElement {
    ElementRange range;
    AddOptions add;
};

Expected<ReadElement> read_element(const SetOptions& options, std::span<const Word> words) {
    auto range = parse_element(words[0].text, options);
    if (!range) {
        return fault("Syntax error: " + range.error(), words[0].begin);
    }
    if (count_of(*range, options) > kMostAtOnce) {
        return fault("The range you specified exceeds the size limit of the set type", words[0].begin);
    }
    auto add = parse_add(options, words.subspan(1));
    if (!add) {
        return tl::unexpected(add.error());
    }
    range->first.wildcard = add->wildcard;
    return ReadElement{*range, std::move(*add)};
}

}  // namespace

SetBook::NamedSet* SetBook::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

Expected<SetBook::NamedSet*> SetBook::named(const Word& word) const {
    if (NamedSet* set = find(word.text)) {
        return set;
    }
    return fault(std::string(kNoSet), word.begin);
}

Expected<SetBook::Answer> SetBook::create(std::span<const Word> words, const Style& style, std::uint64_t /*now_ms*/) {
    if (words.size() < 2) {
        return missing(words[0], "");
    }
    if (words.size() < 3) {
        return missing(words[0], "second ");
    }
    const Word& name = words[1];
    if (name.text.empty() || name.text.size() > kLongestName) {
        return fault(fmt::format("Syntax error: setname '{}' is longer than {} characters", name.text, kLongestName), name.begin);
    }
    const SetType* type = find_type(words[2].text);
    if (type == nullptr) {
        return fault(fmt::format("Syntax error: typename '{}' is unknown", words[2].text), words[2].begin);
    }
    auto options = parse_create(*type, words[2], words.subspan(3));
    if (!options) {
        return tl::unexpected(options.error());
    }
    if (const NamedSet* there = find(name.text)) {
        if (style.exist && there->options.is_like(*options)) {
            return Answer{};
        }
        return fault("Set cannot be created: set with the same name already exists", name.begin);
    }
    if (options->seed == 0) {
        options->seed = next_seed_ = next_seed_ * 1664525U + 1013904223U;
    }
    auto set = std::make_unique<NamedSet>();
    set->name = name.text;
    set->options = *options;
    if (type->method != Method::list) {
        set->set = std::make_unique<Set>(*options);
        set->slot.set.store(set->set.get(), std::memory_order_release);
    }
    by_name_[name.text] = set.get();
    order_.push_back(std::move(set));
    return Answer{};
}

Expected<SetBook::Answer> SetBook::add(std::span<const Word> words, const Style& style, std::uint64_t now_ms) {
    if (words.size() < 3) {
        return missing(words[0], words.size() < 2 ? "" : "second ");
    }
    const auto set = named(words[1]);
    if (!set) {
        return tl::unexpected(set.error());
    }
    const auto element = read_element((*set)->options, words.subspan(2));
    if (!element) {
        return tl::unexpected(element.error());
    }
    if (!(*set)->set) {
        return add_member(**set, words[2], element->add, style, now_ms);
    }
    tl::expected<void, SetFault> done;
    expand(element->range, (*set)->options, [&](const Element& one) {
        done = with_room([&] { return (*set)->set->add(one, element->add.extension, style.exist, now_ms); });
        return done.has_value();
    });
    if (!done) {
        return fault(sentence(done.error(), true), words[2].begin);
    }
    return Answer{};
}

Expected<SetBook::Answer> SetBook::del(std::span<const Word> words, const Style& style, std::uint64_t now_ms) {
    if (words.size() < 3) {
        return missing(words[0], words.size() < 2 ? "" : "second ");
    }
    const auto set = named(words[1]);
    if (!set) {
        return tl::unexpected(set.error());
    }
    const auto element = read_element((*set)->options, words.subspan(2));
    if (!element) {
        return tl::unexpected(element.error());
    }
    if (!(*set)->set) {
        return del_member(**set, words[2], element->add, style);
    }
    tl::expected<void, SetFault> done;
    expand(element->range, (*set)->options, [&](const Element& one) {
        done = (*set)->set->del(one, now_ms);
        if (!done && style.exist && done.error() == SetFault::absent) {
            done = {};
        }
        return done.has_value();
    });
    if (!done) {
        return fault(sentence(done.error(), false), words[2].begin);
    }
    return Answer{};
}

Expected<SetBook::Answer> SetBook::test(std::span<const Word> words, const Style& style, std::uint64_t now_ms) {
    if (words.size() < 3) {
        return missing(words[0], words.size() < 2 ? "" : "second ");
    }
    const auto set = named(words[1]);
    if (!set) {
        return tl::unexpected(set.error());
    }
    const auto element = read_element((*set)->options, words.subspan(2));
    if (!element) {
        return tl::unexpected(element.error());
    }
    Answer answer;
    if ((*set)->set) {
        const auto found = (*set)->set->test(element->range.first, element->add.extension.nomatch, now_ms);
        if (!found) {
            return fault(sentence(found.error(), false), words[2].begin);
        }
        answer.is_true = *found;
    } else {
        const NamedSet* wanted = find(words[2].text);
        if (wanted == nullptr) {
            return fault(sentence(SetFault::name_unknown, true), words[2].begin);
        }
        drop_ended(**set, now_ms);
        const auto& members = (*set)->members;
        answer.is_true = std::any_of(members.begin(), members.end(), [&](const Member& one) { return one.set == wanted; });
    }
    if (!style.quiet) {
        answer.note = answer.is_true ? fmt::format("Warning: {} is in set {}.\n", words[2].text, words[1].text)
                                     : fmt::format("{} is NOT in set {}.\n", words[2].text, words[1].text);
    }
    return answer;
}

Expected<SetBook::Answer> SetBook::destroy(std::span<const Word> words, const Style& /*style*/, std::uint64_t /*now_ms*/) {
    if (words.size() < 2) {
        if (std::any_of(order_.begin(), order_.end(), [](const auto& one) { return one->references != 0; })) {
            return fault(std::string(kInUse), words[0].begin);
        }
        for (auto& set : order_) {
            retired_.sets.push_back(std::move(set));
        }
        by_name_.clear();
        order_.clear();
        return Answer{};
    }
    const auto set = named(words[1]);
    if (!set) {
        return tl::unexpected(set.error());
    }
    if ((*set)->references != 0) {
        return fault(std::string(kInUse), words[1].begin);
    }
    empty(**set);
    by_name_.erase(by_name_.find(words[1].text));
    const auto place = std::find_if(order_.begin(), order_.end(), [&](const auto& one) { return one.get() == *set; });
    retired_.sets.push_back(std::move(*place));
    order_.erase(place);
    return Answer{};
}

Expected<SetBook::Answer> SetBook::flush(std::span<const Word> words, const Style& /*style*/, std::uint64_t /*now_ms*/) {
    const auto sets = chosen(words);
    if (!sets) {
        return tl::unexpected(sets.error());
    }
    for (NamedSet* set : *sets) {
        empty(*set);
    }
    return Answer{};
}

Expected<SetBook::Answer> SetBook::rename(std::span<const Word> words, const Style& /*style*/, std::uint64_t /*now_ms*/) {
    if (words.size() < 3) {
        return missing(words[0], words.size() < 2 ? "" : "second ");
    }
    const auto set = named(words[1]);
    if (!set) {
        return tl::unexpected(set.error());
    }
    if (words[2].text.empty() || words[2].text.size() > kLongestName) {
        return fault(fmt::format("Syntax error: setname '{}' is longer than {} characters", words[2].text, kLongestName),
                     words[2].begin);
    }
    if (find(words[2].text) != nullptr) {
        return fault("Set cannot be renamed: a set with the new name already exists", words[2].begin);
    }
    if ((*set)->references != 0) {
        return fault("Set cannot be renamed: it is in use by another system", words[1].begin);
    }
    by_name_.erase(by_name_.find(words[1].text));
    (*set)->name = words[2].text;
    by_name_[words[2].text] = *set;
    return Answer{};
}

Expected<SetBook::Answer> SetBook::swap(std::span<const Word> words, const Style& /*style*/, std::uint64_t /*now_ms*/) {
    if (words.size() < 3) {
        return missing(words[0], words.size() < 2 ? "" : "second ");
    }
    const auto first = named(words[1]);
    if (!first) {
        return tl::unexpected(first.error());
    }
    NamedSet* second = find(words[2].text);
    if (second == nullptr) {
        return fault("Sets cannot be swapped: the second set does not exist", words[2].begin);
    }
    if (!(*first)->options.is_like(second->options)) {
        return fault("The sets cannot be swapped: their type does not match", words[2].begin);
    }
    exchange(**first, *second);
    show(**first);  // one after the other, as in Linux: between them a packet may find the same in both
    show(*second);
    return Answer{};
}

Expected<std::vector<SetBook::NamedSet*>> SetBook::chosen(std::span<const Word> words) const {
    if (words.size() > 1) {
        const auto set = named(words[1]);
        if (!set) {
            return tl::unexpected(set.error());
        }
        return std::vector<NamedSet*>{*set};
    }
    std::vector<NamedSet*> sets;
    for (const bool lists : {false, true}) {
        for (const auto& set : order_) {
            if ((set->set == nullptr) == lists) {
                sets.push_back(set.get());
            }
        }
    }
    return sets;
}

Expected<SetBook::Answer> SetBook::version(std::span<const Word> /*words*/, const Style& /*style*/, std::uint64_t /*now_ms*/) {
    return Answer{"ipset v7.17, protocol version: 7\n", {}, true};
}

}  // namespace sluice::acl::sets
