// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/conntrack_filter.h"

#include <fmt/core.h>

#include <limits>

namespace sluice::ctrlplane::control {

namespace {

using conntrack::has_ports;

bool has_keys(std::uint8_t protocol) noexcept {
    return has_ports(protocol) || protocol == net::kProtocolGre || protocol == net::kProtocolIcmp;
}

/// A filter's values, read one after the other; the first fault is kept.
class FilterReader {
public:
    explicit FilterReader(Params& params) : params_(params) {}

    /// An address, a prefix, or an address with a mask in the parameter `mask_name`.
    AddressFilter address(std::string_view name, std::string_view mask_name = {}) {
        const auto text = params_.text(name);
        const auto mask_text = mask_name.empty() ? std::nullopt : params_.text(mask_name);
        if (!text) {
            if (mask_text) {
                const std::string_view word = name == "source" ? "src" : "dst";
                complain(fmt::format("Can't use --mask-{} without --{}", word, word));
            }
            return {};
        }
        const std::size_t slash = text->find('/');
        const auto prefix = net::parse_ipv4_prefix(*text);
        if (!prefix) {
            const bool is_address = slash != std::string::npos && net::parse_ipv4(std::string_view(*text).substr(0, slash));
            complain(is_address ? std::string("Invalid netmask") : fmt::format("Invalid IP address `{}'", *text));
            return {};
        }
        AddressFilter filter{prefix->address.host(), net::ipv4_mask(prefix->length)};
        if (mask_text) {
            const auto mask = net::parse_ipv4(*mask_text);
            if (!mask) {
                complain(fmt::format("Invalid IP address `{}'", *mask_text));
                return {};
            }
            filter.mask = mask->host();
        }
        return filter;
    }
    template <class Number>
    std::optional<Number> number(std::string_view name) {
        const auto number = params_.number(name, std::numeric_limits<Number>::max());
        return number ? std::optional(static_cast<Number>(*number)) : std::nullopt;
    }
    std::optional<std::uint8_t> protocol() {
        const auto text = params_.text("protocol");
        if (!text) {
            return std::nullopt;
        }
        const auto number = protocol_of(*text);
        if (!number) {
            complain(fmt::format("`{}' unsupported protocol", *text));
        }
        return number;
    }
    /// True, or an address with or without a port.
    std::optional<NatFilter> nat(std::string_view name, std::string_view address_name) {
        const bool is_asked = params_.flag(name);
        const auto text = params_.text(address_name);
        if (!text) {
            return is_asked ? std::optional(NatFilter{}) : std::nullopt;
        }
        auto filter = read_nat(*text);
        if (!filter) {
            complain(filter.error());
            return std::nullopt;
        }
        return *filter;
    }
    void complain(std::string message) {
        if (fault.empty()) {
            fault = std::move(message);
        }
    }

