// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/sip_message.h"

// What nf_nat_sip.c does.

namespace sluice::helpers::sip {

namespace {

/// An endpoint of this connection, as the other side knows it; others stay.
bool map_endpoint(Message& message, const Endpoint& endpoint) noexcept {
    const net::Tuple<Ipv4>& own = message.own();
    const net::Tuple<Ipv4>& back = message.back();
    net::Ipv4Address address;
    std::uint16_t port = 0;
    if (own.source == endpoint.address && own.source_port.host() == endpoint.port) {
        address = back.destination;
        port = back.destination_port.host();
    } else if (own.destination == endpoint.address && own.destination_port.host() == endpoint.port) {
        address = back.source;
        const auto forced = static_cast<std::uint16_t>(message.note(Note::forced_port));
        port = forced != 0 ? forced : back.source_port.host();
    } else {
        return true;
    }
    return (address == endpoint.address && port == endpoint.port) ||
           message.replace(endpoint.place, endpoint_text(address, port).view());
}

bool map_header(Message& message, Header header) noexcept {
    Endpoint endpoint;
    return find_endpoint(message.text(), 0, header, nullptr, endpoint) != Found::yes || map_endpoint(message, endpoint);
}

/// The topmost Via, if it is of this connection, with its parameters (RFC 3261, 18.2; RFC 3581).
bool map_via(Message& message, bool is_request) noexcept {
    const bool is_tcp = message.own().protocol == net::kProtocolTcp;
    Endpoint via;
    if (find_endpoint(message.text(), 0, is_tcp ? Header::via_tcp : Header::via_udp, nullptr, via) != Found::yes) {
        return true;
    }
    const net::Tuple<Ipv4>& own = message.own();
    const net::Tuple<Ipv4>& back = message.back();
    const bool is_ours = is_request ? via.address == own.source && via.port == own.source_port.host()
                                    : via.address == own.destination && via.port == own.destination_port.host();
    if (!is_ours) {
        return true;
    }
    const std::size_t before = message.text().size();
    if (!map_endpoint(message, via)) {
        return false;
    }
    const std::size_t behind = via.place.end() + message.text().size() - before;
    Endpoint parameter;
    if (find_address_parameter(message.text(), behind, "maddr=", parameter) && parameter.address == own.source &&
        parameter.address != back.destination && !message.replace(parameter.place, address_text(back.destination).view())) {
        return false;
    }
    if (find_address_parameter(message.text(), behind, "received=", parameter) && parameter.address == own.destination &&
        parameter.address != back.source && !message.replace(parameter.place, address_text(back.source).view())) {
        return false;
    }
    Place place;
    std::uint32_t port = 0;
    if (find_number_parameter(message.text(), behind, "rport=", place, port) == Found::yes &&
        static_cast<std::uint16_t>(port) == own.destination_port.host() &&
        static_cast<std::uint16_t>(port) != back.source_port.host()) {
        ShortText<5> text;
        text << std::uint32_t{back.source_port.host()};
        return message.replace(place, text.view());
    }
    return true;
}

bool map_contacts(Message& message) noexcept {
    Endpoint contact;
    bool in_header = false;
    std::size_t from = 0;
    while (find_endpoint(message.text(), from, Header::contact, &in_header, contact) == Found::yes) {
        from = contact.end;
        if (!map_endpoint(message, contact)) {
            return false;
        }
    }
    return true;
}

/// Content-Length, after the session description has changed.
bool mend_length(Message& message) noexcept {
    Place place;
    if (find_line(message.text(), 0, Line::version, Line::none, place) != Found::yes) {
        return false;
    }
    constexpr std::size_t kVersion = 2;  // "v="
    ShortText<10> text;
    text << static_cast<std::uint32_t>(message.text().size() - place.at + kVersion);
    return find_header(message.text(), 0, Header::content_length, place) == Found::yes && message.replace(place, text.view());
}

/// Nothing where the line is not there.
std::optional<bool> replace_line_address(Message& message, std::size_t from, Line line, net::Ipv4Address address) noexcept {
    Place place;
    if (find_line(message.text(), from, line, Line::media, place) != Found::yes) {
        return std::nullopt;
    }
    return message.replace(place, address_text(address).view());
}

/// What is announced in the place of an address behind it (nf_nat_sip_expect, nf_nat_sdp_media).
net::Ipv4Address announced_address(const Message& message, net::Ipv4Address own) noexcept {
    return message.own().source == message.back().destination ? own : message.back().destination;
}

void follow_sip(const Message& message, Expectation<Ipv4>& expectation, net::Ipv4Address announced) noexcept {
    expectation.saved_address = expectation.tuple.destination;
    expectation.saved_port = expectation.tuple.destination_port;
    expectation.tuple.destination = announced;
    expectation.way = conntrack::other(message.visit().way);
    expectation.follow = conntrack::Follow::sip;
}

}  // namespace

bool translate(Message& message) noexcept {
    constexpr std::string_view kResponse = "SIP/2.0";
    const bool is_request = !starts_nocase(message.text(), kResponse);
    Endpoint endpoint;
    if (is_request && find_request_endpoint(message.text(), endpoint) == Found::yes && !map_endpoint(message, endpoint)) {
        return false;
    }
    if (!map_via(message, is_request) || !map_contacts(message) || !map_header(message, Header::from) ||
        !map_header(message, Header::to)) {
        return false;
    }
    const auto forced = static_cast<std::uint16_t>(message.note(Note::forced_port));
    if (message.visit().way == Way::reply && forced != 0 && message.own().protocol == net::kProtocolUdp) {
        reinterpret_cast<net::UdpHeader*>(message.visit().payload.all().data())->destination_port = base::Be16::from_host(forced);
        message.visit().payload.note_change();
    }
    return true;
}

bool announce_contact(Message& message, Expectation<Ipv4> expectation, Place place) noexcept {
    const net::Ipv4Address address = announced_address(message, expectation.tuple.destination);
    const auto forced = static_cast<std::uint16_t>(message.note(Note::forced_port));
    const std::uint16_t source_port = forced != 0 ? forced : message.own().source_port.host();
    follow_sip(message, expectation, address);
    // where the contact is where this connection comes from, calls may come to where it is seen
    if (expectation.tuple.destination_port.host() == source_port) {
        expectation.tuple.destination_port = message.back().destination_port;
    }
    const std::uint16_t port = expect_at_some_port(message.visit(), expectation);
    if (port == 0) {
        return false;
    }
    if ((address != expectation.saved_address || port != expectation.saved_port.host()) &&
        !message.replace(place, endpoint_text(address, port).view())) {
        withdraw(message.visit(), expectation);
        return false;
    }
    return true;
}

bool announce_media(Message& message, Expectation<Ipv4> rtp, Expectation<Ipv4> rtcp, Place place,
                    net::Ipv4Address& address) noexcept {
    address = announced_address(message, rtp.tuple.destination);
    follow_sip(message, rtp, address);
    follow_sip(message, rtcp, address);
    Visit& visit = message.visit();
    std::uint16_t port = rtp.tuple.destination_port.host();
    // Ends: no more are expected at once than there are in all.
    for (;; port = static_cast<std::uint16_t>(port + 2)) {
        if (port == 0) {
            return false;
        }
        rtp.tuple.destination_port = base::Be16::from_host(port);
        const ExpectResult first = expect(visit, rtp, true);
        if (first == ExpectResult::taken) {
            continue;
        }
        if (first != ExpectResult::added) {
            return false;
        }
        rtcp.tuple.destination_port = base::Be16::from_host(static_cast<std::uint16_t>(port + 1));
        const ExpectResult second = expect(visit, rtcp, true);
        if (second == ExpectResult::added) {
            break;
        }
        withdraw(visit, rtp);
        if (second != ExpectResult::taken) {
            return false;
        }
    }
    if (port != rtp.saved_port.host() && !replace_media_port(message, place, port)) {
        withdraw(visit, rtp);
        withdraw(visit, rtcp);
        return false;
    }
    return true;
}

bool replace_media_port(Message& message, Place place, std::uint16_t port) noexcept {
    ShortText<5> text;
    text << std::uint32_t{port};
    return message.replace(place, text.view()) && mend_length(message);
}

bool replace_media_address(Message& message, std::size_t from, net::Ipv4Address address) noexcept {
    return replace_line_address(message, from, Line::connection, address).value_or(false) && mend_length(message);
}

bool replace_session_address(Message& message, std::size_t from, net::Ipv4Address address) noexcept {
    return replace_line_address(message, from, Line::owner, address).value_or(false) &&
           replace_line_address(message, from, Line::connection, address).value_or(true) && mend_length(message);
}

}  // namespace sluice::helpers::sip
