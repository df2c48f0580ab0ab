// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/device/device.h"
#include "dataplane/device/eal.h"
#include "dataplane/device/pool.h"
#include "dataplane/pipeline/outbox.h"
#include "dataplane/pipeline/stats.h"
#include "dataplane/worker/poll_loop.h"

/// The loop with a router that sends each frame on to the other device, over rings in memory, on real lcores.
namespace sluice::worker {
namespace {

using net::Ipv4;
constexpr unsigned kWorkers = 3;

class Dpdk : public testing::Environment {
public:
    void SetUp() override {
        device::EalOptions options;
        options.worker_cores = std::vector<unsigned>(kWorkers, 0);
        options.hugepages = false;
        options.memory_bytes = 128U << 20U;
        options.file_prefix = "sluice-worker-test-" + std::to_string(getpid());
        options.extra_arguments = {"--log-level=lib.*:4", "--log-level=pmd.*:4", "--no-telemetry"};
        auto started = device::Eal::start(options);
        ASSERT_TRUE(started) << started.error().message;
        eal.emplace(std::move(*started));
    }
    void TearDown() override { eal.reset(); }
    std::optional<device::Eal> eal;
};
[[maybe_unused]] const auto* const kDpdk = testing::AddGlobalTestEnvironment(new Dpdk);

struct EmptySnapshot {};

struct SwapContext {
    std::uint64_t now_ns = 0;
    base::Ticks now = 0;
    const EmptySnapshot* snapshot = nullptr;
    pipeline::WorkerStats& stats;
    pipeline::Outbox& outbox;
};

struct SwapRouter {
    void receive(packet::Batch<Ipv4>& frames, SwapContext& context) noexcept {
        for (packet::Packet<Ipv4> frame : frames) {
            // Device 0 is where the test writes, device 1 where it looks for the result.
            context.outbox.send(base::DeviceId{static_cast<std::uint16_t>(1 - frame.mbuf()->port)}, frame.mbuf());
        }
    }
    void tend(SwapContext& /*context*/) noexcept { ++tended; }
    std::uint64_t tended = 0;
};

struct SwapWorker {
    SwapWorker(base::WorkerId id, const device::WorkerQueues& queues, Handover& handover,
               Shared<EmptySnapshot>& all_share)
        : worker(id),
          stats(1),
          io(id, queues, handover, stats.verdicts[static_cast<std::size_t>(packet::Verdict::device_queue_full)],
             stats.verdicts[static_cast<std::size_t>(packet::Verdict::worker_queue_full)]),
          outbox(2, &flush, this),
          shared(all_share) {}

    static void flush(void* self, base::DeviceId device, std::span<rte_mbuf*> frames) noexcept {
        static_cast<SwapWorker*>(self)->io.send(device, frames);
    }
    static int run(void* self) {
        auto& me = *static_cast<SwapWorker*>(self);
        SwapContext context{.stats = me.stats, .outbox = me.outbox};
        poll_until_stopped<Ipv4>(me.router, context, me.io, me.shared, Idle(IdlePolicy::sleep),
                                 static_cast<unsigned>(me.worker), [](SwapContext& /*context*/) {});
        return 0;
    }

    base::WorkerId worker;
    pipeline::WorkerStats stats;
    DeviceIo io;
    pipeline::Outbox outbox;
    SwapRouter router;
    Shared<EmptySnapshot>& shared;
};

/// Two rings as devices; the workers poll device 0's queues only, the test looks at what comes out of device 1.
struct World {
    explicit World(std::uint16_t queues) {
        pool.emplace(*device::PacketPool::create("loop", {.packets = 8192, .room_bytes = 2048, .dense = true}));
        for (int i = 0; i < 2; ++i) {
            device::DeviceOptions options;
            options.interface_name = i == 0 ? "in" : "out";
            options.name = i == 0 ? "net_ring0" : "net_ring1";
            options.workers = kWorkers;
            options.receive_queues = queues;
            devices.push_back(std::move(*device::Device::open(options, pool->get())));
        }
        std::vector<device::QueueCounts> counts{devices[0].queues(), devices[1].queues()};
        plan = device::plan_queues(counts, kWorkers);
        for (device::WorkerQueues& queue : plan) {
            std::erase_if(queue.receive, [](const auto& one) { return one.device == base::DeviceId{1}; });
        }
        handover.emplace(*Handover::create(plan));
        const std::size_t size = rte_rcu_qsbr_get_memsize(kWorkers);
        shared.qsbr = static_cast<rte_rcu_qsbr*>(rte_zmalloc(nullptr, size, RTE_CACHE_LINE_SIZE));
        rte_rcu_qsbr_init(shared.qsbr, kWorkers);
        shared.clock = Clock(rte_rdtsc(), rte_get_tsc_hz());
        shared.snapshot = &snapshot;
        for (unsigned i = 0; i < kWorkers; ++i) {
            rte_rcu_qsbr_thread_register(shared.qsbr, i);
            workers.push_back(std::make_unique<SwapWorker>(static_cast<base::WorkerId>(i), plan[i], *handover, shared));
            rte_eal_remote_launch(&SwapWorker::run, workers.back().get(), device::lcore_of_worker(i));
        }
    }
    ~World() {
        stop();
        rte_free(shared.qsbr);
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    void stop() {
        shared.stop = true;
        rte_eal_mp_wait_lcore();
        std::array<rte_mbuf*, 64> frames{};
        for (unsigned i = 0; i < kWorkers; ++i) {
            for (std::size_t n = 1; n > 0;) {
                n = handover->take(static_cast<base::WorkerId>(i), frames);
                rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(n));
            }
        }
        for (device::Device& device : devices) {
            device.drain();
        }
    }
    /// Puts `count` frames with numbers into a queue of device 0.
    void write(std::uint16_t queue, std::uint32_t first, std::uint32_t count) const {
        for (std::uint32_t i = 0; i < count; ++i) {
            rte_mbuf* frame = rte_pktmbuf_alloc(pool->get());
            rte_pktmbuf_append(frame, 64);
            const std::uint32_t number = first + i;
            std::memcpy(rte_pktmbuf_mtod(frame, void*), &number, sizeof(number));
            ASSERT_EQ(rte_eth_tx_burst(static_cast<std::uint16_t>(devices[0].id()), queue, &frame, 1), 1);
        }
    }
    /// What has come out of device 1, queue by queue.
    std::vector<std::vector<std::uint32_t>> read(std::size_t expected) const {
        std::vector<std::vector<std::uint32_t>> numbers(devices[1].queues().receive);
        std::size_t got = 0;
        std::array<rte_mbuf*, 64> frames{};
        for (int round = 0; round < 4000 && got < expected; ++round) {
            for (std::uint16_t queue = 0; queue < numbers.size(); ++queue) {
                const std::uint16_t n =
                    rte_eth_rx_burst(static_cast<std::uint16_t>(devices[1].id()), queue, frames.data(), 64);
                for (std::uint16_t i = 0; i < n; ++i) {
                    std::uint32_t number = 0;
                    std::memcpy(&number, rte_pktmbuf_mtod(frames[i], void*), sizeof(number));
                    numbers[queue].push_back(number);
                    rte_pktmbuf_free(frames[i]);
                }
                got += n;
            }
            usleep(500);
        }
        return numbers;
    }

