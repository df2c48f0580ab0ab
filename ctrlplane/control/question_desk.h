// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "ctrlplane/control/descriptor.h"
#include "ctrlplane/control/method.h"
#include "dataplane/base/result.h"

namespace sluice::ctrlplane::control {

/// Where other threads ask the control thread.
///
/// DPDK calls telemetry's callbacks on threads of its own, but snapshots, rules and neighbours belong to the
/// control thread, who may free them at any time. So a callback asks here and waits, and the control thread
/// answers between two turns of its loop: always from what is loaded at this moment, and without work while
/// nobody asks.
///
/// The lock is held to put a question or an answer down, never while one is made: the control thread waits
/// for nobody, and no worker is involved. Who asks waits for `patience` at most.
class QuestionDesk {
public:
    struct Question {
        std::string subject;
        std::string details;
    };
    using Answerer = std::function<Json(const Question&)>;

    /// Opens the desk. Errors: too many open files. Threads: control.
    base::Result<void> open();
    /// Sends everybody away who waits; later ones too. Threads: control.
    void close();
    /// Readable when there are questions. Threads: control.
    [[nodiscard]] int fd() const noexcept { return bell_.get(); }
    /// Answers what has been asked. Threads: control.
    void serve(const Answerer& answer);

    /// Nothing where the desk is closed, full (16 who wait), or the answer does not come in time.
    /// Threads: any but control.
    [[nodiscard]] std::optional<Json> ask(Question question, std::chrono::milliseconds patience);

private:
    struct Entry {
        Question question;
        bool is_taken = false;
        std::optional<Json> answer;
    };
    static constexpr std::size_t kMostEntries = 16;

    std::mutex mutex_;  ///< of everything below
    std::condition_variable answered_;
    Descriptor bell_;  ///< an eventfd; open while the desk is
    std::map<std::uint64_t, Entry> entries_;
    std::uint64_t next_ = 0;
};

}  // namespace sluice::ctrlplane::control
