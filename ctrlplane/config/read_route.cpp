// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/sections.h"
#include "ctrlplane/config/table_reader.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::size_t kMostNextHops = 64;
constexpr std::int64_t kMainTable = 254;

bool is_host_address(net::Ipv4Address address) {
    return !address.is_zeronet() && !address.is_loopback() && !address.is_multicast() &&
           !address.is_limited_broadcast();
}

std::optional<net::Ipv4Address> read_host_address(const Located<std::string>& text, std::string_view key,
                                                  Faults& faults) {
    const auto address = read_ipv4(text, key, faults);
    if (address && !is_host_address(*address)) {
        faults.error(text.where,
                     fmt::format("{} {} is not the address of a host", key, in_quotes(text.value)));
        return std::nullopt;
    }
    return address;
}

std::optional<Located<net::Ipv4Prefix>> read_destination(TableReader& reader) {
    const auto text = reader.text("to");
    reader.require("to", "\"0.0.0.0/0\"");
    if (!text) {
        return std::nullopt;
    }
    if (text->value == "default") {
        return Located<net::Ipv4Prefix>{{net::Ipv4Address{}, 0}, text->where};
    }
    const auto prefix = read_ipv4_prefix(*text, "to", reader.faults());
    if (!prefix) {
        return std::nullopt;
    }
    if (prefix->address != prefix->network()) {
        reader.faults().error(
            text->where,
            fmt::format("to {} has bits set beyond its length; the network is \"{}/{}\"",
                        in_quotes(text->value), net::to_string(prefix->network()), prefix->length));
        return std::nullopt;
    }
    return Located<net::Ipv4Prefix>{*prefix, text->where};
}

void read_next_hops(TableReader& reader, Route& route) {
    Faults& faults = reader.faults();
    for (const Located<std::string>& text : reader.texts("via")) {
        const auto address = read_host_address(text, "via", faults);
        if (!address) {
            continue;
        }
        const bool twice = std::any_of(route.via.begin(), route.via.end(),
                                       [&](const auto& other) { return other.value == *address; });
        if (twice) {
            faults.error(text.where, fmt::format("via {} stands twice in this route", in_quotes(text.value)));
        } else if (route.via.size() == kMostNextHops) {
            faults.error(text.where, fmt::format("a route may have at most {} next hops", kMostNextHops));
        } else {
            route.via.push_back({*address, text.where});
        }
    }
}

/// Words of `type` beside which nothing else is needed.
void read_type(TableReader& reader, Route& route) {
    const auto type = reader.word("type", {"blackhole", "unreachable", "prohibit", "local"});
    if (!type) {
        return;
    }
    if (type->value == 3) {
        reader.faults().error(type->where, "type = \"local\" is not built yet");
        return;
    }
    route.kind = static_cast<RouteKind>(type->value + 1);
    for (const std::string_view key : {"via", "dev"}) {
        if (reader.has(key)) {
            reader.faults().error(
                reader.entry(key)->key_where,
                fmt::format("{} cannot stand with type, which says that packets go nowhere", key));
        }
    }
}

void check_table(TableReader& reader) {
    const Entry* table = reader.entry("table");
    if (table == nullptr) {
        return;
    }
    const auto* name = std::get_if<std::string>(&table->value.data);
    const auto* number = std::get_if<std::int64_t>(&table->value.data);
    if ((name != nullptr && *name == "main") || (number != nullptr && *number == kMainTable)) {
        return;
    }
    reader.faults().error(
        table->value.where,
        name == nullptr && number == nullptr
            ? fmt::format("table must be \"main\", not {}", kind_of(table->value))
            : "only the table \"main\" (254) is built yet; others come with policy routing");
}

}  // namespace

Route read_route(const Value& section, Faults& faults) {
    TableReader reader(std::get<Table>(section.data), section.where, "[[route]]", faults);
    Route route;
    route.where = reader.location();
    route.to = read_destination(reader);
    read_next_hops(reader, route);
    route.interface = reader.text("dev");
    read_type(reader, route);
    check_table(reader);
    reader.finish();
    const Entry* via = reader.entry("via");
    const bool empty_list = via != nullptr && std::holds_alternative<Array>(via->value.data) &&
                            std::get<Array>(via->value.data).empty();
    if (empty_list) {
        faults.error(via->value.where, "via is an empty list; name a gateway");
    } else if (via == nullptr && !reader.has("dev") && !reader.has("type")) {
        faults.error(reader.where(),
                     "[[route]] leads nowhere; give it via = \"GATEWAY\", dev = \"INTERFACE\" or type = "
                     "\"blackhole\", \"unreachable\" or \"prohibit\"");
    }
    return route;
}

Neighbor read_neighbor(const Value& section, Faults& faults) {
    TableReader reader(std::get<Table>(section.data), section.where, "[[neighbor]]", faults);
    Neighbor neighbor;
    neighbor.where = reader.location();
    if (const auto text = reader.text("address")) {
        if (const auto address = read_host_address(*text, "address", faults)) {
            neighbor.address = {*address, text->where};
        }
    }
    reader.require("address", "\"10.0.0.9\"");
    neighbor.mac = reader.unicast_mac("mac");
    reader.require("mac", "\"02:00:00:00:00:09\"");
    neighbor.interface = reader.text("interface");
    reader.require("interface", "\"lan\"");
    reader.finish();
    return neighbor;
}

}  // namespace sluice::ctrlplane::config
