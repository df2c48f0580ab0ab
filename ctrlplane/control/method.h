// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <variant>

/// What a method of the control socket is: parameters in, a result or a refusal out.
namespace sluice::ctrlplane::control {

using Json = nlohmann::json;

/// Error codes: those of JSON-RPC 2.0, and the one that is our own.
enum class ErrorCode : int {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    refused = -32000,  ///< the router will not or cannot do it; the message says why
};

struct Refusal {
    ErrorCode code = ErrorCode::refused;
    std::string message;
    int tool_status = 0;  ///< not 0: the message is whole, as a tool that operators know prints it, and it ends so
};

/// A result that is made piece by piece, a turn of the control thread's loop each, for tables of any size.
///
/// Each call appends the next piece of the result's JSON, some tens of kilobytes; false: it was the last one.
/// It is not called again before the client has read most of what it has been sent.
using LongReply = std::function<bool(std::string& out)>;

using Reply = std::variant<Json, LongReply>;
using MethodResult = tl::expected<Reply, Refusal>;
using Method = std::function<MethodResult(const Json& params)>;
using Methods = std::map<std::string, Method, std::less<>>;

[[nodiscard]] inline tl::unexpected<Refusal> refusal(std::string message,
                                                     ErrorCode code = ErrorCode::refused) {
    return tl::unexpected<Refusal>(Refusal{code, std::move(message)});
}

/// The text of a value; what is not UTF-8 is replaced, never thrown about.
[[nodiscard]] inline std::string text_of(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sluice::ctrlplane::control
