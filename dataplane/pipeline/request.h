// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "dataplane/base/ids.h"
#include "dataplane/base/ring.h"
#include "dataplane/net/address.h"
#include "dataplane/net/family.h"

namespace sluice::pipeline {

/// What a worker tells the control thread. Full ring: lost and counted; each is sent again while its cause lasts.
template <net::Family F>
struct Request {
    enum class Kind : std::uint8_t {
        neighbor_needed,     ///< packets wait for (interface, address)
        neighbor_seen,       ///< an ARP or ND packet showed a known (interface, address) at mac
        neighbor_replied,    ///< the same, in a reply sent to us alone: it hears us
        neighbor_asked,      ///< it asked for an address of ours: becomes known
        neighbor_announced,  ///< it told everybody, unasked (gratuitous ARP)
    };
    Kind kind = Kind::neighbor_needed;
    base::InterfaceId interface = base::kNoInterface;
    typename F::Address address{};
    net::MacAddress mac;
};

/// Shape: 1024 messages, 40 KiB.
template <net::Family F>
using RequestRing = base::Ring<Request<F>, 1024>;

}  // namespace sluice::pipeline
