// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ctrlplane/config/config.h"
#include "ctrlplane/control/descriptor.h"
#include "ctrlplane/pcapng.h"
#include "dataplane/base/result.h"

namespace sluice::ctrlplane {

/// The file of packets that NFLOG keeps, and its elder ones: FILE, FILE.1 (the last one before it), FILE.2,
/// ...
///
/// A file that would grow beyond its size is renamed, and a new one begun; the eldest goes when there are too
/// many. Each is whole by itself. One that stands there at the start is put aside likewise, never appended
/// to.
///
/// Packets are written together, as the kernel hands them to its listeners together: when as many wait as the
/// least
/// --nflog-threshold among them says (100 where none does), or after a second.
///
/// Threads: control. A disk that is full or slow delays it, never a worker; what cannot be written is
/// counted.
class NflogFile {
public:
    /// Errors: it cannot be opened, in a sentence.
    static base::Result<std::unique_ptr<NflogFile>> open(config::NflogFile settings);
    ~NflogFile() { flush(); }  // nothing is lost at the end
    NflogFile(const NflogFile&) = delete;
    NflogFile& operator=(const NflogFile&) = delete;

    /// In: `threshold` of its rule, 0: none.
    void add(const pcapng::Packet& packet, unsigned threshold, std::uint64_t now_ns);
    /// Writes what has waited for a second. Call now and then.
    void tend(std::uint64_t now_ns);
    /// Writes all that waits.
    void flush();

    /// Packets that could not be written.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
    [[nodiscard]] const config::NflogFile& settings() const noexcept { return settings_; }

private:
    explicit NflogFile(config::NflogFile settings) : settings_(std::move(settings)) {}
    /// Puts the file that is there aside and begins one. Errors: why it cannot be opened.
    base::Result<void> begin();
    void begin_section();
    void put_aside() const;
    /// Says it once, until writing works again.
    void complain(std::string_view message);

    static constexpr unsigned kThreshold = 100;
    static constexpr std::uint64_t kPatience_ns = 1'000'000'000;

    config::NflogFile settings_;
    control::Descriptor file_;
    std::uint64_t size_ = 0;     ///< of the file, with what waits
    std::uint64_t written_ = 0;  ///< of the file
    std::string waiting_;
    unsigned waiting_count_ = 0;
    unsigned threshold_ = kThreshold;
    std::uint64_t waiting_since_ns_ = 0;
    std::uint64_t lost_ = 0;
    bool is_broken_ = false;  ///< it has been said that it cannot be written
};

}  // namespace sluice::ctrlplane
