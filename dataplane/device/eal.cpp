// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/eal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

namespace sluice::device {
namespace {

constexpr std::uint64_t kMiB = 1U << 20U;

bool gives(const std::vector<std::string>& arguments, std::string_view option) {
    return std::any_of(arguments.begin(), arguments.end(),
                       [&](const std::string& argument) { return argument.starts_with(option); });
}

/// Bytes in free huge pages of all sizes.
std::uint64_t free_hugepage_bytes() {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const auto& size : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", error)) {
        // hugepages-2048kB
        const std::string name = size.path().filename();
        std::uint64_t pages = 0;
        std::ifstream(size.path() / "free_hugepages") >> pages;
        bytes += pages * std::strtoull(name.c_str() + name.find('-') + 1, nullptr, 10) * 1024;
    }
    return bytes;
}

base::Result<void> check_hugepages(const EalOptions& options) {
    const std::uint64_t free = free_hugepage_bytes();
    if (free >= options.memory_bytes) {
        return {};
    }
    return base::failure(fmt::format(
        "[runtime] memory asks for {} MiB of huge pages and {} MiB are free: reserve them with "
        "`sysctl -w vm.nr_hugepages={}` (2 MiB each; in /etc/sysctl.d to keep them), or set hugepages = false",
        options.memory_bytes / kMiB, free / kMiB, (options.memory_bytes + 2 * kMiB - 1) / (2 * kMiB)));
}

base::Result<void> check_cores(const EalOptions& options) {
    cpu_set_t usable;
    CPU_ZERO(&usable);
    sched_getaffinity(0, sizeof(usable), &usable);
    std::vector<unsigned> wanted = options.worker_cores;
    wanted.push_back(options.main_core);
    for (const unsigned core : wanted) {
        if (core >= CPU_SETSIZE || !CPU_ISSET(core, &usable)) {
            return base::failure(fmt::format("CPU {} of [runtime] is not there or not ours to use: there are {} ({})",
                                             core, CPU_COUNT(&usable), "see taskset -p, nproc and lscpu -e"));
        }
    }
    return {};
}

std::string lcore_map(const EalOptions& options) {
    std::string map = fmt::format("0@{}", options.main_core);
    for (unsigned worker = 0; worker < options.worker_cores.size(); ++worker) {
        map += fmt::format(",{}@{}", lcore_of_worker(worker), options.worker_cores[worker]);
    }
    return map;
}

/// DPDK makes a folder for its telemetry socket, removes the socket when the process exits, and never the folder.
/// Registered before DPDK registers its own, so that this comes after it.
void remove_runtime_folder_at_exit() {
    std::atexit([] {
        std::error_code ignored;
        std::filesystem::remove(rte_eal_get_runtime_dir(), ignored);  // only when it is empty
    });
}

/// A wrong argument makes EAL print a page of usage on stdout, which hides what it complains of.
int init_quietly(std::vector<char*>& words) {
    std::fflush(stdout);
    const int out = dup(STDOUT_FILENO);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
    const int result = rte_eal_init(static_cast<int>(words.size()), words.data());
    std::fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    close(nowhere);
    return result;
}

}  // namespace

std::string file_prefix_for(const std::string& control_socket) {
    return fmt::format("sluice-{:016x}", std::hash<std::string>{}(control_socket));
}

std::vector<std::string> eal_arguments(const EalOptions& options) {
    std::vector<std::string> arguments = {
        "sluice",
        "--lcores=" + lcore_map(options),
        "--main-lcore=0",
        // Without it rte_acl and rte_fib silently leave AVX-512 out.
        "--force-max-simd-bitwidth=512",
        // It warns at every start that nobody uses its old protocol.
        "--log-level=lib.telemetry:error",
        // Nothing on disk: neither files of huge pages nor the configuration that secondary processes would map.
        options.hugepages ? "--in-memory" : "--no-shconf",
        fmt::format("-m{}", options.memory_bytes / kMiB),
    };
    if (!options.hugepages) {
        arguments.emplace_back("--no-huge");
    }
    if (!options.file_prefix.empty() && !gives(options.extra_arguments, "--file-prefix")) {
        arguments.push_back("--file-prefix=" + options.file_prefix);
    }
    if (options.pci_addresses.empty()) {
        arguments.emplace_back("--no-pci");
    }
    for (const std::string& address : options.pci_addresses) {
        arguments.push_back("--allow=" + address);
    }
    arguments.insert(arguments.end(), options.extra_arguments.begin(), options.extra_arguments.end());
    return arguments;
}

base::Result<Eal> Eal::start(const EalOptions& options) {
    if (auto checked = check_cores(options); !checked) {
        return tl::unexpected(checked.error());
    }
    if (options.hugepages) {
        if (auto checked = check_hugepages(options); !checked) {
            return tl::unexpected(checked.error());
        }
    }
    remove_runtime_folder_at_exit();
    std::vector<std::string> arguments = eal_arguments(options);
    std::vector<char*> words;
    for (std::string& argument : arguments) {
        words.push_back(argument.data());
    }
    if (init_quietly(words) < 0) {
        return base::failure(fmt::format("DPDK does not start: {}{}; its own words stand above",
                                         rte_strerror(rte_errno),
                                         geteuid() == 0 ? "" : " (not running as root, which devices need)"));
    }
    return Eal();
}

Eal::~Eal() {
    if (started_) {
        rte_eal_cleanup();
    }
}

}  // namespace sluice::device
