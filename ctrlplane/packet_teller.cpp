// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/packet_teller.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <variant>

#include "ctrlplane/log.h"
#include "ctrlplane/packet_log_text.h"

namespace sluice::ctrlplane {

namespace {

constexpr unsigned kWarning = 4;
constexpr unsigned kNotice = 5;
constexpr unsigned kInfo = 6;

std::string_view name_of(base::InterfaceId id, std::span<const pipeline::Interface> interfaces) {
    return base::index_of(id) < interfaces.size() ? std::string_view(interfaces[base::index_of(id)].name)
                                                  : std::string_view();
}

}  // namespace

void PacketTeller::tell(const pipeline::LogRecord& record, std::span<const pipeline::Interface> interfaces,
                        std::uint64_t utc_at_start_ns) {
    const std::string text = packet_log_text(record, interfaces);
    if (const auto* log = std::get_if<acl::LogTarget>(&record.told.what)) {
        log_packet(log->level, text);
    } else if (const auto* nflog = std::get_if<acl::NflogTarget>(&record.told.what)) {
        log_packet(kInfo, text);
        keep(*nflog, record, interfaces, utc_at_start_ns);
    } else if (std::holds_alternative<acl::TraceLine>(record.told.what)) {
        log_packet(kWarning, text);
        traced_.add(text);
    } else {
        constexpr std::uint64_t kMillisecond_ns = 1'000'000;
        const std::uint64_t utc_ms = (utc_at_start_ns + record.now_ns) / kMillisecond_ns;
        log_packet(kNotice, fmt::format("audit: type=1324 audit({}.{:03}:{}): {}", utc_ms / 1000,
                                        utc_ms % 1000, ++audit_serial_, text));
    }
}

void PacketTeller::keep(const acl::NflogTarget& target, const pipeline::LogRecord& record,
                        std::span<const pipeline::Interface> interfaces, std::uint64_t utc_at_start_ns) {
    if (file_ == nullptr) {
        return;
    }
    const std::string ways =
        fmt::format("IN={} OUT={}", name_of(record.in, interfaces), name_of(record.out, interfaces));
    pcapng::Packet packet;
    packet.utc_ns = utc_at_start_ns + record.now_ns;
    packet.is_inbound = record.in != base::kNoInterface;
    packet.packet_bytes = record.packet_bytes;
    packet.bytes = record.bytes.first(std::min<std::size_t>(record.bytes.size(), target.size.value_or(~0U)));
    packet.prefix = target.prefix.data();
    packet.interfaces = ways;
    file_->add(packet, target.threshold, record.now_ns);
}

void PacketTeller::tend(std::uint64_t now_ns) {
    if (file_ != nullptr) {
        file_->tend(now_ns);
    }
}

}  // namespace sluice::ctrlplane