    std::string fault;

private:
    Params& params_;
};

bool is(const std::optional<std::uint16_t>& port, base::Be16 other) noexcept {
    return !port || *port == other.host();
}

bool ports_match(const ConnectionFilter& filter, const ConnectionFilter::Copy& connection) noexcept {
    const std::uint16_t type_code = connection.original.destination_port.host();
    return is(filter.source_port, connection.original.source_port) &&
           is(filter.destination_port, connection.original.destination_port) &&
           is(filter.reply_source_port, connection.reply.source_port) &&
           is(filter.reply_destination_port, connection.reply.destination_port) &&
           filter.icmp_type.value_or(type_code >> 8U) == type_code >> 8U &&
           filter.icmp_code.value_or(type_code & 0xffU) == (type_code & 0xffU);
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
    return (status & filter.status_set) == filter.status_set && (status & filter.status_unset) == 0;
}

/// In: what the end would be without translation, and what it is.
bool is_translated(const NatFilter& filter, net::Ipv4Address before, base::Be16 port_before, net::Ipv4Address after,
                   base::Be16 port_after) noexcept {
    if (!filter.address && !filter.port) {
        return before != after || port_before != port_after;
    }
    return (!filter.address || (before != after && *filter.address == after)) &&
           (!filter.port || (port_before != port_after && *filter.port == port_after.host()));
}

bool nat_matches(const ConnectionFilter& filter, const ConnectionFilter::Copy& connection) noexcept {
    if (!filter.source_nat && !filter.destination_nat) {
        return true;
    }
    const net::Tuple<net::Ipv4> plain = net::reply_of(connection.original);
    const net::Tuple<net::Ipv4>& reply = connection.reply;
    const bool source = filter.source_nat && (connection.status & conntrack::status::kSrcNat) != 0 &&
                        is_translated(*filter.source_nat, plain.destination, plain.destination_port,
                                      reply.destination, reply.destination_port);
    const bool destination = filter.destination_nat && (connection.status & conntrack::status::kDstNat) != 0 &&
                             is_translated(*filter.destination_nat, plain.source, plain.source_port, reply.source,
                                           reply.source_port);
    return filter.is_any_nat ? source || destination
                             : (!filter.source_nat || source) && (!filter.destination_nat || destination);
}

bool has_labels(const conntrack::LabelBits& wanted, const conntrack::LabelBits& labels) noexcept {
    return (wanted[0] & ~labels[0]) == 0 && (wanted[1] & ~labels[1]) == 0;
}

bool is_state(std::uint8_t protocol, std::string_view name) {
    const bool is_tcp = protocol == net::kProtocolTcp;
    const unsigned states = is_tcp ? conntrack::kTcpStates : conntrack::kSctpStates;
    for (unsigned i = 0; i < states; ++i) {
        if (name == (is_tcp ? conntrack::tcp_state_name(static_cast<conntrack::TcpState>(i))
                            : conntrack::sctp_state_name(static_cast<conntrack::SctpState>(i)))) {
            return true;
        }
    }
    return false;
}

/// What a connection is, besides its tuples.
void read_properties(Params& params, ConnectionFilter& filter, FilterReader& reader) {
    if (const auto text = params.text("mark")) {
        const auto mark = read_mark(*text);
        filter.mark = mark ? mark->first : 0;
        filter.mark_mask = mark ? mark->second : 0;
        if (!mark) {
            reader.complain(fmt::format("invalid mark '{}'", *text));
        }
    }
    if (const auto text = params.text("status")) {
        const auto status = read_status(*text);
        if (status) {
            filter.status_set = status->set;
            filter.status_unset = status->unset;
        } else {
            reader.complain(fmt::format("Bad parameter `{}'", status.error()));
        }
    }
    if (const auto labels = read_labels(params.text("label").value_or(""))) {
        filter.labels = *labels;
    } else {
        reader.complain(fmt::format("unknown label '{}'", labels.error()));
    }
    filter.source_nat = reader.nat("source_nat", "source_nat_to");
    filter.destination_nat = reader.nat("destination_nat", "destination_nat_to");
    if (const auto any = reader.nat("any_nat", "any_nat_to")) {
        if (filter.source_nat || filter.destination_nat) {
            reader.complain("cannot specify `--src-nat' or `--dst-nat' with `--any-nat'");
        }
        filter.source_nat = any;
        filter.destination_nat = any;
        filter.is_any_nat = true;
    }
    filter.id = reader.number<std::uint32_t>("id");
    filter.state = params.text("state").value_or("");
    const bool has_states =
        filter.protocol && (*filter.protocol == net::kProtocolTcp || *filter.protocol == net::kProtocolSctp);
    if (!filter.state.empty() && !has_states) {
        reader.complain("a state needs a protocol that has states: -p tcp or sctp");
    } else if (!filter.state.empty() && !is_state(*filter.protocol, filter.state)) {
        const bool is_tcp = *filter.protocol == net::kProtocolTcp;
        reader.complain(fmt::format("unknown {} state `{}'", is_tcp ? "TCP" : "SCTP", filter.state));
    }
}

void read_ports(ConnectionFilter& filter, FilterReader& reader) {
    filter.source_port = reader.number<std::uint16_t>("source_port");
    filter.destination_port = reader.number<std::uint16_t>("destination_port");
    filter.reply_source_port = reader.number<std::uint16_t>("reply_source_port");
    filter.reply_destination_port = reader.number<std::uint16_t>("reply_destination_port");
    filter.icmp_type = reader.number<std::uint8_t>("icmp_type");
    filter.icmp_code = reader.number<std::uint8_t>("icmp_code");
    const auto id = reader.number<std::uint16_t>("icmp_id");
    const bool is_icmp = filter.protocol && *filter.protocol == net::kProtocolIcmp;
    if ((filter.icmp_type || filter.icmp_code || id) && !is_icmp) {
        reader.complain("what is ICMP's needs its protocol: -p icmp");
    }
    const bool has_port = filter.source_port || filter.destination_port || filter.reply_source_port ||
                          filter.reply_destination_port;
    if (has_port && (is_icmp || !(filter.protocol && has_keys(*filter.protocol)))) {
        reader.complain("a port needs a protocol that has ports: -p tcp, udp, udplite, sctp, dccp, or gre");
    }
    filter.source_port = id ? id : filter.source_port;
}

}  // namespace

bool ConnectionFilter::matches(const Copy& connection) const noexcept {
    return !matches_none && (!protocol || *protocol == connection.original.protocol) &&
           source.holds(connection.original.source) && destination.holds(connection.original.destination) &&
           reply_source.holds(connection.reply.source) && reply_destination.holds(connection.reply.destination) &&
           ports_match(*this, connection) && zone_matches(*this, connection) &&
           (connection.mark & mark_mask) == (mark & mark_mask) && status_matches(*this, connection.status) &&
           nat_matches(*this, connection) && has_labels(labels, connection.labels) &&
           (!id || *id == connection.id) && (state.empty() || state == conntrack::state_text(connection));
}

tl::expected<ConnectionFilter, Refusal> read_filter(Params& params) {
    FilterReader reader(params);
    ConnectionFilter filter;
    filter.protocol = reader.protocol();
    filter.source = reader.address("source", "source_mask");
    filter.destination = reader.address("destination", "destination_mask");
    filter.reply_source = reader.address("reply_source");
    filter.reply_destination = reader.address("reply_destination");
    filter.zone = reader.number<std::uint16_t>("zone");
    filter.original_zone = reader.number<std::uint16_t>("original_zone");
    filter.reply_zone = reader.number<std::uint16_t>("reply_zone");
    read_ports(filter, reader);
    read_properties(params, filter, reader);
    if (const auto family = params.text("family"); family && *family != "ipv4") {
        filter.matches_none = *family == "ipv6";
        if (!filter.matches_none) {
            reader.complain(fmt::format("`{}' unsupported protocol", *family));
        }
    }
    if (!reader.fault.empty()) {
        return conntrack_refusal(reader.fault);
    }
    return filter;
}

}  // namespace sluice::ctrlplane::control
