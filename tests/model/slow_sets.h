// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <string>

#include "tests/model/slow_netfilter.h"

/// A few sets that stay as they are, and what `-m set` says of them, element by element (MAT-7).
namespace sluice::model {

inline constexpr std::array<const char*, 6> kSetNames = {"hosts", "nets", "web", "ways", "ports", "all"};

/// As `ipset save` writes them.
[[nodiscard]] std::string sets_text();

[[nodiscard]] bool field_holds(const acl::SetMatch& match, const Packet& packet);

}  // namespace sluice::model
