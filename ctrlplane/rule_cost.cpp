// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/rule_cost.h"

#include <fmt/format.h>
#include <malloc.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "acl/program/program.h"

namespace sluice::ctrlplane {
namespace {

base::Result<void> start_memory() {
    // As much address space as the largest rulesets need; what is not used is never touched.
    std::array<std::string, 9> words = {"sluice-check",
                                        "--no-huge",
                                        "--no-pci",
                                        "--no-shconf",
                                        "--no-telemetry",
                                        "--log-level=lib.*:4",
                                        fmt::format("--lcores=0@{}", std::max(sched_getcpu(), 0)),
                                        "-m",
                                        "2048"};
    std::array<char*, 9> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        arguments[i] = words[i].data();
    }
    if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) {
        return base::failure(fmt::format("DPDK's memory does not start: {}", rte_strerror(rte_errno)));
    }
    return {};
}

/// Of the process and of DPDK, in use.
std::uint64_t bytes_in_use() {
    std::uint64_t sum = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (int socket = 0; socket < RTE_MAX_NUMA_NODES; ++socket) {
        rte_malloc_socket_stats stats{};
        if (rte_malloc_get_socket_stats(socket, &stats) == 0) {
            sum += stats.heap_allocsz_bytes;
        }
    }
    return sum;
}

std::size_t count_rules(const acl::Ruleset<net::Ipv4>& rules) {
    std::size_t count = 0;
    for (const auto& table : rules.tables) {
        for (std::size_t i = 0; table && i < table->chains.size(); ++i) {
            count += table->chains[i].rules.size();
        }
    }
    return count;
}

}  // namespace

base::Result<RuleCost> cost_of(const acl::Ruleset<net::Ipv4>& rules, const std::vector<std::string>& interfaces) {
    if (auto started = start_memory(); !started) {
        return tl::unexpected(started.error());
    }
    const std::uint64_t before = bytes_in_use();
    const auto begin = std::chrono::steady_clock::now();
    const auto program = acl::Program<net::Ipv4>::compile(rules, interfaces);
    const auto took = std::chrono::steady_clock::now() - begin;
    if (!program) {
        return base::failure(program.error().front().message);
    }
    RuleCost cost;
    cost.rules = count_rules(rules);
    cost.compile_ms =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
    const std::uint64_t after = bytes_in_use();
    cost.program_bytes = after > before ? after - before : 0;
    return cost;
}

std::string to_string(const RuleCost& cost) {
    constexpr double kMebi = 1024.0 * 1024.0;
    return fmt::format("{} rules compile in {} ms and take {:.1f} MiB", cost.rules, cost.compile_ms,
                       static_cast<double>(cost.program_bytes) / kMebi);
}

}  // namespace sluice::ctrlplane
