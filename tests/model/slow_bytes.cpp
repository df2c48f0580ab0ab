// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_bytes.h"

#include <map>
#include <set>

namespace sluice::model {

namespace {

using Bytes = std::vector<unsigned>;

Bytes all_bytes(const Packet& packet) {
    Bytes bytes;
    for (const std::byte byte : packet.packet) {
        bytes.push_back(static_cast<unsigned>(byte));
    }
    return bytes;
}

Bytes transport_bytes(const Packet& packet) {
    Bytes bytes = all_bytes(packet);
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.at(0) % 16 * 4));
    return bytes;
}

/// The numbers of options between two offsets, with where each begins; as all option lists of this family are
/// read.
std::map<std::size_t, unsigned> options_between(const Bytes& bytes, std::size_t begin, std::size_t end) {
    std::map<std::size_t, unsigned> options;
    for (std::size_t here = begin; here < end;) {
        options[here] = bytes.at(here);
        const bool is_single = bytes.at(here) < 2 || here + 1 == end || bytes.at(here + 1) == 0;
        here += is_single ? 1 : bytes.at(here + 1);
    }
    return options;
}

struct SeenChunk {
    unsigned type;
    unsigned flags;
};

/// All chunks as far as they go; `is_sound` becomes false where that is not to the end.
std::vector<SeenChunk> chunks_of(const Packet& packet, bool& is_sound) {
    const Bytes bytes = transport_bytes(packet);
    std::vector<SeenChunk> chunks;
    std::size_t here = 12;
    is_sound = true;
    do {
        if (here + 4 > bytes.size() || bytes[here + 2] * 256 + bytes[here + 3] == 0) {
            is_sound = false;
            return chunks;
        }
        chunks.push_back({bytes[here], bytes[here + 1]});
        const std::size_t length = bytes[here + 2] * 256 + bytes[here + 3];
        here += length % 4 == 0 ? length : length + 4 - length % 4;
    } while (here < bytes.size());
    return chunks;
}

/// Where the options of a DCCP packet begin; 0 where its header is out of shape.
std::size_t dccp_options_begin(const Bytes& bytes) {
    const unsigned type = bytes.at(8) / 2 % 16;
    std::size_t begin = bytes.at(8) % 2 == 1 ? 16 : 12;
    switch (type) {
        case 2:
            break;
        case 0:
            begin += 4;
            break;
        case 3:
        case 4:
        case 5:
        case 6:
        case 8:
        case 9:
            begin += 8;
            break;
        default:
            begin += 12;
    }
    const std::size_t end = bytes.at(4) * std::size_t{4};
    return end < begin || (end > begin && end > bytes.size()) ? 0 : begin;
}

}  // namespace

Reading read_bytes(const acl::U32Match& match, const Packet& packet) {
    const Bytes bytes = all_bytes(packet);
    bool all = true;
    for (const acl::U32Match::Test& test : match.tests) {
        std::uint64_t begin = 0;
        std::uint64_t value = 0;
        bool is_there = true;
        for (std::size_t i = 0; i < test.steps.size() && is_there; ++i) {
            const std::uint64_t number = test.steps[i].number;
            if (test.steps[i].operation == acl::U32Match::Operation::at) {
                begin += value;
                is_there = begin + number + 4 <= bytes.size();
                value = 0;
                for (std::uint64_t j = 0; j < 4 && is_there; ++j) {
                    value = value * 256 + bytes[begin + number + j];
                }
            } else if (test.steps[i].operation == acl::U32Match::Operation::left) {
                value = (value << number) % 0x100000000;
            } else if (test.steps[i].operation == acl::U32Match::Operation::right) {
                value = value >> number;
            } else {
                value = value & number;
            }
        }
        bool among = false;
        for (const acl::U32Match::Range& range : test.ranges) {
            among = among || (range.min <= value && value <= range.max);
        }
        all = all && is_there && among;
    }
    return {match.inverted ? !all : all, false};
}

