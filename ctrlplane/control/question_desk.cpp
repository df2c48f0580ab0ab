// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/question_desk.h"

#include <fmt/core.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace sluice::ctrlplane::control {

base::Result<void> QuestionDesk::open() {
    Descriptor bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!bell) {
        return base::failure(fmt::format("telemetry: {}", std::strerror(errno)));
    }
    const std::lock_guard lock(mutex_);
    bell_ = std::move(bell);
    return {};
}

void QuestionDesk::close() {
    const std::lock_guard lock(mutex_);
    bell_.reset();
    answered_.notify_all();
}

void QuestionDesk::serve(const Answerer& answer) {
    std::vector<std::pair<std::uint64_t, Question>> taken;
    {
        const std::lock_guard lock(mutex_);
        std::uint64_t rung = 0;
        [[maybe_unused]] const ssize_t got = ::read(bell_.get(), &rung, sizeof(rung));
        for (auto& [number, entry] : entries_) {
            if (!std::exchange(entry.is_taken, true)) {
                taken.emplace_back(number, entry.question);
            }
        }
    }
    for (const auto& [number, question] : taken) {
        Json made = answer(question);
        const std::lock_guard lock(mutex_);
        if (const auto entry = entries_.find(number); entry != entries_.end()) {
            entry->second.answer = std::move(made);
        }
    }
    answered_.notify_all();
}

std::optional<Json> QuestionDesk::ask(Question question, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!bell_ || entries_.size() >= kMostEntries) {
        return std::nullopt;
    }
    const std::uint64_t number = next_++;
    Entry& entry = entries_[number];
    entry.question = std::move(question);
    const std::uint64_t ring = 1;
    [[maybe_unused]] const ssize_t put = ::write(bell_.get(), &ring, sizeof(ring));
    answered_.wait_for(lock, patience, [&] { return entry.answer || !bell_; });
    std::optional<Json> answer = std::move(entry.answer);
    entries_.erase(number);
    return answer;
}

}  // namespace sluice::ctrlplane::control
