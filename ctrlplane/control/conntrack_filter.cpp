// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/conntrack_filter.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace sluice::ctrlplane::control {

namespace {

/// The protocols that conntrack(8) knows by name (its -p takes no others, but numbers); `unknown` is all
/// others.
struct NamedProtocol {
    std::string_view name;
    std::uint8_t number;
};
constexpr std::array<NamedProtocol, 8> kProtocols = {{{"tcp", 6},
                                                      {"udp", 17},
                                                      {"udplite", 136},
                                                      {"icmp", 1},
                                                      {"icmpv6", 58},
                                                      {"sctp", 132},
                                                      {"gre", 47},
                                                      {"dccp", 33}}};

bool has_ports(std::uint8_t protocol) noexcept {
    return protocol == net::kProtocolTcp || protocol == net::kProtocolUdp ||
           protocol == net::kProtocolUdpLite || protocol == net::kProtocolSctp ||
           protocol == net::kProtocolDccp;
}

std::optional<std::uint8_t> protocol_of(std::string_view word) {
    for (const NamedProtocol& known : kProtocols) {
        if (known.name == word) {
            return known.number;
        }
    }
    std::uint8_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc{} && end == word.data() + word.size() ? std::optional(number) : std::nullopt;
}

/// A filter's values, read one after the other; the first fault is kept.
class FilterReader {
public:
    explicit FilterReader(Params& params) : params_(params) {}

    std::optional<net::Ipv4Prefix> prefix(std::string_view name) {
        const auto text = params_.text(name);
        if (!text) {
            return std::nullopt;
        }
        const auto prefix = net::parse_ipv4_prefix(*text);
        if (!prefix) {
            fault = fmt::format("invalid IP address '{}'", *text);
        }
        return prefix;
    }
    std::optional<std::uint16_t> port(std::string_view name) {
        const auto number = params_.number(name, 65535);
        return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
    }
    std::optional<std::uint8_t> protocol() {
        const auto text = params_.text("protocol");
        if (!text) {
            return std::nullopt;
        }
        const auto number = protocol_of(*text);
        if (!number) {
            fault = fmt::format(
                "protocol '{}' is unknown; tcp, udp, udplite, icmp, sctp, gre, dccp and numbers are known",
                *text);
        }
        return number;
    }

    std::string fault;

private:
    Params& params_;
};

bool within(const std::optional<net::Ipv4Prefix>& prefix, net::Ipv4Address address) noexcept {
    return !prefix || prefix->contains(address);
}

}  // namespace

bool ConnectionFilter::matches(const Copy& connection) const noexcept {
    const net::Tuple<net::Ipv4>& original = connection.original;
    if (matches_none || (protocol && *protocol != original.protocol) || !within(source, original.source) ||
        !within(destination, original.destination) || !within(reply_source, connection.reply.source) ||
        !within(reply_destination, connection.reply.destination)) {
        return false;
    }
    return (!source_port && !destination_port) ||
           (has_ports(original.protocol) && (!source_port || *source_port == original.source_port.host()) &&
            (!destination_port || *destination_port == original.destination_port.host()));
}

tl::expected<ConnectionFilter, Refusal> read_filter(Params& params) {
    FilterReader reader(params);
    ConnectionFilter filter;
    filter.protocol = reader.protocol();
    filter.source = reader.prefix("source");
    filter.destination = reader.prefix("destination");
    filter.reply_source = reader.prefix("reply_source");
    filter.reply_destination = reader.prefix("reply_destination");
    filter.source_port = reader.port("source_port");
    filter.destination_port = reader.port("destination_port");
    if ((filter.source_port || filter.destination_port) &&
        !(filter.protocol && has_ports(*filter.protocol))) {
        reader.fault = "a port needs a protocol that has ports: -p tcp, udp, udplite, sctp or dccp";
    }
    if (const auto family = params.text("family"); family && *family != "ipv4") {
        filter.matches_none = *family == "ipv6";
        if (!filter.matches_none) {
            reader.fault = fmt::format("family '{}' is unknown; ipv4 and ipv6 are known", *family);
        }
    }
    if (!reader.fault.empty()) {
        return refusal(reader.fault, ErrorCode::invalid_params);
    }
    return filter;
}

}  // namespace sluice::ctrlplane::control
