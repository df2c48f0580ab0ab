// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/device/device.h"
#include "dataplane/device/eal.h"
#include "dataplane/device/eal_log.h"
#include "dataplane/device/pool.h"

/// Devices of every kind opened for real, in a network namespace of the test's own; veth pairs need root.
namespace sluice::device {
namespace {

class Dpdk : public testing::Environment {
public:
    void SetUp() override {
        own_namespace = geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
        send_dpdk_log_to([](int priority, std::string_view line) {
            if (priority <= 4) {
                std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
            }
        });
        EalOptions options;
        options.hugepages = false;
        options.memory_bytes = 256U << 20U;
        options.file_prefix = "sluice-device-test-" + std::to_string(getpid());
        auto started = Eal::start(options);
        ASSERT_TRUE(started) << started.error().message;
        eal.emplace(std::move(*started));
    }
    void TearDown() override { eal.reset(); }
    static inline bool own_namespace = false;
    std::optional<Eal> eal;
};

[[maybe_unused]] const auto* const kDpdk = testing::AddGlobalTestEnvironment(new Dpdk);

PacketPool a_pool(const std::string& name, std::uint32_t packets = 16384) {
    auto pool = PacketPool::create(name, {.packets = packets, .room_bytes = 2048, .dense = true});
    EXPECT_TRUE(pool) << pool.error().message;
    return std::move(*pool);
}

void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

/// A broadcast frame of an experimental EtherType, with a number in it.
rte_mbuf* a_frame(rte_mempool* pool, std::uint32_t number, std::uint16_t length = 64) {
    rte_mbuf* frame = rte_pktmbuf_alloc(pool);
    rte_pktmbuf_append(frame, length);
    auto* bytes = rte_pktmbuf_mtod(frame, std::uint8_t*);
    std::memset(bytes, 0, length);
    std::memset(bytes, 0xff, 6);
    bytes[6] = 2;
    bytes[12] = 0x88;
    bytes[13] = 0xb5;
    std::memcpy(bytes + 16, &number, sizeof(number));
    return frame;
}

void send(const Device& device, std::vector<rte_mbuf*> frames) {
    std::size_t sent = 0;
    for (int tries = 0; sent < frames.size() && tries < 1000; ++tries) {
        sent += rte_eth_tx_burst(static_cast<std::uint16_t>(device.id()), 0, frames.data() + sent,
                                 static_cast<std::uint16_t>(frames.size() - sent));
    }
    EXPECT_EQ(sent, frames.size());
}

/// Numbers of our own frames among what arrives within some time.
std::vector<std::uint32_t> receive(const Device& device, std::size_t expected) {
    std::vector<std::uint32_t> numbers;
    std::array<rte_mbuf*, 64> frames{};
    for (int round = 0; round < 500 && numbers.size() < expected; ++round) {
        const std::uint16_t count =
            rte_eth_rx_burst(static_cast<std::uint16_t>(device.id()), 0, frames.data(), frames.size());
        for (std::uint16_t i = 0; i < count; ++i) {
            const auto* bytes = rte_pktmbuf_mtod(frames[i], const std::uint8_t*);
            if (bytes[12] == 0x88 && bytes[13] == 0xb5) {
                std::uint32_t number = 0;
                std::memcpy(&number, bytes + 16, sizeof(number));
                numbers.push_back(number);
            }
            // The private area is ours whatever the driver does.
            std::memset(rte_mbuf_to_priv(frames[i]), 0xa5, 192);
            EXPECT_GE(rte_pktmbuf_headroom(frames[i]), 128);
            rte_pktmbuf_free(frames[i]);
        }
        if (count == 0) {
            usleep(1000);
        }
    }
    return numbers;
}

DeviceOptions options_for(const std::string& interface, const std::string& driver, const std::string& arguments = "") {
    DeviceOptions options;
    options.interface_name = interface;
    options.name = driver;
    options.arguments = arguments;
    return options;
}

TEST(DeviceOpen, ring_null_memif_and_pcap) {
    PacketPool pool = a_pool("plain");
    if (Dpdk::own_namespace) {
        run("ip link set lo up");
    }
    {
        std::vector<Device> devices;
        const std::string folder = testing::TempDir();
        for (const auto& [driver, arguments] : std::vector<std::pair<std::string, std::string>>{
                 {"net_ring0", ""},
                 {"net_null", ""},
                 {"net_memif", "role=server,id=0,socket-abstract=yes,socket=sluice-test-" + std::to_string(getpid())},
                 {"net_pcap", "rx_iface=lo,tx_pcap=" + folder + "sluice-device-test.pcap"}}) {
            if (driver == "net_pcap" && geteuid() != 0) {
                continue;
            }
            auto device = Device::open(options_for(fmt::format("i{}", devices.size()), driver, arguments), pool.get());
            ASSERT_TRUE(device) << driver << ": " << device.error().message;
            devices.push_back(std::move(*device));
        }
        send(devices[0], {a_frame(pool.get(), 1), a_frame(pool.get(), 2), a_frame(pool.get(), 3)});
        EXPECT_EQ(receive(devices[0], 2), (std::vector<std::uint32_t>{1, 2, 3}));
        send(devices[0], {a_frame(pool.get(), 4), a_frame(pool.get(), 5)});  // stays in the ring: drained
        EXPECT_TRUE(receive(devices[1], 0).empty());
        EXPECT_EQ(devices[0].counters().sent, 5U);
        for (Device& device : devices) {
            device.drain();
        }
    }
    EXPECT_EQ(pool.in_use(), 0U);
}

TEST(DeviceOpen, several_queues_and_a_mac_of_our_own) {
    PacketPool pool = a_pool("queues");
    DeviceOptions options = options_for("many", "net_ring7");
    options.workers = 3;
    options.mac = net::MacAddress{{2, 0, 0, 0, 0, 9}};
    const auto device = Device::open(options, pool.get());
    ASSERT_TRUE(device) << device.error().message;
    EXPECT_EQ(device->queues().receive, 3U);
    EXPECT_EQ(device->queues().transmit, 3U);
    EXPECT_EQ(device->mac(), (net::MacAddress{{2, 0, 0, 0, 0, 9}}));
}

TEST(DeviceOpen, errors_say_what_to_do) {
    PacketPool pool = a_pool("errors", 4096);
    const auto message = [&](const std::string& driver, const std::string& arguments) {
        const auto device = Device::open(options_for("wan", driver, arguments), pool.get());
        return device ? std::string("opened") : device.error().message;
    };
    EXPECT_NE(message("net_af_packet", "").find("needs iface=NAME"), std::string::npos);
    EXPECT_NE(message("net_af_xdp", "iface=nosuch0").find("has no interface nosuch0"), std::string::npos);
    EXPECT_NE(message("net_wrong", "").find("DPDK cannot open net_wrong_wan"), std::string::npos);
    DeviceOptions pci = options_for("wan", "0000:ff:1f.7");
    pci.is_pci = true;
    EXPECT_NE(Device::open(pci, pool.get()).error().message.find("there is no PCI device"), std::string::npos);
    const auto too_much = PacketPool::create("huge", {.packets = 1U << 20U, .room_bytes = 2048, .dense = true});
    ASSERT_FALSE(too_much);
    EXPECT_NE(too_much.error().message.find("raise [runtime] memory"), std::string::npos);
}

class OnVeth : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        if (!Dpdk::own_namespace) {
            GTEST_SKIP() << "needs root: makes a network namespace and veth pairs";
        }
        run("ip link add va type veth peer name vb");
        run("ip link set va up; ip link set vb up; sysctl -qw net.ipv6.conf.va.disable_ipv6=1 "
            "net.ipv6.conf.vb.disable_ipv6=1; ethtool -K va tx off >/dev/null; ethtool -K vb tx off >/dev/null");
    }
    void TearDown() override {
        if (Dpdk::own_namespace) {
            run("ip link del va");
        }
    }
};

