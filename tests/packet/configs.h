// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace sluice::test {

/// A LAN 10.0.0.0/24 (router .1), a DMZ 172.16.0.0/24 (router .1) and an uplink 198.51.100.0/24 (router .1, default
/// gateway .254). `more` is appended: rules, sysctls, routes.
inline std::string gateway(std::string_view more = "") {
    return R"(
[runtime]
hugepages = false

[[interface]]
name    = "lan"
device  = "net_null0"
address = ["10.0.0.1/24"]

[[interface]]
name    = "dmz"
device  = "net_null1"
address = ["172.16.0.1/24"]

[[interface]]
name    = "wan"
device  = "net_null2"
address = ["198.51.100.1/24"]

[[route]]
to  = "0.0.0.0/0"
via = "198.51.100.254"

)" + std::string(more);
}

}  // namespace sluice::test
