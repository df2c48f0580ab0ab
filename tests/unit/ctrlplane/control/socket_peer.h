// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "ctrlplane/control/descriptor.h"

namespace sluice::ctrlplane::control::test {

/// A folder that goes with the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        char name[] = "/tmp/sluice-control-XXXXXX";
        path_ = ::mkdtemp(name);
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

/// The other end: a client that says what the test wants, without waiting.
class Peer {
public:
    explicit Peer(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        is_connected_ =
            ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    }
    [[nodiscard]] bool is_connected() const { return is_connected_; }
    /// As much of it as fits; how much that was.
    std::size_t say(std::string_view text) {
        const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    /// What has come so far, all of it since the beginning.
    const std::string& heard() {
        std::string chunk(65536, '\0');
        ssize_t got = 0;
        while ((got = ::recv(socket_.get(), chunk.data(), chunk.size(), 0)) > 0) {
            heard_.append(chunk, 0, static_cast<std::size_t>(got));
        }
        is_over_ = is_over_ || got == 0 || (errno != EAGAIN && errno != EINTR);
        return heard_;
    }
    /// The router has closed the connection; to be asked after `heard`.
    [[nodiscard]] bool is_over() const { return is_over_; }
    void say_no_more() { ::shutdown(socket_.get(), SHUT_WR); }
    void vanish() { socket_.reset(); }

private:
    Descriptor socket_;
    std::string heard_;
    bool is_connected_ = false;
    bool is_over_ = false;
};

}  // namespace sluice::ctrlplane::control::test
