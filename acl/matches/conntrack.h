// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "acl/text/syntax.h"
#include "conntrack/ct_state.h"
#include "dataplane/net/address.h"

namespace sluice::acl {

/// An end of one direction of a connection: `--ctorigsrc` and its like, in the kernel's order.
enum class ConnectionEnd : std::uint8_t {
    original_source,
    original_destination,
    reply_source,
    reply_destination,
};

/// `--ctorigsrc ADDRESS[/LENGTH]`; host bits stay as written.
struct ConnectionAddress {
    ConnectionEnd end{};
    bool inverted = false;
    net::Ipv4Address address{};
    net::Ipv4Address mask{};
    bool operator==(const ConnectionAddress&) const = default;
};

/// `--ctorigsrcport FROM[:TO]`: of the tuple, so ICMP queries have their id and their type and code there.
struct ConnectionPorts {
    ConnectionEnd end{};
    bool inverted = false;
    std::uint16_t min = 0;
    std::uint16_t max = 0;
    bool operator==(const ConnectionPorts&) const = default;
};

/// `--ctproto`.
struct ConnectionProtocol {
    std::uint8_t number = 0;
    bool inverted = false;
    bool operator==(const ConnectionProtocol&) const = default;
};

/// `--ctstatus LIST`: one of the bits is set; NONE is no bit, which no connection has.
struct ConnectionStatus {
    std::uint32_t bits = 0;  ///< conntrack::status
    bool inverted = false;
    bool operator==(const ConnectionStatus&) const = default;
};

/// `--ctexpire FROM[:TO]`.
struct ConnectionExpiry {
    std::uint32_t min_s = 0;
    std::uint32_t max_s = 0;
    bool inverted = false;
    bool operator==(const ConnectionExpiry&) const = default;
};

/// `-m conntrack`.
struct ConntrackMatch {
    std::uint8_t states = 0;  ///< bits of conntrack::CtState
    bool snat = false;        ///< the pseudo-states SNAT and DNAT in the list
    bool dnat = false;
    bool inverted = false;
    bool asks_state = true;  ///< `--ctstate` is there: what stands above counts
    std::optional<conntrack::Way> way{};
    std::optional<ConnectionProtocol> protocol{};
    std::array<std::optional<ConnectionAddress>, 4> addresses{};  ///< by ConnectionEnd
    std::array<std::optional<ConnectionPorts>, 4> ports{};
    std::optional<ConnectionStatus> status{};
    std::optional<ConnectionExpiry> expiry{};
    bool operator==(const ConntrackMatch&) const = default;
};

namespace text {

template <>
struct Syntax<ConntrackMatch> {
    static std::span<const Form<ConntrackMatch>> forms();
    static Checked parse(ConntrackMatch& match, const OptionUse& use);
    static void save(const ConntrackMatch& match, std::string& out);
    static void list(const ConntrackMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
