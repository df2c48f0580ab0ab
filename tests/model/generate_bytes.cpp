// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/generate.h"

#include <array>
#include <string_view>

/// Random matches that go through a packet's bytes, and the bytes to meet them.
namespace sluice::model {

namespace {

constexpr std::array<std::uint8_t, 8> kChunkTypes = {0, 1, 3, 6, 14, 64, 130, 192};

}  // namespace

/// Mostly of the IP header's own words, some of them by way of its length; a few lead behind the packet.
acl::U32Match Generator::u32_match() {
    using Operation = acl::U32Match::Operation;
    acl::U32Match match;
    match.inverted = chance(25);
    const std::size_t tests = 1 + below(2);
    for (std::size_t i = 0; i < tests; ++i) {
        acl::U32Match::Test test;
        if (chance(40)) {
            test.steps = {{Operation::at, 0},
                          {Operation::right, 22},
                          {Operation::bit_and, 0x3c},
                          {Operation::at, below(48)}};
        } else {
            test.steps = {{Operation::at, below(24)}};
        }
        if (chance(50)) {
            test.steps.push_back({Operation::right, below(32)});
        }
        if (chance(50)) {
            test.steps.push_back({chance(80) ? Operation::bit_and : Operation::left, below(32)});
        }
        if (chance(10)) {
            test.steps.push_back({Operation::at, below(100)});
        }
        const std::size_t ranges = 1 + below(3);
        for (std::size_t j = 0; j < ranges; ++j) {
            const std::uint32_t low = chance(70) ? below(20) : below(0xffffffff);
            test.ranges.push_back({low, chance(50) ? low : below(0xffffffff)});
        }
        match.tests.push_back(std::move(test));
    }
    return match;
}

/// Some that every packet has, some that few have, and some that none can; fewer than a packet's hits hold.
acl::StringMatch Generator::string_match() {
    using namespace std::string_view_literals;
    struct Pick {
        std::string_view pattern;
        std::uint16_t from;
        std::uint16_t to;
        bool ignores_case;
    };
    constexpr std::array<Pick, 11> picks = {{{"\x45"sv, 0, 1, false},
                                             {"\x45\x00"sv, 1, 0xffff, false},
                                             {"\x06"sv, 9, 10, false},
                                             {"\x11"sv, 0, 0xffff, false},
                                             {"\x0a\x00\x00"sv, 12, 16, false},
                                             {"\x00\x00\x00\x00\x00"sv, 20, 40, false},
                                             {"\x02\x04\x05"sv, 0, 0xffff, false},
                                             {"\xb4\x01"sv, 40, 0xffff, true},
                                             {"\x94"sv, 40, 0xffff, true},
                                             {"nowhere to be found"sv, 0, 0xffff, true},
                                             {"\x03\x03\x07"sv, 30, 60, false}}};
    const Pick& pick = picks[below(picks.size())];
    return {std::string(pick.pattern), pick.from, pick.to, acl::StringMatch::Algorithm::boyer_moore,
            pick.ignores_case, chance(25)};
}

acl::TcpmssMatch Generator::tcpmss_match() {
    const auto low = static_cast<std::uint16_t>(below(1500));
    return {low, static_cast<std::uint16_t>(low + below(2000)), chance(30)};
}

acl::SctpChunks Generator::sctp_chunks() {
    acl::SctpChunks chunks;
    chunks.how = static_cast<acl::SctpChunks::How>(below(3));
    chunks.inverted = chance(25);
    const std::size_t count = 1 + below(chunks.how == acl::SctpChunks::How::only ? 7 : 3);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t type = kChunkTypes[below(kChunkTypes.size())];
        chunks.types.at(type / 32U) |= 1U << type % 32U;
    }
    if (chance(40)) {
        chunks.flags[chunks.flag_count++] = {0, 3, static_cast<std::uint8_t>(below(4))};
    }
    if (chance(20)) {
        chunks.flags[chunks.flag_count++] = {6, 1, static_cast<std::uint8_t>(below(2))};
    }
    return chunks;
}

/// A few chunks, now and then one that leads nowhere. Returns: the bytes that are there.
std::size_t Generator::write_sctp(std::span<std::byte> room) {
    std::size_t end = 12;
    const std::size_t count = chance(4) ? 0 : 1 + below(4);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t length = chance(3) ? 0 : 4 + below(6);
        room[end] = std::byte(kChunkTypes[below(kChunkTypes.size())]);
        room[end + 1] = std::byte(below(4));
        room[end + 3] = std::byte(length);
        end += length == 0 ? 4 : (length + 3) / 4 * 4;
    }
    return end;
}

/// Any type with options in and out of shape. Returns: the bytes that are there, rarely fewer than the header
/// says.
std::size_t Generator::write_dccp(std::span<std::byte> room) {
    const std::size_t words = chance(10) ? below(7) : 7 + below(5);
    for (std::size_t i = 12; i < 48; ++i) {
        room[i] = std::byte(below(12));
    }
    room[4] = std::byte(words);
    room[8] = std::byte(below(256));
    return words < 3 || chance(4) ? 12 : words * 4;
}

}  // namespace sluice::model
