// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/router_view.h"

#include <rte_cycles.h>

#include "ctrlplane/control/rule_counts.h"
#include "ctrlplane/version.h"

namespace sluice::ctrlplane {
namespace {

std::vector<control::WorkerView> workers_of(const Runtime& runtime) {
    std::vector<control::WorkerView> workers;
    for (unsigned number = 0; number < runtime.workers(); ++number) {
        workers.push_back({runtime.config().runtime().worker_cores[number].value, &runtime.stats(number)});
    }
    return workers;
}

std::vector<control::InterfaceView> interfaces_of(const Runtime& runtime) {
    std::vector<control::InterfaceView> views;
    for (const pipeline::Interface& interface : runtime.snapshot().interfaces) {
        const device::Device& device = runtime.machine().device_of(interface.id);
        const config::CheckedInterface& checked = runtime.config().interface(interface.id);
        control::InterfaceView& view = views.emplace_back();
        view.interface = interface;
        if (!checked.device) {
            view.parent = runtime.config().interface(checked.parent).name;
        }
        view.device = device.name();
        view.driver = device.driver();
        view.queues = device.queues();
        view.status = device.status();
        view.counters = device.counters();
    }
    return views;
}

control::RulesFile rules_file_of(const config::Firewall& firewall) {
    control::RulesFile file;
    if (firewall.rules) {
        file.path = firewall.rules->path;
    }
    for (const config::TableText& table : firewall.tables) {
        file.tables.push_back(table.name);
    }
    return file;
}

}  // namespace

control::RouterView view_of(Runtime& runtime) {
    control::RouterView view;
    view.version = version();
    view.config_file = runtime.config().file();
    view.tsc_hz = rte_get_tsc_hz();
    view.connections = &runtime.connections();
    view.now_ns = [&runtime] { return runtime.now_ns(); };
    view.utc_ns = [&runtime] { return runtime.snapshot().utc_ns(runtime.now_ns()); };
    view.has_time_stamps = [&runtime] { return runtime.config().sysctls().conntrack_timestamp != 0; };
    view.tracking = [&runtime] { return runtime.snapshot().tracking; };
    view.events = &runtime.events();
    view.workers = [&runtime] { return workers_of(runtime); };
    view.interfaces = [&runtime] { return interfaces_of(runtime); };
    view.routes = [&runtime] { return runtime.snapshot().fib->routes(); };
    view.neighbors = [&runtime] { return runtime.neighbors().list(); };
    view.ruleset = [&runtime]() -> const acl::Ruleset<net::Ipv4>& { return runtime.rules().ruleset(); };
    view.counts = [&runtime] {
        return control::counts_of(runtime.rules().ruleset(), runtime.rules().program(), runtime.rules().totals());
    };
    view.draft = [&runtime] { return runtime.rules().draft(); };
    view.change_rules = [&runtime](acl::Ruleset<net::Ipv4> edited) {
        return runtime.change_rules(std::move(edited));
    };
    view.change_config = [&runtime](const std::function<config::ConfigEdit::Done(config::ConfigEdit&)>& change) {
        return runtime.change_config(change);
    };
    view.sysctls = [&runtime] { return config::sysctl_values(runtime.config()); };
    view.forget_neighbor = [&runtime](base::InterfaceId interface, net::Ipv4Address address) {
        return runtime.forget_neighbor(interface, address);
    };
    view.change_sets = [&runtime](std::span<const acl::sets::Word> words) { return runtime.change_sets(words); };
    view.sets = [&runtime] { return &runtime.sets(); };
    view.restore_sets = [&runtime](std::string_view text, const std::string& file, bool exist) {
        return runtime.restore_sets(text, file, exist);
    };
    view.keyed = &runtime.keyed();
    view.rules_file = [&runtime] { return rules_file_of(runtime.config().firewall()); };
    view.paths = [&runtime]() -> control::PathFigures {
        return {.recorded = runtime.rules().path_count(), .unrecorded = runtime.rules().unrecorded()};
    };
    view.packet_memory = [&runtime]() -> control::PacketMemory {
        return {.in_use = runtime.machine().packets_in_use(), .total = runtime.machine().packets()};
    };
    view.traced = &runtime.teller().traced();
    view.nflog_lost = [&runtime] { return runtime.teller().file_lost(); };
    return view;
}

}  // namespace sluice::ctrlplane
