// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_effects.h"

#include <algorithm>
#include <utility>

#include "acl/all_targets.h"
#include "conntrack/connection.h"

namespace sluice::model {

namespace {

/// Bit by bit: outside the mask the mark stays, inside it is cleared; then the value is added without carry.
std::uint32_t changed(std::uint32_t mark, std::uint32_t mask, std::uint32_t value) {
    std::uint32_t result = 0;
    for (unsigned bit = 0; bit < 32; ++bit) {
        const bool kept = (mark >> bit & 1) == 1 && (mask >> bit & 1) == 0;
        const bool flips = (value >> bit & 1) == 1;
        result += kept != flips ? 1U << bit : 0U;
    }
    return result;
}

std::uint32_t shifted(const acl::ConnmarkTarget& target, std::uint32_t mark) {
    for (unsigned step = 0; step < target.shift % 32; ++step) {
        mark = target.shifts_right ? mark / 2 : mark * 2;
    }
    return mark;
}

void affect(const acl::MarkTarget& target, Packet& packet) {
    packet.mark = changed(packet.mark, target.mask, target.value);
}

void affect(const acl::ConnmarkTarget& target, Packet& packet) {
    using Mode = acl::ConnmarkTarget::Mode;
    if (packet.connection == nullptr) {
        return;
    }
    if (target.mode == Mode::set) {
        packet.connection_mark =
            shifted(target, changed(packet.connection_mark, target.connection_mask, target.value));
    } else if (target.mode == Mode::save) {
        packet.connection_mark = changed(packet.connection_mark, target.connection_mask,
                                         shifted(target, packet.mark & target.packet_mask));
    } else {
        packet.mark = changed(packet.mark, target.packet_mask,
                              shifted(target, packet.connection_mark & target.connection_mask));
    }
}

void affect(const acl::TtlTarget& target, Packet& packet) {
    int ttl = packet.ttl;
    if (target.mode == acl::TtlTarget::Mode::set) {
        ttl = target.value;
    } else if (target.mode == acl::TtlTarget::Mode::increase) {
        ttl = ttl + target.value > 255 ? 255 : ttl + target.value;
    } else {
        ttl = ttl < target.value ? 0 : ttl - target.value;
    }
    packet.ttl = static_cast<std::uint8_t>(ttl);
}

void affect(const acl::TosTarget& target, Packet& packet) {
    packet.tos = static_cast<std::uint8_t>(changed(packet.tos, target.mask, target.value) % 256);
}

void affect(const acl::DscpTarget& target, Packet& packet) {
    packet.tos = static_cast<std::uint8_t>(target.dscp * 4 + packet.tos % 4);
}

/// The mixing of three words by Bob Jenkins, line by line as he has it (lookup3.c, "final").
std::uint32_t hash_of_words(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    const auto turned = [](std::uint32_t word, unsigned bits) { return word << bits | word >> (32 - bits); };
    c ^= b;
    c -= turned(b, 14);
    a ^= c;
    a -= turned(c, 11);
    b ^= a;
    b -= turned(a, 25);
    c ^= b;
    c -= turned(b, 16);
    a ^= c;
    a -= turned(c, 4);
    b ^= a;
    b -= turned(a, 14);
    c ^= b;
    c -= turned(b, 24);
    return c;
}

struct HashedFlow {
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
    std::uint32_t first_port = 0;
    std::uint32_t second_port = 0;
    unsigned protocol = 0;
    bool has_ports = false;
};

std::uint32_t cut_to_prefix(std::uint32_t address, std::uint32_t length) {
    for (std::uint32_t bit = 0; bit < 32 - length; ++bit) {
        address &= ~(1U << bit);
    }
    return address;
}

/// The flow of the packet's own headers, or of those that it quotes; false: an error whose quote is cut.
bool read_flow(const Packet& packet, HashedFlow& flow) {
    const Bytes bytes(packet.packet.begin(), packet.packet.end());
    flow.source = packet.source.host();
    flow.destination = packet.destination.host();
    flow.protocol = packet.protocol;
    std::size_t at = 0;
    if (flow.protocol == 1 && bytes.size() >= header_bytes(bytes) + 8) {
        const unsigned type = byte_at(bytes, header_bytes(bytes));
        if (type == 3 || type == 4 || type == 5 || type == 11 || type == 12) {
            at = header_bytes(bytes) + 8;
            if (bytes.size() < at + 20) {
                return false;
            }
            flow.source = source_of(bytes, at);
            flow.destination = destination_of(bytes, at);
            flow.protocol = protocol_of(bytes, at);
        }
    }
    const bool is_spi = flow.protocol == 50 || flow.protocol == 51;
    const bool has_words =
        flow.protocol == 6 || flow.protocol == 17 || flow.protocol == 33 || flow.protocol == 132 || flow.protocol == 136 || is_spi;
    const std::size_t where = at + header_bytes(bytes, at) + (flow.protocol == 51 ? 4 : 0);
    if (!has_words || word_at(bytes, at + 6) % 0x4000 != 0 || bytes.size() < where + 4) {
        return true;
    }
    const bool in_view = at == 0 && packet.has_l4 && !is_spi;
    flow.first_port = in_view ? packet.source_port.host() : word_at(bytes, where);
    flow.second_port = in_view ? packet.destination_port.host() : word_at(bytes, where + 2);
    flow.has_ports = true;
    return true;
}

void affect(const acl::HmarkTarget& target, Packet& packet) {
    using Part = acl::HmarkTarget::Part;
    const auto value = [&](Part part) { return target.values[part]; };
    HashedFlow flow;
    if (target.has(Part::connection)) {
        if (packet.connection == nullptr) {
            return;
        }
        const auto& there = (*packet.connection)[conntrack::Way::original].tuple;
        const auto& back = (*packet.connection)[conntrack::Way::reply].tuple;
        flow = {there.source.host(), back.source.host(), there.source_port.host(), back.source_port.host(), there.protocol,
                there.protocol != 1};
    } else if (!read_flow(packet, flow)) {
        return;
    }
    std::uint32_t ports = 0;
    if (flow.has_ports) {
        const auto side = [&](std::uint32_t port, Part mask, Part set, unsigned shift) {
            const std::uint32_t kept = port & (value(mask) | (value(Part::spi_mask) >> shift) % 65536);
            return kept | value(set) | (value(Part::spi) >> shift) % 65536;
        };
        const std::uint32_t first = side(flow.first_port, Part::source_port_mask, Part::source_port, 16);
        const std::uint32_t second = side(flow.second_port, Part::destination_port_mask, Part::destination_port, 0);
        ports = second > first ? second * 65536 + first : first * 65536 + second;
    }
    std::uint32_t low = cut_to_prefix(flow.source, value(Part::source_prefix));
    std::uint32_t high = cut_to_prefix(flow.destination, value(Part::destination_prefix));
    if (high < low) {
        std::swap(low, high);
    }
    const std::uint32_t start = 0xdeadbeef + 12 + value(Part::random);
    const std::uint32_t hash = hash_of_words(low + start, high + start, ports + start) ^ (flow.protocol & value(Part::protocol_mask));
    packet.mark = static_cast<std::uint32_t>(static_cast<std::uint64_t>(hash) * value(Part::modulus) / 4294967296U) + value(Part::offset);
}

void affect(const acl::CtTarget& target, Packet& packet) {
    static const conntrack::Connection<net::Ipv4> stand_in{};
    if (packet.connection != nullptr || packet.is_untracked) {
        return;  // an earlier one has decided
    }
    packet.is_untracked = target.notrack;
    packet.connection = target.notrack ? nullptr : &stand_in;
    packet.state = target.notrack ? conntrack::CtState::untracked : conntrack::CtState::new_;
}

template <class Target>
void affect(const Target&, Packet&) {}  // verdicts, jumps, and what changes nothing but bytes

/// Where the TCP header begins; 0 where there is none in full.
std::size_t tcp_begin(const Bytes& bytes) {
    return bytes.size() >= 20 && protocol_of(bytes) == 6 && bytes.size() >= header_bytes(bytes) + 20
               ? header_bytes(bytes)
               : 0;
}

/// The sum of the segment without the checksum's own word, to see what a change did; a wrong sum stays as wrong.
unsigned segment_sum(const Bytes& bytes, std::size_t tcp) {
    Bytes blank = bytes;
    put_word(blank, tcp + 16, 0);
    return sum_of(blank, tcp, blank.size(), pseudo_header_sum(blank));
}

/// Ones' complement subtraction of what the segment added up to before, addition of what it adds up to now.
void mend(Bytes& bytes, std::size_t tcp, unsigned before) {
    const unsigned now = segment_sum(bytes, tcp);
    unsigned sum = (0xffffU - word_at(bytes, tcp + 16)) + (0xffffU - before) + now;
    while (sum > 0xffff) {
        sum = sum % 65536 + sum / 65536;
    }
    put_word(bytes, tcp + 16, 0xffffU - sum);
}

void change_bytes(const acl::EcnTarget&, Packet&, Bytes& bytes, std::size_t tcp) {
    put_byte(bytes, tcp + 13, byte_at(bytes, tcp + 13) % 64);
}

void change_bytes(const acl::TcpoptstripTarget& target, Packet&, Bytes& bytes, std::size_t tcp) {
    const std::size_t end = tcp + byte_at(bytes, tcp + 12) / 16 * 4;
    for (std::size_t here = tcp + 20; here + 1 < end;) {
        const unsigned kind = byte_at(bytes, here);
        const unsigned said = byte_at(bytes, here + 1);
        const std::size_t length = kind < 2 || said == 0 ? 1 : said;
        if (here + length > end) {
            return;
        }
        for (std::size_t i = 0; target[kind] && i < length; ++i) {
            put_byte(bytes, here + i, 1);
        }
        here += length;
    }
}

void change_bytes(const acl::TcpmssTarget& target, Packet& packet, Bytes& bytes, std::size_t tcp) {
    unsigned mss = target.mss;
    if (target.clamp_to_pmtu) {
        mss = std::min(packet.out_mtu, mtu_to(packet.path_mtu, packet.source)) - 40;
    }
    const std::size_t header = byte_at(bytes, tcp + 12) / 16 * 4;
    for (std::size_t here = tcp + 20; here + 4 <= tcp + header;) {
        const unsigned kind = byte_at(bytes, here);
        const unsigned said = byte_at(bytes, here + 1);
        if (kind == 2 && said == 4) {
            put_word(bytes, here + 2, std::min<unsigned>(word_at(bytes, here + 2), mss));
            return;
        }
        here += kind < 2 || said == 0 ? 1 : said;
    }
    if (bytes.size() > tcp + header || header == 60) {
        return;
    }
    const Bytes option = {std::byte{2}, std::byte{4}, static_cast<std::byte>(std::min(mss, 536U) / 256),
                          static_cast<std::byte>(std::min(mss, 536U) % 256)};
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(tcp) + 20, option.begin(), option.end());
    put_byte(bytes, tcp + 12, byte_at(bytes, tcp + 12) + 16);
    put_word(bytes, 2, word_at(bytes, 2) + 4U);
    packet.bytes += 4;
}

template <class Target>
concept ChangesTcp = requires(const Target& target, Packet& packet, Bytes& bytes) {
    change_bytes(target, packet, bytes, std::size_t{0});
};

/// The bytes of a packet whose view has been changed, and the changes that no view shows.
template <class Target>
void write(const Target& target, Packet& packet, Bytes& bytes) {
    if (bytes.size() < 20) {
        return;
    }
    if constexpr (ChangesTcp<Target>) {
        if (const std::size_t tcp = tcp_begin(bytes); tcp != 0) {
            const unsigned before = segment_sum(bytes, tcp);
            change_bytes(target, packet, bytes, tcp);
            mend(bytes, tcp, before);
        }
    }
    put_byte(bytes, 8, packet.ttl);
    put_byte(bytes, 1, packet.tos);
    seal_header(bytes);
    packet.packet = bytes;
}

}  // namespace

bool drops(const acl::AnyTarget& target, const Bytes& bytes) {
    const bool needs_header = acl::holds<acl::EcnTarget>(target);
    const bool needs_options =
        acl::holds<acl::TcpmssTarget>(target) || acl::holds<acl::TcpoptstripTarget>(target);
    if ((!needs_header && !needs_options) || bytes.size() < 20) {
        return false;
    }
    const std::size_t tcp = header_bytes(bytes);
    if (bytes.size() < tcp + 20) {
        return true;
    }
    const std::size_t header = byte_at(bytes, tcp + 12) / 16 * 4;
    return needs_options && (header < 20 || tcp + header > bytes.size());
}

Packet affected(const acl::AnyTarget& target, const Packet& packet, Bytes& bytes) {
    Packet after = packet;
    acl::visit_target(target, [&](const auto& held) {
        affect(held, after);
        write(held, after, bytes);
    });
    return after;
}

}  // namespace sluice::model
