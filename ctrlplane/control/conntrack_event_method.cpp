// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "ctrlplane/control/conntrack_walk.h"
#include "ctrlplane/control/methods.h"

namespace sluice::ctrlplane::control {

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10U;
constexpr unsigned kMostEvents = 2048;
constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();

enum Kind : unsigned { kNew = 1, kUpdates = 2, kDestroy = 4, kAll = 7 };
struct NamedKind {
    std::string_view name;
    unsigned kinds;
};
constexpr std::array<NamedKind, 4> kKinds = {{{"ALL", kAll}, {"NEW", kNew}, {"UPDATES", kUpdates}, {"DESTROY", kDestroy}}};

/// `NEW,DESTROY`. Errors: the rest of the text from the word on that is unknown.
tl::expected<unsigned, std::string> read_kinds(std::string_view text) {
    unsigned kinds = 0;
    do {
        const std::string_view word = text.substr(0, text.find(','));
        const auto known = std::find_if(kKinds.begin(), kKinds.end(), [&](const NamedKind& one) {
            return !word.empty() && one.name.starts_with(word);
        });
        if (known == kKinds.end()) {
            return tl::unexpected(std::string(text));
        }
        kinds |= known->kinds;
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    } while (!text.empty());
    return kinds;
}

unsigned kind_of(const EventTail::Event& event) {
    return event.is_destroy() ? kDestroy : event.is_new() ? kNew : kUpdates;
}

/// What has happened since the one before asked; who asks for the first time is told from where to go on.
MethodResult events(const RouterView& view, const Json& given) {
    Params params(given);
    const auto after = params.number("after", kAny);
    const auto lost_before = params.number("lost", kAny);
    const auto mask = params.text("event_mask");
    const auto kinds = read_kinds(mask.value_or("ALL"));
    if (!kinds) {
        return conntrack_refusal(fmt::format("Bad parameter `{}'", kinds.error()));
    }
    auto walk = read_walk(params, view);
    if (!walk) {
        return tl::unexpected(walk.error());
    }
    if (view.events == nullptr) {
        return refusal("nothing keeps what happens to connections");
    }
    EventTail& tail = *view.events;
    tail.listen(view.now_ns());
    std::uint64_t number = std::min(after.value_or(tail.last()), tail.last());
    const std::uint64_t gone = tail.gone(number);
    number += gone;
    std::string text;
    std::uint64_t shown = 0;
    for (unsigned i = 0; i < kMostEvents && number < tail.last() && text.size() < kMostBytes; ++i) {
        const EventTail::Told* told = tail.at(++number);
        if (told != nullptr && (kind_of(told->event) & *kinds) != 0 &&
            walk->filter.matches(told->event.connection)) {
            walk->style.add(told->event, told->utc_ns, text);
            ++shown;
        }
    }
    return Json{{"text", std::move(text)},
                {"next", number},
                {"shown", shown},
                {"lost", gone + (lost_before ? tail.lost() - std::min(*lost_before, tail.lost()) : 0)},
                {"lost_in_all", tail.lost()},
                {"head", walk->style.head()},
                {"tail", walk->style.tail()}};
}

}  // namespace

void add_conntrack_event_methods(Methods& methods, const RouterView& view) {
    methods["conntrack.events"] = [&view](const Json& params) { return events(view, params); };
}

}  // namespace sluice::ctrlplane::control
