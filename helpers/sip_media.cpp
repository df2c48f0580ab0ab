// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <optional>

#include "helpers/sip_message.h"

namespace sluice::helpers::sip {

namespace {

struct MediaKind {
    std::string_view name;
    Class expect_class;
};
constexpr std::array<MediaKind, 3> kMediaKinds = {{{"audio ", Class::audio}, {"video ", Class::video}, {"image ", Class::image}}};

/// A stream, as it is described.
struct Media {
    net::Ipv4Address address;
    std::uint16_t port = 0;
    Class expect_class = Class::audio;
    Place place;  ///< of the port
};

/// What another connection has announced already, where its stream goes when both are seen from outside: those two can
/// reach each other directly (set_expected_rtp_rtcp).
struct Known {
    bool is_expected = false;
    bool is_direct = false;
    net::Ipv4Address address;
    std::uint16_t port = 0;
};

Known known_already(const Message& message, const Media& media, net::Ipv4Address source) noexcept {
    const Visit& visit = message.visit();
    Known known{.address = media.address, .port = media.port};
    net::Tuple<Ipv4> tuple{};
    tuple.source = source;
    tuple.protocol = net::kProtocolUdp;
    tuple.zone = visit.tuple(Way::original).zone;
    while (!known.is_expected) {
        tuple.destination = known.address;
        tuple.destination_port = base::Be16::from_host(known.port);
        const auto other = visit.table.expectations().find(tuple, visit.now);
        if (!other || other->master == visit.table.index(visit.connection) || other->expected_by != HelperId::sip ||
            other->expect_class != static_cast<std::uint8_t>(media.expect_class)) {
            break;
        }
        const bool was_announced_anew =
            other->saved_address != other->tuple.destination || other->saved_port != other->tuple.destination_port;
        if (!known.is_direct && was_announced_anew && visit.is_translated()) {
            known.address = other->saved_address;
            known.port = other->saved_port.host();
            known.is_direct = true;
        } else {
            known.is_expected = true;
        }
    }
    return known;
}

/// Both of a pair as they stand; what another connection expects alike will do.
Outcome expect_pair(Visit& visit, const Expectation<Ipv4>& rtp, const Expectation<Ipv4>& rtcp) noexcept {
    const ExpectResult first = expect(visit, rtp, true);
    if (first != ExpectResult::added && first != ExpectResult::known) {
        return Outcome::drop;
    }
    const ExpectResult second = expect(visit, rtcp, true);
    if (second == ExpectResult::added || second == ExpectResult::known) {
        return Outcome::accept;
    }
    if (first == ExpectResult::added) {
        withdraw(visit, rtp);
    }
    return Outcome::drop;
}

/// Expects a stream and, on the port behind it, its control stream (RFC 3550, 11). `media.address` becomes the address
/// that is announced in its place.
Outcome expect_media(Message& message, Media& media) noexcept {
    Visit& visit = message.visit();
    // Media go between the ends of the signalling only (sip_direct_media): who names another host opens nothing (ALG-4).
    if (media.address != message.own().source) {
        return Outcome::accept;
    }
    const net::Ipv4Address source = message.back().source;
    const Known known = known_already(message, media, source);
    media.address = known.address;
    const auto rtp_port = static_cast<std::uint16_t>(known.port & 0xfffeU);
    if (known.is_direct && !replace_media_port(message, media.place, rtp_port)) {
        return Outcome::drop;
    }
    if (known.is_expected) {
        return Outcome::accept;
    }
    Expectation<Ipv4> rtp = expectation_of(visit, net::kProtocolUdp, &source, media.address, base::Be16::from_host(rtp_port));
    rtp.expect_class = static_cast<std::uint8_t>(media.expect_class);
    Expectation<Ipv4> rtcp = rtp;
    rtcp.tuple.destination_port = base::Be16::from_host(static_cast<std::uint16_t>(rtp_port + 1));
    if (visit.is_translated() && !known.is_direct) {
        return announce_media(message, rtp, rtcp, media.place, media.address) ? Outcome::accept : Outcome::drop;
    }
    return expect_pair(visit, rtp, rtcp);
}

const MediaKind* kind_at(std::string_view text, Place place) noexcept {
    for (const MediaKind& kind : kMediaKinds) {
        if (place.of(text).starts_with(kind.name)) {
            return &kind;
        }
    }
    return nullptr;
}

}  // namespace

Outcome follow_media(Message& message) noexcept {
    Place place;
    if (find_line(message.text(), 0, Line::version, Line::none, place) != Found::yes) {
        return Outcome::accept;
    }
    const std::size_t session = place.at;
    net::Ipv4Address session_address;
    const bool has_session_address =
        find_line_address(message.text(), session, Line::connection, Line::media, place, session_address) == Found::yes;
    Media media;
    Place line{.at = session};
    for (std::size_t streams = 0; streams < kMediaKinds.size();) {
        if (find_line(message.text(), line.at, Line::media, Line::none, line) != Found::yes) {
            break;
        }
        const MediaKind* kind = kind_at(message.text(), line);
        if (kind == nullptr) {
            line.at += line.length;
            continue;
        }
        line = {line.at + kind->name.size(), line.length - kind->name.size()};
        std::string_view digits = line.of(message.text());
        const std::uint64_t port = take_number(digits);
        if (port == 0) {
            continue;  // not in use
        }
        if (port < 1024 || port > 65535) {
            return Outcome::drop;
        }
        const bool has_own_address =
            find_line_address(message.text(), line.at, Line::connection, Line::media, place, media.address) == Found::yes;
        if (!has_own_address) {
            if (!has_session_address) {
                return Outcome::drop;
            }
            media.address = session_address;
        }
        media.port = static_cast<std::uint16_t>(port);
        media.expect_class = kind->expect_class;
        media.place = line;
        if (expect_media(message, media) != Outcome::accept) {
            return Outcome::drop;
        }
        if (has_own_address && message.visit().is_translated() && !replace_media_address(message, line.at, media.address)) {
            return Outcome::drop;
        }
        ++streams;
    }
    const bool is_done = !message.visit().is_translated() || replace_session_address(message, session, media.address);
    return is_done ? Outcome::accept : Outcome::drop;
}

}  // namespace sluice::helpers::sip
