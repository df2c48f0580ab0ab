// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/sip_text.h"

#include <array>

#include "helpers/text.h"

namespace sluice::helpers::sip {

namespace {

constexpr std::size_t kNowhere = std::string_view::npos;
constexpr std::uint16_t kDefaultPort = 5060;

constexpr bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
constexpr bool is_line_end(char c) noexcept { return c == '\r' || c == '\n'; }
constexpr bool is_hex_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'f'; }

std::size_t digits_at(std::string_view text, std::size_t at) noexcept {
    std::size_t length = 0;
    while (at + length < text.size() && is_digit(text[at + length])) {
        ++length;
    }
    return length;
}

std::size_t letters_at(std::string_view text, std::size_t at) noexcept {
    std::size_t length = 0;
    while (at + length < text.size() && is_letter(text[at + length])) {
        ++length;
    }
    return length;
}

/// A dotted address at `at`; `end` gets where it ends. As in4_pton without a delimiter: what follows it may be all but a
/// letter that could be of a hexadecimal number.
std::optional<net::Ipv4Address> address_at(std::string_view text, std::size_t at, std::size_t& end) noexcept {
    std::uint32_t host = 0;
    for (int part = 0; part < 4; ++part) {
        const std::size_t length = digits_at(text, at);
        if (length == 0) {
            return std::nullopt;
        }
        std::uint32_t number = 0;
        for (std::size_t i = 0; i < length; ++i) {
            number = number * 10 + static_cast<unsigned>(text[at + i] - '0');
            if (number > 255) {
                return std::nullopt;
            }
        }
        host = host << 8U | number;
        at += length;
        const char next = at < text.size() ? text[at] : '\0';
        if (part < 3 ? next != '.' : next == '.' || is_hex_letter(next)) {
            return std::nullopt;
        }
        at += part < 3 ? 1 : 0;
    }
    end = at;
    return net::Ipv4Address::from_host(host);
}

/// Behind a line's end: where the line goes on, if the next one begins with blanks.
std::size_t continuation_at(std::string_view text, std::size_t at) noexcept {
    if (++at >= text.size()) {
        return kNowhere;
    }
    if (text[at - 1] == '\r' && text[at] == '\n' && ++at >= text.size()) {
        return kNowhere;
    }
    if (!is_blank(text[at])) {
        return kNowhere;
    }
    while (at < text.size() && is_blank(text[at])) {
        ++at;
    }
    return at;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && is_blank(text[at])) {
        ++at;
    }
    return at < text.size() && is_line_end(text[at]) ? continuation_at(text, at) : at;
}

/// `what` in the rest of a header; nothing where the header ends before, or the text right behind it.
std::size_t find_in_header(std::string_view text, std::size_t at, std::string_view what) noexcept {
    const std::size_t limit = text.size() < what.size() ? 0 : text.size() - what.size();
    for (; at < limit; ++at) {
        if (is_line_end(text[at])) {
            at = continuation_at(text.substr(0, limit), at);
            if (at == kNowhere) {
                return kNowhere;
            }
        } else if (starts_nocase(text.substr(at), what)) {
            return at;
        }
    }
    return kNowhere;
}

enum class Value : std::uint8_t { number, uri, endpoint };

struct HeaderName {
    std::string_view name;
    std::string_view compact;
    std::string_view before;  ///< stands before the value
    Value value;
};
constexpr std::array<HeaderName, 8> kHeaders = {{
    {"CSeq", "", "", Value::number},
    {"From", "f", "sip:", Value::uri},
    {"To", "t", "sip:", Value::uri},
    {"Contact", "m", "sip:", Value::uri},
    {"Via", "v", "UDP ", Value::endpoint},
    {"Via", "v", "TCP ", Value::endpoint},
    {"Expires", "", "", Value::number},
    {"Content-Length", "l", "", Value::number},
}};

/// How long address and port at `at` are; 0: there are none.
std::size_t endpoint_at(std::string_view text, std::size_t at) noexcept {
    std::size_t end = at;
    if (!address_at(text, at, end)) {
        return 0;
    }
    if (end < text.size() && text[end] == ':') {
        ++end;
        end += digits_at(text, end);
    }
    return end - at;
}

/// Behind the user of a URI, if it has one.
std::size_t behind_user(std::string_view text, std::size_t at) noexcept {
    std::size_t i = at;
    while (i < text.size() && text[i] != '@' && !is_line_end(text[i])) {
        ++i;
    }
    return i < text.size() && text[i] == '@' ? i + 1 : at;
}

/// The value at `at`; its length is 0 where there is none.
Place value_at(std::string_view text, std::size_t at, Value value) noexcept {
    switch (value) {
        case Value::number: return {at, digits_at(text, at)};
        case Value::uri: at = behind_user(text, at); [[fallthrough]];
        case Value::endpoint: return {at, endpoint_at(text, at)};
    }
    return {};
}

