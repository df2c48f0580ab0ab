// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ctrlplane/nflog_file.h"
#include "ctrlplane/trace_tail.h"
#include "dataplane/pipeline/packet_log.h"
#include "dataplane/pipeline/snapshot.h"

namespace sluice::ctrlplane {

/// Where what rules tell of packets (LOG, NFLOG, AUDIT) goes: into the log in the kernel's words, and NFLOG's
/// packets into their file.
///
/// Threads: control.
class PacketTeller {
public:
    /// In: `file`, none: NFLOG tells in the log only.
    explicit PacketTeller(std::unique_ptr<NflogFile> file) : file_(std::move(file)) {}

    /// In: `interfaces` by InterfaceId; the UTC of the workers' time 0.
    void tell(const pipeline::LogRecord& record, std::span<const pipeline::Interface> interfaces,
              std::uint64_t utc_at_start_ns);
    /// Now and then, with the workers' time.
    void tend(std::uint64_t now_ns);
    /// What TRACE has told last.
    [[nodiscard]] const TraceTail& traced() const noexcept { return traced_; }
    /// Packets that NFLOG's file could not take.
    [[nodiscard]] std::uint64_t file_lost() const noexcept { return file_ == nullptr ? 0 : file_->lost(); }

private:
    void keep(const acl::NflogTarget& target, const pipeline::LogRecord& record,
              std::span<const pipeline::Interface> interfaces, std::uint64_t utc_at_start_ns);

    std::unique_ptr<NflogFile> file_;
    TraceTail traced_;
    std::uint64_t audit_serial_ = 0;
};

}  // namespace sluice::ctrlplane
