// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "dataplane/base/result.h"

namespace sluice::acl::text {

/// What is wrong with a rule, and where in its text.
struct Fault {
    std::string message;
    std::size_t begin = 0;  ///< offset of the word in question
};

template <class T>
using Expected = tl::expected<T, Fault>;
using Checked = tl::expected<void, Fault>;

[[nodiscard]] inline tl::unexpected<Fault> fault(std::string message, std::size_t begin) {
    return tl::unexpected<Fault>(Fault{std::move(message), begin});
}

/// From an offset in the text of a rule to the place in the file that holds it.
using Locator = std::function<base::Location(std::size_t)>;

[[nodiscard]] inline base::Diagnostic diagnostic(const Fault& fault, const Locator& at) {
    return {base::Diagnostic::Severity::error, at(fault.begin), fault.message};
}

}  // namespace sluice::acl::text
