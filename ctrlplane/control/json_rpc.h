// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctrlplane/control/method.h"

/// JSON-RPC 2.0 (jsonrpc.org/specification), one message a line.
namespace sluice::ctrlplane::control {

/// A call as it came, or what is wrong with it.
struct Call {
    std::string id;  ///< as JSON; empty: a notification, which has no answer
    std::string method;
    Json params;
    std::optional<Refusal> fault;  ///< it is no valid call: this is the answer
};

/// A line: one call, or a batch of them.
struct Message {
    bool is_batch = false;    ///< answers go out as one array
    std::vector<Call> calls;  ///< never empty
};

/// Never fails: what is no message becomes one call with a fault.
[[nodiscard]] Message parse_message(std::string_view line);

/// `{"jsonrpc":"2.0","id":ID,"result":` and what closes it.
[[nodiscard]] std::string result_head(const std::string& id);
inline constexpr std::string_view kResultEnd = "}";

[[nodiscard]] std::string error_text(const std::string& id, const Refusal& refusal);

}  // namespace sluice::ctrlplane::control