/// Behind the end of a line that ends at `at`; nowhere where nothing follows.
std::size_t next_line(std::string_view text, std::size_t at) noexcept {
    if (++at >= text.size()) {
        return kNowhere;
    }
    if (text[at - 1] == '\r' && text[at] == '\n' && ++at >= text.size()) {
        return kNowhere;
    }
    return at;
}

/// How much of the line at `at` is the header's name; 0: it is another.
std::size_t name_at(std::string_view text, std::size_t at, const HeaderName& header) noexcept {
    const std::string_view rest = text.substr(at);
    if (starts_nocase(rest, header.name)) {
        return header.name.size();
    }
    const std::size_t compact = header.compact.size();
    return compact != 0 && rest.size() > compact && starts_nocase(rest, header.compact) && !is_letter(rest[compact]) ? compact : 0;
}

/// In the same header, behind a comma.
Found find_next_in_header(std::string_view message, std::size_t from, const HeaderName& header, Place& place) noexcept {
    std::size_t at = find_in_header(message, from, ",");
    at = at == kNowhere ? kNowhere : find_in_header(message, at, header.before);
    if (at == kNowhere) {
        return Found::no;
    }
    at += header.before.size();
    place.at = at;
    const Place value = value_at(message, at, header.value);
    if (value.length == 0) {
        return Found::bad;
    }
    place = value;
    return Found::yes;
}

/// The next of the kind that can be read.
bool walk_headers(std::string_view message, std::size_t from, Header header, bool* in_header, Place& place) noexcept {
    if (in_header != nullptr && *in_header) {
        for (;;) {
            const Found found = find_next_in_header(message, from, kHeaders[static_cast<std::size_t>(header)], place);
            if (found == Found::yes) {
                return true;
            }
            if (found == Found::no) {
                break;
            }
            from = place.at;
        }
        *in_header = false;
    }
    for (;;) {
        const Found found = find_header(message, from, header, place);
        if (found == Found::no) {
            return false;
        }
        if (found == Found::yes) {
            break;
        }
        from = place.at;
    }
    if (in_header != nullptr) {
        *in_header = true;
    }
    return true;
}

/// Address and port at `at`, and where they end. Ports below 1024 are nobody's.
Found read_endpoint(std::string_view message, std::size_t at, Endpoint& endpoint) noexcept {
    std::size_t end = at;
    const auto address = address_at(message, at, end);
    if (!address) {
        return Found::bad;
    }
    endpoint.address = *address;
    endpoint.port = kDefaultPort;
    if (end < message.size() && message[end] == ':') {
        std::string_view rest = message.substr(end + 1);
        const std::uint64_t port = take_number(rest);
        end = message.size() - rest.size();
        if (port < 1024 || port > 65535) {
            return Found::bad;
        }
        endpoint.port = static_cast<std::uint16_t>(port);
    }
    endpoint.end = end;
    return Found::yes;
}

struct LineName {
    std::string_view name;
    std::string_view before;
};
constexpr std::array<LineName, 4> kLines = {{{"v=", ""}, {"o=", "IN IP4 "}, {"c=", "IN IP4 "}, {"m=", ""}}};

/// `what` in the rest of a line.
std::size_t find_in_line(std::string_view text, std::size_t at, std::string_view what) noexcept {
    const std::size_t limit = text.size() < what.size() ? 0 : text.size() - what.size();
    for (; at < limit && !is_line_end(text[at]); ++at) {
        if (text.substr(at, what.size()) == what) {
            return at;
        }
    }
    return kNowhere;
}

std::size_t line_value_at(std::string_view text, std::size_t at, Line line) noexcept {
    switch (line) {
        case Line::version: return digits_at(text, at);
        case Line::owner:
        case Line::connection: {
            std::size_t end = at;
            return address_at(text, at, end) ? end - at : 0;
        }
        case Line::media: {
            const std::size_t kind = letters_at(text, at);
            return at + kind < text.size() && text[at + kind] == ' ' ? kind + 1 + digits_at(text, at + kind + 1) : 0;
        }
        case Line::none: break;
    }
    return 0;
}

}  // namespace

