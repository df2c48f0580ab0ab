// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/amanda.h"

#include <array>
#include <optional>

#include "helpers/text.h"

namespace sluice::helpers {

namespace {

constexpr std::uint32_t kMasterTimeout_s = 300;
constexpr std::array<std::string_view, 4> kStreams = {"DATA ", "MESG ", "INDEX ", "STATE "};

struct Port {
    std::uint16_t port = 0;
    std::size_t at = 0;
    std::size_t length = 0;
};

/// The port of a stream in the line that begins at `begin`. The line's end is looked for anew: the text changes.
std::optional<Port> port_of(std::string_view text, std::size_t begin, std::string_view stream) noexcept {
    constexpr std::size_t kLongest = 5;
    const std::size_t end = text.find('\n', begin);
    const std::size_t found = text.substr(0, end).find(stream, begin);
    if (end == std::string_view::npos || found == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t at = found + stream.size();
    std::string_view digits = text.substr(at, std::min(kLongest, end - at));
    const std::size_t before = digits.size();
    const auto port = static_cast<std::uint16_t>(take_number(digits));
    return Port{port, at, before - digits.size()};
}

bool translate(Visit& visit, const Port& port, Expectation<Ipv4> expectation) noexcept {
    expectation.saved_port = expectation.tuple.destination_port;
    expectation.way = Way::original;
    expectation.follow = conntrack::Follow::master;
    const std::uint16_t announced = expect_at_some_port(visit, expectation);
    if (announced == 0) {
        return false;
    }
    ShortText<5> text;
    text << std::uint32_t{announced};
    if (!visit.payload.replace(port.at, port.length, text.view())) {
        withdraw(visit, expectation);
        return false;
    }
    return true;
}

}  // namespace

Outcome help_amanda(Visit& visit) noexcept {
    constexpr std::string_view kConnect = "CONNECT ";
    if (visit.way == Way::original) {
        return Outcome::accept;
    }
    visit.table.refresh(visit.worker, visit.connection, visit.way, kMasterTimeout_s * base::kTicksPerSecond, visit.now);
    const std::size_t connect = visit.payload.text().find(kConnect);
    if (connect == std::string_view::npos) {
        return Outcome::accept;
    }
    Outcome outcome = Outcome::accept;
    for (const std::string_view stream : kStreams) {
        const auto port = port_of(visit.payload.text(), connect + kConnect.size(), stream);
        if (!port) {
            continue;
        }
        if (port->port == 0) {
            break;
        }
        const net::Tuple<Ipv4>& original = visit.tuple(Way::original);
        const Expectation<Ipv4> expectation = expectation_of(visit, net::kProtocolTcp, &original.source, original.destination,
                                                             base::Be16::from_host(port->port));
        const bool could = visit.is_translated() ? translate(visit, *port, expectation)
                                                 : expect(visit, expectation) == ExpectResult::added;
        outcome = could ? Outcome::accept : Outcome::drop;
    }
    return outcome;
}

}  // namespace sluice::helpers
