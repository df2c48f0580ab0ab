// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctrlplane/control/method.h"

namespace sluice::ctrlplane::control {

/// Reads a method's parameters by name and keeps the first fault. A parameter that nobody has asked for is a
/// fault: nothing is accepted and ignored.
///
/// Example: `Params p(json); const bool all = p.flag("all"); if (auto fault = p.fault()) { return *fault; }`
class Params {
public:
    explicit Params(const Json& params);

    /// False where it is absent.
    [[nodiscard]] bool flag(std::string_view name);
    [[nodiscard]] std::optional<std::string> text(std::string_view name);
    /// A list of strings; empty where it is absent.
    [[nodiscard]] std::vector<std::string> texts(std::string_view name);
    /// A number, as such or in decimal digits.
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name, std::uint64_t most);

    /// What was wrong, if anything; to be asked after all parameters.
    [[nodiscard]] std::optional<tl::unexpected<Refusal>> fault() const;

private:
    [[nodiscard]] const Json* find(std::string_view name);
    void complain(std::string message);

    const Json& params_;
    std::vector<std::string> asked_;
    std::string fault_;
};

}  // namespace sluice::ctrlplane::control
