// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>

#include "dataplane/pipeline/packet_log.h"
#include "dataplane/pipeline/snapshot.h"

namespace sluice::ctrlplane {

/// The line of LOG and NFLOG as the kernel's nf_log_syslog.c writes it, without the level:
///
///     PREFIXIN=lan OUT=wan MAC=... SRC=10.0.0.5 DST=8.8.8.8 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=0 DF PROTO=TCP SPT=...
///
/// with `TRACE: filter:FORWARD:rule:1 ` in front where the packet is traced; and that of AUDIT as xt_AUDIT.c does:
/// `mark=0x0 saddr=10.0.0.5 daddr=8.8.8.8 proto=6`.
///
/// In: `interfaces` by InterfaceId.
[[nodiscard]] std::string packet_log_text(const pipeline::LogRecord& record,
                                          std::span<const pipeline::Interface> interfaces);

}  // namespace sluice::ctrlplane
