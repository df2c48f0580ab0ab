// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "tests/model/slow_netfilter.h"

/// What matches that go through a packet's bytes say, for the slow netfilter.
namespace sluice::model {

[[nodiscard]] Reading read_bytes(const acl::U32Match& match, const Packet& packet);
[[nodiscard]] Reading read_bytes(const acl::BpfMatch& match, const Packet& packet);
[[nodiscard]] Reading read_bytes(const acl::TcpmssMatch& match, const Packet& packet);
[[nodiscard]] Reading read_bytes(const acl::StringMatch& match, const Packet& packet);
/// Of a first fragment with the ports in it.
[[nodiscard]] Reading read_bytes(const acl::SctpChunks& chunks, const Packet& packet);
[[nodiscard]] Reading read_bytes(const acl::DccpOption& option, const Packet& packet);

/// False where an SCTP packet's chunks, or a DCCP packet's header, lead nowhere.
[[nodiscard]] bool are_chunks_sound(const Packet& packet);
[[nodiscard]] bool is_dccp_sound(const Packet& packet);

}  // namespace sluice::model
