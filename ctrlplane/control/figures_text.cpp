// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/figures_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "dataplane/base/append.h"

namespace sluice::ctrlplane::control {

namespace {

std::uint64_t number(const Json& object, const char* name) {
    return object.at(name).get<std::uint64_t>();
}
std::string text(const Json& object, const char* name) {
    return object.at(name).get<std::string>();
}

template <class... Args>
void print(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    base::append(out, format, std::forward<Args>(args)...);
}

std::string duration_text(std::uint64_t seconds) {
    const std::uint64_t days = seconds / 86'400;
    const std::string clock =
        fmt::format("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    return days == 0 ? clock : fmt::format("{} day{} {}", days, days == 1 ? "" : "s", clock);
}

/// `1 rule`, `2 rules`.
std::string plural(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

void interface_line(std::string& out, const Json& interface) {
    std::string link = interface.at("up").get<bool>() ? "up" : "down";
    if (const std::uint64_t speed = number(interface, "speed_mbps"); speed != 0 && link == "up") {
        link += fmt::format(" {} Mbit/s", speed);
    }
    std::string addresses;
    for (const Json& address : interface.at("addresses")) {
        addresses += fmt::format(" {}", address.get<std::string>());
    }
    const std::string carrier =
        interface.contains("vlan")
            ? fmt::format("vlan {} on {}", number(interface, "vlan"), text(interface, "parent"))
            : fmt::format("{} ({})", text(interface, "device"), text(interface, "driver"));
    print(out, "  {:<12} {:<32} {:<14} {} mtu {}{}\n", text(interface, "name"), carrier, link,
          text(interface, "mac"), number(interface, "mtu"), addresses);
}

void heading(std::string& out, std::string_view text) {
    print(out, "{}\n", text);
}

void row(std::string& out, std::string_view name, std::uint64_t count) {
    print(out, "  {:<28} {:>14}\n", name, count);
}

void counted_row(std::string& out, std::string_view name, const Json& count) {
    print(out, "  {:<28} {:>14} {:>18}\n", name, number(count, "packets"), number(count, "bytes"));
}

/// Name and count, the highest first.
void sorted_rows(std::string& out, const Json& counts) {
    std::vector<std::pair<std::uint64_t, std::string>> rows;
    for (const auto& [name, count] : counts.items()) {
        rows.emplace_back(count.get<std::uint64_t>(), name);
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [count, name] : rows) {
        row(out, name, count);
    }
}

void interface_rows(std::string& out, const Json& interfaces) {
    print(out, "{:<16} {:>14} {:>18} {:>14} {:>18} {:>10} {:>10}\n", "interface", "received", "bytes", "sent",
          "bytes", "missed", "errors");
    for (const Json& one : interfaces) {
        const Json& received = one.at("received");
        const Json& sent = one.at("sent");
        print(out, "  {:<14} {:>14} {:>18} {:>14} {:>18}", text(one, "name"), number(received, "packets"),
              number(received, "bytes"), number(sent, "packets"), number(sent, "bytes"));
        if (one.contains("device_counters")) {
            const Json& device = one.at("device_counters");
            print(out, " {:>10} {:>10}", number(device, "missed") + number(device, "no_packet"),
                  number(device, "receive_errors") + number(device, "send_errors"));
        }
        out += '\n';
    }
}

void worker_rows(std::string& out, const Json& workers) {
    print(out, "{:<16} {:>6} {:>8} {:>14} {:>14} {:>18}\n", "worker", "core", "busy %", "short way",
          "long way", "polls");
    for (const Json& one : workers) {
        print(out, "  {:<14} {:>6} {:>8.1f} {:>14} {:>14} {:>18}\n", number(one, "worker"),
              number(one, "core"), one.at("busy_percent").get<double>(), number(one, "by_short_way"),
              number(one, "by_long_way"), number(one, "polls"));
    }
}

}  // namespace

std::string status_text(const Json& status) {
    std::string out =
        fmt::format("sluice {}, pid {}, uptime {}\nconfiguration {}\n", text(status, "version"),
                    number(status, "pid"), duration_text(number(status, "uptime_s")), text(status, "config"));
    heading(out, "workers");
    for (const Json& worker : status.at("workers")) {
        print(out, "  {:<12} core {:<4} busy {:.1f} %  polls {}\n", number(worker, "worker"),
              number(worker, "core"), worker.at("busy_percent").get<double>(), number(worker, "polls"));
    }
    heading(out, "interfaces");
    for (const Json& interface : status.at("interfaces")) {
        interface_line(out, interface);
    }
    const Json& rules = status.at("rules");
    std::string tables;
    for (const auto& [name, count] : rules.at("tables").items()) {
        tables += fmt::format("{}{} {}", tables.empty() ? "" : ", ", name, count.get<std::uint64_t>());
    }
    print(out, "rules          {}{}, {}\n", number(rules, "count"),
          tables.empty() ? "" : fmt::format(" ({})", tables),
          plural(number(rules, "paths"), "remembered path"));
    print(out, "connections    {} of {}\n", number(status.at("connections"), "count"),
          number(status.at("connections"), "max"));
    print(out, "packet memory  {} of {} packets in use\n", number(status.at("packet_memory"), "in_use"),
          number(status.at("packet_memory"), "total"));
    return out;
}

std::string stats_text(const Json& stats) {
    std::string out;
    print(out, "{:<30} {:>14} {:>18}\n", "packets", "packets", "bytes");
    counted_row(out, "received", stats.at("received"));
    counted_row(out, "sent", stats.at("sent"));
    row(out, "short way", number(stats, "short_way"));
    row(out, "long way", number(stats, "long_way"));
    row(out, "made by the router", number(stats, "made_by_router"));
    row(out, "dropped", number(stats, "dropped"));
    row(out, "L4 header invalid", number(stats, "invalid_l4"));
    heading(out, "drops by reason");
    sorted_rows(out, stats.at("drops"));
    heading(out, "otherwise dealt with");
    sorted_rows(out, stats.at("handled"));
    print(out, "{:<30} {:>14} {:>18}\n", "hooks, on the long way", "packets", "bytes");
    for (const char* hook : {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}) {
        counted_row(out, hook, stats.at("hooks").at(hook));
    }
    interface_rows(out, stats.at("interfaces"));
    worker_rows(out, stats.at("workers"));
    heading(out, "connections");
    for (const char* name :
         {"count", "max", "insert", "insert_failed", "expired", "drop", "early_drop", "invalid", "error",
          "found", "search_restart", "clash_resolve", "memory_bytes"}) {
        row(out, name, number(stats.at("connections"), name));
    }
    heading(out, "other");
    row(out, "ICMP errors rate-limited", number(stats, "icmp_errors_limited"));
    row(out, "ICMP errors not due", number(stats, "icmp_errors_suppressed"));
    row(out, "requests to control lost", number(stats, "requests_lost"));
    row(out, "records of LOG lost", number(stats, "log_lost"));
    row(out, "packets of NFLOG not kept", number(stats, "nflog_lost"));
    row(out, "copies sent by TEE", number(stats, "copies_sent"));
    row(out, "copies without memory", number(stats, "copies_lost"));
    row(out, "paths remembered", number(stats.at("paths"), "recorded"));
    row(out, "paths without room", number(stats.at("paths"), "unrecorded"));
    row(out, "packet buffers in use", number(stats.at("packet_memory"), "in_use"));
    row(out, "packet buffers", number(stats.at("packet_memory"), "total"));
    return out;
}

}  // namespace sluice::ctrlplane::control
