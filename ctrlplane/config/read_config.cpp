// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/sections.h"
#include "ctrlplane/config/table_reader.h"

namespace sluice::ctrlplane::config {

namespace {

/// Reads each `[[key]]`.
template <class T>
std::vector<T> read_each(TableReader& file, std::string_view key,
                         T (*read)(const Value& section, Faults& faults)) {
    std::vector<T> result;
    for (const Value* section : file.tables(key)) {
        result.push_back(read(*section, file.faults()));
    }
    return result;
}

}  // namespace

Config read_config(const Value& root, Faults& faults, const FileReader& read_file) {
    Config config;
    config.file = faults.source().file();
    TableReader file(std::get<Table>(root.data), root.where, "the file", faults);
    if (const Value* section = file.table("runtime", "[runtime]")) {
        config.runtime = read_runtime(*section, faults);
    }
    config.interfaces = read_each(file, "interface", &read_interface);
    config.routes = read_each(file, "route", &read_route);
    config.neighbors = read_each(file, "neighbor", &read_neighbor);
    file.refuse("rule", "policy routing is not built yet; all routes are in the main table");
    if (const Value* section = file.table("conntrack", "[conntrack]")) {
        config.tracking = read_conntrack(*section, faults);
    }
    config.sysctl.values = config.tracking.rfc_timeouts ? with_rfc_timeouts() : Sysctls{};
    if (const Value* section = file.table("sysctl", "[sysctl]")) {
        config.sysctl = read_sysctl(*section, config.sysctl.values, faults);
    }
    if (const Value* section = file.table("ipset", "[ipset.NAME]")) {
        config.sets = read_ipsets(*section, faults, read_file);
    }
    if (const Value* section = file.table("firewall", "[firewall]")) {
        config.firewall = read_firewall(*section, faults, read_file);
    }
    if (const Value* section = file.table("nflog", "[nflog]")) {
        config.nflog = read_nflog(*section, faults);
    }
    file.finish();
    return config;
}

Tracking read_conntrack(const Value& section, Faults& faults) {
    Tracking tracking;
    TableReader reader(std::get<Table>(section.data), section.where, "[conntrack]", faults);
    if (const auto strict = reader.boolean("strict")) {
        tracking.strict = strict->value;
    }
    if (const Value* policies = reader.table("timeout", "[conntrack.timeout.NAME]")) {
        tracking.timeouts = read_timeouts(*policies, faults);
    }
    if (const auto timeouts = reader.word("timeouts", {"kernel", "rfc"})) {
        tracking.rfc_timeouts = timeouts->value != 0;
    }
    reader.finish();
    return tracking;
}

}  // namespace sluice::ctrlplane::config
