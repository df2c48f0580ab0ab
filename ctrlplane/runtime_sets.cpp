// SPDX-License-Identifier: BSD-3-Clause
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>

#include "ctrlplane/runtime.h"

/// The sets below running traffic: packets look at them while they are changed here.
namespace sluice::ctrlplane {

namespace {

/// Commands that a set in use refuses.
bool wants_unused_sets(std::span<const acl::sets::Word> words) {
    return std::any_of(words.begin(), words.end(), [](const acl::sets::Word& word) {
        return word.text == "destroy" || word.text == "rename" || word.text == "x" || word.text == "e" ||
               word.text == "-X" || word.text == "-E";
    });
}

}  // namespace

std::uint64_t Runtime::now_ms() const noexcept {
    constexpr std::uint64_t kNsPerMs = 1'000'000;
    return now_ns() / kNsPerMs;
}

acl::sets::Expected<acl::sets::SetBook::Answer> Runtime::change_sets(std::span<const acl::sets::Word> words) {
    if (wants_unused_sets(words)) {
        await_deferred();  // rules that have gone let go of their sets
    }
    auto answer = sets_->run(words, now_ms());
    follow_sets();
    return answer;
}

tl::expected<void, base::Diagnostic> Runtime::restore_sets(std::string_view text, const std::string& file, bool exist) {
    await_deferred();
    auto done = sets_->restore(text, file, exist, now_ms());
    follow_sets();
    return done;
}

void Runtime::follow_sets() {
    if (!rules_->program().is_outdated()) {
        return;
    }
    if (auto done = change_rules(rules_->draft()); !done) {
        spdlog::error("rules cannot follow their sets: {}", done.error().front().message);
    }
}

void Runtime::tend_sets() {
    sets_->tend(now_ms());
    if (sets_token_ && workforce_->grace().passed(*sets_token_)) {
        sets_->free_sealed();
        sets_token_.reset();
    }
    if (!sets_token_ && sets_->has_retired()) {
        sets_->seal();
        sets_token_ = workforce_->grace().begin();
    }
}

void Runtime::await_readers() {
    if (workforce_ == nullptr) {
        return;
    }
    workforce_->fall_asleep();
    const std::uint64_t token = workforce_->grace().begin();
    while (!workforce_->grace().passed(token)) {  // a millisecond; a worker that stands still has broken all else too
        usleep(100);
    }
    workforce_->wake_up();
}

}  // namespace sluice::ctrlplane
