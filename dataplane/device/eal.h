// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/result.h"

/// DPDK's environment, started once per process.
///
/// Each thread that DPDK makes (an lcore) is bound to one CPU, and several may share one: the control thread is
/// lcore 0 on `main_core`, worker n is lcore n+1 on `worker_cores[n]`. Example: main core 0 and workers on 1 and 0
/// become `--lcores=0@0,1@1,2@0 --main-lcore=0`.
///
/// Nothing is left behind on disk: memory is anonymous, whether in huge pages or not (`--in-memory`, or `--no-huge`
/// with `--no-shconf`).
namespace sluice::device {

struct EalOptions {
    unsigned main_core = 0;
    std::vector<unsigned> worker_cores;
    bool hugepages = true;
    std::uint64_t memory_bytes = std::uint64_t{1} << 30U;
    std::vector<std::string> pci_addresses;  ///< only these are probed; none: the PCI bus is left alone
    std::string file_prefix;                 ///< unique for each running router: names DPDK's runtime folder
    std::vector<std::string> extra_arguments;
};

/// The arguments for rte_eal_init, the program's name first.
[[nodiscard]] std::vector<std::string> eal_arguments(const EalOptions& options);

/// A prefix for DPDK's runtime folder that no router with another control socket has.
[[nodiscard]] std::string file_prefix_for(const std::string& control_socket);

/// The lcore of a worker.
[[nodiscard]] constexpr unsigned lcore_of_worker(unsigned worker) noexcept { return worker + 1; }

/// DPDK, started; ends with it.
///
/// Threads: made and destroyed by the control thread, which is DPDK's main lcore from then on.
class Eal {
public:
    /// Errors: a CPU that is not there, too few huge pages, what DPDK says of its arguments; each with what to do.
    static base::Result<Eal> start(const EalOptions& options);
    ~Eal();
    Eal(Eal&& other) noexcept : started_(other.started_) { other.started_ = false; }
    Eal& operator=(Eal&&) = delete;
    Eal(const Eal&) = delete;
    Eal& operator=(const Eal&) = delete;

private:
    Eal() = default;
    bool started_ = true;
};

}  // namespace sluice::device
