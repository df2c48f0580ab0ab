// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice::acl {

/// `-p icmp --icmp-type TYPE[/CODE]`; type 255 is any.
struct IcmpMatch {
    std::uint8_t type = 0xff;
    std::uint8_t min_code = 0;
    std::uint8_t max_code = 0xff;
    bool inverted = false;
    bool operator==(const IcmpMatch&) const = default;
};

}  // namespace sluice::acl
