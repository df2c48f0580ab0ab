// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::acl::sets {

/// One dimension of an element: what stands between two commas.
enum class Dimension : std::uint8_t { none, ip, net, port, mac, mark, iface, name };

enum class Method : std::uint8_t { hash, bitmap, list };

/// A type of ipset(8): how its elements are written and how they are kept.
struct SetType {
    std::string_view name;
    Method method = Method::hash;
    std::array<Dimension, 3> dimensions{};
    std::uint8_t revision = 0;  ///< that ipset 7.17 and Linux 6.x agree on; printed only
    bool ipv6 = false;          ///< `family inet6` is possible
    bool netmask = false;       ///< has the option
    bool range = false;         ///< the first address may be a range of addresses

    [[nodiscard]] constexpr bool has(Dimension dimension) const noexcept {
        return dimensions[0] == dimension || dimensions[1] == dimension || dimensions[2] == dimension;
    }
};

/// All types that are built; `nullptr` for another name.
[[nodiscard]] const SetType* find_type(std::string_view name);

}  // namespace sluice::acl::sets
