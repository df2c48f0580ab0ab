// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/element_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "acl/sets/port_text.h"
#include "acl/text/numbers.h"

namespace sluice::acl::sets {

namespace {

using Done = tl::expected<void, std::string>;

tl::unexpected<std::string> wrong(std::string message) {
    return tl::unexpected(std::move(message));
}

/// An address, `ADDRESS/LENGTH` or `ADDRESS-ADDRESS`.
struct AddressWord {
    SetAddress first;
    SetAddress last;
    std::uint8_t length = 0;
};

SetAddress last_of(const SetAddress& first, unsigned length, unsigned bits) {
    const unsigned low = bits - length;
    SetAddress last = first;
    last.low |= low >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << low) - 1;
    if (low > 64) {
        last.high |= low >= 128 ? ~std::uint64_t{0} : (std::uint64_t{1} << (low - 64)) - 1;
    }
    return last;
}

tl::expected<AddressWord, std::string> parse_address_word(std::string_view text, bool ipv6) {
    const unsigned bits = ipv6 ? 128 : 32;
    const std::size_t slash = text.find('/');
    const std::size_t dash = slash == std::string_view::npos ? text.find('-') : std::string_view::npos;
    const auto first = parse_set_address(text.substr(0, std::min(slash, dash)), ipv6);
    if (!first) {
        return wrong(first.error());
    }
    if (dash != std::string_view::npos) {
        const auto last = parse_set_address(text.substr(dash + 1), ipv6);
        if (!last) {
            return wrong(last.error());
        }
        if (ipv6) {
            return wrong("Address range is not supported with family inet6");
        }
        return AddressWord{std::min(*first, *last), std::max(*first, *last), static_cast<std::uint8_t>(bits)};
    }
    if (slash == std::string_view::npos) {
        return AddressWord{*first, *first, static_cast<std::uint8_t>(bits)};
    }
    const auto length = parse_set_number(text.substr(slash + 1), bits);
    if (!length) {
        return wrong(length.error());
    }
    const auto wide = static_cast<unsigned>(*length);
    const SetAddress network = first->masked(wide, bits);
    return AddressWord{network, last_of(network, wide, bits), static_cast<std::uint8_t>(wide)};
}

Done read_interface(std::string_view text, Element& element) {
    if (text.starts_with("physdev:")) {
        element.physdev = true;
        text.remove_prefix(8);
    }
    if (text.empty() || text.size() > 15) {
        return wrong(fmt::format("interface name '{}' must have 1 to 15 characters", text));
    }
    std::copy(text.begin(), text.end(), element.iface.begin());
    return {};
}

/// The first address of an element.
Done read_first(std::string_view text, const SetOptions& options, ElementRange& range) {
    const SetType& type = *options.type;
    const auto word = parse_address_word(text, options.ipv6);
    if (!word) {
        return wrong(word.error());
    }
    const auto bits = static_cast<std::uint8_t>(options.address_bits());
    const bool is_net = type.dimensions[0] == Dimension::net;
    const bool is_plain = word->length == bits && word->first == word->last;
    if (!is_plain && (!type.range || (options.ipv6 && !is_net))) {
        return wrong(fmt::format("plain IP address must be supplied: {}", text));
    }
    if (!is_net && word->length == 0) {
        return wrong("The value of the CIDR parameter of the IP address is invalid");
    }
    range.first.address = word->first;
    range.first.length = is_net ? word->length : bits;
    range.last_address = word->last;
    return {};
}

Done read_second(std::string_view text, Dimension dimension, const SetOptions& options, ElementRange& range) {
    const auto word = parse_address_word(text, options.ipv6);
    if (!word) {
        return wrong(word.error());
    }
    const bool is_plain = word->length == options.address_bits() && word->first == word->last;
    const bool is_range = word->length == options.address_bits() && word->first != word->last;
    if (dimension == Dimension::ip ? !is_plain : is_range) {
        return wrong(fmt::format("{} must be supplied: {}",
                                 dimension == Dimension::ip ? "plain IP address" : "an address or a network", text));
    }
    range.first.second = word->first;
    range.first.second_length = word->length;
    return {};
}

Done read_dimension(std::string_view text, std::size_t at, const SetOptions& options, ElementRange& range) {
    const Dimension dimension = options.type->dimensions[at];
    switch (dimension) {
        case Dimension::ip:
        case Dimension::net:
            return at == 0 ? read_first(text, options, range) : read_second(text, dimension, options, range);
        case Dimension::port: {
            const auto word = parse_port_word(text, options.ipv6);
            if (!word) {
                return wrong(word.error());
            }
            range.first.protocol = options.type->method == Method::bitmap ? std::uint8_t{0} : word->protocol;
            range.first.port = word->first;
            range.last_port = word->last;
            return {};
        }
        case Dimension::mac: {
            const auto mac = net::parse_mac(text);
            if (!mac) {
                return wrong(fmt::format("cannot parse '{}' as ethernet address", text));
            }
            range.first.mac = *mac;
            range.first.has_mac = true;
            return {};
        }
        case Dimension::mark: {
            const auto mark = parse_set_number(text, 0xffffffffU);
            if (!mark) {
                return wrong(mark.error());
            }
            range.first.mark = static_cast<std::uint32_t>(*mark);
            return {};
        }
        case Dimension::iface:
            return read_interface(text, range.first);
        case Dimension::name:
        case Dimension::none:
            break;
    }
    return {};
}

/// Networks that cover `first` to `last` exactly.
std::vector<std::pair<SetAddress, std::uint8_t>> covering(const SetAddress& first, const SetAddress& last) {
    std::vector<std::pair<SetAddress, std::uint8_t>> networks;
    for (std::uint64_t at = first.low; at <= last.low;) {
        std::uint64_t size = at == 0 ? std::uint64_t{1} << 32U : at & (~at + 1);
        while (size > last.low - at + 1) {
            size >>= 1U;
        }
        networks.emplace_back(SetAddress{0, at}, static_cast<std::uint8_t>(32 - std::countr_zero(size)));
        at += size;
    }
    return networks;
}

}  // namespace