Reading read_bytes(const acl::StringMatch& match, const Packet& packet) {
    const Bytes bytes = all_bytes(packet);
    const auto folded = [&](int byte) {
        const bool is_small = (byte >= 97 && byte <= 122) || (byte >= 223 && byte <= 255 && byte != 247);
        return match.ignores_case && is_small ? byte - 32 : byte;
    };
    bool occurs = false;
    for (std::size_t at = match.from; at + match.pattern.size() <= bytes.size(); ++at) {
        bool equal = at + match.pattern.size() <= match.to;
        for (std::size_t i = 0; i < match.pattern.size() && equal; ++i) {
            equal = folded(bytes[at + i]) == folded(static_cast<unsigned char>(match.pattern[i]));
        }
        occurs = occurs || equal;
    }
    return {match.inverted ? !occurs : occurs, false};
}

Reading read_bytes(const acl::TcpmssMatch& match, const Packet& packet) {
    const Bytes bytes = packet.has_l4 ? transport_bytes(packet) : Bytes{};
    if (bytes.size() < 20) {
        return {false, true};
    }
    const std::size_t end = bytes[12] / 16 * std::size_t{4};
    if (end < 20 || end > bytes.size()) {
        return {false, true};
    }
    bool inside = false;
    for (const auto& [here, number] : options_between(bytes, 20, end)) {
        if (number == 2 && here + 4 <= end && bytes[here + 1] == 4) {
            const unsigned mss = bytes[here + 2] * 256 + bytes[here + 3];
            inside = match.min <= mss && mss <= match.max;
            break;
        }
    }
    return {match.inverted ? !inside : inside, false};
}

Reading read_bytes(const acl::SctpChunks& chunks, const Packet& packet) {
    bool is_sound = true;
    std::set<unsigned> fitting;
    bool stray = false;
    for (const SeenChunk& chunk : chunks_of(packet, is_sound)) {
        bool fits = chunks.types.at(chunk.type / 32) >> chunk.type % 32 & 1;
        for (std::size_t i = 0; i < chunks.flag_count; ++i) {
            const auto& asked = chunks.flags.at(i);
            fits = fits && (asked.type != chunk.type || (chunk.flags & asked.mask) == asked.flags);
        }
        if (fits) {
            fitting.insert(chunk.type);
        }
        stray = stray || !fits;
    }
    // Once the answer is known, what follows is not looked at.
    const bool is_known = (chunks.how == acl::SctpChunks::How::any && !fitting.empty()) ||
                          (chunks.how == acl::SctpChunks::How::only && stray);
    if (!is_sound && !is_known) {
        return {false, true};
    }
    bool holds = false;
    switch (chunks.how) {
        case acl::SctpChunks::How::any:
            holds = !fitting.empty();
            break;
        case acl::SctpChunks::How::only:
            holds = !stray;
            break;
        case acl::SctpChunks::How::all:
            holds = true;
            for (unsigned type = 0; type < 256; ++type) {
                const bool asked = chunks.types.at(type / 32) >> type % 32 & 1;
                holds = holds && (!asked || fitting.count(type) == 1);
            }
    }
    return {chunks.inverted ? !holds : holds, false};
}

Reading read_bytes(const acl::DccpOption& option, const Packet& packet) {
    const Bytes bytes = transport_bytes(packet);
    const std::size_t begin = dccp_options_begin(bytes);
    if (begin == 0) {
        return {false, true};
    }
    bool found = false;
    for (const auto& [here, number] : options_between(bytes, begin, bytes[4] * std::size_t{4})) {
        found = found || number == option.number;
    }
    return {option.inverted ? !found : found, false};
}

bool are_chunks_sound(const Packet& packet) {
    bool is_sound = true;
    chunks_of(packet, is_sound);
    return is_sound;
}

bool is_dccp_sound(const Packet& packet) {
    return dccp_options_begin(transport_bytes(packet)) != 0;
}

}  // namespace sluice::model
