// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/target.h"

// The names are libFuzzer's.
extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*words*/);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerInitialize(int* /*count*/, char*** /*words*/) {
    sluice::fuzz::begin();
    return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sluice::fuzz::run({data, size});
    return 0;
}
