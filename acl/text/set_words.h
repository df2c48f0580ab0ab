// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "acl/sets/directions.h"
#include "acl/text/syntax.h"

namespace sluice::acl::text {

/// `NAME src,dst`, the values of an option. Errors: a name too long, other words.
Checked read_set_use(const OptionUse& use, std::string& name, sets::Directions& directions);
/// The same, without a blank before it.
void append_set_use(const std::string& name, const sets::Directions& directions, std::string& out);

}  // namespace sluice::acl::text
