// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/figures.h"

#include <unistd.h>

#include <cmath>

#include "dataplane/packet/verdict.h"

namespace sluice::ctrlplane::control {

namespace {

Json counted(const base::PacketCount& count) {
    return {{"packets", count.packets}, {"bytes", count.bytes}};
}

/// The sum of one counter over all workers.
template <class Get>
std::uint64_t sum(std::span<const WorkerView> workers, Get get) {
    std::uint64_t total = 0;
    for (const WorkerView& worker : workers) {
        total += get(*worker.stats).value();
    }
    return total;
}

template <class Get>
base::PacketCount sum_packets(std::span<const WorkerView> workers, Get get) {
    base::PacketCount total;
    for (const WorkerView& worker : workers) {
        total += get(*worker.stats);
    }
    return total;
}

}  // namespace

Json Figures::status() const {
    const PacketMemory packets = view_.packet_memory();
    const PathFigures paths = view_.paths();
    Json tables = rules();
    std::size_t rule_count = 0;
    Json counts = Json::object();
    for (const auto& [name, table] : tables.items()) {
        counts[name] = table["rules"];
        rule_count += table["rules"].get<std::size_t>();
    }
    Json interfaces = Json::array();
    for (const InterfaceView& interface : view_.interfaces()) {
        interfaces.push_back(describe(interface));
    }
    return {{"version", view_.version},
            {"pid", ::getpid()},
            {"uptime_s", view_.now_ns() / 1'000'000'000},
            {"config", view_.config_file},
            {"workers", workers()},
            {"interfaces", std::move(interfaces)},
            {"rules", {{"count", rule_count}, {"tables", std::move(counts)}, {"paths", paths.recorded}}},
            {"connections", {{"count", view_.connections->count()}, {"max", view_.connections->max()}}},
            {"packet_memory", {{"in_use", packets.in_use}, {"total", packets.total}}}};
}

Json Figures::stats(bool all) const {
    const std::vector<WorkerView> workers_seen = view_.workers();
    const auto counter = [&](auto get) { return sum(workers_seen, get); };
    const PacketMemory packets = view_.packet_memory();
    const PathFigures paths = view_.paths();
    base::PacketCount received;
    base::PacketCount sent;
    Json interfaces = Json::array();
    for (const InterfaceView& interface : view_.interfaces()) {
        Json one = interface_counters(interface);
        received +=
            {one["received"]["packets"].get<std::uint64_t>(), one["received"]["bytes"].get<std::uint64_t>()};
        sent += {one["sent"]["packets"].get<std::uint64_t>(), one["sent"]["bytes"].get<std::uint64_t>()};
        interfaces.push_back(std::move(one));
    }
    Json drops = verdicts(true, all);
    std::uint64_t dropped = 0;
    for (const Json& one : drops) {
        dropped += one.get<std::uint64_t>();
    }
    return {{"received", counted(received)},
            {"sent", counted(sent)},
            {"short_way", counter([](const auto& s) -> auto& { return s.short_way; })},
            {"long_way", counter([](const auto& s) -> auto& { return s.long_way; })},
            {"made_by_router", counter([](const auto& s) -> auto& { return s.local_made; })},
            {"dropped", dropped},
            {"drops", std::move(drops)},
            {"handled", verdicts(false, all)},
            {"invalid_l4", counter([](const auto& s) -> auto& { return s.invalid_l4; })},
            {"icmp_errors_limited", counter([](const auto& s) -> auto& { return s.answers_limited; })},
            {"icmp_errors_suppressed", counter([](const auto& s) -> auto& { return s.answers_suppressed; })},
            {"log_lost", counter([](const auto& s) -> auto& { return s.log_lost; })},
            {"nflog_lost", view_.nflog_lost()},
            {"copies_sent", counter([](const auto& s) -> auto& { return s.copies_sent; })},
            {"copies_lost", counter([](const auto& s) -> auto& { return s.copies_lost; })},
            {"requests_lost", counter([](const auto& s) -> auto& { return s.requests_lost; })},
            {"hooks", hooks()},
            {"interfaces", std::move(interfaces)},
            {"workers", workers()},
            {"connections", connections()},
            {"paths", {{"recorded", paths.recorded}, {"unrecorded", paths.unrecorded}}},
            {"packet_memory", {{"in_use", packets.in_use}, {"total", packets.total}}}};
}

Json Figures::connections() const {
    conntrack::Table<net::Ipv4>& table = *view_.connections;
    Json sums = {{"count", table.count()}, {"max", table.max()}, {"memory_bytes", table.memory_bytes()}};
    const auto add = [&](const char* name, auto get) {
        std::uint64_t total = 0;
        // The control thread has a slot of its own behind the workers'.
        for (unsigned i = 0; i <= table.workers(); ++i) {
            total += get(table.statistics(base::WorkerId(static_cast<std::uint8_t>(i)))).value();
        }
        sums[name] = total;
    };
    using Statistics = conntrack::Statistics;
    add(
        "found", [](const Statistics& s) -> auto& { return s.found; });
    add(
        "invalid", [](const Statistics& s) -> auto& { return s.invalid; });
    add(
        "insert", [](const Statistics& s) -> auto& { return s.insert; });
    add(
        "insert_failed", [](const Statistics& s) -> auto& { return s.insert_failed; });
    add(
        "drop", [](const Statistics& s) -> auto& { return s.drop; });
    add(
        "early_drop", [](const Statistics& s) -> auto& { return s.early_drop; });
    add(
        "error", [](const Statistics& s) -> auto& { return s.error; });
    add(
        "search_restart", [](const Statistics& s) -> auto& { return s.search_restart; });
    add(
        "clash_resolve", [](const Statistics& s) -> auto& { return s.clash_resolve; });
    add(
        "expired", [](const Statistics& s) -> auto& { return s.expired; });
    return sums;
}

Json Figures::interfaces() const {
    Json result = Json::array();
    for (const InterfaceView& interface : view_.interfaces()) {
        Json one = describe(interface);
        one.update(interface_counters(interface));
        result.push_back(std::move(one));
    }
    return result;
}

Json Figures::rules() const {
    const acl::Ruleset<net::Ipv4>& ruleset = view_.ruleset();
    const acl::text::Counts counts = view_.counts();
    Json tables = Json::object();
    for (const auto& table : ruleset.tables) {
        if (!table) {
            continue;
        }
        std::size_t rules = 0;
        Json chains = Json::object();
        for (const auto& chain : table->chains) {
            base::PacketCount met;
            for (std::size_t i = 0; i < chain.rules.size(); ++i) {
                met += counts.rule(table->id, chain.name, i);
            }
            Json& one = chains[chain.name] = {{"rules", chain.rules.size()}, {"met", counted(met)}};
            if (chain.hook) {
                one["policy"] = chain.policy == acl::Policy::drop ? "DROP" : "ACCEPT";
                one["policy_met"] = counted(counts.policy(table->id, chain.name));
            }
            rules += chain.rules.size();
        }
        tables[std::string(acl::kTableNames[static_cast<std::size_t>(table->id)])] = {
            {"rules", rules}, {"chains", std::move(chains)}};
    }
    return tables;
}

Json Figures::describe(const InterfaceView& view) const {
    const pipeline::Interface& interface = view.interface;
    Json addresses = Json::array();
    for (const net::Ipv4Prefix& address : interface.addresses) {
        addresses.push_back(net::to_string(address));
    }
    Json one = {{"name", interface.name},
                {"device", view.device},
                {"driver", view.driver},
                {"up", view.status.link_up},
                {"speed_mbps", view.status.speed_mbps},
                {"mac", net::to_string(interface.mac)},
                {"mtu", interface.mtu},
                {"rx_queues", view.queues.receive},
                {"tx_queues", view.queues.transmit},
                {"addresses", std::move(addresses)}};
    if (interface.vlan != 0) {
        one["vlan"] = interface.vlan;
        one["parent"] = view.parent;
    }
    return one;
}

Json Figures::workers() const {
    Json result = Json::array();
    for (const WorkerView& worker : view_.workers()) {
        const pipeline::WorkerStats& stats = *worker.stats;
        const double busy = std::round(busy_.percent(result.size()) * 10) / 10;
        result.push_back({{"worker", result.size()},
                          {"core", worker.core},
                          {"busy_percent", busy},
                          {"polls", stats.polls.value()},
                          {"idle_polls", stats.idle_polls.value()},
                          {"busy_cycles", stats.busy_cycles.value()},
                          // not "short_way": those are the sums
                          {"by_short_way", stats.short_way.value()},
                          {"by_long_way", stats.long_way.value()}});
    }
    return result;
}

Json Figures::verdicts(bool drops, bool all) const {
    const std::vector<WorkerView> workers_seen = view_.workers();
    Json result = Json::object();
    for (std::size_t i = 0; i < packet::kVerdicts; ++i) {
        const auto verdict = static_cast<packet::Verdict>(i);
        if (packet::is_drop(verdict) != drops) {
            continue;
        }
        const std::uint64_t total = sum(
            workers_seen, [i](const auto& s) -> auto& { return s.verdicts[i]; });
        if (total != 0 || all) {
            result[std::string(packet::text_of(verdict).name)] = total;
        }
    }
    return result;
}

Json Figures::hooks() const {
    const std::vector<WorkerView> workers_seen = view_.workers();
    Json result = Json::object();
    for (std::size_t i = 0; i < acl::kHooks; ++i) {
        result[std::string(acl::kHookNames[i])] = counted(sum_packets(
            workers_seen, [i](const auto& s) -> auto& { return s.hooks[i]; }));
    }
    return result;
}

Json Figures::interface_counters(const InterfaceView& view) const {
    const std::vector<WorkerView> workers_seen = view_.workers();
    const std::size_t i = base::index_of(view.interface.id);
    const device::DeviceCounters& device = view.counters;
    Json one = {
        {"name", view.interface.name},
        {"received", counted(sum_packets(
                         workers_seen, [i](const auto& s) -> auto& { return s.interfaces[i].received; }))},
        {"sent", counted(sum_packets(
                     workers_seen, [i](const auto& s) -> auto& { return s.interfaces[i].sent; }))}};
    if (view.parent.empty()) {
        one["device_counters"] = {{"received", device.received},
                                  {"received_bytes", device.received_bytes},
                                  {"sent", device.sent},
                                  {"sent_bytes", device.sent_bytes},
                                  {"missed", device.missed},
                                  {"no_packet", device.no_packet},
                                  {"receive_errors", device.receive_errors},
                                  {"send_errors", device.send_errors}};
    }
    return one;
}

}  // namespace sluice::ctrlplane::control
