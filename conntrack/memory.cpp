// SPDX-License-Identifier: BSD-3-Clause
#include "conntrack/memory.h"

#include <fmt/core.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace sluice::conntrack {

base::Result<Memory> Memory::map(std::size_t bytes, bool huge) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20U;
    const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    constexpr int kProtection = PROT_READ | PROT_WRITE;
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
    if (huge) {
        void* data = mmap(nullptr, whole, kProtection, kFlags | MAP_HUGETLB, -1, 0);
        if (data != MAP_FAILED) {
            return Memory(data, whole);
        }
    }
    void* data = mmap(nullptr, whole, kProtection, kFlags, -1, 0);
    if (data == MAP_FAILED) {
        return base::failure(fmt::format(
            "no memory for the connection table ({} MiB: {}); lower net.netfilter.nf_conntrack_max",
            whole >> 20U, std::strerror(errno)));
    }
    if (huge) {
        madvise(data, whole, MADV_HUGEPAGE);  // advice: a refusal costs speed only
    }
    return Memory(data, whole);
}

Memory::~Memory() {
    if (data_ != nullptr) {
        munmap(data_, bytes_);
    }
}

}  // namespace sluice::conntrack
