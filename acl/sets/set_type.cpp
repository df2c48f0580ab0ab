// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/set_type.h"

#include <algorithm>

namespace sluice::acl::sets {

const SetType* find_type(std::string_view wanted) {
    using enum Dimension;
    static constexpr std::array kTypes = {
        SetType{.name = "hash:ip", .dimensions = {ip}, .revision = 6, .ipv6 = true, .netmask = true, .range = true},
        SetType{.name = "hash:net", .dimensions = {net}, .revision = 7, .ipv6 = true, .range = true},
        SetType{.name = "hash:ip,port", .dimensions = {ip, port}, .revision = 7, .ipv6 = true, .range = true},
        SetType{.name = "hash:net,port", .dimensions = {net, port}, .revision = 8, .ipv6 = true, .range = true},
        SetType{.name = "hash:net,iface", .dimensions = {net, iface}, .revision = 8, .ipv6 = true, .range = true},
        SetType{.name = "hash:ip,port,ip", .dimensions = {ip, port, ip}, .revision = 6, .ipv6 = true, .range = true},
        SetType{.name = "hash:ip,port,net", .dimensions = {ip, port, net}, .revision = 8, .ipv6 = true, .range = true},
        SetType{.name = "hash:net,net", .dimensions = {net, net}, .revision = 3, .ipv6 = true, .range = true},
        SetType{.name = "hash:net,port,net", .dimensions = {net, port, net}, .revision = 3, .ipv6 = true, .range = true},
        SetType{.name = "hash:mac", .dimensions = {mac}, .revision = 1},
        SetType{.name = "hash:ip,mac", .dimensions = {ip, mac}, .revision = 1, .ipv6 = true},
        SetType{.name = "hash:ip,mark", .dimensions = {ip, mark}, .revision = 3, .ipv6 = true, .range = true},
        SetType{.name = "bitmap:ip", .method = Method::bitmap, .dimensions = {ip}, .revision = 3, .netmask = true, .range = true},
        SetType{.name = "bitmap:port", .method = Method::bitmap, .dimensions = {port}, .revision = 3},
        SetType{.name = "bitmap:ip,mac", .method = Method::bitmap, .dimensions = {ip, mac}, .revision = 3},
        SetType{.name = "list:set", .method = Method::list, .dimensions = {Dimension::name}, .revision = 3},
    };
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const SetType& one) { return one.name == wanted; });
    return found == kTypes.end() ? nullptr : found;
}

}  // namespace sluice::acl::sets