/// A burst of 500 frames crosses in order while nobody polls, and all packets come back.
TEST_P(OnVeth, a_burst_of_500_crosses_both_ways) {
    PacketPool pool = a_pool(std::string("veth_") + GetParam());
    std::uint32_t kept = 0;
    {
        auto a = Device::open(options_for("a", GetParam(), "iface=va"), pool.get());
        ASSERT_TRUE(a) << a.error().message;
        auto b = Device::open(options_for("b", GetParam(), "iface=vb"), pool.get());
        ASSERT_TRUE(b) << b.error().message;
        EXPECT_TRUE(a->status().link_up);
        for (int turn = 0; turn < 20; ++turn) {
            std::vector<rte_mbuf*> frames;
            std::vector<std::uint32_t> numbers;
            for (std::uint32_t i = 0; i < 500; ++i) {
                numbers.push_back(i);
                frames.push_back(a_frame(pool.get(), i, i % 2 == 0 ? 64 : 1514));
            }
            send(turn % 2 == 0 ? *a : *b, std::move(frames));
            EXPECT_EQ(receive(turn % 2 == 0 ? *b : *a, 500), numbers);
        }
        a->drain();
        b->drain();
        kept = a->kept_packets() + b->kept_packets();
    }
    EXPECT_EQ(pool.in_use(), kept);
}

TEST_P(OnVeth, the_mtu_goes_to_the_kernels_interface) {
    PacketPool pool = a_pool(std::string("mtu_") + GetParam());
    DeviceOptions options = options_for("a", GetParam(), "iface=va");
    options.mtu_bytes = 1400;
    options.mac = net::MacAddress{{2, 0, 0, 0, 0, 9}};
    const auto device = Device::open(options, pool.get());
    ASSERT_TRUE(device) << device.error().message;
    run("ip link show va | grep -q 'mtu 1400'");
    EXPECT_EQ(device->mac(), *options.mac);
}

INSTANTIATE_TEST_SUITE_P(Drivers, OnVeth, testing::Values("net_af_packet", "net_af_xdp"),
                         [](const auto& driver) { return std::string(driver.param); });

TEST(DeviceOpen, tap) {
    if (!Dpdk::own_namespace) {
        GTEST_SKIP() << "needs root";
    }
    PacketPool pool = a_pool("tap");
    {
        auto device = Device::open(options_for("t", "net_tap", "iface=tap7"), pool.get());
        ASSERT_TRUE(device) << device.error().message;
        run("ip link set tap7 up");
        send(*device, {a_frame(pool.get(), 1)});
        device->drain();
    }
    EXPECT_EQ(pool.in_use(), 0U);
}

}  // namespace
}  // namespace sluice::device
