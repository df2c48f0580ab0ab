// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>

#include "ctrlplane/explain/explain.h"

namespace sluice::ctrlplane::explain {

/// `-i IF -s ADDRESS -d ADDRESS -p PROTOCOL --sport N --dport N --icmp-type TYPE[/CODE] --ctstate STATE --mark N
/// --tos N --ttl N --length N`, in any order; without `-i` a packet of the router itself. What is not said is 0, a
/// state NEW, a TTL 64.
///
/// Errors: a word that is not understood, no -s or -d, ports without a protocol that has some.
[[nodiscard]] base::Result<MadeUpPacket> read_packet(std::span<const std::string> words);

/// The same in one string, parted by blanks.
[[nodiscard]] base::Result<MadeUpPacket> read_packet(const std::string& line);

}  // namespace sluice::ctrlplane::explain
