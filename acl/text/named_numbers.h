// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "acl/text/mark_text.h"

/// Numbers that have names in a file of /etc/iproute2: realms and groups of interfaces.
namespace sluice::acl::text {

inline constexpr const char* kRealmNames = "/etc/iproute2/rt_realms";
inline constexpr const char* kGroupNames = "/etc/iproute2/group";

/// `5`, `0x5/0xff` or a name; nothing where it is none of these.
[[nodiscard]] std::optional<MaskedMark> parse_named_number(std::string_view text, const char* file);

/// `cosmos` (`0x0` if `numeric`), `0x5`, or `0x5/0xff` where not all bits are asked.
void append_named_number(const MaskedMark& number, const char* file, bool numeric, std::string& out);

}  // namespace sluice::acl::text