tl::expected<std::uint64_t, std::string> parse_set_number(std::string_view text, std::uint64_t most) {
    const auto number = text::leading_number(text);
    if (!number || !number->rest.empty()) {
        return wrong(fmt::format("'{}' is invalid as number", text));
    }
    if (number->value > most) {
        return wrong(fmt::format("'{}' is out of range 0-{}", text, most));
    }
    return number->value;
}

tl::expected<SetAddress, std::string> parse_set_address(std::string_view text, bool ipv6) {
    if (ipv6) {
        if (const auto address = net::parse_ipv6(text)) {
            return SetAddress::of(*address);
        }
    } else if (const auto address = net::parse_ipv4(text)) {
        return SetAddress::of(*address);
    }
    return wrong(fmt::format("cannot parse {}: resolving to {} address failed", text, ipv6 ? "IPv6" : "IPv4"));
}

std::string address_text(const SetAddress& address, bool ipv6) {
    if (!ipv6) {
        return net::to_string(net::Ipv4Address::from_host(static_cast<std::uint32_t>(address.low)));
    }
    net::Ipv6Address result;
    for (std::size_t i = 0; i < 8; ++i) {
        result.bytes[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
        result.bytes[i + 8] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
    }
    return net::to_string(result);
}

tl::expected<ElementRange, std::string> parse_element(std::string_view text, const SetOptions& options) {
    const auto& dimensions = options.type->dimensions;
    ElementRange range;
    std::string_view rest = text;
    for (std::size_t at = 0; at < dimensions.size() && dimensions[at] != Dimension::none; ++at) {
        const bool is_last = at + 1 == dimensions.size() || dimensions[at + 1] == Dimension::none;
        const bool is_optional = options.type->method == Method::bitmap && dimensions[at] == Dimension::mac;
        if (at > 0 && rest.empty()) {
            if (is_optional) {
                break;
            }
            return wrong(fmt::format("{} element is missing from {}", at == 1 ? "Second" : "Third", text));
        }
        const std::size_t comma = rest.find(',');
        if (is_last && comma != std::string_view::npos) {
            return wrong(fmt::format("Elem separator in {}, but settype {} supports none", text, options.type->name));
        }
        if (auto done = read_dimension(rest.substr(0, comma), at, options, range); !done) {
            return wrong(done.error());
        }
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    return range;
}

void expand(const ElementRange& range, const SetOptions& options, const std::function<bool(const Element&)>& use) {
    const auto ports = [&](Element element) {
        for (std::uint32_t port = range.first.port; port <= std::max(range.first.port, range.last_port); ++port) {
            element.port = static_cast<std::uint16_t>(port);
            if (!use(element)) {
                return false;
            }
        }
        return true;
    };
    Element element = range.first;
    const bool is_host = element.length == options.address_bits();
    if (options.ipv6 || (options.type->dimensions[0] == Dimension::net && !is_host)) {
        ports(element);
        return;
    }
    if (options.type->dimensions[0] == Dimension::net) {
        for (const auto& [network, length] : covering(range.first.address, range.last_address)) {
            element.address = network;
            element.length = length;
            if (!ports(element)) {
                return;
            }
        }
        return;
    }
    const std::uint64_t step = options.netmask == 0 ? 1 : std::uint64_t{1} << (32U - options.netmask);
    for (std::uint64_t at = range.first.address.low; at <= std::max(range.first.address.low, range.last_address.low);
         at = (at & ~(step - 1)) + step) {
        element.address.low = at;
        if (!ports(element)) {
            return;
        }
    }
}

std::uint64_t count_of(const ElementRange& range, const SetOptions& options) {
    const std::uint64_t ports = std::uint64_t{std::max(range.first.port, range.last_port)} - range.first.port + 1;
    if (options.ipv6 || options.type->dimensions[0] != Dimension::ip) {
        return ports;
    }
    const std::uint64_t addresses =
        std::max(range.first.address.low, range.last_address.low) - range.first.address.low + 1;
    return (options.netmask == 0 ? addresses : (addresses >> (32U - options.netmask)) + 1) * ports;
}

std::string element_text(const Element& element, const SetOptions& options) {
    std::string text;
    const auto address = [&](const SetAddress& value, std::uint8_t length) {
        text += address_text(value, options.ipv6);
        if (length != options.address_bits()) {
            text += fmt::format("/{}", length);
        }
    };
    for (std::size_t at = 0; at < 3; ++at) {
        const Dimension dimension = options.type->dimensions[at];
        if (dimension == Dimension::none || (dimension == Dimension::mac && !element.has_mac)) {
            break;
        }
        text += at == 0 ? "" : ",";
        if (dimension == Dimension::ip || dimension == Dimension::net) {
            at == 0 ? address(element.address, element.length) : address(element.second, element.second_length);
        } else if (dimension == Dimension::port) {
            text += options.type->method == Method::bitmap ? std::to_string(element.port)
                                                           : port_word_text(element.protocol, element.port);
        } else if (dimension == Dimension::mac) {
            const auto& b = element.mac.bytes;
            text += fmt::format("{:02X}:{:02X}:{:02X}:{:02X}:{:02X}:{:02X}", b[0], b[1], b[2], b[3], b[4], b[5]);
        } else if (dimension == Dimension::mark) {
            text += fmt::format("0x{:08x}", element.mark);
        } else if (dimension == Dimension::iface) {
            text += fmt::format("{}{}", element.physdev ? "physdev:" : "", element.iface.data());
        }
    }
    return text;
}

}  // namespace sluice::acl::sets
