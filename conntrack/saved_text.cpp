// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "conntrack/saved.h"
#include "conntrack/text.h"
#include "dataplane/base/append.h"

namespace sluice::conntrack {

namespace {

/// Numbers with commas between them, decimal, or hexadecimal with 0x in front; each has a largest value.
class Numbers {
public:
    explicit Numbers(std::string_view text) : rest_(text) {}

    template <class Number>
    void read(Number& number, std::uint64_t most = std::numeric_limits<Number>::max()) {
        const std::size_t comma = rest_.find(',');
        std::string_view digits = rest_.substr(0, comma);
        const bool is_hex = digits.starts_with("0x");
        digits.remove_prefix(is_hex ? 2 : 0);
        std::uint64_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
        is_good_ = is_good_ && error == std::errc{} && end == digits.data() + digits.size() && value <= most;
        number = static_cast<Number>(value);
        has_ended_ = comma == std::string_view::npos;
        rest_.remove_prefix(has_ended_ ? rest_.size() : comma + 1);
    }
    /// All were there, and no more.
    [[nodiscard]] bool is_good() const { return is_good_ && has_ended_; }

private:
    std::string_view rest_;
    bool is_good_ = true;
    bool has_ended_ = false;
};

template <class Number>
bool read_number(std::string_view text, Number& number, std::uint64_t most = std::numeric_limits<Number>::max()) {
    Numbers numbers(text);
    numbers.read(number, most);
    return numbers.is_good();
}

bool read_port(std::string_view text, base::Be16& port) {
    std::uint16_t number = 0;
    const bool is_good = read_number(text, number);
    port = base::Be16::from_host(number);
    return is_good;
}

bool read_address(std::string_view text, net::Ipv4Address& address) {
    const auto parsed = net::parse_ipv4(text);
    address = parsed.value_or(net::Ipv4Address{});
    return parsed.has_value();
}

bool read_side(std::string_view text, TcpSide& side) {
    constexpr std::uint64_t kLargestScale = 14;
    Numbers numbers(text);
    numbers.read(side.end);
    numbers.read(side.max_end);
    numbers.read(side.max_ack);
    numbers.read(side.max_window);
    numbers.read(side.scale, kLargestScale);
    numbers.read(side.flags);
    return numbers.is_good();
}

bool read_last(std::string_view text, TcpMemory& tcp) {
    Numbers numbers(text);
    std::uint8_t kind = 0;
    std::uint8_t way = 0;
    numbers.read(kind, static_cast<std::uint64_t>(TcpKind::none));
    numbers.read(way, 1);
    numbers.read(tcp.last_flags, 0xf);
    numbers.read(tcp.last_scale, 0xf);
    numbers.read(tcp.repeats);
    numbers.read(tcp.last_window);
    numbers.read(tcp.last_end);
    numbers.read(tcp.last_ack);
    numbers.read(tcp.last_length);
    tcp.last_kind = static_cast<TcpKind>(kind);
    tcp.last_way = static_cast<Way>(way);
    return numbers.is_good();
}

bool read_state(std::string_view text, SavedConnection<net::Ipv4>& saved) {
    for (unsigned i = 0; i < kTcpStates && saved.original.protocol == net::kProtocolTcp; ++i) {
        if (text == tcp_state_name(static_cast<TcpState>(i))) {
            saved.tcp.state = static_cast<TcpState>(i);
            return true;
        }
    }
    for (unsigned i = 0; i < kSctpStates && saved.original.protocol == net::kProtocolSctp; ++i) {
        if (text == sctp_state_name(static_cast<SctpState>(i))) {
            saved.sctp.state = static_cast<SctpState>(i);
            return true;
        }
    }
    return false;
}

bool read_tags(std::string_view text, SctpMemory& sctp) {
    Numbers numbers(text);
    std::uint8_t flags = 0;
    numbers.read(sctp.tags[0]);
    numbers.read(sctp.tags[1]);
    numbers.read(flags, 0xf);
    sctp.heartbeat_failed = (flags & 1U) != 0;
    sctp.last_way = static_cast<Way>(flags >> 1U & 1U);
    sctp.has_begun = {(flags & 4U) != 0, (flags & 8U) != 0};
    return numbers.is_good();
}

bool read_counts(std::string_view text, SavedConnection<net::Ipv4>& saved) {
    Numbers numbers(text);
    saved.counted.emplace();
    for (base::PacketCount& count : *saved.counted) {
        numbers.read(count.packets);
        numbers.read(count.bytes);
    }
    return numbers.is_good();
}

bool read_labels(std::string_view text, SavedConnection<net::Ipv4>& saved) {
    Numbers numbers(text);
    saved.labels.emplace();
    for (std::uint64_t& word : *saved.labels) {
        numbers.read(word);
    }
    return numbers.is_good();
}

bool read_interface(std::string_view text, const InterfaceNames& interfaces, SavedConnection<net::Ipv4>& saved) {
    const auto id = interfaces.id(text);
    // of one that is gone: then it is as if MASQUERADE had been a SNAT
    saved.masquerade = id.value_or(base::kNoInterface);
    return !text.empty();
}

/// `MANNER,INTERFACE`, the name may be missing.
bool read_mapping(std::string_view text, const InterfaceNames& interfaces, SavedConnection<net::Ipv4>& saved) {
    const std::size_t comma = text.find(',');
    saved.mapping.emplace();
    if (comma != std::string_view::npos) {
        saved.mapping->interface = interfaces.id(text.substr(comma + 1)).value_or(base::kNoInterface);
    }
    return read_number(text.substr(0, comma), saved.mapping->manner, manner::kIndependent | manner::kFiltering);
}

/// The words of a line, by their names; the protocol stands before them all.
struct Word {
    std::string_view name;
    bool is_wanted;
    bool (*read)(std::string_view, const InterfaceNames&, SavedConnection<net::Ipv4>&);
};
using Saved = SavedConnection<net::Ipv4>;
using Names = const InterfaceNames&;
constexpr std::uint64_t kLongest_ms = 21'000'000'000;  // as timeouts: the clock of connections compares no further
constexpr std::array kWords = {
    Word{"src", true, [](std::string_view t, Names, Saved& s) { return read_address(t, s.original.source); }},
    Word{"dst", true, [](std::string_view t, Names, Saved& s) { return read_address(t, s.original.destination); }},
    Word{"sport", true, [](std::string_view t, Names, Saved& s) { return read_port(t, s.original.source_port); }},
    Word{"dport", true, [](std::string_view t, Names, Saved& s) { return read_port(t, s.original.destination_port); }},
    Word{"reply-src", true, [](std::string_view t, Names, Saved& s) { return read_address(t, s.reply.source); }},
    Word{"reply-dst", true, [](std::string_view t, Names, Saved& s) { return read_address(t, s.reply.destination); }},
    Word{"reply-sport", true, [](std::string_view t, Names, Saved& s) { return read_port(t, s.reply.source_port); }},
    Word{"reply-dport", true, [](std::string_view t, Names, Saved& s) { return read_port(t, s.reply.destination_port); }},
    Word{"zone", false, [](std::string_view t, Names, Saved& s) { return read_number(t, s.original.zone); }},
    Word{"reply-zone", false, [](std::string_view t, Names, Saved& s) { return read_number(t, s.reply.zone); }},
    Word{"left-ms", true, [](std::string_view t, Names, Saved& s) { return read_number(t, s.left_ms, kLongest_ms); }},
    Word{"age-ms", true, [](std::string_view t, Names, Saved& s) { return read_number(t, s.age_ms, kLongest_ms * 2); }},
    Word{"status", true, [](std::string_view t, Names, Saved& s) { return read_number(t, s.status, status::kKernels); }},
    Word{"mark", false, [](std::string_view t, Names, Saved& s) { return read_number(t, s.mark); }},
    Word{"labels", false, [](std::string_view t, Names, Saved& s) { return read_labels(t, s); }},
    Word{"counted", false, [](std::string_view t, Names, Saved& s) { return read_counts(t, s); }},
    Word{"masquerade", false, [](std::string_view t, Names n, Saved& s) { return read_interface(t, n, s); }},
    Word{"mapping", false, [](std::string_view t, Names n, Saved& s) { return read_mapping(t, n, s); }},
    Word{"state", false, [](std::string_view t, Names, Saved& s) { return read_state(t, s); }},
    Word{"original", false, [](std::string_view t, Names, Saved& s) { return read_side(t, s.tcp.sides[0]); }},
    Word{"reply", false, [](std::string_view t, Names, Saved& s) { return read_side(t, s.tcp.sides[1]); }},
    Word{"last", false, [](std::string_view t, Names, Saved& s) { return read_last(t, s.tcp); }},
    Word{"tags", false, [](std::string_view t, Names, Saved& s) { return read_tags(t, s.sctp); }},
};

std::optional<std::uint8_t> protocol_in(std::string_view word) {
    for (unsigned number = 1; number <= std::numeric_limits<std::uint8_t>::max(); ++number) {
        const auto protocol = static_cast<std::uint8_t>(number);
        if (word == protocol_name(protocol) && word != "unknown") {
            return protocol;
        }
    }
    std::uint8_t number = 0;
    return read_number(word, number) ? std::optional(number) : std::nullopt;
}

/// What has to be there, by protocol, and what must not contradict itself. Empty: all is well.
std::string lack_of(const Saved& saved, std::uint32_t met) {
    const auto has = [&](std::string_view name) {
        const auto word = std::find_if(kWords.begin(), kWords.end(), [&](const Word& one) { return one.name == name; });
        return (met >> (word - kWords.begin()) & 1U) != 0;
    };
    for (std::size_t i = 0; i < kWords.size(); ++i) {
        if (kWords[i].is_wanted && (met >> i & 1U) == 0) {
            return fmt::format("'{}=' is missing", kWords[i].name);
        }
    }
    const bool is_tcp = saved.original.protocol == net::kProtocolTcp;
    const bool is_sctp = saved.original.protocol == net::kProtocolSctp;
    for (const std::string_view name : {"original", "reply", "last"}) {
        if (has(name) != is_tcp) {
            return fmt::format("'{}=' {}", name, is_tcp ? "is missing" : "is TCP's only");
        }
    }
    if (has("tags") != is_sctp) {
        return fmt::format("'tags=' {}", is_sctp ? "is missing" : "is SCTP's only");
    }
    return has("state") == (is_tcp || is_sctp) ? std::string() : "'state=' is missing";
}

void append_tracker(std::string& line, const Saved& saved) {
    const auto side = [&](std::string_view name, const TcpSide& one) {
        base::append(line, " {}={},{},{},{},{},{}", name, one.end, one.max_end, one.max_ack, one.max_window, one.scale,
                     one.flags);
    };
    if (saved.original.protocol == net::kProtocolTcp) {
        const TcpMemory& tcp = saved.tcp;
        base::append(line, " state={}", tcp_state_name(tcp.state));
        side("original", tcp.sides[0]);
        side("reply", tcp.sides[1]);
        base::append(line, " last={},{},{},{},{},{},{},{},{}", static_cast<unsigned>(tcp.last_kind),
                     static_cast<unsigned>(tcp.last_way), tcp.last_flags, tcp.last_scale, tcp.repeats, tcp.last_window,
                     tcp.last_end, tcp.last_ack, tcp.last_length);
    } else if (saved.original.protocol == net::kProtocolSctp) {
        const SctpMemory& sctp = saved.sctp;
        const unsigned flags = (sctp.heartbeat_failed ? 1U : 0U) | static_cast<unsigned>(sctp.last_way) << 1U |
                               (sctp.has_begun[0] ? 4U : 0U) | (sctp.has_begun[1] ? 8U : 0U);
        base::append(line, " state={} tags={},{},{}", sctp_state_name(sctp.state), sctp.tags[0], sctp.tags[1], flags);
    }
}

}  // namespace

template <>
std::string saved_line(const SavedConnection<net::Ipv4>& saved, const InterfaceNames& interfaces) {
    const net::Tuple<net::Ipv4>& original = saved.original;
    const net::Tuple<net::Ipv4>& reply = saved.reply;
    const std::string_view name = protocol_name(original.protocol);
    std::string line = name == "unknown" ? fmt::format("{}", original.protocol) : std::string(name);
    base::append(line, " src={} dst={} sport={} dport={}", to_string(original.source), to_string(original.destination),
                 original.source_port.host(), original.destination_port.host());
    base::append(line, " reply-src={} reply-dst={} reply-sport={} reply-dport={}", to_string(reply.source),
                 to_string(reply.destination), reply.source_port.host(), reply.destination_port.host());
    if (original.zone != 0 || reply.zone != 0) {
        base::append(line, " zone={} reply-zone={}", original.zone, reply.zone);
    }
    base::append(line, " left-ms={} age-ms={} status={:#x}", saved.left_ms, saved.age_ms, saved.status);
    if (saved.mark != 0) {
        base::append(line, " mark={:#x}", saved.mark);
    }
    if (saved.labels) {
        base::append(line, " labels={:#x},{:#x}", (*saved.labels)[0], (*saved.labels)[1]);
    }
    if (saved.counted) {
        const auto& counted = *saved.counted;
        base::append(line, " counted={},{},{},{}", counted[0].packets, counted[0].bytes, counted[1].packets,
                     counted[1].bytes);
    }
    if (saved.masquerade != base::kNoInterface) {
        base::append(line, " masquerade={}", interfaces.name(saved.masquerade));
    }
    if (saved.mapping) {
        base::append(line, " mapping={}", saved.mapping->manner);
        if (saved.mapping->interface != base::kNoInterface) {
            base::append(line, ",{}", interfaces.name(saved.mapping->interface));
        }
    }
    append_tracker(line, saved);
    return line;
}

template <>
tl::expected<SavedConnection<net::Ipv4>, std::string> parse_saved_line(std::string_view line,
                                                                       const InterfaceNames& interfaces) {
    Saved saved;
    const auto next = [&] {
        const std::string_view word = line.substr(0, line.find(' '));
        line.remove_prefix(std::min(word.size() + 1, line.size()));
        return word;
    };
    const std::string_view first = next();
    const auto protocol = protocol_in(first);
    if (!protocol) {
        return tl::unexpected(fmt::format("'{}' is no protocol", first));
    }
    saved.original.protocol = *protocol;
    saved.reply.protocol = *protocol;
    std::uint32_t met = 0;
    while (!line.empty()) {
        const std::string_view word = next();
        const std::size_t equals = word.find('=');
        const auto known = std::find_if(kWords.begin(), kWords.end(), [&](const Word& one) {
            return equals != std::string_view::npos && one.name == word.substr(0, equals);
        });
        if (known == kWords.end()) {
            return tl::unexpected(fmt::format("'{}' is not known", word));
        }
        const std::uint32_t bit = 1U << (known - kWords.begin());
        if ((met & bit) != 0) {
            return tl::unexpected(fmt::format("'{}' comes a second time", word));
        }
        met |= bit;
        if (!known->read(word.substr(equals + 1), interfaces, saved)) {
            return tl::unexpected(fmt::format("'{}' makes no sense", word));
        }
    }
    if (std::string lack = lack_of(saved, met); !lack.empty()) {
        return tl::unexpected(std::move(lack));
    }
    return saved;
}

}  // namespace sluice::conntrack
