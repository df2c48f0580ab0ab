// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/device/eal_log.h"

#include <rte_log.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

namespace sluice::device {
namespace {

/// What stands behind DPDK's FILE*: cuts the stream into lines. One for the process, as DPDK's log is.
/// Threads: the FILE's own lock is held whenever it calls us.
struct LineCutter {
    LogSink sink;
    std::string unfinished;

    void take(std::string_view text) {
        // DPDK's levels are syslog's plus one; a message without a level counts as information.
        const int level = rte_log_cur_msg_loglevel();
        const int priority = level >= 1 ? std::min(level - 1, 7) : 6;
        unfinished += text;
        for (std::size_t end = unfinished.find('\n'); end != std::string::npos; end = unfinished.find('\n')) {
            if (end > 0) {
                sink(priority, std::string_view(unfinished).substr(0, end));
            }
            unfinished.erase(0, end + 1);
        }
    }
};

ssize_t write_line(void* cookie, const char* text, std::size_t length) {
    static_cast<LineCutter*>(cookie)->take({text, length});
    return static_cast<ssize_t>(length);
}

}  // namespace

void send_dpdk_log_to(LogSink sink) {
    // Lives as long as the process: DPDK logs until the very end, from destructors of its own too.
    static auto* const cutter = new LineCutter;
    cutter->sink = std::move(sink);
    static FILE* const stream = fopencookie(cutter, "w", {.read = nullptr, .write = write_line, .seek = nullptr,
                                                          .close = nullptr});
    if (stream != nullptr) {
        std::setvbuf(stream, nullptr, _IOLBF, 0);
        rte_openlog_stream(stream);
    }
}

}  // namespace sluice::device
