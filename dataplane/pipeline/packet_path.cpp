// SPDX-License-Identifier: BSD-3-Clause
// The packet path of each family, compiled once. Alone in its object file, so that a check of the symbols it refers
// to (tests/checks/packet_path_symbols.py) shows what the packet path could call.
#include "dataplane/pipeline/router.h"

namespace sluice::pipeline {

template void Router<net::Ipv4>::receive(packet::Batch<net::Ipv4>& frames, Context<net::Ipv4>& context) noexcept;
template void Router<net::Ipv4>::tend(Context<net::Ipv4>& context) noexcept;

}  // namespace sluice::pipeline
