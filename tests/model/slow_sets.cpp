// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_sets.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "tests/model/generate.h"

namespace sluice::model {

namespace {

struct Element {
    std::string text;
    std::uint32_t network;
    unsigned length;
    unsigned protocol = 0;
    unsigned port = 0;
    std::string interface{};
    bool nomatch = false;
};

struct Set {
    std::string name;
    std::string type;
    std::vector<Element> elements;
};

std::uint32_t number(const char* address) { return net::parse_ipv4(address)->host(); }

Element network(const char* address, unsigned length, bool nomatch = false) {
    return {fmt::format("{}/{}{}", address, length, nomatch ? " nomatch" : ""), number(address), length, 0, 0, {}, nomatch};
}

Element service(const char* address, unsigned protocol, unsigned port) {
    const std::string text = protocol == 1 ? fmt::format("{},icmp:{}/{}", address, port / 256, port % 256)
                                           : fmt::format("{},{}:{}", address, protocol, port);
    return {text, number(address), 32, protocol, port, {}, false};
}

Element way(const char* address, unsigned length, const char* interface, bool nomatch = false) {
    return {fmt::format("{}/{},{}{}", address, length, interface, nomatch ? " nomatch" : ""),
            number(address), length, 0, 0, interface, nomatch};
}

const std::vector<Set>& sets() {
    static const std::vector<Set> kSets = {
        {"hosts", "hash:ip", {network("10.0.0.1", 32), network("8.8.8.8", 32), network("192.168.1.9", 32)}},
        {"nets", "hash:net",
         {network("10.0.0.0", 8), network("10.0.0.0", 24, true), network("10.0.0.77", 32), network("203.0.113.0", 29)}},
        {"web", "hash:ip,port",
         {service("10.0.0.1", 6, 80), service("10.0.0.1", 17, 53), service("8.8.8.8", 6, 443), service("203.0.113.9", 1, 8 * 256),
          service("10.0.0.2", 47, 0), service("10.0.0.2", 33, 0), service("10.0.0.2", 132, 22)}},
        {"ways", "hash:net,iface",
         {way("10.0.0.0", 8, "lan"), way("10.0.0.0", 24, "eth0"), way("10.0.0.0", 24, "wan", true), way("0.0.0.0", 0, "wan")}},
        {"ports", "bitmap:port range 0-65535",
         {{"80", 0, 0, 0, 80, {}, false}, {"4000", 0, 0, 0, 4000, {}, false}, {"0", 0, 0, 0, 0, {}, false}}},
        {"all", "list:set", {{"web", 0, 0}, {"nets", 0, 0}, {"hosts", 0, 0}}},
    };
    return kSets;
}

const Set& set_named(const std::string& name) {
    for (const Set& set : sets()) {
        if (set.name == name) {
            return set;
        }
    }
    throw std::invalid_argument("no set " + name);
}

/// The port that ipset sees; none where the packet has none to show.
std::optional<unsigned> port_of(const Packet& packet, bool is_destination) {
    switch (packet.protocol) {
        case 1: return packet.has_l4 ? std::optional(packet.icmp_type * 256U + packet.icmp_code) : std::nullopt;
        case 6:
        case 17:
        case 132:
        case 136:
            return packet.has_l4 ? std::optional<unsigned>((is_destination ? packet.destination_port : packet.source_port).host())
                                 : std::nullopt;
        default: return 0U;
    }
}

bool covers(const Element& element, std::uint32_t address) {
    return element.length == 0 || (address ^ element.network) >> (32 - element.length) == 0;
}

bool is_in(const Set& set, const acl::SetMatch& match, const Packet& packet) {
    if (set.type == "list:set") {
        for (const Element& member : set.elements) {
            if (is_in(set_named(member.text), match, packet)) {
                return true;
            }
        }
        return false;
    }
    const bool has_two = set.name == "web" || set.name == "ways";
    if (match.directions.count < (has_two ? 2 : 1)) {
        return false;
    }
    const bool first = match.directions.is_destination[0];
    const bool second = match.directions.is_destination[1];
    const std::uint32_t address = (first ? packet.destination : packet.source).host();
    const auto port = port_of(packet, set.name == "ports" ? first : second);
    const base::InterfaceId id = second ? packet.out : packet.in;
    const std::string interface = id == base::kNoInterface ? "" : Generator::interfaces().at(base::index_of(id));
    int longest = -1;  // of the networks that cover the address
    for (const Element& element : set.elements) {
        longest = covers(element, address) ? std::max(longest, static_cast<int>(element.length)) : longest;
    }
    for (const Element& element : set.elements) {
        if (set.name == "ports") {
            if ((packet.protocol == 6 || packet.protocol == 17) && port && *port == element.port) {
                return true;
            }
            continue;
        }
        if (static_cast<int>(element.length) != longest || !covers(element, address)) {
            continue;
        }
        if (set.name == "web" && (packet.protocol != element.protocol || !port || *port != element.port)) {
            continue;
        }
        if (set.name == "ways" && (interface.empty() || interface != element.interface)) {
            continue;
        }
        const bool knows_nomatch = set.name == "nets" || set.name == "ways";
        return element.nomatch == (match.return_nomatch && knows_nomatch);
    }
    return false;
}

}  // namespace

std::string sets_text() {
    std::string text;
    for (const Set& set : sets()) {
        text += fmt::format("create {} {}\n", set.name, set.type);
        for (const Element& element : set.elements) {
            text += fmt::format("add {} {}\n", set.name, element.text);
        }
    }
    return text;
}

bool field_holds(const acl::SetMatch& match, const Packet& packet) {
    return is_in(set_named(match.name), match, packet) != match.inverted;
}

}  // namespace sluice::model
