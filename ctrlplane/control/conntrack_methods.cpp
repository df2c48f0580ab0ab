// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <optional>

#include "ctrlplane/control/conntrack_walk.h"
#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

namespace sluice::ctrlplane::control {

namespace {

using Copy = conntrack::ConnectionCopy<net::Ipv4>;

bool list_text(ConnectionWalk& walk, std::string& out) {
    if (walk.begins()) {
        out += R"({"text":")";
    }
    if (walk.turn(out, [&](ConnectionWalk::Connection&, const Copy& copy) {
            if (walk.shown++ == 0) {
                add_json_text(walk.style.head(), out);
            }
            walk.add_line(copy, out);
        })) {
        return true;
    }
    add_json_text(walk.shown == 0 ? std::string_view() : walk.style.tail(), out);
    out += fmt::format(R"(","note":"{}: {} flow entries have been shown.\n"}})", kConntrack, walk.shown);
    return false;
}

Json direction_data(const Copy& copy, conntrack::Way way) {
    const net::Tuple<net::Ipv4>& tuple = way == conntrack::Way::original ? copy.original : copy.reply;
    Json data = {{"src", net::to_string(tuple.source)}, {"dst", net::to_string(tuple.destination)}};
    if (tuple.zone != 0) {
        data["zone"] = tuple.zone;
    }
    const std::uint16_t source = tuple.source_port.host();
    const std::uint16_t destination = tuple.destination_port.host();
    if (tuple.protocol == net::kProtocolIcmp) {
        data.update({{"type", destination >> 8U}, {"code", destination & 0xffU}, {"id", source}});
    } else if (source != 0 || destination != 0) {
        data.update({{"sport", source}, {"dport", destination}});
    }
    if (copy.is_counted) {
        const base::PacketCount& count = copy.counted[static_cast<unsigned>(way)];
        data.update({{"packets", count.packets}, {"bytes", count.bytes}});
    }
    return data;
}

Json connection_data(const Copy& copy, const ConnectionWalk& walk) {
    Json data = {{"protocol", copy.original.protocol},
                 {"timeout", copy.seconds_left},
                 {"original", direction_data(copy, conntrack::Way::original)},
                 {"reply", direction_data(copy, conntrack::Way::reply)},
                 {"unreplied", (copy.status & conntrack::status::kSeenReply) == 0},
                 {"assured", (copy.status & conntrack::status::kAssured) != 0},
                 {"mark", copy.mark},
                 {"id", copy.id}};
    if (walk.style.has_stamps) {
        data["start"] = conntrack::began_utc_ns(copy, walk.utc_ns);
    }
    if (const std::string_view state = conntrack::state_text(copy); !state.empty()) {
        data["state"] = state;
    }
    for (unsigned label = 0; label < conntrack::kLabels; ++label) {
        if (conntrack::has_label(copy.labels, label)) {
            data["labels"].push_back(label);
        }
    }
    return data;
}

bool list_data(ConnectionWalk& walk, std::string& out) {
    if (walk.begins()) {
        out += R"({"data":[)";
    }
    const bool more = walk.turn(out, [&](ConnectionWalk::Connection&, const Copy& copy) {
        out += walk.shown++ == 0 ? "" : ",";
        out += text_of(connection_data(copy, walk));
    });
    out += more ? "" : "]}";
    return more;
}

MethodResult list(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    auto walk = read_walk(params, view);
    if (!walk) {
        return tl::unexpected(walk.error());
    }
    return LongReply([walk = std::move(*walk), json](std::string& out) mutable {
        return json ? list_data(walk, out) : list_text(walk, out);
    });
}

/// Deletes what the filter holds of, and shows it. Nothing deleted is a failure, as the tool has it.
bool remove_some(ConnectionWalk& walk, bool json, std::string& out) {
    if (walk.begins()) {
        out += R"({"text":")";
    }
    const bool more = walk.turn(out, [&](ConnectionWalk::Connection& connection, const Copy& copy) {
        if (!walk.table->remove(walk.table->control(), connection, walk.now)) {
            return;  // a worker was quicker
        }
        if (!json) {
            walk.add_line(copy, out);  // without what XML has around it, as the tool
        }
        ++walk.shown;
    });
    if (!more) {
        out += fmt::format(
            R"(","data":{{"removed":{}}},"note":"{}: {} flow entries have been deleted.\n","status":{}}})",
            walk.shown, kConntrack, walk.shown, walk.shown == 0 ? 1 : 0);
    }
    return more;
}

