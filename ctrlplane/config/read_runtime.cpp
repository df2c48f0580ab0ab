// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>
#include <sys/un.h>

#include <algorithm>
#include <set>

#include "ctrlplane/config/amount.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/sections.h"
#include "ctrlplane/config/table_reader.h"
#include "dataplane/base/ids.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr unsigned kLastCore = 1023;  // sched_setaffinity(2) with a cpu_set_t
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::uint64_t kLeastMemory_bytes = 64 * kMiB;
constexpr std::uint64_t kMostMemory_bytes = kMiB * kMiB;
constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

void read_memory(TableReader& reader, Runtime& runtime) {
    const auto written = reader.text("memory");
    if (!written) {
        return;
    }
    const auto bytes = parse_amount(written->value);
    if (!bytes) {
        reader.faults().error(
            written->where,
            fmt::format("memory {} is not an amount; write a whole number and M or G, such as "
                        "\"512M\" or \"1G\"",
                        in_quotes(written->value)));
    } else if (*bytes < kLeastMemory_bytes || *bytes > kMostMemory_bytes) {
        reader.faults().error(written->where, fmt::format("memory must be from \"64M\" to \"1024G\", not {}",
                                                          in_quotes(written->value)));
    } else {
        runtime.memory_bytes = *bytes;
    }
}

void read_worker_cores(TableReader& reader, Runtime& runtime) {
    Faults& faults = reader.faults();
    const Entry* entry = reader.entry("worker-cores");
    if (entry == nullptr) {
        runtime.worker_cores.front().where = reader.location();
        return;
    }
    const auto* list = std::get_if<Array>(&entry->value.data);
    if (list == nullptr || list->empty()) {
        faults.error(entry->value.where,
                     list == nullptr ? fmt::format("worker-cores must be a list of core numbers, such as "
                                                   "[1, 2], not {}",
                                                   kind_of(entry->value))
                                     : "worker-cores is empty; at least one worker is needed");
        return;
    }
    runtime.worker_cores.clear();
    std::set<std::int64_t> seen;
    for (const Value& value : *list) {
        const auto* core = std::get_if<std::int64_t>(&value.data);
        if (core == nullptr) {
            faults.error(value.where, fmt::format("a core is an integer, not {}", kind_of(value)));
        } else if (*core < 0 || *core > kLastCore) {
            faults.error(value.where, fmt::format("a core is from 0 to {}, not {}", kLastCore, *core));
        } else if (!seen.insert(*core).second) {
            faults.error(value.where,
                         fmt::format("core {} stands twice in worker-cores; each has one worker", *core));
        } else if (seen.size() == base::kMaxWorkers + 1) {
            faults.error(value.where, fmt::format("there may be at most {} workers", base::kMaxWorkers));
        } else {
            runtime.worker_cores.push_back({static_cast<unsigned>(*core), faults.location(value.where)});
        }
    }
}

void read_control_socket(TableReader& reader, Runtime& runtime) {
    const auto path = reader.text("control-socket");
    if (!path) {
        return;
    }
    Faults& faults = reader.faults();
    if (path->value.front() != '/') {
        faults.error(path->where,
                     fmt::format("control-socket {} must be an absolute path, beginning with a slash",
                                 in_quotes(path->value)));
    } else if (path->value.size() > kLongestSocketPath) {
        faults.error(path->where,
                     fmt::format("control-socket has {} bytes; the kernel takes a socket's path of at "
                                 "most {}",
                                 path->value.size(), kLongestSocketPath));
    } else {
        runtime.control_socket = *path;
    }
}

}  // namespace

Runtime read_runtime(const Value& section, Faults& faults) {
    TableReader reader(std::get<Table>(section.data), section.where, "[runtime]", faults);
    Runtime runtime;
    runtime.main_core.where = reader.location();
    if (const auto core = reader.integer("main-core", 0, kLastCore)) {
        runtime.main_core = {static_cast<unsigned>(core->value), core->where};
    }
    read_worker_cores(reader, runtime);
    if (const auto hugepages = reader.boolean("hugepages")) {
        runtime.hugepages = hugepages->value;
    }
    read_memory(reader, runtime);
    if (const auto idle = reader.word("idle", {"spin", "pause", "sleep"})) {
        runtime.idle = static_cast<Idle>(idle->value);
    }
    if (const auto short_way = reader.boolean("short-way")) {
        runtime.short_way = short_way->value;
    }
    read_control_socket(reader, runtime);
    reader.refuse("metrics",
                  "the Prometheus endpoint is not built yet; `sluicectl -j stats` gives the figures");
    reader.refuse("host-namespace", "interfaces shared with the kernel are not built yet");
    for (const Located<std::string>& argument : reader.texts("eal-args")) {
        runtime.eal_args.push_back(argument.value);
    }
    reader.finish();
    return runtime;
}

}  // namespace sluice::ctrlplane::config
