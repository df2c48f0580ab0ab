// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/replace_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "ctrlplane/control/descriptor.h"

namespace sluice::ctrlplane::control {

namespace {

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::string real_path(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    return real ? std::string(real.get()) : path;
}

}  // namespace

base::Result<void> replace_file(const std::string& path, std::string_view content) {
    const std::string target = real_path(path);
    std::string name = target + ".XXXXXX";
    const auto failed = [&](const std::string& what) {
        const std::string why = std::strerror(errno);
        ::unlink(name.c_str());
        return base::failure(fmt::format("cannot {} {}: {}", what, path, why));
    };
    const Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file) {
        return base::failure(fmt::format("cannot write beside {}: {}", path, std::strerror(errno)));
    }
    constexpr mode_t kMode = 0640;
    struct stat old {};
    const bool is_there = ::stat(target.c_str(), &old) == 0;
    if (is_there && ::fchown(file.get(), old.st_uid, old.st_gid) != 0) {
        return failed("give its owner to the new");
    }
    if (::fchmod(file.get(), is_there ? old.st_mode & 07777U : kMode) != 0) {
        return failed("give its mode to the new");
    }
    if (!write_all(file.get(), content) || ::fsync(file.get()) != 0) {
        return failed("write");
    }
    if (std::rename(name.c_str(), target.c_str()) != 0) {
        return failed("replace");
    }
    return {};
}

}  // namespace sluice::ctrlplane::control
