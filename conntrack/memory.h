// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <utility>

#include "dataplane/base/result.h"

namespace sluice::conntrack {

/// Zeroed memory from the kernel, taken once at start; ordinary pages come as they are touched.
class Memory {
public:
    /// In: `huge` asks for huge pages; where there are none it is ordinary memory with an advice to join
    /// pages.
    [[nodiscard]] static base::Result<Memory> map(std::size_t bytes, bool huge);

    Memory(Memory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Memory& operator=(Memory&&) = delete;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory();

    [[nodiscard]] void* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    Memory(void* data, std::size_t bytes) noexcept : data_(data), bytes_(bytes) {}

    void* data_;
    std::size_t bytes_;
};

}  // namespace sluice::conntrack
