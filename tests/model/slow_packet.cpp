// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_packet.h"

#include <fmt/format.h>

namespace sluice::model {

namespace {

constexpr unsigned kIcmp = 1;
constexpr unsigned kTcp = 6;
constexpr unsigned kUdp = 17;
constexpr unsigned kGre = 47;
constexpr unsigned kSctp = 132;
constexpr unsigned kUdpLite = 136;

unsigned folded(std::uint64_t sum) {
    while (sum > 0xffff) {
        sum = sum % 0x10000 + sum / 0x10000;
    }
    return static_cast<unsigned>(sum);
}

/// RFC 1624, equation 3: the checksum after one of its words has changed.
unsigned mended(unsigned checksum, unsigned before, unsigned after) {
    return 0xffff - folded((0xffff - checksum) + (0xffff - before) + after);
}

/// Changes a word and the checksums at the places given.
void change_word(Bytes& bytes, std::size_t at, unsigned value, const std::vector<std::size_t>& checksums) {
    const unsigned before = word_at(bytes, at);
    if (before == value) {
        return;
    }
    for (const std::size_t place : checksums) {
        put_word(bytes, place, mended(word_at(bytes, place), before, value));
    }
    put_word(bytes, at, value);
}

std::string address_text(std::uint32_t address) {
    return fmt::format("{}.{}.{}.{}", address >> 24U, address >> 16U & 255U, address >> 8U & 255U,
                       address & 255U);
}

}  // namespace

Flow inverse(const Flow& flow) {
    Flow back{flow.destination, flow.source, flow.destination_port, flow.source_port, flow.protocol};
    if (flow.protocol == kIcmp) {
        back.source_port = flow.source_port;
        const int type = answering_type(flow.destination_port / 256U);
        back.destination_port = static_cast<std::uint16_t>(
            (type < 0 ? flow.destination_port / 256 : type) * 256 + flow.destination_port % 256);
    }
    return back;
}

std::string to_string(const Flow& flow) {
    return fmt::format("{} {}:{} > {}:{}", flow.protocol, address_text(flow.source), flow.source_port,
                       address_text(flow.destination), flow.destination_port);
}

unsigned byte_at(const Bytes& bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes.at(at));
}

std::uint16_t word_at(const Bytes& bytes, std::size_t at) {
    return static_cast<std::uint16_t>(byte_at(bytes, at) * 256 + byte_at(bytes, at + 1));
}

std::uint32_t long_at(const Bytes& bytes, std::size_t at) {
    return std::uint32_t{word_at(bytes, at)} * 65536U + word_at(bytes, at + 2);
}

void put_byte(Bytes& bytes, std::size_t at, unsigned value) {
    bytes.at(at) = static_cast<std::byte>(value);
}

void put_word(Bytes& bytes, std::size_t at, unsigned value) {
    put_byte(bytes, at, value / 256);
    put_byte(bytes, at + 1, value % 256);
}

void put_long(Bytes& bytes, std::size_t at, std::uint32_t value) {
    put_word(bytes, at, value / 65536);
    put_word(bytes, at + 2, value % 65536);
}

unsigned sum_of(const Bytes& bytes, std::size_t from, std::size_t to, unsigned start) {
    std::uint64_t sum = start;
    for (std::size_t i = from; i < to; ++i) {
        sum += (i - from) % 2 == 0 ? byte_at(bytes, i) * 256 : byte_at(bytes, i);
    }
    return folded(sum);
}

unsigned pseudo_header_sum(const Bytes& packet) {
    const auto length = static_cast<unsigned>(packet.size() - header_bytes(packet));
    return sum_of(packet, 12, 20, protocol_of(packet) + length);
}

void seal_header(Bytes& packet) {
    put_word(packet, 10, 0);
    put_word(packet, 10, 0xffff - sum_of(packet, 0, header_bytes(packet)));
}

void seal_icmp(Bytes& packet) {
    const std::size_t l4 = header_bytes(packet);
    put_word(packet, l4 + 2, 0);
    put_word(packet, l4 + 2, 0xffff - sum_of(packet, l4, packet.size()));
}

