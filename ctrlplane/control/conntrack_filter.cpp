// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/conntrack_filter.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "acl/text/label_names.h"
#include "acl/text/numbers.h"

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
    /// A port or a zone.
    std::optional<std::uint16_t> number(std::string_view name) {
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

bool is(const std::optional<std::uint16_t>& port, base::Be16 other) noexcept {
    return !port || *port == other.host();
}

bool ports_match(const ConnectionFilter& filter, const ConnectionFilter::Copy& connection) noexcept {
    if (!filter.source_port && !filter.destination_port && !filter.reply_source_port &&
        !filter.reply_destination_port) {
        return true;
    }
    return has_ports(connection.original.protocol) &&
           is(filter.source_port, connection.original.source_port) &&
           is(filter.destination_port, connection.original.destination_port) &&
           is(filter.reply_source_port, connection.reply.source_port) &&
           is(filter.reply_destination_port, connection.reply.destination_port);
}

bool zone_matches(const ConnectionFilter& filter, const ConnectionFilter::Copy& connection) noexcept {
    const std::uint16_t original = connection.original.zone;
    const std::uint16_t reply = connection.reply.zone;
    const bool is_one = original == reply;
    return filter.zone.value_or(is_one ? original : 0) == (is_one ? original : 0) &&
           filter.original_zone.value_or(is_one ? 0 : original) == (is_one ? 0 : original) &&
           filter.reply_zone.value_or(is_one ? 0 : reply) == (is_one ? 0 : reply);
}

bool status_matches(const ConnectionFilter& filter, std::uint32_t status) noexcept {
    return (status & filter.status_set) == filter.status_set && (status & filter.status_unset) == 0 &&
           (filter.nat == 0 || (status & filter.nat) != 0);
}

/// `5`, `0x10/0xf0`.
bool read_mark(std::string_view text, ConnectionFilter& filter) {
    const auto number = [](std::string_view digits) -> std::optional<std::uint32_t> {
        const bool is_hex = digits.starts_with("0x") || digits.starts_with("0X");
        digits.remove_prefix(is_hex ? 2 : 0);
        std::uint32_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
        return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(value)
                                                                            : std::nullopt;
    };
    const std::size_t slash = text.find('/');
    const auto value = number(text.substr(0, slash));
    const auto mask = slash == std::string_view::npos ? 0xffffffffU : number(text.substr(slash + 1));
    filter.mark = value.value_or(0);
    filter.mark_mask = mask.value_or(0);
    return value && mask;
}

/// `ASSURED,SEEN_REPLY`; false: a word of it is unknown.
bool read_status(std::string_view text, ConnectionFilter& filter) {
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        if (word == "UNREPLIED") {
            filter.status_unset |= conntrack::status::kSeenReply;
        } else if (word == "SEEN_REPLY") {
            filter.status_set |= conntrack::status::kSeenReply;
        } else if (word == "ASSURED") {
            filter.status_set |= conntrack::status::kAssured;
        } else if (word == "FIXED_TIMEOUT") {
            filter.status_set |= conntrack::status::kFixedTimeout;
        } else if (word == "EXPECTED") {
            filter.status_set |= conntrack::status::kExpected;
        } else {
            return false;
        }
    }
    return true;
}

/// `a,b`, names or numbers. Returns: the word that is neither; empty: none.
std::string_view read_labels(std::string_view text, ConnectionFilter& filter) {
    const acl::text::LabelNames names = acl::text::LabelNames::of_machine();
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        auto label = names.label(word);
        if (!label) {
            label = acl::text::parse_number(word, conntrack::kLabels - 1);
        }
        if (!label || *label >= conntrack::kLabels) {
            return word;
        }
        filter.labels[*label / 64] |= std::uint64_t{1} << *label % 64;
    }
    return {};
}

bool has_labels(const conntrack::LabelBits& wanted, const conntrack::LabelBits& labels) noexcept {
    return (wanted[0] & ~labels[0]) == 0 && (wanted[1] & ~labels[1]) == 0;
}

/// What a connection is, besides its tuples.
void read_properties(Params& params, ConnectionFilter& filter, std::string& fault) {
    if (const auto mark = params.text("mark"); mark && !read_mark(*mark, filter)) {
        fault = fmt::format("invalid mark '{}'", *mark);
    }
    if (const auto status = params.text("status"); status && !read_status(*status, filter)) {
        fault = fmt::format(
            "invalid status '{}'; ASSURED, SEEN_REPLY, UNREPLIED, FIXED_TIMEOUT and EXPECTED are known",
            *status);
    }
    const std::string labels = params.text("label").value_or("");
    if (const std::string_view unknown = read_labels(labels, filter); !unknown.empty()) {
        fault = fmt::format("unknown label '{}'", unknown);
    }
    filter.nat |= params.flag("source_nat") ? conntrack::status::kSrcNat : 0U;
    filter.nat |= params.flag("destination_nat") ? conntrack::status::kDstNat : 0U;
    filter.state = params.text("state").value_or("");
    const bool has_states =
        filter.protocol && (*filter.protocol == net::kProtocolTcp || *filter.protocol == net::kProtocolSctp);
    if (!filter.state.empty() && !has_states) {
        fault = "a state needs a protocol that has states: -p tcp or sctp";
    }
}

}  // namespace

bool ConnectionFilter::matches(const Copy& connection) const noexcept {
    return !matches_none && (!protocol || *protocol == connection.original.protocol) &&
           within(source, connection.original.source) &&
           within(destination, connection.original.destination) &&
           within(reply_source, connection.reply.source) &&
           within(reply_destination, connection.reply.destination) && ports_match(*this, connection) &&
           zone_matches(*this, connection) &&
           (connection.mark & mark_mask) == (mark & mark_mask) && status_matches(*this, connection.status) &&
           has_labels(labels, connection.labels) &&
           (state.empty() || state == conntrack::state_text(connection));
}

tl::expected<ConnectionFilter, Refusal> read_filter(Params& params) {
    FilterReader reader(params);
    ConnectionFilter filter;
    filter.protocol = reader.protocol();
    filter.source = reader.prefix("source");
    filter.destination = reader.prefix("destination");
    filter.reply_source = reader.prefix("reply_source");
    filter.reply_destination = reader.prefix("reply_destination");
    filter.source_port = reader.number("source_port");
    filter.destination_port = reader.number("destination_port");
    filter.reply_source_port = reader.number("reply_source_port");
    filter.reply_destination_port = reader.number("reply_destination_port");
    filter.zone = reader.number("zone");
    filter.original_zone = reader.number("original_zone");
    filter.reply_zone = reader.number("reply_zone");
    read_properties(params, filter, reader.fault);
    if ((filter.source_port || filter.destination_port || filter.reply_source_port ||
         filter.reply_destination_port) &&
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
