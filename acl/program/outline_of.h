// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "acl/program/compiled_program.h"
#include "acl/program/outline.h"

namespace sluice::acl {

/// The outlines of a chain's rules, for its classifier.
template <net::Family F>
[[nodiscard]] std::vector<Outline<F>> outlines_of(std::span<const CompiledRule<F>> rules,
                                                  const CompiledProgram<F>& program);

}  // namespace sluice::acl
