// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "conntrack/text.h"
#include "ctrlplane/control/method.h"
#include "ctrlplane/control/params.h"
#include "dataplane/net/address.h"

namespace sluice::ctrlplane::control {

/// As the tool signs its messages.
inline constexpr std::string_view kConntrack = "conntrack v1.4.7 (conntrack-tools)";

/// A refusal in the tool's words: 2, it was asked wrongly; 1, it cannot be done.
[[nodiscard]] tl::unexpected<Refusal> conntrack_refusal(std::string_view message, int status = 2);

/// An address under a mask, which need not be a prefix's.
struct AddressFilter {
    std::uint32_t value = 0;
    std::uint32_t mask = 0;  ///< 0: any address

    [[nodiscard]] bool holds(net::Ipv4Address address) const noexcept {
        return ((address.host() ^ value) & mask) == 0;
    }
};

/// Which translated connections are meant (-n, -g, -j): any that are, or those to an address and a port.
struct NatFilter {
    std::optional<net::Ipv4Address> address;
    std::optional<std::uint16_t> port;
};

/// Which connections are meant: the filters of conntrack(8). All that are given must hold.
struct ConnectionFilter {
    using Copy = conntrack::ConnectionCopy<net::Ipv4>;

    std::optional<std::uint8_t> protocol;
    AddressFilter source;             ///< -s, --orig-src: of the original direction
    AddressFilter destination;        ///< -d, --orig-dst
    AddressFilter reply_source;       ///< -r, --reply-src
    AddressFilter reply_destination;  ///< -q, --reply-dst
    std::optional<std::uint16_t> source_port;             ///< --sport, --srckey, --icmp-id
    std::optional<std::uint16_t> destination_port;        ///< --dport, --dstkey
    std::optional<std::uint16_t> reply_source_port;       ///< --reply-port-src, --reply-key-src
    std::optional<std::uint16_t> reply_destination_port;  ///< --reply-port-dst, --reply-key-dst
    std::optional<std::uint8_t> icmp_type;
    std::optional<std::uint8_t> icmp_code;
    std::uint32_t mark = 0;              ///< -m, under its mask
    std::uint32_t mark_mask = 0;         ///< 0: any mark
    std::uint32_t status_set = 0;        ///< -u: bits that are set
    std::uint32_t status_unset = 0;      ///< -u UNREPLIED: bits that are not
    std::optional<NatFilter> source_nat;       ///< -n
    std::optional<NatFilter> destination_nat;  ///< -g
    bool is_any_nat = false;                   ///< -j: one of the two is enough
    conntrack::LabelBits labels{};       ///< -l: those that must be set
    std::optional<std::uint32_t> id;     ///< -i
    std::optional<std::uint16_t> zone;   ///< -w: of both directions; 0 where each has its own
    std::optional<std::uint16_t> original_zone;  ///< --orig-zone: its own; 0 where both have one
    std::optional<std::uint16_t> reply_zone;     ///< --reply-zone
    std::string state;                           ///< --state of TCP or SCTP; empty: any
    bool matches_none = false;                   ///< a family that Sluice does not route

    [[nodiscard]] bool matches(const Copy& connection) const noexcept;
};

/// Reads the filter's parameters; `params.fault()` is to be asked besides. Errors: a value that makes no
/// sense, in the tool's words.
[[nodiscard]] tl::expected<ConnectionFilter, Refusal> read_filter(Params& params);

/// `tcp`, `6`.
[[nodiscard]] std::optional<std::uint8_t> protocol_of(std::string_view word);
/// `5`, `0x10/0xf0`: a value and its mask; nothing: it is none.
[[nodiscard]] std::optional<std::pair<std::uint32_t, std::uint32_t>> read_mark(std::string_view text);
/// `a,b`, names or numbers. Errors: the word that is neither.
[[nodiscard]] tl::expected<conntrack::LabelBits, std::string> read_labels(std::string_view text);
/// `10.0.0.1:80`, the port of its own accord. Errors: in the tool's words.
[[nodiscard]] tl::expected<NatFilter, std::string> read_nat(std::string_view text);

/// `ASSURED,SEEN_REPLY`, or UNSET: bits that are set, and those that are not (UNREPLIED, a word of ours).
struct StatusWords {
    std::uint32_t set = 0;
    std::uint32_t unset = 0;
};
/// Errors: the rest of the text from the word on that is unknown, as the tool quotes it.
[[nodiscard]] tl::expected<StatusWords, std::string> read_status(std::string_view text);

}  // namespace sluice::ctrlplane::control
