// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/read_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::ctrlplane::config {

namespace {

constexpr std::size_t kLargestFile_bytes = std::size_t{256} << 20U;

/// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

base::Result<std::string> cannot_read() {
    return base::failure(fmt::format("cannot be read: {}", std::strerror(errno)));
}

base::Result<std::string> read_whole(int fd) {
    std::string text;
    std::array<char, 65536> block{};
    for (;;) {
        const ssize_t got = ::read(fd, block.data(), block.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return cannot_read();
        }
        if (got == 0) {
            return text;
        }
        text.append(block.data(), static_cast<std::size_t>(got));
        if (text.size() > kLargestFile_bytes) {
            return base::failure("is larger than 256 MiB");
        }
    }
}

base::Result<std::string> read_file(const std::string& path, bool pipes_too) {
    // Non-blocking, so that a pipe nobody writes to does not hold us in open().
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | (pipes_too ? 0 : O_NONBLOCK)));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
        return cannot_read();
    }
    if (!S_ISREG(status.st_mode) && !(pipes_too && S_ISFIFO(status.st_mode))) {
        return base::failure(S_ISDIR(status.st_mode) ? "is a directory, not a file"
                                                     : "is not a regular file");
    }
    return read_whole(file.get());
}

}  // namespace

base::Result<std::string> read_regular_file(const std::string& path) {
    return read_file(path, false);
}

base::Result<std::string> read_file_or_pipe(const std::string& path) {
    return read_file(path, true);
}

}  // namespace sluice::ctrlplane::config
