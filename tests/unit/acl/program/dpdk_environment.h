// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>
#include <rte_eal.h>

#include <string>
#include <vector>

namespace sluice::test {

/// Starts DPDK without huge pages, devices or traces on the machine: rte_acl takes its memory from there.
class DpdkEnvironment : public testing::Environment {
public:
    void SetUp() override {
        std::vector<std::string> words = {
            "test", "--no-huge",           "--no-pci",       "--no-shconf", "-m",
            "256",  "--log-level=lib.*:4", "--no-telemetry", "--lcores=0"};
        std::vector<char*> arguments;
        for (std::string& word : words) {
            arguments.push_back(word.data());
        }
        ASSERT_GE(rte_eal_init(static_cast<int>(arguments.size()), arguments.data()), 0);
    }
    void TearDown() override { rte_eal_cleanup(); }
};

}  // namespace sluice::test
