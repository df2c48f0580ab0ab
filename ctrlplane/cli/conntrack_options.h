// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

/// The options of conntrack(8) 1.4.7, which commands take them, and what they are called in a call.
namespace sluice::ctrlplane::cli {

enum class ConntrackValue : std::uint8_t { none, wanted, may_follow };

struct ConntrackOption {
    char letter;                            ///< 0: it has none
    std::array<std::string_view, 2> names;  ///< the first is what messages call it
    std::string_view key;                   ///< of the params; with -I and -U what it sets may have another
    ConntrackValue value;
    std::string_view commands;   ///< letters of those that take it
    std::string_view protocols;  ///< letters of the protocols that know it: tcp, udp (and udplite, dccp), sctp, gre, icmp
};

/// In the order in which the tool looks at them.
inline constexpr std::array kConntrackOptions = {
    ConntrackOption{'s', {"src", "orig-src"}, "source", ConntrackValue::wanted, "LIAUDGE", ""},
    ConntrackOption{'d', {"dst", "orig-dst"}, "destination", ConntrackValue::wanted, "LIAUDGE", ""},
    ConntrackOption{'r', {"reply-src", ""}, "reply_source", ConntrackValue::wanted, "LIAUDGE", ""},
    ConntrackOption{'q', {"reply-dst", ""}, "reply_destination", ConntrackValue::wanted, "LIAUDGE", ""},
    ConntrackOption{'p', {"protonum", "proto"}, "protocol", ConntrackValue::wanted, "LIAUDGE", ""},
    ConntrackOption{'t', {"timeout", ""}, "set_timeout", ConntrackValue::wanted, "IAUD", ""},
    ConntrackOption{'u', {"status", ""}, "status", ConntrackValue::wanted, "LIAUD", ""},
    ConntrackOption{'z', {"zero", ""}, "zero", ConntrackValue::none, "L", ""},
    ConntrackOption{'e', {"event-mask", ""}, "event_mask", ConntrackValue::wanted, "E", ""},
    ConntrackOption{0, {"mask-src", ""}, "source_mask", ConntrackValue::wanted, "LUDE", ""},
    ConntrackOption{0, {"mask-dst", ""}, "destination_mask", ConntrackValue::wanted, "LUDE", ""},
    ConntrackOption{'m', {"mark", ""}, "mark", ConntrackValue::wanted, "LIAUDE", ""},
    ConntrackOption{'i', {"id", ""}, "id", ConntrackValue::wanted, "UDG", ""},
    ConntrackOption{'f', {"family", ""}, "family", ConntrackValue::wanted, "LUD", ""},
    ConntrackOption{'n', {"src-nat", ""}, "source_nat", ConntrackValue::may_follow, "LIAUDE", ""},
    ConntrackOption{'g', {"dst-nat", ""}, "destination_nat", ConntrackValue::may_follow, "LIAUDE", ""},
    ConntrackOption{'o', {"output", ""}, "output", ConntrackValue::wanted, "LUDGE", ""},
    ConntrackOption{'b', {"buffer-size", ""}, "buffer_size", ConntrackValue::wanted, "E", ""},
    ConntrackOption{'j', {"any-nat", ""}, "any_nat", ConntrackValue::may_follow, "LDE", ""},
    ConntrackOption{'w', {"zone", ""}, "zone", ConntrackValue::wanted, "LIADEG", ""},
    ConntrackOption{'l', {"label", ""}, "label", ConntrackValue::wanted, "LUDEG", ""},
    ConntrackOption{0, {"label-add", ""}, "label_add", ConntrackValue::wanted, "IAU", ""},
    ConntrackOption{0, {"label-del", ""}, "label_del", ConntrackValue::may_follow, "U", ""},
    ConntrackOption{0, {"orig-zone", ""}, "original_zone", ConntrackValue::wanted, "LIADE", ""},
    ConntrackOption{0, {"reply-zone", ""}, "reply_zone", ConntrackValue::wanted, "LIADE", ""},
    ConntrackOption{0, {"sport", "orig-port-src"}, "source_port", ConntrackValue::wanted, "LIAUDGE", "tus"},
    ConntrackOption{0, {"dport", "orig-port-dst"}, "destination_port", ConntrackValue::wanted, "LIAUDGE", "tus"},
    ConntrackOption{0, {"reply-port-src", ""}, "reply_source_port", ConntrackValue::wanted, "LIAUDGE", "tus"},
    ConntrackOption{0, {"reply-port-dst", ""}, "reply_destination_port", ConntrackValue::wanted, "LIAUDGE", "tus"},
    ConntrackOption{0, {"state", ""}, "state", ConntrackValue::wanted, "LIAUDE", "ts"},
    ConntrackOption{0, {"orig-vtag", ""}, "original_tag", ConntrackValue::wanted, "IA", "s"},
    ConntrackOption{0, {"reply-vtag", ""}, "reply_tag", ConntrackValue::wanted, "IA", "s"},
    ConntrackOption{0, {"srckey", "orig-key-src"}, "source_port", ConntrackValue::wanted, "LIAUDGE", "g"},
    ConntrackOption{0, {"dstkey", "orig-key-dst"}, "destination_port", ConntrackValue::wanted, "LIAUDGE", "g"},
    ConntrackOption{0, {"reply-key-src", ""}, "reply_source_port", ConntrackValue::wanted, "LIAUDGE", "g"},
    ConntrackOption{0, {"reply-key-dst", ""}, "reply_destination_port", ConntrackValue::wanted, "LIAUDGE", "g"},
    ConntrackOption{0, {"icmp-type", ""}, "icmp_type", ConntrackValue::wanted, "LIAUDGE", "i"},
    ConntrackOption{0, {"icmp-code", ""}, "icmp_code", ConntrackValue::wanted, "LIAUDGE", "i"},
    ConntrackOption{0, {"icmp-id", ""}, "icmp_id", ConntrackValue::wanted, "LIAUDGE", "i"},
};

/// The commands, by letter; what the control socket calls them, if they are built.
struct ConntrackCommand {
    char letter;
    std::string_view name;
    std::string_view method;
};
inline constexpr std::array kConntrackCommands = {
    ConntrackCommand{'L', "dump", "conntrack.list"},     ConntrackCommand{'I', "create", "conntrack.create"},
    ConntrackCommand{'A', "add", "conntrack.create"},    ConntrackCommand{'D', "delete", "conntrack.delete"},
    ConntrackCommand{'U', "update", "conntrack.update"}, ConntrackCommand{'G', "get", "conntrack.get"},
    ConntrackCommand{'F', "flush", "conntrack.flush"},   ConntrackCommand{'E', "event", "conntrack.events"},
    ConntrackCommand{'C', "count", "conntrack.count"},   ConntrackCommand{'S', "stats", "conntrack.stats"},
    ConntrackCommand{'R', "load-file", ""},              ConntrackCommand{'s', "save", "conntrack.save"},
    ConntrackCommand{'l', "load", "conntrack.load"},
};

/// The letter of a protocol in `ConntrackOption::protocols`; `?`: it has no options of its own.
[[nodiscard]] constexpr char protocol_letter(std::string_view protocol) {
    constexpr std::array<std::pair<std::string_view, char>, 14> kLetters = {{{"tcp", 't'},
                                                                             {"6", 't'},
                                                                             {"udp", 'u'},
                                                                             {"17", 'u'},
                                                                             {"udplite", 'u'},
                                                                             {"136", 'u'},
                                                                             {"dccp", 'u'},
                                                                             {"33", 'u'},
                                                                             {"sctp", 's'},
                                                                             {"132", 's'},
                                                                             {"gre", 'g'},
                                                                             {"47", 'g'},
                                                                             {"icmp", 'i'},
                                                                             {"1", 'i'}}};
    for (const auto& [name, letter] : kLetters) {
        if (name == protocol) {
            return letter;
        }
    }
    return '?';
}

}  // namespace sluice::ctrlplane::cli
