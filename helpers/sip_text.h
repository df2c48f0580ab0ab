// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/net/address.h"

/// Where things stand in a SIP message and in the session description that it carries (RFC 3261, RFC 4566).
///
/// All of it reads as the kernel reads it (nf_conntrack_sip.c), tolerances and all: headers at the beginnings of lines,
/// in long or short form, continued on lines that begin with blanks; lines that end with CR, LF or both.
namespace sluice::helpers::sip {

/// A piece of a message: offsets from its beginning.
struct Place {
    std::size_t at = 0;
    std::size_t length = 0;

    [[nodiscard]] std::size_t end() const noexcept { return at + length; }
    [[nodiscard]] std::string_view of(std::string_view message) const noexcept { return message.substr(at, length); }
};

enum class Found : std::uint8_t { no, bad, yes };

enum class Header : std::uint8_t { cseq, from, to, contact, via_udp, via_tcp, expires, content_length };
enum class Line : std::uint8_t { version, owner, connection, media, none };

/// What a header says, from `from` on. Where it is bad, `place` is where that was found.
[[nodiscard]] Found find_header(std::string_view message, std::size_t from, Header header, Place& place) noexcept;

/// An address with a port, as in a URI.
struct Endpoint {
    Place place;
    net::Ipv4Address address;
    std::uint16_t port = 0;
    std::size_t end = 0;  ///< behind it: where the next one may be looked for
};

/// The endpoint in the next header of a kind that can be read. `in_header`: the last one was in this header, which may go on
/// behind a comma.
[[nodiscard]] Found find_endpoint(std::string_view message, std::size_t from, Header header, bool* in_header,
                                  Endpoint& endpoint) noexcept;
/// The one that a request is for.
[[nodiscard]] Found find_request_endpoint(std::string_view message, Endpoint& endpoint) noexcept;

/// Parameters of a header, behind `from`, up to a comma.
[[nodiscard]] std::optional<Place> find_parameter(std::string_view message, std::size_t from, std::string_view name) noexcept;
[[nodiscard]] bool find_address_parameter(std::string_view message, std::size_t from, std::string_view name, Endpoint& endpoint) noexcept;
[[nodiscard]] Found find_number_parameter(std::string_view message, std::size_t from, std::string_view name, Place& place,
                                          std::uint32_t& number) noexcept;

/// What a line of the session description says, from `from` on, before the first line of kind `before`.
[[nodiscard]] Found find_line(std::string_view message, std::size_t from, Line line, Line before, Place& place) noexcept;
/// The same where it says an address.
[[nodiscard]] Found find_line_address(std::string_view message, std::size_t from, Line line, Line before, Place& place,
                                      net::Ipv4Address& address) noexcept;

}  // namespace sluice::helpers::sip
