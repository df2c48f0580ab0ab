// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "tests/model/generate.h"

namespace sluice::model {

namespace {

using Element = SlowSets::Element;
using Set = SlowSets::Set;

std::uint32_t number(const char* address) { return net::parse_ipv4(address)->host(); }

Element network(const char* address, unsigned length, bool nomatch = false) {
    return {fmt::format("{}/{}{}", address, length, nomatch ? " nomatch" : ""), number(address), length, 0, 0, {}, nomatch};
}

Element service(const char* address, unsigned protocol, unsigned port) {
    const std::string text = protocol == 1 ? fmt::format("{},icmp:{}/{}", address, port / 256, port % 256)
                                           : fmt::format("{},{}:{}", address, protocol, port);
    return {text, number(address), 32, protocol, port};
}

Element way(const char* address, unsigned length, const char* interface, bool nomatch = false) {
    return {fmt::format("{}/{},{}{}", address, length, interface, nomatch ? " nomatch" : ""),
            number(address), length, 0, 0, interface, nomatch};
}

Element port(unsigned number) { return {std::to_string(number), 0, 0, 0, number}; }
Element member(const char* name) { return {name, 0, 0}; }

Element marked(const char* address, std::uint32_t mark, std::uint32_t mask) {
    Element element = network(address, 32);
    element.text += fmt::format(" skbmark {:#x}/{:#x}", mark, mask);
    element.mark = mark;
    element.mark_mask = mask;
    return element;
}

std::vector<Set> all_sets() {
    return {
        {"hosts", "hash:ip", "", {network("10.0.0.1", 32), network("8.8.8.8", 32), network("192.168.1.9", 32)}},
        {"nets", "hash:net", "",
         {network("10.0.0.0", 8), network("10.0.0.0", 24, true), network("10.0.0.77", 32), network("203.0.113.0", 29)}},
        {"web", "hash:ip,port", "",
         {service("10.0.0.1", 6, 80), service("10.0.0.1", 17, 53), service("8.8.8.8", 6, 443), service("203.0.113.9", 1, 8 * 256),
          service("10.0.0.2", 47, 0), service("10.0.0.2", 33, 0), service("10.0.0.2", 132, 22)}},
        {"ways", "hash:net,iface", "",
         {way("10.0.0.0", 8, "lan"), way("10.0.0.0", 24, "eth0"), way("10.0.0.0", 24, "wan", true), way("0.0.0.0", 0, "wan")}},
        {"ports", "bitmap:port", "range 0-65535", {port(80), port(4000), port(0)}},
        {"all", "list:set", "", {member("web"), member("nets"), member("hosts")}},
        {"seen", "hash:ip", "timeout 10 counters", {network("10.0.0.2", 32)}, 10, true},
        {"pairs", "hash:ip,port", "maxelem 12", {service("8.8.8.8", 6, 80)}, {}, false, 12},
        {"marks", "hash:ip", "skbinfo", {marked("10.0.0.1", 5, 0xff), marked("8.8.8.8", 2, 3)}},
        {"open", "bitmap:port", "range 0-65535 timeout 5", {}, 5},
        {"both", "list:set", "", {member("pairs"), member("seen")}},
        {"spans", "hash:net", "", {network("10.1.0.0", 16), network("203.0.112.0", 23)}},
    };
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

bool is_over(const Element& element, std::uint64_t now_ms) {
    return element.deadline_ms != 0 && element.deadline_ms <= now_ms;
}

/// What a packet shows to a set that is no list; nothing: it lacks something.
std::optional<Element> shown_to(const Set& set, const acl::sets::Directions& directions, const Packet& packet) {
    const bool has_two = set.type == "hash:ip,port" || set.type == "hash:net,iface";
    if (directions.count < (has_two ? 2 : 1)) {
        return std::nullopt;
    }
    const bool first = directions.is_destination[0];
    const bool second = directions.is_destination[1];
    Element shown;
    if (set.type == "bitmap:port") {
        const auto port = port_of(packet, first);
        shown.port = port.value_or(0);
        return (packet.protocol == 6 || packet.protocol == 17) && port ? std::optional(shown) : std::nullopt;
    }
    shown.network = (first ? packet.destination : packet.source).host();
    if (set.type == "hash:ip,port") {
        const auto port = port_of(packet, second);
        shown.protocol = packet.protocol;
        shown.port = port.value_or(0);
        return port ? std::optional(shown) : std::nullopt;
    }
    if (set.type == "hash:net,iface") {
        const base::InterfaceId id = second ? packet.out : packet.in;
        shown.interface = id == base::kNoInterface ? "" : Generator::interfaces().at(base::index_of(id));
        return shown.interface.empty() ? std::nullopt : std::optional(shown);
    }
    return shown;
}

std::uint64_t now_ms_of(const Packet& packet) { return packet.now_ns / 1'000'000; }

/// What SET adds to or takes from a set of networks has the longest length that was ever there (docs/deviations.md; in Linux
/// the longest that is there).
void lengthen(const Set& set, Element& shown) {
    if (set.type != "hash:net") {
        return;
    }
    shown.length = set.longest;
    shown.network = shown.length == 0 ? 0 : shown.network >> (32 - shown.length) << (32 - shown.length);
}

bool is_same(const Element& a, const Element& b) {
    return a.network == b.network && a.length == b.length && a.protocol == b.protocol && a.port == b.port;
}

}  // namespace

std::string sets_text() {
    std::string text;
    for (const Set& set : all_sets()) {
        text += fmt::format("create {} {} {}\n", set.name, set.type, set.options);
        for (const Element& element : set.elements) {
            text += fmt::format("add {} {}{}\n", set.name, element.text, set.timeout_s ? " timeout 0" : "");
        }
    }
    return text;
}

SlowSets::SlowSets() : sets_(all_sets()) {
    for (Set& set : sets_) {
        for (const Element& element : set.elements) {
            set.longest = std::max(set.longest, element.length);
        }
    }
}

SlowSets::Set& SlowSets::set_named(const std::string& name) {
    const auto found = std::find_if(sets_.begin(), sets_.end(), [&](const Set& set) { return set.name == name; });
    if (found == sets_.end()) {
        throw std::invalid_argument("no set " + name);
    }
    return *found;
}

bool SlowSets::counts(const std::string& name) const { return name == "seen" || name == "both"; }

/// ip_set_match_extensions.
bool SlowSets::fits(Set& set, Element& element, const Question& question, const Packet& packet) {
    if (is_over(element, now_ms_of(packet))) {
        return false;
    }
    if (set.counters && question.counts) {
        element.packets += 1;
        element.bytes += packet.bytes;
    }
    return !set.counters || (question.packets.holds(element.packets) && question.bytes.holds(element.bytes));
}

SlowSets::Element* SlowSets::find(Set& set, const Question& question, const Packet& packet) {
    if (set.type == "list:set") {
        Question inner = question;
        inner.packets = inner.bytes = {};
        inner.counts = question.counts && question.counts_members;
        for (Element& one : set.elements) {
            if (question.directions.count > 0 && find(set_named(one.text), inner, packet) != nullptr) {
                return &one;
            }
        }
        return nullptr;
    }
    const auto shown = shown_to(set, question.directions, packet);
    if (!shown) {
        return nullptr;
    }
    std::vector<Element*> candidates;
    for (Element& element : set.elements) {
        if (covers(element, shown->network) && element.protocol == shown->protocol && element.port == shown->port) {
            candidates.push_back(&element);
        }
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](auto* a, auto* b) { return a->length > b->length; });
    const bool has_interfaces = set.type == "hash:net,iface";
    for (Element* element : candidates) {
        if (has_interfaces && element->length != candidates.front()->length) {
            break;  // the longest network decides, with whatever interfaces it is there
        }
        if (element->interface == shown->interface && fits(set, *element, question, packet)) {
            const bool knows_nomatch = set.type == "hash:net" || has_interfaces;
            return element->nomatch == (question.return_nomatch && knows_nomatch) ? element : nullptr;
        }
    }
    return nullptr;
}

bool SlowSets::ask(const acl::SetMatch& match, const Packet& packet) {
    const Question question{match.directions,        match.return_nomatch, !match.leave_counters,
                            !match.leave_subcounters, match.packets,        match.bytes};
    return (find(set_named(match.name), question, packet) != nullptr) != match.inverted;
}

/// Returns: true where it is there now and was not before, or was brought up to date.
bool SlowSets::add(Set& set, const acl::SetTarget& target, const Packet& packet) {
    if (set.type == "list:set") {
        return std::any_of(set.elements.begin(), set.elements.end(),
                           [&](const Element& one) { return add(set_named(one.text), target, packet); });
    }
    auto shown = shown_to(set, target.add.directions, packet);
    if (!shown) {
        return false;
    }
    lengthen(set, *shown);
    if (set.type == "hash:ip" && shown->network == 0) {
        return false;
    }
    const std::uint32_t timeout_s = target.timeout_s.value_or(set.timeout_s.value_or(0));
    shown->deadline_ms = set.timeout_s && timeout_s != 0 ? now_ms_of(packet) + timeout_s * std::uint64_t{1000} : 0;
    shown->packets = 1;
    shown->bytes = packet.bytes;
    const auto known = std::find_if(set.elements.begin(), set.elements.end(),
                                    [&](const Element& one) { return is_same(one, *shown); });
    if (known == set.elements.end()) {
        const bool has_room = set.elements.size() < set.most;
        if (has_room) {
            set.elements.push_back(*shown);
        }
        return has_room;
    }
    const bool may_change = target.exist || is_over(*known, now_ms_of(packet));
    if (may_change) {
        *known = *shown;
    }
    return may_change;
}

bool SlowSets::del(Set& set, const acl::SetTarget& target, const Packet& packet) {
    if (set.type == "list:set") {
        return std::any_of(set.elements.begin(), set.elements.end(),
                           [&](const Element& one) { return del(set_named(one.text), target, packet); });
    }
    auto shown = shown_to(set, target.del.directions, packet);
    if (!shown) {
        return false;
    }
    lengthen(set, *shown);
    return std::erase_if(set.elements, [&](const Element& one) {
               return is_same(one, *shown) && !is_over(one, now_ms_of(packet));
           }) != 0;
}

void SlowSets::apply(const acl::SetTarget& target, Packet& packet) {
    if (!target.add.name.empty()) {
        add(set_named(target.add.name), target, packet);
    }
    if (!target.del.name.empty()) {
        del(set_named(target.del.name), target, packet);
    }
    if (!target.map.name.empty()) {
        const Element* found = find(set_named(target.map.name), {.directions = target.map.directions}, packet);
        if (found != nullptr && target.map_mark) {
            packet.mark = (packet.mark & ~found->mark_mask) ^ found->mark;
        }
    }
}

}  // namespace sluice::model
