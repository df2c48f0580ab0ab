// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/af_packet_fanout.h"

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

namespace sluice::device {
namespace {

std::atomic<std::uint16_t> expected_queues{0};

}  // namespace

void expect_af_packet_queues(std::uint16_t queues) noexcept {
    expected_queues.store(queues, std::memory_order_relaxed);
}

}  // namespace sluice::device

extern "C" int setsockopt(int socket, int level, int name, const void* value, socklen_t length) noexcept {
    int changed = 0;
    if (level == SOL_PACKET && name == PACKET_FANOUT && length == sizeof(changed)) {
        if (sluice::device::expected_queues.load(std::memory_order_relaxed) == 1) {
            return 0;
        }
        std::memcpy(&changed, value, sizeof(changed));
        changed &= ~(PACKET_FANOUT_FLAG_DEFRAG << 16);
        value = &changed;
    }
    return static_cast<int>(syscall(SYS_setsockopt, socket, level, name, value, length));
}