bool l4_sum_is_good(const Bytes& packet) {
    const std::size_t l4 = header_bytes(packet);
    switch (protocol_of(packet)) {
        case kUdp:
            if (packet.size() >= l4 + 8 && word_at(packet, l4 + 6) == 0) {
                return true;
            }
            [[fallthrough]];
        case kTcp:
            return sum_of(packet, l4, packet.size(), pseudo_header_sum(packet)) == 0xffff;
        case kIcmp:
            return sum_of(packet, l4, packet.size()) == 0xffff;
        default:
            return true;
    }
}

bool has_l4_header(const Bytes& packet) {
    const std::size_t bytes = packet.size() - header_bytes(packet);
    switch (protocol_of(packet)) {
        case kTcp:
            return bytes >= 20;
        case kUdp:
        case kUdpLite:
        case kIcmp:
            return bytes >= 8;
        default:
            return true;
    }
}

bool is_icmp_error(unsigned type) {
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

int answering_type(unsigned type) {
    switch (type) {
        case 8:
            return 0;
        case 0:
            return 8;
        case 13:
            return 14;
        case 14:
            return 13;
        case 15:
            return 16;
        case 16:
            return 15;
        case 17:
            return 18;
        case 18:
            return 17;
        default:
            return -1;
    }
}

bool read_flow(const Bytes& bytes, std::size_t at, Flow& flow) {
    flow = {source_of(bytes, at), destination_of(bytes, at), 0, 0,
            static_cast<std::uint8_t>(protocol_of(bytes, at))};
    const std::size_t l4 = at + header_bytes(bytes, at);
    const std::size_t there = bytes.size() - l4;
    switch (flow.protocol) {
        case kTcp:
        case kUdp:
        case kUdpLite:
        case kSctp:
            if (there < 4) {
                return false;
            }
            flow.source_port = word_at(bytes, l4);
            flow.destination_port = word_at(bytes, l4 + 2);
            return true;
        case kIcmp:
            if (there < 8) {
                return false;
            }
            flow.source_port = word_at(bytes, l4 + 4);
            flow.destination_port = word_at(bytes, l4);
            return true;
        case kGre: {  // version 1 is PPTP's, with a call id
            constexpr unsigned kPpp = 0x880b;
            if (there < 4 || byte_at(bytes, l4 + 1) % 8 != 1) {
                return true;
            }
            if (there < 8) {
                return true;
            }
            if (word_at(bytes, l4 + 2) != kPpp) {
                return false;
            }
            flow.destination_port = word_at(bytes, l4 + 6);
            return true;
        }
        default:
            return true;
    }
}

void dress(Bytes& bytes, std::size_t at, End end, const Flow& flow) {
    const std::size_t l4 = at + header_bytes(bytes, at);
    const std::size_t there = bytes.size() - l4;
    const unsigned protocol = protocol_of(bytes, at);
    std::vector<std::size_t> port_sums;
    if (protocol == kTcp && there >= 20) {
        port_sums = {l4 + 16};
    } else if (protocol == kUdp && word_at(bytes, l4 + 6) != 0) {
        port_sums = {l4 + 6};
    } else if (protocol == kUdpLite) {
        port_sums = {l4 + 6};
    }
    std::vector<std::size_t> address_sums = port_sums;
    address_sums.push_back(at + 10);
    const std::uint32_t address = end == End::source ? flow.source : flow.destination;
    const std::size_t address_at = at + (end == End::source ? 12 : 16);
    change_word(bytes, address_at, address / 65536, address_sums);
    change_word(bytes, address_at + 2, address % 65536, address_sums);
    if (protocol == kTcp || protocol == kUdp || protocol == kUdpLite) {
        change_word(bytes, end == End::source ? l4 : l4 + 2,
                    end == End::source ? flow.source_port : flow.destination_port, port_sums);
    } else if (protocol == kIcmp && answering_type(byte_at(bytes, l4)) >= 0) {
        change_word(bytes, l4 + 4, flow.source_port, {l4 + 2});
    }
    if (protocol == kUdp && !port_sums.empty() && word_at(bytes, l4 + 6) == 0) {
        put_word(bytes, l4 + 6, 0xffff);
    }
}

}  // namespace sluice::model
