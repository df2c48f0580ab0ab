// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <optional>

#include "acl/text/label_names.h"
#include "conntrack/text.h"
#include "ctrlplane/control/conntrack_filter.h"
#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

namespace sluice::ctrlplane::control {

namespace {

using Table = conntrack::Table<net::Ipv4>;
using Copy = conntrack::ConnectionCopy<net::Ipv4>;

/// A turn of a long walk: so many connections at most, and so much text.
constexpr unsigned kConnectionsATurn = 2048;
constexpr std::size_t kBytesATurn = std::size_t{64} << 10U;

/// As the tool signs its messages.
constexpr std::string_view kTool = "conntrack v1.4.7 (conntrack-tools)";

/// Where a list has got to.
struct Walk {
    Table* table = nullptr;
    std::function<std::uint64_t()> now_ns;
    ConnectionFilter filter;
    conntrack::Cursor cursor;
    std::uint64_t shown = 0;
    bool begun = false;
    bool extended = false;  ///< -o extended: the family in front
    std::optional<acl::text::LabelNames> label_names{};  ///< -o labels: behind the line, as far as they have names

    [[nodiscard]] base::Ticks now() const { return base::ticks_from_ns(now_ns()); }
};

/// Puts a turn's connections into `out`. False: there are no more.
template <class Print>
bool turn(Walk& walk, std::string& out, Print print) {
    const std::size_t enough = out.size() + kBytesATurn;
    const base::Ticks now = walk.now();
    for (unsigned i = 0; i < kConnectionsATurn && out.size() < enough; ++i) {
        conntrack::Connection<net::Ipv4>* connection = walk.table->step(walk.cursor, now);
        if (connection == nullptr) {
            return false;
        }
        const Copy copy = conntrack::copy_of(*walk.table, *connection, now);
        if (walk.filter.matches(copy)) {
            print(*connection, copy);
            ++walk.shown;
        }
    }
    return true;
}

/// ` labels=a,b`; where those that are set have no names ` labels`, as the tool has it.
void add_labels(const acl::text::LabelNames& names, const conntrack::LabelBits& labels, std::string& out) {
    if (labels == conntrack::LabelBits{}) {
        return;
    }
    out += " labels";
    char sign = '=';
    for (unsigned label = 0; label < conntrack::kLabels; ++label) {
        const std::string_view name = conntrack::has_label(labels, label) ? names.name(label) : std::string_view();
        if (!name.empty()) {
            out += std::exchange(sign, ',');
            out += name;
        }
    }
}

/// Inside of a JSON string; lines of connections hold nothing that needs an escape but the end of line.
void add_line(const Walk& walk, const Copy& copy, std::string& out) {
    constexpr std::string_view kFamily = "ipv4     2 ";
    out += walk.extended ? kFamily : std::string_view();
    out += conntrack::conntrack_line(copy);
    if (walk.label_names && !walk.label_names->is_empty()) {
        add_labels(*walk.label_names, copy.labels, out);
    }
    out += "\\n";
}

bool list_text(Walk& walk, std::string& out) {
    if (!std::exchange(walk.begun, true)) {
        out += R"({"text":")";
    }
    if (turn(walk, out,
             [&](conntrack::Connection<net::Ipv4>&, const Copy& copy) { add_line(walk, copy, out); })) {
        return true;
    }
    out += fmt::format(R"(","note":"{}: {} flow entries have been shown.\n"}})", kTool, walk.shown);
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

Json connection_data(const Copy& copy) {
    Json data = {{"protocol", copy.original.protocol},
                 {"timeout", copy.seconds_left},
                 {"original", direction_data(copy, conntrack::Way::original)},
                 {"reply", direction_data(copy, conntrack::Way::reply)},
                 {"unreplied", (copy.status & conntrack::status::kSeenReply) == 0},
                 {"assured", (copy.status & conntrack::status::kAssured) != 0},
                 {"mark", copy.mark}};
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

bool list_data(Walk& walk, std::string& out) {
    if (!std::exchange(walk.begun, true)) {
        out += R"({"data":[)";
    }
    const bool more = turn(walk, out, [&](conntrack::Connection<net::Ipv4>&, const Copy& copy) {
        out += walk.shown == 0 ? "" : ",";
        out += text_of(connection_data(copy));
    });
    out += more ? "" : "]}";
    return more;
}

MethodResult list(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    Walk walk{view.connections, view.now_ns, {}, {}, 0, false, params.flag("extended"), {}};
    if (params.flag("labels") || params.text("label")) {  // who asks for one sees them, as with the tool
        walk.label_names = acl::text::LabelNames::of_machine();
    }
    auto filter = read_filter(params);
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (!filter) {
        return tl::unexpected(filter.error());
    }
    walk.filter = std::move(*filter);
    return LongReply([walk = std::move(walk), json](std::string& out) mutable {
        return json ? list_data(walk, out) : list_text(walk, out);
    });
}

/// Deletes what the filter holds of, and shows it. Nothing deleted is a failure, as the tool has it.
bool remove_some(Walk& walk, bool json, std::string& out) {
    if (!std::exchange(walk.begun, true)) {
        out += R"({"text":")";
    }
    std::uint64_t lost = 0;  // to a worker, which was quicker
    const bool more = turn(walk, out, [&](conntrack::Connection<net::Ipv4>& connection, const Copy& copy) {
        if (!walk.table->remove(walk.table->control(), connection)) {
            ++lost;
        } else if (!json) {
            add_line(walk, copy, out);
        }
    });
    walk.shown -= lost;
    if (!more) {
        out += fmt::format(
            R"(","data":{{"removed":{}}},"note":"{}: {} flow entries have been deleted.\n","status":{}}})",
            walk.shown, kTool, walk.shown, walk.shown == 0 ? 1 : 0);
    }
    return more;
}

MethodResult remove(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    Walk walk{view.connections, view.now_ns, {}, {}, 0, false, params.flag("extended"), {}};
    auto filter = read_filter(params);
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (!filter) {
        return tl::unexpected(filter.error());
    }
    walk.filter = std::move(*filter);
    return LongReply(
        [walk = std::move(walk), json](std::string& out) mutable { return remove_some(walk, json, out); });
}

MethodResult flush(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    Walk walk{view.connections, view.now_ns, {}, {}, 0, false, false, {}};
    return LongReply([walk = std::move(walk), json](std::string& out) mutable {
        const base::Ticks now = walk.now();
        for (unsigned i = 0; i < kConnectionsATurn; ++i) {
            conntrack::Connection<net::Ipv4>* connection = walk.table->step(walk.cursor, now);
            if (connection == nullptr) {
                out +=
                    json ? fmt::format(R"({{"data":{{"removed":{}}}}})", walk.shown)
                         : fmt::format(
                               R"({{"text":"","note":"{}: connection tracking table has been emptied.\n"}})",
                               kTool);
                return false;
            }
            walk.shown += walk.table->remove(walk.table->control(), *connection) ? 1 : 0;
        }
        return true;
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

void add_conntrack_methods(Methods& methods, const RouterView& view) {
    methods["conntrack.list"] = [&view](const Json& params) { return list(view, params); };
    methods["conntrack.delete"] = [&view](const Json& params) { return remove(view, params); };
    methods["conntrack.flush"] = [&view](const Json& params) { return flush(view, params); };
    methods["conntrack.count"] = [&view](const Json& params) { return count(view, params); };
    methods["conntrack.stats"] = [&view](const Json& params) { return statistics(view, params); };
}

}  // namespace sluice::ctrlplane::control