Found find_header(std::string_view message, std::size_t from, Header kind, Place& place) noexcept {
    const HeaderName& header = kHeaders[static_cast<std::size_t>(kind)];
    for (std::size_t at = from; at < message.size(); ++at) {
        if (!is_line_end(message[at])) {
            continue;
        }
        at = next_line(message, at);
        if (at == kNowhere) {
            return Found::no;
        }
        const std::size_t name = is_blank(message[at]) ? 0 : name_at(message, at, header);
        if (name == 0) {
            continue;
        }
        at = skip_blanks(message, at + name);
        if (at == kNowhere || at >= message.size() || message[at] != ':' || ++at >= message.size()) {
            return Found::no;
        }
        at = skip_blanks(message, at);
        if (at == kNowhere) {
            return Found::no;
        }
        place.at = at;
        if (!header.before.empty()) {
            at = find_in_header(message, at, header.before);
            if (at == kNowhere) {
                return Found::bad;
            }
            at += header.before.size();
        }
        const Place value = value_at(message, at, header.value);
        if (value.length == 0) {
            return Found::bad;
        }
        place = value;
        return Found::yes;
    }
    return Found::no;
}

Found find_endpoint(std::string_view message, std::size_t from, Header header, bool* in_header, Endpoint& endpoint) noexcept {
    if (!walk_headers(message, from, header, in_header, endpoint.place)) {
        return Found::no;
    }
    return read_endpoint(message, endpoint.place.at, endpoint);
}

Found find_request_endpoint(std::string_view message, Endpoint& endpoint) noexcept {
    constexpr std::string_view kScheme = "sip:";
    const std::size_t method = letters_at(message, 0);
    if (method == 0 || method + 1 >= message.size()) {
        return Found::no;
    }
    std::size_t at = method + 1;
    for (; at + kScheme.size() < message.size(); ++at) {
        if (is_line_end(message[at])) {
            return Found::bad;
        }
        if (starts_nocase(message.substr(at), kScheme)) {
            at += kScheme.size();
            break;
        }
    }
    at = behind_user(message, at);
    if (endpoint_at(message, at) == 0) {
        return Found::no;
    }
    const Found found = read_endpoint(message, at, endpoint);
    endpoint.place = {at, endpoint.end - at};
    return found;
}

std::optional<Place> find_parameter(std::string_view message, std::size_t from, std::string_view name) noexcept {
    const std::string_view header = message.substr(0, find_in_header(message, from, ","));
    const std::size_t found = find_in_header(header, from, name);
    if (found == kNowhere) {
        return std::nullopt;
    }
    const std::size_t at = found + name.size();
    const std::size_t end = std::min(find_in_header(header, at, ";"), header.size());
    return Place{at, end - at};
}

bool find_address_parameter(std::string_view message, std::size_t from, std::string_view name, Endpoint& endpoint) noexcept {
    const auto parameter = find_parameter(message, from, name);
    if (!parameter) {
        return false;
    }
    std::size_t end = parameter->at;
    const auto address = address_at(message.substr(0, find_in_header(message, from, ",")), parameter->at, end);
    if (!address) {
        return false;
    }
    endpoint.address = *address;
    endpoint.place = {parameter->at, end - parameter->at};
    return true;
}

Found find_number_parameter(std::string_view message, std::size_t from, std::string_view name, Place& place,
                            std::uint32_t& number) noexcept {
    const auto parameter = find_parameter(message, from, name);
    if (!parameter) {
        return Found::no;
    }
    place = {parameter->at, digits_at(message, parameter->at)};
    if (place.length == 0) {
        return Found::bad;
    }
    std::string_view digits = place.of(message);
    number = static_cast<std::uint32_t>(take_number(digits));
    return Found::yes;
}

Found find_line(std::string_view message, std::size_t from, Line line, Line before, Place& place) noexcept {
    const LineName& wanted = kLines[static_cast<std::size_t>(line)];
    for (std::size_t at = from; at < message.size(); ++at) {
        if (!is_line_end(message[at])) {
            continue;
        }
        at = next_line(message, at);
        if (at == kNowhere) {
            return Found::no;
        }
        if (before != Line::none && starts_nocase(message.substr(at), kLines[static_cast<std::size_t>(before)].name)) {
            return Found::no;
        }
        if (!starts_nocase(message.substr(at), wanted.name)) {
            continue;
        }
        at += wanted.name.size();
        place.at = at;
        if (!wanted.before.empty()) {
            at = find_in_line(message, at, wanted.before);
            if (at == kNowhere) {
                return Found::bad;
            }
            at += wanted.before.size();
        }
        const std::size_t length = line_value_at(message, at, line);
        if (length == 0) {
            return Found::bad;
        }
        place = {at, length};
        return Found::yes;
    }
    return Found::no;
}

Found find_line_address(std::string_view message, std::size_t from, Line line, Line before, Place& place,
                        net::Ipv4Address& address) noexcept {
    const Found found = find_line(message, from, line, before, place);
    if (found != Found::yes) {
        return found;
    }
    std::size_t end = 0;
    const auto read = address_at(message, place.at, end);
    address = read.value_or(net::Ipv4Address{});
    return read ? Found::yes : Found::bad;
}

}  // namespace sluice::helpers::sip
