// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/slow_bpf.h"

#include <functional>
#include <map>
#include <stdexcept>

#include "tests/model/slow_bytes.h"

namespace sluice::model {

namespace {

using Number = std::uint64_t;
constexpr Number kWrap = 0x100000000;

/// A load that finds nothing, or a division by 0: the program returns 0.
struct Ended {};

/// The bytes in front of which offset 0 stands, and those from there on.
struct Bytes {
    std::vector<unsigned> all;
    Number at(std::int64_t offset, int size) const {
        Number number = 0;
        for (int i = 0; i < size; ++i) {
            if (offset < 0 || offset + i >= static_cast<std::int64_t>(all.size())) {
                throw Ended{};
            }
            number = number * 256 + all[static_cast<std::size_t>(offset + i)];
        }
        return number;
    }
};

Bytes of_packet(const Packet& packet) {
    Bytes bytes;
    for (const std::byte byte : packet.packet) {
        bytes.all.push_back(static_cast<unsigned>(byte));
    }
    return bytes;
}

/// With the Ethernet header that the packet came behind.
Bytes of_frame(const Packet& packet) {
    Bytes bytes;
    if (packet.in == base::kNoInterface) {
        return bytes;
    }
    for (const net::MacAddress& mac : {packet.destination_mac, packet.source_mac}) {
        bytes.all.insert(bytes.all.end(), mac.bytes.begin(), mac.bytes.end());
    }
    bytes.all.push_back(8);
    bytes.all.push_back(0);
    const Bytes packets = of_packet(packet);
    bytes.all.insert(bytes.all.end(), packets.all.begin(), packets.all.end());
    return bytes;
}

/// ld and ldx from the packet: an offset is a number with a sign.
Number load(const Packet& packet, Number offset, int size) {
    const std::int64_t place =
        static_cast<std::int64_t>(offset) - (offset >= kWrap / 2 ? static_cast<std::int64_t>(kWrap) : 0);
    if (place >= 0) {
        return of_packet(packet).at(place, size);
    }
    if (place >= -0x100000) {
        return of_packet(packet).at(place + 0x100000, size);
    }
    return of_frame(packet).at(place + 0x200000, size);
}

Number ancillary(const Packet& packet, Number which, Number a, Number x) {
    switch (which) {
        case 0:
            return 0x0800;
        case 4:
            switch (packet.frame) {
                case acl::FrameKind::unicast:
                    return 0;
                case acl::FrameKind::broadcast:
                    return 1;
                case acl::FrameKind::multicast:
                    return 2;
                case acl::FrameKind::otherhost:
                    return 3;
            }
            throw std::logic_error("a frame of no kind");
        case 20:
            return packet.mark;
        case 36:
            return packet.cpu;
        case 40:
            return a ^ x;
        case 44:
        case 48:
        case 60:
            return 0;
        default:
            throw std::logic_error("an ancillary load that is refused");
    }
}

/// Whole numbers, cut to 32 bits by who called.
Number calculate(unsigned operation, Number a, Number by) {
    switch (operation) {
        case 0x0:
            return a + by;
        case 0x1:
            return a + kWrap - by;
        case 0x2:
            return a * by;
        case 0x3:
        case 0x9:
            if (by == 0) {
                throw Ended{};
            }
            return operation == 0x3 ? a / by : a - a / by * by;
        case 0x4:
            return a | by;
        case 0x5:
            return a & by;
        case 0x6:
            for (Number i = 0; i < by % 32; ++i) {
                a = a * 2 % kWrap;
            }
            return a;
        case 0x7:
            for (Number i = 0; i < by % 32; ++i) {
                a /= 2;
            }
            return a;
        case 0x8:
            return kWrap - a;
        default:
            return a ^ by;
    }
}

bool holds(unsigned condition, Number a, Number with) {
    switch (condition) {
        case 0x1:
            return a == with;
        case 0x2:
            return a > with;
        case 0x3:
            return a > with || a == with;
        default:
            return (a & with) > 0;
    }
}

Number run(const std::vector<acl::bpf::Instruction>& program, const Packet& packet) {
    Number a = 0;
    Number x = 0;
    std::map<Number, Number> m;
    const std::map<unsigned, int> sizes = {{0x20, 4}, {0x28, 2}, {0x30, 1}, {0x40, 4}, {0x48, 2}, {0x50, 1}};
    for (std::size_t pc = 0;; ++pc) {
        const auto& [code, jt, jf, k] = program.at(pc);
        switch (code) {
            case 0x20:
            case 0x28:
            case 0x30:
                a = k >= 0xfffff000 ? ancillary(packet, k - 0xfffff000, a, x)
                                    : load(packet, k, sizes.at(code));
                break;
            case 0x40:
            case 0x48:
            case 0x50:
                a = load(packet, (x + k) % kWrap, sizes.at(code));
                break;
            case 0x00:
                a = k;
                break;
            case 0x01:
                x = k;
                break;
            case 0x60:
                a = m.at(k);
                break;
            case 0x61:
                x = m.at(k);
                break;
            case 0x80:
                a = packet.bytes;
                break;
            case 0x81:
                x = packet.bytes;
                break;
            case 0xb1:
                x = load(packet, k, 1) % 16 * 4;
                break;
            case 0x02:
                m[k] = a;
                break;
            case 0x03:
                m[k] = x;
                break;
            case 0x07:
                x = a;
                break;
            case 0x87:
                a = x;
                break;
            case 0x06:
                return k;
            case 0x16:
                return a;
            case 0x05:
                pc += k;
                break;
            default: {
                const Number with = code % 16 >= 8 ? x : k;
                if (code % 8 == 5) {
                    pc += holds(code / 16U, a, with) ? jt : jf;
                } else {
                    a = calculate(code / 16U, a, with) % kWrap;
                }
            }
        }
    }
}

}  // namespace

std::uint32_t run_program(const std::vector<acl::bpf::Instruction>& program, const Packet& packet) {
    try {
        return static_cast<std::uint32_t>(run(program, packet));
    } catch (const Ended&) {
        return 0;
    }
}

Reading read_bytes(const acl::BpfMatch& match, const Packet& packet) {
    return {run_program(match.program, packet) != 0, false};
}

}  // namespace sluice::model
