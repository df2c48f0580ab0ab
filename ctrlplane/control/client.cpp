// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/client.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace sluice::ctrlplane::control {

bool Client::serve(std::uint32_t events, const Methods& methods, std::uint64_t now_ms) {
    if ((events & EPOLLERR) != 0) {
        return false;
    }
    // Whoever has gone (EPOLLHUP) may have left notifications; the first answer to it fails, and ends it.
    const std::size_t had = in_.size();
    if ((events & EPOLLIN) != 0 && !receive()) {
        return false;
    }
    if (in_.size() != had) {
        moved_ms_ = now_ms;
    }
    work(methods);
    if (!send(now_ms) || backlog() > limits_.backlog_bytes) {
        return false;
    }
    return !input_ended_ || backlog() > 0 || is_working();
}

std::uint32_t Client::wanted_events() const noexcept {
    // Work without backlog waits for EPOLLOUT too: it is ready at once, so the loop comes back after others
    // had a turn.
    if (backlog() > 0 || is_working()) {
        return EPOLLOUT;
    }
    return input_ended_ ? 0U : static_cast<std::uint32_t>(EPOLLIN);
}

bool Client::receive() {
    std::array<char, 16384> chunk;
    for (std::size_t sum = 0; sum < limits_.read_a_turn && in_.size() - taken_ <= limits_.line_bytes;) {
        const ssize_t got = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
        if (got < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        if (got == 0) {
            input_ended_ = true;
            return true;
        }
        in_.append(chunk.data(), static_cast<std::size_t>(got));
        sum += static_cast<std::size_t>(got);
    }
    return true;
}

bool Client::send(std::uint64_t now_ms) {
    if (backlog() == 0) {
        return true;
    }
    const ssize_t sent = ::send(socket_.get(), out_.data() + sent_, backlog(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    moved_ms_ = now_ms;
    sent_ += static_cast<std::size_t>(sent);
    if (sent_ == out_.size()) {
        out_.clear();
        out_.shrink_to_fit();
        sent_ = 0;
    } else if (sent_ > limits_.pause_bytes) {
        out_.erase(0, sent_);
        sent_ = 0;
    }
    return true;
}

void Client::work(const Methods& methods) {
    for (unsigned calls = 0; calls < limits_.calls_a_turn && backlog() < limits_.pause_bytes; ++calls) {
        if (reply_) {
            continue_reply();
        } else if (message_ || take_line()) {
            begin_call(methods);
        } else {
            return;
        }
    }
}

/// The next line as a message; false where there is none. Blank lines are skipped.
bool Client::take_line() {
    while (true) {
        const std::size_t end = in_.find('\n', taken_);
        const std::size_t length = (end == std::string::npos ? in_.size() : end) - taken_;
        if (length > limits_.line_bytes) {
            refuse_line();
            return false;
        }
        if (end == std::string::npos) {
            in_.erase(0, taken_);
            taken_ = 0;
            return false;
        }
        const std::string_view line(in_.data() + taken_, length);
        taken_ = end + 1;
        if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
            message_ = parse_message(line);
            next_call_ = 0;
            batch_opened_ = false;
            return true;
        }
    }
}

void Client::begin_call(const Methods& methods) {
    const Call& call = message_->calls[next_call_];
    const auto answer_error = [&](const Refusal& why) {
        if (!call.id.empty()) {
            begin_answer();
            out_ += error_text(call.id, why);
        }
        end_call();
    };
    if (call.fault) {
        return answer_error(*call.fault);
    }
    const auto method = methods.find(call.method);
    if (method == methods.end()) {
        return answer_error(
            {ErrorCode::method_not_found, fmt::format("there is no method '{}'", call.method)});
    }
    MethodResult result = method->second(call.params);
    if (!result) {
        return answer_error(result.error());
    }
    if (!call.id.empty()) {
        begin_answer();
        out_ += result_head(call.id);
    }
    if (auto* reply = std::get_if<LongReply>(&*result)) {
        reply_ = std::move(*reply);
        return;
    }
    if (!call.id.empty()) {
        out_ += text_of(std::get<Json>(*result));
        out_ += kResultEnd;
    }
    end_call();
}

void Client::continue_reply() {
    const bool is_wanted = !message_->calls[next_call_].id.empty();
    std::string unwanted;
    if (reply_(is_wanted ? out_ : unwanted)) {
        return;
    }
    reply_ = nullptr;
    if (is_wanted) {
        out_ += kResultEnd;
    }
    end_call();
}

/// What stands between the answers of a batch.
void Client::begin_answer() {
    if (message_->is_batch) {
        out_ += batch_opened_ ? ',' : '[';
        batch_opened_ = true;
    }
}

void Client::end_call() {
    const bool is_last = next_call_ + 1 == message_->calls.size();
    if (!message_->is_batch) {
        if (!message_->calls[next_call_].id.empty()) {
            out_ += '\n';
        }
    } else if (is_last && batch_opened_) {
        out_ += "]\n";
    }
    if (is_last) {
        message_.reset();
    } else {
        ++next_call_;
    }
}

void Client::refuse_line() {
    out_ += error_text("null", {ErrorCode::invalid_request,
                                fmt::format("a line is longer than {} bytes", limits_.line_bytes)});
    out_ += '\n';
    in_.clear();
    taken_ = 0;
    input_ended_ = true;
}

}  // namespace sluice::ctrlplane::control