    std::optional<device::PacketPool> pool;
    std::vector<device::Device> devices;
    std::vector<device::WorkerQueues> plan;
    std::optional<Handover> handover;
    EmptySnapshot snapshot;
    Shared<EmptySnapshot> shared;
    std::vector<std::unique_ptr<SwapWorker>> workers;
};

TEST(PollLoop, frames_cross_in_order_on_each_workers_own_queue) {
    World world(kWorkers);
    for (std::uint16_t queue = 0; queue < kWorkers; ++queue) {
        world.write(queue, queue * 1000U, 500);
    }
    const auto numbers = world.read(500 * kWorkers);
    for (std::uint32_t queue = 0; queue < kWorkers; ++queue) {
        ASSERT_EQ(numbers[queue].size(), 500U);
        for (std::uint32_t i = 0; i < 500; ++i) {
            EXPECT_EQ(numbers[queue][i], queue * 1000 + i);
        }
    }
    world.stop();
    EXPECT_EQ(world.pool->in_use(), 0U);
}

TEST(PollLoop, a_worker_without_a_queue_hands_over_to_the_one_that_has_it) {
    World world(1);
    const base::WorkerId reader = world.plan[0].receive.empty() ? base::WorkerId{1} : base::WorkerId{0};
    ASSERT_NE(world.plan[base::index_of(reader)].transmit[1].owner, reader) << "the case this test is about";
    for (std::uint32_t turn = 0; turn < 4; ++turn) {
        world.write(0, turn * 500, 500);
        const auto numbers = world.read(500);
        ASSERT_EQ(numbers[0].size(), 500U);
        for (std::uint32_t i = 0; i < 500; ++i) {
            EXPECT_EQ(numbers[0][i], turn * 500 + i) << "handed over in order";
        }
    }
    world.stop();
    EXPECT_EQ(world.pool->in_use(), 0U);
}

TEST(PollLoop, the_control_thread_sends_through_whoever_has_the_queue) {
    World world(1);
    rte_mbuf* frame = rte_pktmbuf_alloc(world.pool->get());
    rte_pktmbuf_append(frame, 64);
    const std::uint32_t number = 77;
    std::memcpy(rte_pktmbuf_mtod(frame, void*), &number, sizeof(number));
    EXPECT_TRUE(world.handover->give(base::DeviceId{1}, frame));
    EXPECT_EQ(world.read(1)[0], (std::vector<std::uint32_t>{77}));
}

TEST(PollLoop, what_finds_no_room_is_counted_and_freed) {
    World world(1);
    world.write(0, 0, 900);
    // Nobody reads device 1: its ring of 1,024 takes no more than that.
    usleep(20'000);
    world.write(0, 1000, 900);
    usleep(20'000);
    world.stop();
    std::uint64_t dropped = 0;
    for (const auto& worker : world.workers) {
        dropped += worker->stats.verdicts[static_cast<std::size_t>(packet::Verdict::device_queue_full)].value();
    }
    EXPECT_GE(dropped, 1800U - 1024U);
    EXPECT_EQ(world.pool->in_use(), 0U);
}

TEST(PollLoop, a_grace_period_passes_while_workers_sleep) {
    World world(1);
    const std::uint64_t token = rte_rcu_qsbr_start(world.shared.qsbr);
    int waited_ms = 0;
    while (rte_rcu_qsbr_check(world.shared.qsbr, token, false) == 0 && waited_ms < 1000) {
        usleep(1000);
        ++waited_ms;
    }
    EXPECT_LT(waited_ms, 500);
    for (const auto& worker : world.workers) {
        EXPECT_GT(worker->stats.polls.value(), 0U);
        EXPECT_GT(worker->router.tended, 0U);
    }
}

}  // namespace
}  // namespace sluice::worker
