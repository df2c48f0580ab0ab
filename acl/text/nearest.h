// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice::acl::text {

/// The known name that is most like `word` (edit distance without regard to case, at most a third of its
/// length); empty where none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// `; did you mean 'NAME'?`, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace sluice::acl::text
