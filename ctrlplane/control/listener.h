// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include "ctrlplane/control/descriptor.h"
#include "dataplane/base/result.h"

namespace sluice::ctrlplane::control {

/// The control socket's file, listening: a Unix stream socket, mode 0660.
///
/// Open it before devices are touched: from then on a second router is told that this one is there, even
/// while this one is still starting (who connects waits to be served). The destructor removes the file, if it
/// is still ours.
class Listener {
public:
    /// Makes the folder where it is missing. A socket file that nobody listens on is replaced.
    /// Errors: another router answers there, something else has the name, or what the kernel says.
    static base::Result<Listener> open(const std::string& path);
    ~Listener();
    Listener(Listener&&) noexcept = default;
    Listener& operator=(Listener&&) = delete;

    [[nodiscard]] int fd() const noexcept { return socket_.get(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    Listener(Descriptor socket, std::string path) : socket_(std::move(socket)), path_(std::move(path)) {}

    Descriptor socket_;
    std::string path_;
    unsigned long device_ = 0, inode_ = 0;  ///< of the file that we made
};

/// True where somebody listens on the socket `path`.
[[nodiscard]] bool is_answered(const std::string& path);

}  // namespace sluice::ctrlplane::control
