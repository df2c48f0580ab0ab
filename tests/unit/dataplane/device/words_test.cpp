// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/device/eal.h"
#include "dataplane/device/pool.h"
#include "dataplane/device/vdev.h"

/// What is said to DPDK, without DPDK.
namespace sluice::device {
namespace {

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

TEST(EalArguments, several_threads_may_share_a_cpu) {
    EalOptions options;
    options.main_core = 0;
    options.worker_cores = {1, 0, 1};
    const auto words = eal_arguments(options);
    EXPECT_TRUE(has(words, "--lcores=0@0,1@1,2@0,3@1"));
    EXPECT_TRUE(has(words, "--main-lcore=0"));
    EXPECT_TRUE(has(words, "--no-pci"));
    EXPECT_TRUE(has(words, "--force-max-simd-bitwidth=512"));
    EXPECT_FALSE(has(words, "--no-huge"));
}

TEST(EalArguments, ordinary_memory_and_the_users_own_arguments) {
    EalOptions options;
    options.worker_cores = {1};
    options.hugepages = false;
    options.memory_bytes = 256U << 20U;
    options.pci_addresses = {"0000:03:00.0"};
    options.file_prefix = "sluice-1";
    options.extra_arguments = {"--file-prefix=mine", "--log-level=8"};
    const auto words = eal_arguments(options);
    EXPECT_TRUE(has(words, "--no-huge"));
    EXPECT_TRUE(has(words, "-m256"));
    EXPECT_TRUE(has(words, "--allow=0000:03:00.0"));
    EXPECT_FALSE(has(words, "--no-pci"));
    EXPECT_FALSE(has(words, "--file-prefix=sluice-1")) << "the user's own stands";
    EXPECT_EQ(words.back(), "--log-level=8");
}

TEST(EalArguments, each_control_socket_has_its_own_prefix) {
    EXPECT_EQ(file_prefix_for("/run/a"), file_prefix_for("/run/a"));
    EXPECT_NE(file_prefix_for("/run/a"), file_prefix_for("/run/b"));
}

TEST(Vdev, a_name_with_a_number_is_the_users) {
    EXPECT_EQ(instance_name("net_ring0", "lan"), "net_ring0");
    EXPECT_EQ(instance_name("net_af_xdp", "wan"), "net_af_xdp_wan");
}

TEST(Vdev, arguments_are_found_by_their_whole_key) {
    EXPECT_EQ(argument("iface=eth1,qpairs=2", "iface"), "eth1");
    EXPECT_EQ(argument("iface=eth1,qpairs=2", "qpairs"), "2");
    EXPECT_EQ(argument("iface=eth1", "if"), "");
    EXPECT_EQ(argument("", "iface"), "");
    EXPECT_EQ(argument(",,x=1", "x"), "1");
}

TEST(Vdev, only_what_the_user_left_open_is_added) {
    EXPECT_EQ(complete_arguments("net_af_packet", "iface=a", 2, 1522),
              "iface=a,qpairs=2,framesz=2048,blocksz=65536,framecnt=4096");
    EXPECT_EQ(complete_arguments("net_af_packet", "iface=a,framecnt=64,qpairs=1", 2, 9022),
              "iface=a,framecnt=64,qpairs=1,framesz=9216,blocksz=294912");
    EXPECT_EQ(complete_arguments("net_af_xdp", "iface=a,start_queue=4", 3, 1522), "iface=a,start_queue=4,queue_count=3");
    EXPECT_EQ(complete_arguments("net_null", "", 1, 1522), "no-rx=1");
    EXPECT_EQ(complete_arguments("net_ring0", "", 1, 1522), "");
}

/// net_af_packet copies a slot's content into a packet without asking for the packet's room (ROB-1).
TEST(Vdev, a_packet_has_room_for_a_whole_slot) {
    EXPECT_EQ(packet_room_bytes("net_af_packet", "iface=a", 1522), 2048U);
    EXPECT_EQ(packet_room_bytes("net_af_packet", "iface=a", 9022), 9216U);
    EXPECT_EQ(packet_room_bytes("net_af_packet", "iface=a,framesz=4096", 1522), 4096U);
    EXPECT_EQ(packet_room_bytes("net_af_xdp", "iface=a", 1522), 1778U);
    EXPECT_EQ(packet_room_bytes("0000:03:00.0", "", 1522), 1522U);
}

}  // namespace
}  // namespace sluice::device
