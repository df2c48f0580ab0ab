// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "dataplane/base/result.h"

namespace sluice::ctrlplane::cli {

/// Why a call brought no result: each has an exit status of its own (INTERFACE: 1, 4).
struct CallFailure {
    bool no_router = false;  ///< nothing answers on the socket
    std::string message;
    int tool_status = 0;  ///< not 0: the message is whole, as the tool prints it that was asked for, and it ends so
};

/// One JSON-RPC call over the router's control socket: connects, asks, reads the answer, closes.
///
/// Blocks until the answer is there; the router answers or closes. See docs/control-socket.md.
[[nodiscard]] tl::expected<nlohmann::json, CallFailure> call(const std::string& socket_path,
                                                             const std::string& method,
                                                             const nlohmann::json& params);

}  // namespace sluice::ctrlplane::cli
