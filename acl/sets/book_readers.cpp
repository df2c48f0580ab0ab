// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <iterator>
#include <utility>

#include "acl/sets/book.h"

/// What packets see of the sets, and when what they no longer see is freed.
namespace sluice::acl::sets {

namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
}

}  // namespace

bool SetBook::NamedSet::counts() const {
    return options.counters ||
           std::any_of(members.begin(), members.end(), [](const Member& one) { return one.set->options.counters; });
}

void SetBook::NamedSet::prepare_for_packets() {
    if (set) {
        set->reserve_for_packets();
    }
    for (const Member& one : members) {
        one.set->set->reserve_for_packets();
    }
}

std::unique_ptr<ListEntry> SetBook::entry_of(const Member& member) {
    auto entry = std::make_unique<ListEntry>();
    entry->slot = &member.set->slot;
    entry->deadline_ms = member.deadline_ms;
    entry->mark = {member.extension.mark, member.extension.mark_mask};
    entry->packets.store(member.extension.packets, std::memory_order_relaxed);
    entry->bytes.store(member.extension.bytes, std::memory_order_relaxed);
    return entry;
}

void SetBook::publish(NamedSet& list) {
    auto view = std::make_unique<ListView>();
    view->counters = list.options.counters;
    view->marks = list.options.skbinfo;
    for (const Member& one : list.members) {
        view->entries.push_back(one.entry.get());
    }
    list.slot.list.store(view.get(), std::memory_order_release);
    if (auto old = std::exchange(list.view, std::move(view))) {
        retired_.views.push_back(std::move(old));
    }
    if (list.writers != 0) {
        list.prepare_for_packets();
    }
}

void SetBook::retire(Member& member) {
    --member.set->references;
    retired_.entries.push_back(std::move(member.entry));
}

void SetBook::empty(NamedSet& set) {
    if (set.set) {
        set.set->flush();
        return;
    }
    for (Member& member : set.members) {
        retire(member);
    }
    set.members.clear();
    publish(set);
}

void SetBook::collect(std::uint64_t now_ms) {
    for (const auto& set : order_) {
        if (set->set) {
            set->set->collect(now_ms);
        }
        drop_ended(*set, now_ms);
    }
    if (!wait_) {
        settle();
    }
}

void SetBook::tend(std::uint64_t now_ms) {
    for (const auto& set : order_) {
        if (set->set) {
            set->set->collect_some(now_ms);
        } else if (set->options.timeout_s) {
            drop_ended(*set, now_ms);
        }
        if (set->writers != 0) {
            set->prepare_for_packets();
        }
    }
}

bool SetBook::has_retired() const {
    return !retired_.is_empty() ||
           std::any_of(order_.begin(), order_.end(), [](const auto& one) { return one->set && one->set->has_limbo(); });
}

void SetBook::seal() {
    append(sealed_.sets, retired_.sets);
    append(sealed_.entries, retired_.entries);
    append(sealed_.views, retired_.views);
    for (const auto& set : order_) {
        if (set->set) {
            set->set->seal();
        }
    }
}

void SetBook::free_sealed() {
    sealed_ = {};
    for (const auto& set : order_) {
        if (set->set) {
            set->set->free_sealed();
        }
    }
}

void SetBook::settle() {
    seal();
    if (wait_) {
        wait_();
    }
    free_sealed();
}

tl::expected<void, SetFault> SetBook::with_room(const std::function<tl::expected<void, SetFault>()>& change) {
    auto done = change();
    if (!done && done.error() == SetFault::no_memory) {
        settle();
        done = change();
    }
    return done;
}

Expected<SetBook::Answer> SetBook::run(std::span<const Word> words, std::uint64_t now_ms) {
    auto answer = do_command(words, now_ms);
    if (!wait_) {
        settle();
    }
    return answer;
}

}  // namespace sluice::acl::sets
