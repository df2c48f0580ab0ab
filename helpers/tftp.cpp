// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/tftp.h"

namespace sluice::helpers {

Outcome help_tftp(Visit& visit) noexcept {
    constexpr std::uint16_t kRead = 1;
    constexpr std::uint16_t kWrite = 2;
    const base::Be16* opcode = visit.payload.at<base::Be16>(0);
    if (opcode == nullptr || (opcode->host() != kRead && opcode->host() != kWrite)) {
        return Outcome::accept;
    }
    const net::Tuple<Ipv4>& reply = visit.tuple(Way::reply);
    Expectation<Ipv4> expectation =
        expectation_of(visit, net::kProtocolUdp, &reply.source, reply.destination, reply.destination_port);
    if (visit.is_translated()) {
        expectation.saved_port = visit.tuple(Way::original).source_port;
        expectation.way = Way::reply;
        expectation.follow = conntrack::Follow::master;
    }
    return expect(visit, expectation) == ExpectResult::added ? Outcome::accept : Outcome::drop;
}

}  // namespace sluice::helpers
