// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/cli/client.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::ctrlplane::cli {

namespace {

/// A file descriptor that closes itself.
class Socket {
public:
    explicit Socket(int fd) : fd_(fd) {}
    ~Socket() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

/// A router that is busy with a large reload may take its time; one that is stuck must not keep us for ever.
constexpr timeval kPatience{.tv_sec = 60, .tv_usec = 0};

tl::unexpected<CallFailure> no_router(const std::string& path, const std::string& why) {
    return tl::unexpected<CallFailure>(
        CallFailure{true, fmt::format("no router answers on {}: {}", path, why)});
}

bool send_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// One line, without its end; empty where the router closed the connection before it was complete, or fell
/// silent.
std::string receive_line(int fd) {
    std::string line;
    std::string chunk(65536, '\0');
    while (true) {
        const ssize_t got = ::recv(fd, chunk.data(), chunk.size(), 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return {};
        }
        line.append(chunk, 0, static_cast<std::size_t>(got));
        if (const std::size_t end = line.find('\n', line.size() - static_cast<std::size_t>(got));
            end != std::string::npos) {
            line.resize(end);
            return line;
        }
    }
}

}  // namespace

tl::expected<nlohmann::json, CallFailure> call(const std::string& socket_path, const std::string& method,
                                               const nlohmann::json& params) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path.size() >= sizeof(address.sun_path)) {
        return no_router(socket_path, "the path is longer than a Unix socket's may be (107 bytes)");
    }
    std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
    const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.fd() < 0 ||
        ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        const bool is_closed_to_us = errno == EACCES || errno == EPERM;
        return no_router(socket_path,
                         fmt::format("{}{}", std::strerror(errno),
                                     is_closed_to_us ? "; only root and the socket's group may ask" : ""));
    }
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
    const nlohmann::json request = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
    // A router that takes no more clients says so and closes: what it said can be read even where sending
    // failed.
    const bool is_sent =
        send_all(socket.fd(), request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    const std::string line = receive_line(socket.fd());
    if (line.empty()) {
        return no_router(socket_path, is_sent ? "no complete answer came" : "it closed the connection");
    }
    const nlohmann::json answer = nlohmann::json::parse(line, nullptr, false);
    if (answer.is_object() && answer.contains("result")) {
        return answer["result"];
    }
    std::string message = "the router's answer makes no sense";
    if (answer.is_object() && answer.contains("error") && answer["error"].is_object()) {
        const nlohmann::json& error = answer["error"];
        message = error.value("message", message);
        if (error.contains("data") && error["data"].is_object()) {
            return tl::unexpected<CallFailure>(CallFailure{false, message, error["data"].value("status", 0)});
        }
    }
    return tl::unexpected<CallFailure>(CallFailure{false, message});
}

}  // namespace sluice::ctrlplane::cli
