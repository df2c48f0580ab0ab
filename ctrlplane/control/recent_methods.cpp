// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

/// The lists of `-m recent`, as Linux shows and changes them by /proc/net/xt_recent/NAME.
///
/// Instants are milliseconds since the router started, where Linux has jiffies since the machine did.
namespace sluice::ctrlplane::control {

namespace {

using acl::keyed::RecentList;

constexpr std::uint64_t kNsPerMs = 1'000'000;

net::Ipv4Address address_of(const RecentList::Entry& entry) {
    return net::Ipv4Address::from_host(static_cast<std::uint32_t>(entry.key.front()));
}

std::uint64_t last_seen_ns(const RecentList::Entry& entry) {
    const std::size_t count = entry.instants_ns.size();
    return entry.instants_ns[(entry.index + count - 1) % count];
}

std::string line_of(const RecentList::Entry& entry) {
    std::string line = fmt::format("src={} ttl: {} last_seen: {} oldest_pkt: {}", net::to_string(address_of(entry)),
                                   entry.ttl, last_seen_ns(entry) / kNsPerMs, entry.index);
    for (std::size_t i = 0; i < entry.instants_ns.size(); ++i) {
        line += fmt::format("{} {}", i == 0 ? "" : ",", entry.instants_ns[i] / kNsPerMs);
    }
    return line + "\n";
}

Json json_of(const RecentList::Entry& entry) {
    Json instants = Json::array();
    for (const std::uint64_t instant_ns : entry.instants_ns) {
        instants.push_back(instant_ns / kNsPerMs);
    }
    return {{"address", net::to_string(address_of(entry))},
            {"ttl", entry.ttl},
            {"last_seen", last_seen_ns(entry) / kNsPerMs},
            {"oldest", entry.index},
            {"instants", std::move(instants)}};
}

tl::expected<RecentList*, Refusal> list_named(const RouterView& view, const std::string& name) {
    RecentList* list = view.keyed == nullptr ? nullptr : view.keyed->find_recent(name);
    if (list == nullptr) {
        return refusal(fmt::format("there is no list '{}': no rule with -m recent names it", name));
    }
    return list;
}

MethodResult names(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    std::vector<std::string> names = view.keyed == nullptr ? std::vector<std::string>() : view.keyed->recent_names();
    std::sort(names.begin(), names.end());
    return json ? Json{{"data", std::move(names)}}
                : Json{{"text", names.empty() ? "" : fmt::format("{}\n", fmt::join(names, "\n"))}};
}

MethodResult show(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    const std::string name = params.text("name").value_or("");
    if (auto fault = params.fault()) {
        return *fault;
    }
    const auto list = list_named(view, name);
    if (!list) {
        return tl::unexpected(list.error());
    }
    std::vector<RecentList::Entry> entries = (*list)->entries();
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    std::string text;
    Json data = Json::array();
    for (const RecentList::Entry& entry : entries) {
        if (json) {
            data.push_back(json_of(entry));
        } else {
            text += line_of(entry);
        }
    }
    return json ? Json{{"data", std::move(data)}} : Json{{"text", std::move(text)}};
}

MethodResult change(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    const std::string name = params.text("name").value_or("");
    const std::string word = params.text("change").value_or("");
    if (auto fault = params.fault()) {
        return *fault;
    }
    const auto list = list_named(view, name);
    if (!list) {
        return tl::unexpected(list.error());
    }
    const auto done = [&]() -> MethodResult {
        return json ? Json{{"data", {{"changed", true}}}} : Json{{"text", ""}};
    };
    if (word == "/") {
        (*list)->clear();
        return done();
    }
    const bool adds = word.starts_with('+');
    const auto address = net::parse_ipv4(word.empty() ? word : word.substr(1));
    if ((!adds && !word.starts_with('-')) || !address) {
        return refusal(fmt::format("'{}': need +ADDRESS, -ADDRESS or /", word), ErrorCode::invalid_params);
    }
    const std::array<std::uint64_t, 1> key = {address->host()};
    if (adds) {
        (*list)->add(key, view.now_ns());
    } else {
        (*list)->remove(key);
    }
    return done();
}

}  // namespace

void add_recent_methods(Methods& methods, const RouterView& view) {
    methods["recent.names"] = [&view](const Json& params) { return names(view, params); };
    methods["recent.show"] = [&view](const Json& params) { return show(view, params); };
    methods["recent.change"] = [&view](const Json& params) { return change(view, params); };
}

}  // namespace sluice::ctrlplane::control
