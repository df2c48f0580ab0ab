// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <map>

#include "dataplane/device/queue_plan.h"

namespace sluice::device {
namespace {

TEST(QueuePlan, one_worker_takes_everything) {
    const auto plan = plan_queues(std::vector<QueueCounts>{{1, 1}, {2, 1}}, 1);
    ASSERT_EQ(plan.size(), 1U);
    EXPECT_EQ(plan[0].receive, (std::vector<ReceiveQueue>{{base::DeviceId{0}, 0}, {base::DeviceId{1}, 0},
                                                          {base::DeviceId{1}, 1}}));
    EXPECT_EQ(plan[0].transmit[1].owner, base::WorkerId{0});
}

TEST(QueuePlan, devices_with_one_queue_are_spread_over_the_workers) {
    const auto plan = plan_queues(std::vector<QueueCounts>{{1, 1}, {1, 1}, {1, 1}}, 2);
    EXPECT_EQ(plan[0].receive.size(), 2U);
    EXPECT_EQ(plan[1].receive, (std::vector<ReceiveQueue>{{base::DeviceId{1}, 0}}));
    // Who polls a device's only queue sends for all.
    EXPECT_EQ(plan[0].transmit[1].owner, base::WorkerId{1});
    EXPECT_EQ(plan[1].transmit[0].owner, base::WorkerId{0});
}

TEST(QueuePlan, a_queue_for_each_worker_needs_no_handover) {
    const auto plan = plan_queues(std::vector<QueueCounts>{{1, 1}, {4, 4}}, 4);
    for (unsigned worker = 0; worker < 4; ++worker) {
        EXPECT_EQ(plan[worker].transmit[1].owner, static_cast<base::WorkerId>(worker));
        EXPECT_EQ(plan[worker].transmit[1].queue, worker);
    }
}

/// PERF-4: whatever the numbers, each queue has exactly one worker.
TEST(QueuePlan, every_queue_has_exactly_one_worker) {
    for (unsigned workers = 1; workers <= 5; ++workers) {
        for (std::uint16_t receive = 1; receive <= 6; ++receive) {
            for (std::uint16_t transmit = 1; transmit <= 6; ++transmit) {
                const std::vector<QueueCounts> devices{{receive, transmit}, {1, 1}, {receive, transmit}};
                const auto plan = plan_queues(devices, workers);
                std::map<std::pair<unsigned, unsigned>, unsigned> polled;
                std::map<std::pair<unsigned, unsigned>, base::WorkerId> owners;
                for (unsigned worker = 0; worker < workers; ++worker) {
                    for (const ReceiveQueue& queue : plan[worker].receive) {
                        ++polled[{base::index_of(queue.device), queue.queue}];
                    }
                    ASSERT_EQ(plan[worker].transmit.size(), devices.size());
                    for (unsigned device = 0; device < devices.size(); ++device) {
                        const TransmitWay& way = plan[worker].transmit[device];
                        ASSERT_LT(way.queue, devices[device].transmit);
                        ASSERT_LT(base::index_of(way.owner), workers);
                        const auto [owner, first] = owners.try_emplace({device, way.queue}, way.owner);
                        EXPECT_EQ(owner->second, way.owner) << "two workers send on one queue";
                        // The owner itself has the same way: it never hands over in circles.
                        EXPECT_EQ(plan[base::index_of(way.owner)].transmit[device], way);
                    }
                }
                EXPECT_EQ(polled.size(), 2U * receive + 1U);
                for (const auto& [queue, count] : polled) {
                    EXPECT_EQ(count, 1U);
                }
            }
        }
    }
}

}  // namespace
}  // namespace sluice::device
