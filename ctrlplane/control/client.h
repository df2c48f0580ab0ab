// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ctrlplane/control/descriptor.h"
#include "ctrlplane/control/json_rpc.h"
#include "ctrlplane/control/method.h"

namespace sluice::ctrlplane::control {

/// What a client may cost.
struct ClientLimits {
    std::size_t line_bytes = std::size_t{32} << 20U;  ///< a longer line is an error and ends the connection
    std::size_t backlog_bytes = std::size_t{64} << 20U;  ///< more unread answers end the connection
    std::size_t pause_bytes = std::size_t{256} << 10U;   ///< with more unread nothing new is begun for it
    std::uint64_t stall_ms = 30'000;  ///< unread answers that do not move end the connection
    unsigned calls_a_turn = 4;
    std::size_t read_a_turn = std::size_t{64} << 10U;
};

/// One connection to the control socket.
///
/// One call after the other: while answers wait to be read, or one is still being made, no further call is
/// begun and nothing is read, so what a client sends ahead waits in the kernel. Each turn costs it a bounded
/// piece.
///
/// Life: begins with accept; ends when the client has closed and everything complete that it asked for is
/// answered, or at once with one of the reasons in ClientLimits. Threads: control. Units: `now_ms` on any
/// steady clock.
class Client {
public:
    Client(Descriptor socket, const ClientLimits& limits, std::uint64_t now_ms)
        : socket_(std::move(socket)), limits_(limits), moved_ms_(now_ms) {}

    [[nodiscard]] int fd() const noexcept { return socket_.get(); }

    /// One turn: reads, answers, writes. In: epoll events. False: it is over, close it.
    [[nodiscard]] bool serve(std::uint32_t events, const Methods& methods, std::uint64_t now_ms);
    /// What epoll should wait for before the next turn.
    [[nodiscard]] std::uint32_t wanted_events() const noexcept;

    /// True where it has not taken anything of what waits for it for too long.
    [[nodiscard]] bool is_stalled(std::uint64_t now_ms) const noexcept {
        return backlog() > 0 && now_ms - moved_ms_ > limits_.stall_ms;
    }
    /// How long nothing has come or gone; nothing while something is under way.
    [[nodiscard]] std::optional<std::uint64_t> idle_ms(std::uint64_t now_ms) const noexcept {
        return backlog() > 0 || is_working() ? std::nullopt : std::optional(now_ms - moved_ms_);
    }

private:
    [[nodiscard]] std::size_t backlog() const noexcept { return out_.size() - sent_; }
    [[nodiscard]] bool is_working() const noexcept {
        return message_.has_value() || in_.find('\n', taken_) != std::string::npos;
    }
    [[nodiscard]] bool receive();
    [[nodiscard]] bool send(std::uint64_t now_ms);
    void work(const Methods& methods);
    bool take_line();
    void begin_call(const Methods& methods);
    void continue_reply();
    void begin_answer();
    void end_call();
    void refuse_line();

    Descriptor socket_;
    const ClientLimits& limits_;
    std::uint64_t moved_ms_;
    std::string in_;
    std::size_t taken_ = 0;  ///< of `in_`
    std::string out_;
    std::size_t sent_ = 0;  ///< of `out_`
    bool input_ended_ = false;

    // the message that is being answered
    std::optional<Message> message_;
    std::size_t next_call_ = 0;
    bool batch_opened_ = false;
    LongReply reply_;  ///< of the call `next_call_`, while it is being made
};

}  // namespace sluice::ctrlplane::control
