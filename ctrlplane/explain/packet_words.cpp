// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/explain/packet_words.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "acl/text/names.h"
#include "acl/text/numbers.h"
#include "acl/text/words.h"

namespace sluice::ctrlplane::explain {

namespace {

using acl::text::parse_number;
using Set = base::Result<void>;

constexpr std::array<std::pair<std::string_view, conntrack::CtState>, 5> kStates = {
    {{"NEW", conntrack::CtState::new_},
     {"ESTABLISHED", conntrack::CtState::established},
     {"RELATED", conntrack::CtState::related},
     {"INVALID", conntrack::CtState::invalid},
     {"UNTRACKED", conntrack::CtState::untracked}}};

tl::unexpected<base::Error> bad(std::string_view option, std::string_view value) {
    return base::failure(fmt::format("'{}' makes no sense after '{}'", value, option));
}

template <class T>
Set number(T& into, const std::string& option, const std::string& value) {
    const auto parsed = parse_number(value, static_cast<std::uint32_t>(std::numeric_limits<T>::max()));
    if (!parsed) {
        return bad(option, value);
    }
    into = static_cast<T>(*parsed);
    return {};
}

Set address(net::Ipv4Address& into, const std::string& option, const std::string& value) {
    const auto parsed = net::parse_ipv4(value);
    if (!parsed) {
        return bad(option, value);
    }
    into = *parsed;
    return {};
}

Set protocol(std::uint8_t& into, const std::string& option, const std::string& value) {
    if (const auto named = acl::text::protocol_number(value)) {
        into = *named;
        return {};
    }
    return number(into, option, value);
}

Set icmp_type(MadeUpPacket& packet, const std::string& option, const std::string& value) {
    const std::size_t slash = value.find('/');
    if (auto done = number(packet.icmp_type, option, value.substr(0, slash)); !done) {
        return done;
    }
    return slash == std::string::npos ? Set() : number(packet.icmp_code, option, value.substr(slash + 1));
}

Set state(conntrack::CtState& into, const std::string& option, const std::string& value) {
    const auto* found = std::find_if(kStates.begin(), kStates.end(), [&](const auto& one) { return one.first == value; });
    if (found == kStates.end()) {
        return bad(option, value);
    }
    into = found->second;
    return {};
}

Set take(MadeUpPacket& packet, const std::string& option, const std::string& value) {
    if (option == "-i") {
        packet.in = value;
        return {};
    }
    if (option == "-s" || option == "-d") {
        return address(option == "-s" ? packet.source : packet.destination, option, value);
    }
    if (option == "-p") {
        return protocol(packet.protocol, option, value);
    }
    if (option == "--sport" || option == "--dport") {
        return number(option == "--sport" ? packet.source_port : packet.destination_port, option, value);
    }
    if (option == "--icmp-type") {
        return icmp_type(packet, option, value);
    }
    if (option == "--ctstate") {
        return state(packet.state, option, value);
    }
    if (option == "--mark") {
        return number(packet.mark, option, value);
    }
    if (option == "--tos" || option == "--ttl") {
        return number(option == "--tos" ? packet.tos : packet.ttl, option, value);
    }
    if (option == "--length") {
        return number(packet.length, option, value);
    }
    return base::failure(fmt::format(
        "unknown word '{}'; known are -i -s -d -p --sport --dport --icmp-type --ctstate --mark --tos --ttl --length",
        option));
}

}  // namespace

base::Result<MadeUpPacket> read_packet(std::span<const std::string> words) {
    MadeUpPacket packet;
    bool has_ports = false;
    for (std::size_t i = 0; i < words.size(); i += 2) {
        if (i + 1 == words.size()) {
            return base::failure(fmt::format("'{}' needs a value", words[i]));
        }
        if (auto done = take(packet, words[i], words[i + 1]); !done) {
            return tl::unexpected(done.error());
        }
        has_ports = has_ports || words[i] == "--sport" || words[i] == "--dport";
    }
    if (packet.source == net::Ipv4Address{} || packet.destination == net::Ipv4Address{}) {
        return base::failure("-s and -d are needed: from where, and where to?");
    }
    constexpr std::array<std::uint8_t, 5> kWithPorts = {6, 17, 33, 132, 136};
    if (has_ports && std::find(kWithPorts.begin(), kWithPorts.end(), packet.protocol) == kWithPorts.end()) {
        return base::failure("ports need -p tcp, udp, udplite, sctp or dccp");
    }
    return packet;
}

base::Result<MadeUpPacket> read_packet(const std::string& line) {
    const auto cut = acl::text::split_words(line);
    if (!cut) {
        return base::failure(cut.error().message);
    }
    std::vector<std::string> words;
    for (const acl::text::Word& word : *cut) {
        words.push_back(word.text);
    }
    return read_packet(words);
}

}  // namespace sluice::ctrlplane::explain
