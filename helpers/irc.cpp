// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/irc.h"

#include <array>
#include <optional>

#include "helpers/text.h"

namespace sluice::helpers {

namespace {

constexpr std::size_t kLongestSearch = 4095;
constexpr std::array<std::string_view, 5> kKinds = {"SEND ", "CHAT ", "MOVE ", "TSEND ", "SCHAT "};

struct Offer {
    net::Ipv4Address address;
    std::uint16_t port = 0;
    std::size_t at = 0;  ///< address and port, from here
    std::size_t length = 0;
};

/// What follows the kind of a DCC command: an argument, the address as one number, the port. The line must be whole.
std::optional<Offer> read_offer(std::string_view text, std::size_t at) noexcept {
    constexpr std::size_t kLeastBehind = 12;  // "AAAAAAAA P\1\n"
    const std::size_t space = text.find(' ', at);
    if (space == std::string_view::npos || (space != at && space + kLeastBehind > text.size())) {
        return std::nullopt;
    }
    if (text.find('\n', space + 1) == std::string_view::npos) {
        return std::nullopt;
    }
    Offer offer;
    offer.at = space + 1;
    std::string_view rest = text.substr(offer.at);
    offer.address = net::Ipv4Address::from_host(static_cast<std::uint32_t>(take_number(rest)));
    while (!rest.empty() && rest.front() == ' ') {
        rest.remove_prefix(1);
    }
    offer.port = static_cast<std::uint16_t>(take_number(rest));
    offer.length = text.size() - rest.size() - offer.at;
    return offer;
}

Outcome follow(Visit& visit, const Offer& offer) noexcept {
    Expectation<Ipv4> expectation =
        expectation_of(visit, net::kProtocolTcp, nullptr, visit.tuple(Way::reply).destination, base::Be16::from_host(offer.port));
    if (!visit.is_translated()) {
        return expect(visit, expectation) == ExpectResult::added ? Outcome::accept : Outcome::drop;
    }
    expectation.saved_port = expectation.tuple.destination_port;
    expectation.way = Way::reply;
    expectation.follow = conntrack::Follow::master;
    const std::uint16_t port = expect_at_some_port(visit, expectation);
    if (port == 0) {
        return Outcome::drop;
    }
    ShortText<20> text;
    text << visit.tuple(Way::reply).destination.host() << " " << std::uint32_t{port};
    if (!visit.payload.replace(offer.at, offer.length, text.view())) {
        withdraw(visit, expectation);
        return Outcome::drop;
    }
    return Outcome::accept;
}

/// Where messages may begin: behind PRIVMSG, which all but the shortest texts must begin with.
std::optional<std::size_t> start_in(std::string_view text) noexcept {
    constexpr std::size_t kLeast = 10;  // "PRIVMSG x "
    constexpr std::string_view kPrivate = "PRIVMSG ";
    std::size_t at = 0;
    while (at + kLeast < text.size() && (text[at] == ' ' || text[at] == '\r' || text[at] == '\n')) {
        ++at;
    }
    if (at + kLeast >= text.size()) {
        return at;
    }
    return starts_nocase(text.substr(at), kPrivate) ? std::optional(at + kPrivate.size()) : std::nullopt;
}

/// Whether the client speaks of itself.
bool is_its_own(const Visit& visit, const Offer& offer) noexcept {
    return offer.port != 0 && (offer.address == visit.tuple(Way::original).source ||
                               offer.address == visit.tuple(Way::reply).destination);
}

}  // namespace

Outcome help_irc(Visit& visit) noexcept {
    constexpr std::string_view kDcc = "\1DCC ";
    constexpr std::size_t kLeastOffer = 26;  // " :\1DCC SENT t AAAAAAAA P\1\n"
    if (visit.way == Way::reply || visit.state != CtState::established) {
        return Outcome::accept;
    }
    const std::string_view text = visit.payload.text().substr(0, kLongestSearch);
    const auto start = start_in(text);
    if (!start) {
        return Outcome::accept;
    }
    for (std::size_t at = *start;;) {
        at = text.find(" :", at);
        if (at == std::string_view::npos || at + kLeastOffer >= text.size() || text.substr(at + 2, kDcc.size()) != kDcc) {
            return Outcome::accept;
        }
        at += 2 + kDcc.size();
        for (const std::string_view kind : kKinds) {
            if (text.substr(at, kind.size()) != kind) {
                continue;
            }
            at += kind.size();
            const auto offer = read_offer(text, at);
            if (offer && is_its_own(visit, *offer)) {
                return follow(visit, *offer);
            }
        }
    }
}

}  // namespace sluice::helpers
