// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/params.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace sluice::ctrlplane::control {

Params::Params(const Json& params) : params_(params) {
    if (!params.is_object() && !params.is_null()) {
        complain("the parameters must be an object: they have names");
    }
}

const Json* Params::find(std::string_view name) {
    asked_.emplace_back(name);
    if (!params_.is_object()) {
        return nullptr;
    }
    const auto found = params_.find(name);
    return found == params_.end() || found->is_null() ? nullptr : &*found;
}

void Params::complain(std::string message) {
    if (fault_.empty()) {
        fault_ = std::move(message);
    }
}

bool Params::flag(std::string_view name) {
    const Json* value = find(name);
    if (value != nullptr && !value->is_boolean()) {
        complain(fmt::format("parameter '{}' must be true or false", name));
        return false;
    }
    return value != nullptr && value->get<bool>();
}

std::optional<std::string> Params::text(std::string_view name) {
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        complain(fmt::format("parameter '{}' must be a string", name));
        return std::nullopt;
    }
    return value->get<std::string>();
}

std::vector<std::string> Params::texts(std::string_view name) {
    const Json* value = find(name);
    std::vector<std::string> texts;
    if (value == nullptr) {
        return texts;
    }
    if (!value->is_array()) {
        complain(fmt::format("parameter '{}' must be a list of strings", name));
        return texts;
    }
    for (const Json& one : *value) {
        if (!one.is_string()) {
            complain(fmt::format("parameter '{}' must be a list of strings", name));
            return {};
        }
        texts.push_back(one.get<std::string>());
    }
    return texts;
}

std::optional<std::uint64_t> Params::number(std::string_view name, std::uint64_t most) {
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    bool is_number =
        value->is_number_unsigned() || (value->is_number_integer() && value->get<std::int64_t>() >= 0);
    if (is_number) {
        number = value->get<std::uint64_t>();
    } else if (value->is_string()) {
        const auto& digits = value->get_ref<const std::string&>();
        const char* end = digits.data() + digits.size();
        const auto [stopped, error] = std::from_chars(digits.data(), end, number);
        is_number = error == std::errc{} && stopped == end;
    }
    if (!is_number || number > most) {
        complain(fmt::format("parameter '{}' must be a number up to {}", name, most));
        return std::nullopt;
    }
    return number;
}

std::optional<tl::unexpected<Refusal>> Params::fault() const {
    std::string message = fault_;
    if (message.empty() && params_.is_object()) {
        for (const auto& [name, value] : params_.items()) {
            if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) {
                message = fmt::format("unknown parameter '{}'", name);
                break;
            }
        }
    }
    if (message.empty()) {
        return std::nullopt;
    }
    return refusal(std::move(message), ErrorCode::invalid_params);
}

}  // namespace sluice::ctrlplane::control
