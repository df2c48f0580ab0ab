// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/sip.h"

#include <array>
#include <optional>

#include "helpers/sip_message.h"

namespace sluice::helpers {

namespace {

using namespace sip;

constexpr std::uint32_t kTimeout_s = 3600;
constexpr std::string_view kLeast = "SIP/2.0 200";
constexpr std::string_view kResponse = "SIP/2.0 ";

void forget_if(Message& message, bool media) noexcept {
    Visit& visit = message.visit();
    visit.table.expectations().remove_if(visit.help, visit.table.index(visit.connection), [&](const Expectation<Ipv4>& each) {
        return (static_cast<Class>(each.expect_class) != Class::signalling) == media;
    });
}

/// True where there is one: `number` gets it.
bool read_number(std::string_view text, Header header, std::uint32_t& number) noexcept {
    Place place;
    if (find_header(text, 0, header, place) != Found::yes) {
        return false;
    }
    std::string_view digits = place.of(text);
    number = static_cast<std::uint32_t>(take_number(digits));
    return true;
}

/// The transport that a contact asks for; only this connection's own is followed.
bool is_own_transport(const Message& message, std::size_t from) noexcept {
    const auto transport = find_parameter(message.text(), from, "transport=");
    if (!transport) {
        return true;
    }
    const std::string_view name = message.text().substr(transport->at);
    return starts_nocase(name, message.own().protocol == net::kProtocolTcp ? "TCP" : "UDP");
}

/// A contact is registered: calls are expected there once the registrar has said yes.
Outcome follow_register(Message& message, std::uint32_t sequence) noexcept {
    Visit& visit = message.visit();
    if (visit.connection.has(conntrack::status::kExpected)) {
        return Outcome::accept;
    }
    std::uint32_t expires = 0;
    read_number(message.text(), Header::expires, expires);
    Endpoint contact;
    const Found found = find_endpoint(message.text(), 0, Header::contact, nullptr, contact);
    if (found != Found::yes) {
        return found == Found::bad ? Outcome::drop : Outcome::accept;
    }
    if (contact.address != message.own().source || !is_own_transport(message, contact.place.end())) {
        return Outcome::accept;  // of another host: nothing is opened (ALG-4)
    }
    Place place;
    if (find_number_parameter(message.text(), contact.place.end(), "expires=", place, expires) == Found::bad) {
        return Outcome::drop;
    }
    if (expires != 0) {
        Expectation<Ipv4> expectation = expectation_of(visit, message.own().protocol, &message.back().source, contact.address,
                                                       base::Be16::from_host(contact.port));
        expectation.expect_class = static_cast<std::uint8_t>(Class::signalling);
        expectation.helper = HelperId::sip;
        expectation.permanent = true;
        expectation.inactive = true;
        const bool could = visit.is_translated() ? announce_contact(message, expectation, contact.place)
                                                 : expect(visit, expectation) == ExpectResult::added;
        if (!could) {
            return Outcome::drop;
        }
    }
    message.note(Note::register_sequence, sequence);
    return Outcome::accept;
}

/// True where the registered contact is expected from now on, for as long as the registrar says.
bool activate(Message& message, const Endpoint& contact, std::uint32_t expires) noexcept {
    Visit& visit = message.visit();
    bool found = false;
    visit.table.expectations().change_each(
        visit.help, visit.table.index(visit.connection), [&](Expectation<Ipv4>& each) {
            const bool is_it = !found && static_cast<Class>(each.expect_class) == Class::signalling &&
                               each.tuple.destination == contact.address && each.tuple.protocol == message.own().protocol &&
                               each.tuple.destination_port.host() == contact.port;
            if (is_it) {
                constexpr std::uint32_t kLongest_s = 100U * 24U * 3600U;
                each.deadline = visit.now + std::min(expires, kLongest_s) * base::kTicksPerSecond;
                each.inactive = false;
                found = true;
            }
            return is_it;
        });
    return found;
}

Outcome follow_register_response(Message& message, std::uint32_t sequence, unsigned code) noexcept {
    if (message.note(Note::register_sequence) != sequence || (code >= 100 && code <= 199)) {
        return Outcome::accept;
    }
    if (code >= 200 && code <= 299) {
        std::uint32_t expires = 0;
        read_number(message.text(), Header::expires, expires);
        Endpoint contact;
        bool in_header = false;
        for (std::size_t from = 0;;) {
            const Found found = find_endpoint(message.text(), from, Header::contact, &in_header, contact);
            if (found == Found::bad) {
                return Outcome::drop;
            }
            if (found == Found::no) {
                break;
            }
            from = contact.end;
            if (contact.address != message.own().destination || !is_own_transport(message, contact.place.end())) {
                continue;
            }
            std::uint32_t of_contact = expires;
            Place place;
            if (find_number_parameter(message.text(), contact.place.end(), "expires=", place, of_contact) == Found::bad) {
                return Outcome::drop;
            }
            if (of_contact == 0) {
                break;
            }
            if (activate(message, contact, of_contact)) {
                return Outcome::accept;
            }
        }
    }
    forget_if(message, false);
    return Outcome::accept;
}

enum class Method : std::uint8_t { invite, update, ack, prack, bye, registration };
struct MethodName {
    std::string_view name;
    Method method;
    bool has_response;
};
constexpr std::array<MethodName, 6> kMethods = {{{"INVITE", Method::invite, true},
                                                 {"UPDATE", Method::update, true},
                                                 {"ACK", Method::ack, false},
                                                 {"PRACK", Method::prack, true},
                                                 {"BYE", Method::bye, false},
                                                 {"REGISTER", Method::registration, true}}};

Outcome follow_request(Message& message, Method method, std::uint32_t sequence) noexcept {
    switch (method) {
        case Method::invite: {
            forget_if(message, true);
            const Outcome outcome = follow_media(message);
            if (outcome == Outcome::accept) {
                message.note(Note::invite_sequence, sequence);
            }
            return outcome;
        }
        case Method::update:
        case Method::ack:
        case Method::prack: return follow_media(message);
        case Method::bye: forget_if(message, true); return Outcome::accept;
        case Method::registration: return follow_register(message, sequence);
    }
    return Outcome::accept;
}

/// Of a phone that sends from one port and listens on another, the Via header says so.
void note_forced_port(Message& message) noexcept {
    Endpoint via;
    if (find_endpoint(message.text(), 0, Header::via_udp, nullptr, via) == Found::yes &&
        via.port != message.own().source_port.host() && via.address == message.own().source) {
        message.note(Note::forced_port, via.port);
    }
}

Outcome request(Message& message) noexcept {
    note_forced_port(message);
    for (const MethodName& method : kMethods) {
        const std::string_view text = message.text();
        const std::size_t length = method.name.size();
        if (text.size() < length + 2 || !starts_nocase(text, method.name) || text[length] != ' ' || lower(text[length + 1]) < 'a' ||
            lower(text[length + 1]) > 'z') {
            continue;
        }
        std::uint32_t sequence = 0;
        return read_number(text, Header::cseq, sequence) ? follow_request(message, method.method, sequence) : Outcome::drop;
    }
    return Outcome::accept;
}

Outcome response(Message& message) noexcept {
    const std::string_view text = message.text();
    if (text.size() < kLeast.size()) {
        return Outcome::accept;
    }
    std::string_view rest = text.substr(kResponse.size());
    const auto code = static_cast<unsigned>(take_number(rest));
    Place place;
    if (code == 0 || find_header(text, 0, Header::cseq, place) != Found::yes) {
        return Outcome::drop;
    }
    std::string_view digits = place.of(text);
    const auto sequence = static_cast<std::uint32_t>(take_number(digits));
    for (const MethodName& method : kMethods) {
        if (!method.has_response || text.size() < place.end() + 1 + method.name.size() ||
            !starts_nocase(text.substr(place.end() + 1), method.name)) {
            continue;
        }
        if (method.method == Method::registration) {
            return follow_register_response(message, sequence, code);
        }
        if (code >= 100 && code <= 299) {
            return follow_media(message);
        }
        if (message.note(Note::invite_sequence) == sequence) {
            forget_if(message, true);  // the call is not taken
        }
        return Outcome::accept;
    }
    return Outcome::accept;
}

Outcome follow(Message& message) noexcept {
    const Outcome outcome = starts_nocase(message.text(), kResponse) ? response(message) : request(message);
    if (outcome == Outcome::accept && message.visit().is_translated() && !translate(message)) {
        return Outcome::drop;
    }
    return outcome;
}

/// How long the first message of a stream is; nothing where that is not known yet, or it is not all there.
std::optional<std::size_t> message_length(std::string_view text) noexcept {
    constexpr std::string_view kEnd = "\r\n\r\n";
    Place place;
    if (find_header(text, 0, Header::content_length, place) != Found::yes) {
        return std::nullopt;
    }
    std::string_view digits = place.of(text);
    const auto content = static_cast<std::uint32_t>(take_number(digits));
    const std::size_t end = text.find(kEnd, place.end());
    if (end == std::string_view::npos || end + kEnd.size() + content > text.size()) {
        return std::nullopt;
    }
    return end + kEnd.size() + content;
}

Outcome follow_stream(Visit& visit) noexcept {
    std::size_t at = 0;
    for (;;) {
        const auto length = message_length(visit.payload.text().substr(at));
        if (!length) {
            return Outcome::accept;
        }
        Message message(visit, at, *length);
        const Outcome outcome = follow(message);
        if (outcome != Outcome::accept) {
            return outcome;
        }
        at += message.text().size();
    }
}

}  // namespace

Outcome help_sip(Visit& visit) noexcept {
    const bool is_tcp = visit.tuple(Way::original).protocol == net::kProtocolTcp;
    if (is_tcp && visit.state != CtState::established) {
        return Outcome::accept;
    }
    visit.table.refresh(visit.worker, visit.connection, visit.way, kTimeout_s * base::kTicksPerSecond, visit.now);
    if (visit.payload.text().size() < kLeast.size()) {
        return Outcome::accept;
    }
    if (is_tcp) {
        return follow_stream(visit);
    }
    Message message(visit, 0, visit.payload.text().size());
    return follow(message);
}

}  // namespace sluice::helpers