MethodResult remove(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    auto walk = read_walk(params, view);
    if (!walk) {
        return tl::unexpected(walk.error());
    }
    walk->style.letter = 'D';
    return LongReply(
        [walk = std::move(*walk), json](std::string& out) mutable { return remove_some(walk, json, out); });
}

MethodResult flush(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    return LongReply([walk = ConnectionWalk(view), json](std::string& out) mutable {
        const bool more = walk.turn(out, [&](ConnectionWalk::Connection& connection, const Copy&) {
            walk.shown += walk.table->remove(walk.table->control(), connection, walk.now) ? 1 : 0;
        });
        if (!more) {
            out += json ? fmt::format(R"({{"data":{{"removed":{}}}}})", walk.shown)
                        : fmt::format(R"({{"text":"","note":"{}: connection tracking table has been emptied.\n"}})",
                                      kConntrack);
        }
        return more;
    });
}

MethodResult count(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    const std::uint32_t number = view.connections->count();
    return json ? Json{{"data", {{"count", number}, {"max", view.connections->max()}}}}
                : Json{{"text", fmt::format("{}\n", number)}};
}

/// A line a worker, and one for the control thread, where the tool has one a CPU.
MethodResult statistics(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    std::string text;
    Json data = Json::array();
    for (unsigned i = 0; i <= view.connections->workers(); ++i) {
        const conntrack::Statistics& s =
            view.connections->statistics(base::WorkerId(static_cast<std::uint8_t>(i)));
        // The buckets of the table have no chains that could grow too long.
        text += fmt::format(
            "cpu={:<4}\tfound={} invalid={} insert={} insert_failed={} drop={} early_drop={} error={} "
            "search_restart={} clash_resolve={} chaintoolong=0 \n",
            i, s.found.value(), s.invalid.value(), s.insert.value(), s.insert_failed.value(), s.drop.value(),
            s.early_drop.value(), s.error.value(), s.search_restart.value(), s.clash_resolve.value());
        data.push_back({{"cpu", i},
                        {"found", s.found.value()},
                        {"invalid", s.invalid.value()},
                        {"insert", s.insert.value()},
                        {"insert_failed", s.insert_failed.value()},
                        {"drop", s.drop.value()},
                        {"early_drop", s.early_drop.value()},
                        {"error", s.error.value()},
                        {"search_restart", s.search_restart.value()},
                        {"clash_resolve", s.clash_resolve.value()},
                        {"expired", s.expired.value()}});
    }
    return json ? Json{{"data", std::move(data)}} : Json{{"text", std::move(text)}};
}

}  // namespace

tl::expected<ConnectionWalk, Refusal> read_walk(Params& params, const RouterView& view) {
    ConnectionWalk walk(view);
    walk.style = read_style(params, view);
    auto filter = read_filter(params);
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (!filter) {
        return tl::unexpected(filter.error());
    }
    walk.filter = std::move(*filter);
    return walk;
}

void add_conntrack_methods(Methods& methods, const RouterView& view) {
    methods["conntrack.list"] = [&view](const Json& params) { return list(view, params); };
    methods["conntrack.delete"] = [&view](const Json& params) { return remove(view, params); };
    methods["conntrack.flush"] = [&view](const Json& params) { return flush(view, params); };
    methods["conntrack.count"] = [&view](const Json& params) { return count(view, params); };
    add_conntrack_change_methods(methods, view);
    add_conntrack_event_methods(methods, view);
    add_expect_methods(methods, view);
    add_conntrack_file_methods(methods, view);
    methods["conntrack.stats"] = [&view](const Json& params) { return statistics(view, params); };
}

}  // namespace sluice::ctrlplane::control
