// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/ports.h"

#include <fmt/core.h>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

bool all_ports(const PortRange& ports) {
    return ports.min == 0 && ports.max == 0xffff && !ports.inverted;
}

using Message = tl::unexpected<std::string>;

Message no_port(std::string_view text) {
    return Message(
        fmt::format("invalid port/service '{}': a number from 0 to 65535 or a name of /etc/services", text));
}

tl::expected<std::uint16_t, std::string> parse_end(std::string_view text, ServiceOf protocol) {
    const bool guided = protocol == ServiceOf::udp || protocol == ServiceOf::dccp;
    return guided ? parse_decimal_port(text, protocol) : parse_port(text, protocol);
}

}  // namespace

tl::expected<std::uint16_t, std::string> parse_port(std::string_view text, ServiceOf protocol) {
    if (const auto number = parse_number(text, 0xffff)) {
        return static_cast<std::uint16_t>(*number);
    }
    const auto service = service_port(text, protocol);
    return service ? tl::expected<std::uint16_t, std::string>(*service) : no_port(text);
}

tl::expected<std::uint16_t, std::string> parse_decimal_port(std::string_view text, ServiceOf protocol) {
    if (const auto number = parse_digits(text, 0xffff)) {
        return static_cast<std::uint16_t>(*number);
    }
    auto service = service_port(text, protocol);
    if (!service) {
        service = service_port(text);
    }
    return service ? tl::expected<std::uint16_t, std::string>(*service) : no_port(text);
}

std::string port_text(std::uint16_t port, ServiceOf protocol, bool numeric) {
    if (!numeric) {
        if (auto name = service_name(port, protocol)) {
            return *name;
        }
    }
    return fmt::format("{}", port);
}

tl::expected<PortRange, std::string> parse_ports(std::string_view text, ServiceOf protocol) {
    PortRange ports;
    const std::size_t colon = text.find(':');
    const std::string_view low = text.substr(0, colon);
    if (colon == std::string_view::npos || !low.empty()) {
        const auto port = parse_end(low, protocol);
        if (!port) {
            return tl::unexpected(port.error());
        }
        ports.min = *port;
    }
    if (colon == std::string_view::npos) {
        ports.max = ports.min;
        return ports;
    }
    if (const std::string_view high = text.substr(colon + 1); !high.empty()) {
        const auto port = parse_end(high, protocol);
        if (!port) {
            return tl::unexpected(port.error());
        }
        ports.max = *port;
    }
    if (ports.min > ports.max) {
        return tl::unexpected(fmt::format("invalid port range '{}' (min > max)", text));
    }
    return ports;
}

void save_ports(std::string_view option, const PortRange& ports, std::string& out) {
    if (all_ports(ports)) {
        return;
    }
    base::append(out, "{} --{} {}", ports.inverted ? " !" : "", option, ports.min);
    if (ports.min != ports.max) {
        base::append(out, ":{}", ports.max);
    }
}

void save_given_ports(std::string_view option, const std::optional<PortRange>& ports, std::string& out) {
    if (ports && all_ports(*ports)) {
        base::append(out, " --{} 0:65535", option);
    } else if (ports) {
        save_ports(option, *ports, out);
    }
}

void list_ports(std::string_view label, const PortRange& ports, ServiceOf protocol, bool numeric,
                std::string& out) {
    if (all_ports(ports)) {
        return;
    }
    const bool single = ports.min == ports.max;
    base::append(out, " {}{}:{}{}", label, single ? "" : "s", ports.inverted ? "!" : "",
                 port_text(ports.min, protocol, numeric));
    if (!single) {
        base::append(out, ":{}", port_text(ports.max, protocol, numeric));
    }
}

}  // namespace sluice::acl::text
