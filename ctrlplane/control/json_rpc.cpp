// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/json_rpc.h"

#include <fmt/core.h>

namespace sluice::ctrlplane::control {

namespace {

Call faulty(ErrorCode code, std::string message, std::string id = "null") {
    return {std::move(id), {}, {}, Refusal{code, std::move(message)}};
}

/// An id may be a string, a number or null; echoed as it came. Nothing for any other value.
std::optional<std::string> id_text(const Json& request) {
    const auto id = request.find("id");
    if (id == request.end()) {
        return std::string();
    }
    if (id->is_string() || id->is_number() || id->is_null()) {
        return text_of(*id);
    }
    return std::nullopt;
}

Call parse_call(Json& request) {
    if (!request.is_object()) {
        return faulty(ErrorCode::invalid_request, "a call must be an object");
    }
    const std::optional<std::string> id = id_text(request);
    if (!id) {
        return faulty(ErrorCode::invalid_request, "the id must be a string, a number or null");
    }
    const std::string answer_to = id->empty() ? "null" : *id;
    const auto version = request.find("jsonrpc");
    if (version == request.end() || *version != "2.0") {
        return faulty(ErrorCode::invalid_request, "\"jsonrpc\": \"2.0\" is missing", answer_to);
    }
    const auto method = request.find("method");
    if (method == request.end() || !method->is_string()) {
        return faulty(ErrorCode::invalid_request, "the method must be a string", answer_to);
    }
    Call call{*id, method->get<std::string>(), Json::object(), std::nullopt};
    if (const auto params = request.find("params"); params != request.end()) {
        if (!params->is_object() && !params->is_array()) {
            return faulty(ErrorCode::invalid_request, "params must be an object", answer_to);
        }
        call.params = std::move(*params);
    }
    return call;
}

}  // namespace

Message parse_message(std::string_view line) {
    Message message;
    Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) {
        message.calls.push_back(faulty(ErrorCode::parse_error, "this is no JSON"));
        return message;
    }
    if (!json.is_array()) {
        message.calls.push_back(parse_call(json));
        return message;
    }
    if (json.empty()) {
        message.calls.push_back(faulty(ErrorCode::invalid_request, "an empty batch"));
        return message;
    }
    message.is_batch = true;
    for (Json& request : json) {
        message.calls.push_back(parse_call(request));
    }
    return message;
}

std::string result_head(const std::string& id) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":)", id);
}

std::string error_text(const std::string& id, const Refusal& refusal) {
    Json error = {{"code", static_cast<int>(refusal.code)}, {"message", refusal.message}};
    if (refusal.tool_status != 0) {
        error["data"] = {{"status", refusal.tool_status}};
    }
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", id, text_of(error));
}

}  // namespace sluice::ctrlplane::control
