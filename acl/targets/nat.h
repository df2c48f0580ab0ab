// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"
#include "dataplane/net/address.h"
#include "dataplane/net/headers.h"

namespace sluice::acl {

/// SNAT, DNAT, MASQUERADE and REDIRECT: a range of addresses and a range of ports, as nf_nat_range2.
struct NatTarget {
    enum class Kind : std::uint8_t { snat, dnat, masquerade, redirect };
    Kind kind = Kind::snat;
    bool has_addresses = false;
    bool has_ports = false;
    bool random = false;        ///< --random
    bool fully_random = false;  ///< --random-fully
    bool persistent = false;    ///< --persistent
    net::Ipv4Address min_address;
    net::Ipv4Address max_address;
    net::Be16 min_port;
    net::Be16 max_port;
    bool operator==(const NatTarget&) const = default;
};

namespace text {

template <>
struct Syntax<NatTarget> {
    static std::span<const Form<NatTarget>> forms();
    static std::size_t form_of(const NatTarget& target);
    static Checked parse(NatTarget& target, const OptionUse& use);
    static void save(const NatTarget& target, std::string& out);
    static void list(const NatTarget& target, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
