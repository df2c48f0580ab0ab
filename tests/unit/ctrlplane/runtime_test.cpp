// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/runtime.h"

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "ctrlplane/loaded.h"

/// The whole router in one process: DPDK, two rings as devices, two workers, the control thread's loop. One start for
/// all steps, because DPDK starts once.
namespace sluice::ctrlplane {
namespace {

using std::chrono::milliseconds;

constexpr const char* kConfig = R"([runtime]
main-core = 0
worker-cores = [@CORES@]
hugepages = false
memory = "256M"
idle = "sleep"
control-socket = "/tmp/sluice-runtime-test.sock"
eal-args = ["--no-telemetry", "--log-level=lib.*:4"]

[[interface]]
name = "lan"
device = "net_ring0"
address = ["10.0.0.1/24"]
mac = "02:00:00:00:00:01"
rx-queues = 1

[[interface]]
name = "wan"
device = "net_null"
address = ["203.0.113.2/24"@MORE@]

[[neighbor]]
address = "203.0.113.1"
mac = "02:00:00:00:00:99"
interface = "wan"

[firewall.filter]
FORWARD = [@RULES@]
)";

class RuntimeTest : public testing::Test {
protected:
    void write(const std::string& rules, const std::string& more = "", const std::string& head = "") {
        std::string text = head + kConfig;
        text.replace(text.find("@CORES@"), 7, std::thread::hardware_concurrency() > 1 ? "0, 1" : "0");
        text.replace(text.find("@MORE@"), 6, more);
        text.replace(text.find("@RULES@"), 7, rules);
        std::ofstream(path_) << text;
    }
    /// Turns the loop until the condition holds, for two seconds at most.
    bool turn_until(const std::function<bool()>& condition) {
        int rounds = 0;
        bool holds = false;
        const int timer = *loop_->every(milliseconds(2), [&] {
            holds = condition();
            if (holds || ++rounds > 1000) {
                loop_->stop();
            }
        });
        loop_->run();
        loop_->cancel(timer);
        return holds;
    }
    /// An IPv4 packet for another network, put into the ring that is lan's device.
    void arrive(Runtime& runtime) {
        rte_mbuf* frame = rte_pktmbuf_alloc(runtime.machine().pool());
        ASSERT_NE(frame, nullptr);
        rte_pktmbuf_append(frame, 60);
        auto* bytes = rte_pktmbuf_mtod(frame, std::uint8_t*);
        std::memset(bytes, 0, 60);
        constexpr std::uint8_t kFrame[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 5, 8, 0,                         // Ethernet
                                           0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 5, 203, 0, 113, 1,
                                           0x10, 0, 0x20, 0, 0, 8, 0, 0};  // UDP without checksum
        std::memcpy(bytes, kFrame, sizeof(kFrame));
        std::uint32_t sum = 0;
        for (std::size_t i = 14; i < 34; i += 2) {
            sum += static_cast<std::uint32_t>(bytes[i] << 8U | bytes[i + 1]);
        }
        sum = (sum & 0xffffU) + (sum >> 16U);
        sum = ~(sum + (sum >> 16U)) & 0xffffU;
        bytes[24] = static_cast<std::uint8_t>(sum >> 8U);
        bytes[25] = static_cast<std::uint8_t>(sum);
        const auto port = static_cast<std::uint16_t>(runtime.machine().device_of(base::InterfaceId{0}).id());
        ASSERT_EQ(rte_eth_tx_burst(port, 0, &frame, 1), 1);
    }
    static std::uint64_t forwarded(const Runtime& runtime) {
        std::uint64_t sum = 0;
        for (unsigned worker = 0; worker < runtime.workers(); ++worker) {
            sum += runtime.stats(worker).interfaces[1].sent.packets.value();
        }
        return sum;
    }
    static std::uint64_t met(const Runtime& runtime, std::size_t rule) {
        const auto id = runtime.rules().program().rule_id(acl::TableId::filter, "FORWARD", rule);
        return runtime.rules().totals()[static_cast<std::uint32_t>(id)].packets;
    }

    std::string path_ = testing::TempDir() + "sluice-runtime-test.toml";
    std::optional<EventLoop> loop_;
};

TEST_F(RuntimeTest, starts_forwards_reloads_and_ends_with_every_packet_at_home) {
    write(R"("-i lan -j ACCEPT")");
    Loaded loaded = load(path_, std::nullopt);
    ASSERT_TRUE(loaded.is_sound());
    loop_.emplace(std::move(*EventLoop::create()));
    auto started = Runtime::start(std::move(*loaded.config), std::move(*loaded.rules), *loop_);
    ASSERT_TRUE(started) << started.error().message;
    Runtime& runtime = **started;
    // lan's ring gives back what is sent on it, the announcement of its own address too: frames of our own MAC.
    for (int i = 0; i < 5; ++i) {
        arrive(runtime);
    }
    EXPECT_TRUE(turn_until([&] { return forwarded(runtime) == 5; })) << forwarded(runtime);
    EXPECT_EQ(met(runtime, 0), 5U);

    // OPS-2: the rule that stays keeps its counter, connections live on.
    const std::uint32_t connections = runtime.connections().count();
    EXPECT_EQ(connections, 1U);
    write(R"("-s 192.0.2.1 -j DROP", "-i lan -j ACCEPT")", R"(, "203.0.113.7/24")");
    const auto reloaded = runtime.reload();
    ASSERT_TRUE(reloaded) << reloaded.error().front();
    arrive(runtime);
    EXPECT_TRUE(turn_until([&] { return forwarded(runtime) == 6; }));
    EXPECT_EQ(met(runtime, 0), 0U);
    EXPECT_EQ(met(runtime, 1), 6U);
    EXPECT_EQ(runtime.connections().count(), connections);
    EXPECT_EQ(runtime.snapshot().interfaces[1].addresses.size(), 2U);

    // OPS-1: all or nothing, all faults named.
    write(R"("-i lan -j NOSUCH", "-p tcp --dprt 1 -j DROP")");
    const auto refused = runtime.reload();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().size(), 2U);
    write(R"("-i lan -j ACCEPT")", "", "# a comment\n");
    std::ofstream(path_, std::ios::app) << "\n[sysctl]\n\"net.netfilter.nf_conntrack_max\" = 1000\n";
    EXPECT_FALSE(runtime.reload()) << "nf_conntrack_max sizes the table at start";
    EXPECT_EQ(met(runtime, 1), 6U);
    EXPECT_EQ(runtime.reloads(), 1U);

    // A packet that somebody forgot is missed at the end.
    ASSERT_NE(rte_pktmbuf_alloc(runtime.machine().pool()), nullptr);
    testing::internal::CaptureStdout();
    runtime.stop();
    EXPECT_NE(testing::internal::GetCapturedStdout().find("leaked 1 mbufs"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ctrlplane
