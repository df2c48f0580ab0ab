// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/names.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <array>

#include "dataplane/net/headers.h"

namespace sluice::acl::text {

namespace {

struct NamedProtocol {
    std::string_view name;
    std::uint8_t number;
};

/// What iptables knows without /etc/protocols; the first name of a number is the one it prints.
constexpr std::array<NamedProtocol, 13> kOwnNames = {{
    {"tcp", 6},
    {"sctp", 132},
    {"udp", 17},
    {"udplite", 136},
    {"icmp", 1},
    {"ipv6-icmp", 58},
    {"icmpv6", 58},
    {"esp", 50},
    {"ah", 51},
    {"mobility-header", 135},
    {"ipv6-mh", 135},
    {"mh", 135},
    {"all", 0},
}};

constexpr std::array<NamedProtocol, 14> kCommonNames = {{
    {"ip", 0},
    {"igmp", 2},
    {"ipencap", 4},
    {"ipv4", 4},
    {"egp", 8},
    {"dccp", 33},
    {"ipv6", 41},
    {"rsvp", 46},
    {"gre", 47},
    {"eigrp", 88},
    {"ospf", 89},
    {"ipip", 94},
    {"pim", 103},
    {"vrrp", 112},
}};

constexpr std::size_t kBuffer = 4096;  // holds any sane line of the files

const char* text_of(ServiceOf protocol) {
    switch (protocol) {
        case ServiceOf::tcp:
            return "tcp";
        case ServiceOf::udp:
            return "udp";
        case ServiceOf::udplite:
            return "udplite";
        case ServiceOf::sctp:
            return "sctp";
        case ServiceOf::dccp:
            return "dccp";
    }
    return "";
}

std::optional<std::uint16_t> find_service(std::string_view name, const char* protocol) {
    const std::string terminated(name);
    servent entry{};
    servent* found = nullptr;
    std::array<char, kBuffer> buffer{};
    if (getservbyname_r(terminated.c_str(), protocol, &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return std::nullopt;
    }
    return ntohs(static_cast<std::uint16_t>(found->s_port));
}

}  // namespace

std::optional<std::uint8_t> protocol_number(std::string_view name) {
    for (const NamedProtocol& own : kOwnNames) {
        if (own.name == name) {
            return own.number;
        }
    }
    const std::string terminated(name);
    protoent entry{};
    protoent* found = nullptr;
    std::array<char, kBuffer> buffer{};
    if (getprotobyname_r(terminated.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr && found->p_proto >= 0 && found->p_proto <= 255) {
        return static_cast<std::uint8_t>(found->p_proto);
    }
    for (const NamedProtocol& common : kCommonNames) {
        if (common.name == name) {
            return common.number;
        }
    }
    return std::nullopt;
}

std::optional<std::string> protocol_name(std::uint8_t number) {
    for (const NamedProtocol& own : kOwnNames) {
        if (own.number == number) {
            return std::string(own.name);
        }
    }
    protoent entry{};
    protoent* found = nullptr;
    std::array<char, kBuffer> buffer{};
    if (getprotobynumber_r(number, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return std::nullopt;
    }
    return std::string(found->p_name);
}

std::optional<ServiceOf> service_of(std::uint8_t protocol) {
    switch (protocol) {
        case net::kProtocolTcp:
            return ServiceOf::tcp;
        case net::kProtocolUdp:
            return ServiceOf::udp;
        case net::kProtocolUdpLite:
            return ServiceOf::udplite;
        case net::kProtocolSctp:
            return ServiceOf::sctp;
        case net::kProtocolDccp:
            return ServiceOf::dccp;
        default:
            return std::nullopt;
    }
}

std::optional<std::uint16_t> service_port(std::string_view name, ServiceOf protocol) {
    return find_service(name, text_of(protocol));
}

std::optional<std::uint16_t> service_port(std::string_view name) {
    return find_service(name, nullptr);
}

std::optional<std::string> service_name(std::uint16_t port, ServiceOf protocol) {
    servent entry{};
    servent* found = nullptr;
    std::array<char, kBuffer> buffer{};
    if (getservbyport_r(htons(port), text_of(protocol), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return std::nullopt;
    }
    return std::string(found->s_name);
}

}  // namespace sluice::acl::text
