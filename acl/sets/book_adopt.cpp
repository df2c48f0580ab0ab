// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <utility>

#include "acl/sets/book.h"

/// The sets of another book take the place of those of the same name: what a new configuration does.
namespace sluice::acl::sets {

tl::expected<void, std::string> SetBook::can_adopt(const SetBook& next) const {
    for (const auto& set : next.order_) {
        const NamedSet* there = find(set->name);
        if (there != nullptr && !there->options.is_like(set->options)) {
            return tl::unexpected(fmt::format("set {} is a {}, and cannot become a {} while the router runs; destroy it first",
                                              set->name, there->options.type->name, set->options.type->name));
        }
    }
    return {};
}

void SetBook::show(NamedSet& set) {
    set.slot.set.store(set.set.get(), std::memory_order_release);
    set.slot.list.store(set.view.get(), std::memory_order_release);
    if (set.writers != 0) {
        set.prepare_for_packets();
    }
}

void SetBook::exchange(NamedSet& one, NamedSet& other) {
    std::swap(one.options, other.options);
    std::swap(one.set, other.set);
    std::swap(one.members, other.members);
    std::swap(one.view, other.view);
}

void SetBook::adopt(SetBook next) {
    std::vector<NamedSet*> lists;
    for (auto& set : next.order_) {
        set->references = 0;
        NamedSet* taker = find(set->name);
        if (taker == nullptr) {
            taker = set.get();
            by_name_[set->name] = taker;
            order_.push_back(std::move(set));
        } else {
            exchange(*taker, *set);
            for (Member& member : set->members) {
                retire(member);
            }
            set->members.clear();
            show(*taker);
        }
        if (!taker->set) {
            lists.push_back(taker);
        }
        if (set) {
            retired_.sets.push_back(std::move(set));
        }
    }
    for (NamedSet* list : lists) {
        for (Member& member : list->members) {
            member.set = find(member.set->name);
            ++member.set->references;
            retired_.entries.push_back(std::exchange(member.entry, entry_of(member)));
        }
        publish(*list);
    }
    next.by_name_.clear();
    next.order_.clear();
    if (!wait_) {
        settle();
    }
}

void SetBook::add_names_of(const SetBook& live) {
    for (const auto& set : live.order_) {
        if (find(set->name) == nullptr) {
            auto name = std::make_unique<NamedSet>();
            name->name = set->name;
            name->options = set->options;
            by_name_[name->name] = name.get();
            order_.push_back(std::move(name));
        }
    }
}

}  // namespace sluice::acl::sets
