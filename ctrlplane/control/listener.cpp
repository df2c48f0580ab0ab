// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/listener.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

namespace sluice::ctrlplane::control {

namespace {

/// How many may wait to be served, for instance while the router starts.
constexpr int kWaiting = 64;

std::optional<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) {
        return std::nullopt;
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

tl::unexpected<base::Error> fault(const std::string& path, const std::string& what) {
    return base::failure(fmt::format("control socket {}: {}", path, what));
}

tl::unexpected<base::Error> kernel_fault(const std::string& path, std::string_view what) {
    return fault(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

/// Makes the folder and locks it: two routers that start at once look at the socket's file one after the
/// other.
base::Result<Descriptor> lock_folder(const std::string& path) {
    const std::filesystem::path given = std::filesystem::path(path).parent_path();
    const std::filesystem::path folder = given.empty() ? "." : given;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return fault(path, fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
    }
    Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock || ::flock(lock.get(), LOCK_EX) != 0) {
        return kernel_fault(path, "cannot lock its folder");
    }
    return lock;
}

/// Takes a socket file away that nobody listens on.
base::Result<void> clear_the_name(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        return {};
    }
    if (!S_ISSOCK(status.st_mode)) {
        return fault(path,
                     "there is a file of this name that is no socket; remove it, or choose another name in "
                     "[runtime] control-socket");
    }
    if (is_answered(path)) {
        return base::failure(
            fmt::format("another sluice answers on {}; stop it, or choose another name in [runtime] "
                        "control-socket",
                        path));
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return kernel_fault(path, "cannot remove the file that a dead router left");
    }
    return {};
}

}  // namespace

bool is_answered(const std::string& path) {
    const auto address = address_of(path);
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // EAGAIN: somebody listens and is too busy to take us in. EACCES says nothing of whether somebody does;
    // then it is not ours to remove.
    return address && socket &&
           (::connect(socket.get(), generic(*address), sizeof(*address)) == 0 || errno == EAGAIN ||
            errno == EACCES);
}

base::Result<Listener> Listener::open(const std::string& path) {
    const auto address = address_of(path);
    if (!address) {
        return fault(path, fmt::format("a socket's path has 1 to {} bytes", sizeof(address->sun_path) - 1));
    }
    const auto lock = lock_folder(path);
    if (!lock) {
        return tl::unexpected(lock.error());
    }
    if (auto cleared = clear_the_name(path); !cleared) {
        return tl::unexpected(cleared.error());
    }
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
        return kernel_fault(path, "no socket");
    }
    // The file gets its mode at birth: never is there a moment in which others may connect.
    const mode_t mask = ::umask(0117);
    const int bound = ::bind(socket.get(), generic(*address), sizeof(*address));
    const int error = errno;
    ::umask(mask);
    errno = error;
    if (bound != 0) {
        return kernel_fault(path, "cannot make it");
    }
    Listener listener(std::move(socket), path);
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        listener.device_ = status.st_dev;
        listener.inode_ = status.st_ino;
    }
    if (::listen(listener.fd(), kWaiting) != 0) {
        return kernel_fault(path, "cannot listen");
    }
    return listener;
}

Listener::~Listener() {
    struct stat status {};
    if (socket_ && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
        status.st_ino == inode_) {
        ::unlink(path_.c_str());
    }
}

}  // namespace sluice::ctrlplane::control
