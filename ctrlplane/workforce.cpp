// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/workforce.h"

#include <fmt/core.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>
#include <unistd.h>

#include <array>

#include "ctrlplane/kernel_random.h"
#include "dataplane/device/eal.h"

namespace sluice::ctrlplane {
namespace {

constexpr int kFirstPollMs = 2000;

worker::IdlePolicy policy_of(config::Idle idle) {
    switch (idle) {
        case config::Idle::pause: return worker::IdlePolicy::pause;
        case config::Idle::sleep: return worker::IdlePolicy::sleep;
        case config::Idle::spin: break;
    }
    return worker::IdlePolicy::spin;
}

template <net::Family F>
int run_worker(void* worker) {
    static_cast<worker::Worker<F>*>(worker)->run();
    return 0;
}

}  // namespace

template <net::Family F>
void Workforce<F>::FreeQsbr::operator()(rte_rcu_qsbr* qsbr) const noexcept {
    rte_free(qsbr);
}

template <net::Family F>
Workforce<F>::Workforce(std::unique_ptr<rte_rcu_qsbr, FreeQsbr> qsbr, worker::Handover handover)
    : qsbr_(std::move(qsbr)), grace_(qsbr_.get()), handover_(std::move(handover)) {
    shared_.qsbr = qsbr_.get();
    shared_.clock = worker::Clock(rte_rdtsc(), rte_get_tsc_hz());
}

template <net::Family F>
base::Result<std::unique_ptr<Workforce<F>>> Workforce<F>::create(const config::CheckedConfig& config,
                                                                 const Machine& machine, const Tables& tables) {
    const unsigned count = static_cast<unsigned>(config.runtime().worker_cores.size());
    auto handover = worker::Handover::create(machine.plan());
    if (!handover) {
        return tl::unexpected(handover.error());
    }
    std::unique_ptr<rte_rcu_qsbr, FreeQsbr> qsbr(
        static_cast<rte_rcu_qsbr*>(rte_zmalloc(nullptr, rte_rcu_qsbr_get_memsize(count + 1), RTE_CACHE_LINE_SIZE)));
    if (qsbr == nullptr) {
        return base::failure("no memory for quiescent states; raise [runtime] memory");
    }
    rte_rcu_qsbr_init(qsbr.get(), count + 1);
    for (unsigned reader = 0; reader <= count; ++reader) {
        rte_rcu_qsbr_thread_register(qsbr.get(), reader);
    }
    std::unique_ptr<Workforce> force(new Workforce(std::move(qsbr), std::move(*handover)));
    for (unsigned number = 0; number < count; ++number) {
        worker::WorkerSetup<F> setup;
        setup.id = static_cast<base::WorkerId>(number);
        setup.workers = count;
        setup.interfaces = config.interfaces().size();
        setup.queues = machine.plan()[number];
        setup.idle = worker::Idle(policy_of(config.runtime().idle));
        setup.short_way = config.runtime().short_way;
        setup.boot_secret = tables.boot_secret;
        setup.random_seed = kernel_random<std::array<std::uint64_t, 4>>();
        setup.pool = machine.pool();
        setup.handover = &*force->handover_;
        setup.connections = tables.connections;
        setup.adjacencies = tables.adjacencies;
        setup.shared = &force->shared_;
        force->workers_.push_back(std::make_unique<worker::Worker<F>>(setup));
    }
    return force;
}

template <net::Family F>
Workforce<F>::~Workforce() {
    stop();
}

template <net::Family F>
base::Result<void> Workforce<F>::launch() {
    is_running_ = true;
    for (unsigned number = 0; number < size(); ++number) {
        if (const int error = rte_eal_remote_launch(&run_worker<F>, workers_[number].get(),
                                                    device::lcore_of_worker(number));
            error != 0) {
            return base::failure(fmt::format("worker {} does not start: {}", number, rte_strerror(-error)));
        }
    }
    for (unsigned number = 0; number < size(); ++number) {
        int waited_ms = 0;
        while (workers_[number]->stats().polls.value() == 0) {
            if (++waited_ms > kFirstPollMs) {
                return base::failure(fmt::format("worker {} does not get to its first poll", number));
            }
            usleep(1000);
        }
    }
    return {};
}

template <net::Family F>
void Workforce<F>::stop() {
    if (!is_running_) {
        return;
    }
    is_running_ = false;
    shared_.stop.store(true, std::memory_order_relaxed);
    rte_eal_mp_wait_lcore();
    std::array<rte_mbuf*, 64> frames{};
    for (unsigned number = 0; number < size(); ++number) {
        for (std::size_t count = frames.size(); count > 0;) {
            count = handover_->take(static_cast<base::WorkerId>(number), frames);
            rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(count));
        }
    }
}

template <net::Family F>
void Workforce<F>::fall_asleep() noexcept {
    rte_rcu_qsbr_thread_offline(qsbr_.get(), size());
}

template <net::Family F>
void Workforce<F>::wake_up() noexcept {
    rte_rcu_qsbr_thread_online(qsbr_.get(), size());
}

template class Workforce<net::Ipv4>;

}  // namespace sluice::ctrlplane
