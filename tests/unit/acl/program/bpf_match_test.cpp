// SPDX-License-Identifier: BSD-3-Clause
/// `-m bpf`: what each kind of instruction does (MAT-2, ROB-1). Whole programs: tests/model/bpf_test.cpp, and
/// the kernel's answers in tests/e2e/test_program_frames.py.
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "acl/bpf/check.h"
#include "acl/bpf/machine.h"
#include "tests/support/packet_builder.h"
#include "tests/unit/acl/program/dpdk_environment.h"
#include "tests/unit/acl/program/router_under_test.h"

namespace sluice::test {
namespace {

using acl::bpf::Instruction;
using Code = std::vector<Instruction>;

constexpr Instruction kReturn{acl::bpf::kReturnA, 0, 0, 0};

Packet view_of(const Bytes& bytes) {
    Packet view = tcp_packet();
    view.packet = bytes;
    view.bytes = static_cast<std::uint32_t>(bytes.size());
    return view;
}

Bytes query() {
    return packet().ip("10.0.0.5", "203.0.113.9").udp(4000, 53).payload("abcdef").bytes();
}

/// What the accumulator holds at the end of `code`.
std::uint32_t result(Code code, const Packet& packet) {
    code.push_back(kReturn);
    EXPECT_FALSE(acl::bpf::flaw_of(code).has_value());
    return acl::bpf::Machine<net::Ipv4>(packet).run(code);
}

TEST(BpfMachine, loads_numbers_in_network_order_from_the_ip_header_on) {
    const Bytes bytes = query();
    const Packet packet = view_of(bytes);
    EXPECT_EQ(result({{0x20, 0, 0, 12}}, packet), 0x0a000005U);
    EXPECT_EQ(result({{0x28, 0, 0, 20}}, packet), 4000U);
    EXPECT_EQ(result({{0x30, 0, 0, 9}}, packet), 17U);
    EXPECT_EQ(result({{0xb1, 0, 0, 0}, {0x48, 0, 0, 2}}, packet), 53U);  // behind a header of any length
    EXPECT_EQ(result({{0x01, 0, 0, 0xffffffff}, {0x50, 0, 0, 10}}, packet), 17U);  // X and k add up to 9
    EXPECT_EQ(result({{0x80, 0, 0, 0}}, packet), 34U);
    EXPECT_EQ(result({{0x81, 0, 0, 0}, {0x87, 0, 0, 0}}, packet), 34U);
    EXPECT_EQ(result({{0x20, 0, 0, 0xfff0000c}}, packet), 0x0a000005U);
}

TEST(BpfMachine, a_load_beyond_the_packet_and_a_division_by_nothing_end_with_0) {
    const Bytes bytes = query();
    const Packet packet = view_of(bytes);
    const auto survives = [&](const Instruction& instruction) {
        return result({instruction, {0x00, 0, 0, 7}}, packet) == 7;
    };
    EXPECT_TRUE(survives({0x20, 0, 0, 30}));
    EXPECT_FALSE(survives({0x20, 0, 0, 31}));
    EXPECT_FALSE(survives({0x28, 0, 0, 33}));
    EXPECT_TRUE(survives({0x30, 0, 0, 33}));
    EXPECT_FALSE(survives({0x30, 0, 0, 34}));
    EXPECT_FALSE(survives({0x30, 0, 0, 0x7fffffff}));
    EXPECT_FALSE(survives({0x30, 0, 0, 0x80000000}));
    EXPECT_FALSE(survives({0xb1, 0, 0, 34}));
    EXPECT_TRUE(survives({0x30, 0, 0, 0xfff00000 + 33}));
    EXPECT_FALSE(survives({0x30, 0, 0, 0xfff00000 + 34}));
    EXPECT_FALSE(survives({0x3c, 0, 0, 0}));  // X is 0
    EXPECT_FALSE(survives({0x9c, 0, 0, 0}));
}

TEST(BpfMachine, the_frame_stands_in_front_of_a_packet_that_came_in) {
    const Bytes bytes = query();
    Packet packet = view_of(bytes);
    packet.destination_mac = {{2, 0, 0, 0, 0, 1}};
    packet.source_mac = {{2, 0, 0, 0, 0, 0x77}};
    EXPECT_EQ(result({{0x20, 0, 0, 0xffe00000 + 2}}, packet), 1U);
    EXPECT_EQ(result({{0x30, 0, 0, 0xffe00000 + 11}}, packet), 0x77U);
    EXPECT_EQ(result({{0x20, 0, 0, 0xffe00000 + 12}}, packet), 0x08004500U);
    EXPECT_EQ(result({{0x30, 0, 0, 0xffe00000 + 14 + 33}}, packet), static_cast<unsigned>('f'));
    EXPECT_EQ(result({{0x28, 0, 0, 0xffe00000 + 14 + 33}, {0x00, 0, 0, 7}}, packet), 0U);
    packet.in = base::kNoInterface;
    EXPECT_EQ(result({{0x30, 0, 0, 0xffe00000}, {0x00, 0, 0, 7}}, packet), 0U);
}

TEST(BpfMachine, asks_for_what_is_no_byte) {
    const Bytes bytes = query();
    Packet packet = view_of(bytes);
    packet.mark = 0x12345678;
    packet.cpu = 3;
    packet.frame = acl::FrameKind::multicast;
    const auto asked = [&](acl::bpf::Ancillary what) {
        return result({{0x00, 0, 0, 6}, {0x01, 0, 0, 5}, {0x28, 0, 0, static_cast<std::uint32_t>(what)}},
                      packet);
    };
    EXPECT_EQ(asked(acl::bpf::Ancillary::protocol), 0x800U);
    EXPECT_EQ(asked(acl::bpf::Ancillary::packet_type), 2U);
    EXPECT_EQ(asked(acl::bpf::Ancillary::mark), 0x12345678U);
    EXPECT_EQ(asked(acl::bpf::Ancillary::cpu), 3U);
    EXPECT_EQ(asked(acl::bpf::Ancillary::xor_x), 3U);
    EXPECT_EQ(asked(acl::bpf::Ancillary::vlan_tag_present), 0U);
}

TEST(BpfMachine, a_datagram_in_pieces_is_read_to_its_end) {
    const Bytes bytes = query();
    Packet packet = view_of(bytes);
    packet.packet = packet.packet.first(24);
    packet.tail = {&bytes, [](const void* whole, std::size_t offset, std::span<std::byte> out) noexcept {
                       const auto& from = *static_cast<const Bytes*>(whole);
                       if (offset + out.size() > from.size()) {
                           return false;
                       }
                       std::memcpy(out.data(), from.data() + offset, out.size());
                       return true;
                   }};
    EXPECT_EQ(result({{0x30, 0, 0, 33}}, packet), static_cast<unsigned>('f'));
    EXPECT_EQ(result({{0x28, 0, 0, 22}}, packet), 53U);
    EXPECT_EQ(result({{0x20, 0, 0, 31}}, packet), 0U);
    EXPECT_EQ(result({{0x28, 0, 0, 0xfff00000 + 22}}, packet), 53U);
    EXPECT_EQ(result({{0x30, 0, 0, 0xffe00000 + 14 + 33}}, packet), static_cast<unsigned>('f'));
}

TEST(BpfCheck, names_the_first_instruction_that_linux_would_not_take) {
    const auto flaw = [](const Code& code) {
        const auto found = acl::bpf::flaw_of(code);
        return found ? static_cast<int>(found->instruction) : -1;
    };
    EXPECT_EQ(flaw({kReturn}), -1);
    EXPECT_EQ(flaw({{0x15, 1, 0, 0}, kReturn, kReturn}), -1);
    EXPECT_EQ(flaw({kReturn, {0x15, 1, 0, 0}, kReturn}), 1);
    EXPECT_EQ(flaw({{0x34, 0, 0, 0}, kReturn}), 0);
    EXPECT_EQ(flaw({kReturn, {0x07, 0, 0, 0}}), 1);
    EXPECT_EQ(flaw({{0x15, 0, 1, 0}, {0x02, 0, 0, 1}, {0x60, 0, 0, 1}, kReturn}),
              2);  // one way there has not written it
    EXPECT_EQ(
        flaw({{0x15, 0, 2, 0}, {0x02, 0, 0, 1}, {0x05, 0, 0, 1}, {0x03, 0, 0, 1}, {0x60, 0, 0, 1}, kReturn}),
        -1);
}

TEST(BpfMatch, holds_where_the_program_returns_something_and_leaves_a_guard) {
    const Bytes bytes = query();
    const Packet packet = view_of(bytes);
    const acl::BpfMatch is_udp{{{48, 0, 0, 9}, {21, 0, 1, 17}, {6, 0, 0, 1}, {6, 0, 0, 0}}, {}};
    const acl::BpfMatch is_tcp{{{48, 0, 0, 9}, {21, 0, 1, 6}, {6, 0, 0, 1}, {6, 0, 0, 0}}, {}};
    Rules rules(ruleset(TableId::filter, {chain(Hook::forward, Policy::accept,
                                                {rule().match(is_tcp).j(acl::DropTarget{}),
                                                 rule().match(is_udp).j(acl::DropTarget{})})}));
    const Walk walk = rules.run(packet);
    EXPECT_EQ(walk.outcome, Outcome::drop);
    ASSERT_EQ(walk.trace.step_count, 2U);
    EXPECT_FALSE(walk.trace.steps[0].answer);
    EXPECT_TRUE(walk.trace.steps[1].answer);
}

}  // namespace
}  // namespace sluice::test
