// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <rte_eal.h>

#include <array>
#include <string>

/// Starts DPDK once, in ordinary memory and without leaving files behind.
int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    std::array<std::string, 8> words = {"route_tests",    "--no-huge", "--no-pci", "--no-shconf",
                                        "--no-telemetry", "-m",        "512",      "--log-level=error"};
    std::array<char*, words.size()> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        arguments[i] = words[i].data();
    }
    if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) {
        return 1;
    }
    const int result = RUN_ALL_TESTS();
    rte_eal_cleanup();
    return result;
}
