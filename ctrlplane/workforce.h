// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ctrlplane/config/checked_config.h"
#include "ctrlplane/machine.h"
#include "dataplane/pipeline/grace.h"
#include "dataplane/worker/shared.h"
#include "dataplane/worker/worker.h"

namespace sluice::ctrlplane {

/// The workers and what they share: made, launched, told to stop.
///
/// Quiescent states: reader n is worker n, the last reader is the control thread, who is online while it works and
/// offline while it waits (`fall_asleep`, `wake_up`).
///
/// Threads: the control thread.
template <net::Family F>
class Workforce {
public:
    struct Tables {
        conntrack::Table<F>* connections = nullptr;
        route::AdjacencyTable<F>* adjacencies = nullptr;
        std::uint64_t boot_secret = 0;
    };

    /// Errors: no memory.
    static base::Result<std::unique_ptr<Workforce>> create(const config::CheckedConfig& config,
                                                           const Machine& machine, const Tables& tables);
    ~Workforce();
    Workforce(const Workforce&) = delete;
    Workforce& operator=(const Workforce&) = delete;

    /// Starts the workers. A snapshot has been published. Errors: DPDK's, or a worker that does not poll.
    base::Result<void> launch();
    /// Stops them and waits; at the end nobody holds a packet but the devices.
    void stop();

    void publish(const pipeline::Snapshot<F>* snapshot) noexcept {
        // Release: pairs with the workers' acquire; the snapshot's content goes before its address.
        shared_.snapshot.store(snapshot, std::memory_order_release);
    }
    [[nodiscard]] pipeline::Grace& grace() noexcept { return grace_; }
    void fall_asleep() noexcept;
    void wake_up() noexcept;

    [[nodiscard]] const worker::Clock& clock() const noexcept { return shared_.clock; }
    [[nodiscard]] worker::Handover& handover() noexcept { return *handover_; }
    [[nodiscard]] unsigned size() const noexcept { return static_cast<unsigned>(workers_.size()); }
    [[nodiscard]] worker::Worker<F>& worker(unsigned number) noexcept { return *workers_[number]; }

private:
    struct FreeQsbr {
        void operator()(rte_rcu_qsbr* qsbr) const noexcept;
    };
    Workforce(std::unique_ptr<rte_rcu_qsbr, FreeQsbr> qsbr, worker::Handover handover);

    std::unique_ptr<rte_rcu_qsbr, FreeQsbr> qsbr_;
    pipeline::Grace grace_;
    worker::Shared<pipeline::Snapshot<F>> shared_;
    std::optional<worker::Handover> handover_;
    std::vector<std::unique_ptr<worker::Worker<F>>> workers_;
    bool is_running_ = false;
};

extern template class Workforce<net::Ipv4>;

}  // namespace sluice::ctrlplane
