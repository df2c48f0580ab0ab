// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "acl/sets/book.h"

/// list:set: sets as elements, in the order in which they were put.
namespace sluice::acl::sets {

namespace {

tl::unexpected<Fault> no_such_member(const Word& word) {
    return fault("The set to which you referred with 'before' or 'after' is not added to the set.", word.begin);
}

std::vector<SetBook::Member>::iterator place_of(std::vector<SetBook::Member>& members, const SetBook::NamedSet* set) {
    return std::find_if(members.begin(), members.end(), [&](const SetBook::Member& one) { return one.set == set; });
}

}  // namespace

void SetBook::drop_ended(NamedSet& list, std::uint64_t now_ms) {
    const std::size_t dropped = std::erase_if(list.members, [&](Member& one) {
        const bool ended = one.deadline_ms != 0 && one.deadline_ms <= now_ms;
        if (ended) {
            retire(one);
        }
        return ended;
    });
    if (dropped != 0) {
        publish(list);
    }
}

Expected<SetBook::Answer> SetBook::add_member(NamedSet& list, const Word& word, const AddOptions& add,
                                              const Style& style, std::uint64_t now_ms) {
    NamedSet* set = find(word.text);
    if (set == nullptr) {
        return fault("Set to be added/deleted/tested as element does not exist.", word.begin);
    }
    if (!set->set) {
        return fault("Sets with list:set type cannot be added to the set.", word.begin);
    }
    drop_ended(list, now_ms);
    Member member;
    member.set = set;
    member.extension = add.extension;
    member.deadline_ms = add.extension.timeout_s == 0 ? 0 : now_ms + std::uint64_t{add.extension.timeout_s} * 1000;
    member.entry = entry_of(member);
    if (const auto there = place_of(list.members, set); there != list.members.end()) {
        if (!style.exist) {
            return fault("Element cannot be added to the set: it's already added", word.begin);
        }
        retire(*there);
        *there = std::move(member);
        ++set->references;
        publish(list);
        return Answer{};
    }
    auto place = list.members.end();
    if (!add.before.empty() || !add.after.empty()) {
        const NamedSet* neighbour = find(add.before.empty() ? add.after : add.before);
        place = place_of(list.members, neighbour);
        if (place == list.members.end()) {
            return no_such_member(word);
        }
        place += add.before.empty() ? 1 : 0;
    }
    if (list.members.size() >= list.options.most) {
        return fault("The set is full, more elements cannot be added.", word.begin);
    }
    list.members.insert(place, std::move(member));
    ++set->references;
    publish(list);
    return Answer{};
}

Expected<SetBook::Answer> SetBook::del_member(NamedSet& list, const Word& word, const AddOptions& add,
                                              const Style& style) {
    const NamedSet* set = find(word.text);
    if (set == nullptr) {
        return fault("Set to be added/deleted/tested as element does not exist.", word.begin);
    }
    const auto place = place_of(list.members, set);
    if (place == list.members.end()) {
        return style.exist ? Expected<Answer>(Answer{})
                           : fault("Element cannot be deleted from the set: it's not added", word.begin);
    }
    const bool next_is_wrong = !add.before.empty() && (place + 1 == list.members.end() || (place + 1)->set != find(add.before));
    const bool last_is_wrong = !add.after.empty() && (place == list.members.begin() || (place - 1)->set != find(add.after));
    if (next_is_wrong || last_is_wrong) {
        return no_such_member(word);
    }
    retire(*place);
    list.members.erase(place);
    publish(list);
    return Answer{};
}

}  // namespace sluice::acl::sets
