// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "dataplane/packet/batch.h"
#include "dataplane/packet/options.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"

namespace sluice::stages {

/// Completes the IP options of packets that FORWARD has let pass: the address of the way out goes into record route,
/// and the header checksum is made good (ip_forward_options). Not before those rules: a packet that is refused there
/// is quoted with the address that Route has written.
///
/// In: Route's fields.  Out: options, header checksum.
/// See: packet/options.h; FWD-8.
template <net::Family F>
class RecordRoute {
public:
    static constexpr std::string_view kName = "record_route";
    static constexpr pipeline::Facts kNeeds = pipeline::kRouted | pipeline::kForwardable;
    static constexpr pipeline::Facts kAdds = 0;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        for (packet::Packet<F> packet : batch) {
            if (packet.info().has_options) [[unlikely]] {
                const auto& ip = packet.ip();
                const route::Fib<F>& fib = *context.snapshot->fib;
                const route::NextHop<F>& hop = fib.hop_for(fib.look_up(ip.destination), ip.source, ip.destination);
                packet::forward_options(packet, hop.preferred_source);
            }
        }
    }
};

}  // namespace sluice::stages
