// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "dataplane/packet/batch.h"
#include "dataplane/packet/reassembly.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/pipeline/facts.h"

namespace sluice::stages {

/// Holds fragments back until their datagram is whole, which then takes the place of the one that completed
/// it.
///
/// As with the kernel's nf_defrag_ipv4, this comes before every rule: none ever sees a fragment.
/// Drops: those of Reassembly; held.
/// See: packet/reassembly.h; FRAG-1 to FRAG-7.
template <net::Family F>
class Defragment {
public:
    static constexpr std::string_view kName = "defragment";
    static constexpr pipeline::Facts kNeeds = pipeline::kParsed;
    static constexpr pipeline::Facts kAdds = pipeline::kWhole;

    void process(packet::Batch<F>& batch, pipeline::Context<F>& context) noexcept {
        const std::size_t count = batch.size();
        batch.clear();
        for (std::size_t i = 0; i < count; ++i) {
            packet::Packet<F> packet = batch[i];
            if (packet.ip().is_fragment()) [[unlikely]] {
                packet =
                    context.reassembly.add(packet, context.now_ns,
                                           context.snapshot->sysctls.ipfrag_high_thresh_bytes, context.exits);
            }
            if (packet.mbuf() != nullptr) {
                batch.push(packet);  // never overtakes i
            }
        }
    }
};

}  // namespace sluice::stages
