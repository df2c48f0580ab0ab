// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/live_changes.h"

#include <fmt/core.h>

#include <algorithm>

#include "ctrlplane/config/diagnostic_text.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::string_view kNeedsRestart = "cannot change while running; restart the router";

std::vector<unsigned> cores_of(const Runtime& runtime) {
    std::vector<unsigned> cores;
    std::transform(runtime.worker_cores.begin(), runtime.worker_cores.end(), std::back_inserter(cores),
                   [](const Located<unsigned>& core) { return core.value; });
    return cores;
}

void compare_runtime(const Runtime& running, const Runtime& next, std::vector<std::string>& refused) {
    const auto compare = [&](std::string_view key, bool is_same) {
        if (!is_same) {
            refused.push_back(fmt::format("[runtime] {} {}", key, kNeedsRestart));
        }
    };
    compare("main-core", running.main_core.value == next.main_core.value);
    compare("worker-cores", cores_of(running) == cores_of(next));
    compare("hugepages", running.hugepages == next.hugepages);
    compare("memory", running.memory_bytes == next.memory_bytes);
    compare("idle", running.idle == next.idle);
    compare("short-way", running.short_way == next.short_way);
    compare("control-socket", running.control_socket.value == next.control_socket.value);
    compare("eal-args", running.eal_args == next.eal_args);
}

/// The values of two optional items, without their places.
template <class T>
bool is_same(const std::optional<Located<T>>& a, const std::optional<Located<T>>& b) {
    return a.has_value() == b.has_value() && (!a || a->value == b->value);
}

void compare_interface(const CheckedConfig& running, const CheckedInterface& before,
                       const CheckedConfig& next, const CheckedInterface& after,
                       std::vector<std::string>& refused) {
    const auto compare = [&](std::string_view key, bool same) {
        if (!same) {
            refused.push_back(
                fmt::format("{} of the interface {} {}", key, in_quotes(before.name), kNeedsRestart));
        }
    };
    const auto parent = [](const CheckedConfig& config, const CheckedInterface& interface) {
        return interface.parent == base::kNoInterface ? std::string()
                                                      : config.interface(interface.parent).name;
    };
    compare("device", is_same(before.device, after.device));
    compare("mac", is_same(before.mac, after.mac));
    compare("mtu", before.mtu_bytes.value == after.mtu_bytes.value);
    compare("rx-queues", is_same(before.rx_queues, after.rx_queues));
    compare("vlan", before.vlan == after.vlan);
    compare("parent", parent(running, before) == parent(next, after));
}

void compare_interfaces(const CheckedConfig& running, const CheckedConfig& next,
                        std::vector<std::string>& refused) {
    bool same_set = running.interfaces().size() == next.interfaces().size();
    for (const CheckedInterface& after : next.interfaces()) {
        if (running.find_interface(after.name) == nullptr) {
            refused.push_back(fmt::format(
                "the interface {} is new; interfaces cannot be added while running; restart the router",
                in_quotes(after.name)));
            same_set = false;
        }
    }
    bool same_order = true;
    for (const CheckedInterface& before : running.interfaces()) {
        const CheckedInterface* after = next.find_interface(before.name);
        if (after == nullptr) {
            refused.push_back(fmt::format(
                "the interface {} is missing; interfaces cannot be removed while running; restart the router",
                in_quotes(before.name)));
            same_set = false;
            continue;
        }
        same_order = same_order && before.id == after->id;
        compare_interface(running, before, next, *after, refused);
    }
    if (same_set && !same_order) {
        refused.push_back(fmt::format("the order of the [[interface]] sections {}", kNeedsRestart));
    }
}

}  // namespace

std::vector<std::string> live_changes_refused(const CheckedConfig& running, const CheckedConfig& next) {
    std::vector<std::string> refused;
    compare_runtime(running.runtime(), next.runtime(), refused);
    compare_interfaces(running, next, refused);
    if (running.nflog() != next.nflog()) {
        refused.push_back(fmt::format("[nflog] {}", kNeedsRestart));
    }
    if (running.sysctls().conntrack_max != next.sysctls().conntrack_max) {
        refused.push_back(
            fmt::format("net.netfilter.nf_conntrack_max sizes the table at start and {}", kNeedsRestart));
    }
    if (running.sysctls().expect_max != next.sysctls().expect_max) {
        refused.push_back(
            fmt::format("net.netfilter.nf_conntrack_expect_max sizes a table at start and {}", kNeedsRestart));
    }
    return refused;
}

}  // namespace sluice::ctrlplane::config
