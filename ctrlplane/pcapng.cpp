// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/pcapng.h"

#include <cstring>

namespace sluice::ctrlplane::pcapng {

namespace {

enum class BlockType : std::uint32_t { interface = 1, packet = 6, section = 0x0a0d0d0a };

constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kComment = 1;         // of any block
constexpr std::uint16_t kApplication = 4;     // shb_userappl
constexpr std::uint16_t kTimeResolution = 9;  // if_tsresol
constexpr std::uint16_t kPacketFlags = 2;     // epb_flags

template <class Number>
void put(Number number, std::string& out) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    out.append(bytes, sizeof number);
}

void pad(std::string& out, std::size_t begin) {
    out.append((4 - (out.size() - begin) % 4) % 4, '\0');
}

void put_option(std::uint16_t code, std::string_view value, std::string& out) {
    put(code, out);
    put(static_cast<std::uint16_t>(value.size()), out);
    const std::size_t begin = out.size();
    out += value;
    pad(out, begin);
}

void end_options(std::string& out) {
    put_option(kEndOfOptions, {}, out);
}

/// A block with its length at both ends; `fill` appends what is in it, a multiple of four bytes.
template <class Fill>
void put_block(BlockType type, std::string& out, Fill&& fill) {
    const std::size_t begin = out.size();
    put(static_cast<std::uint32_t>(type), out);
    put(std::uint32_t{0}, out);
    fill();
    const auto length = static_cast<std::uint32_t>(out.size() - begin + sizeof(std::uint32_t));
    std::memcpy(out.data() + begin + sizeof(std::uint32_t), &length, sizeof length);
    put(length, out);
}

void put_interface(std::string& out) {
    constexpr std::uint16_t kLinkTypeRaw = 101;
    constexpr char kNanoseconds = 9;
    put_block(BlockType::interface, out, [&] {
        put(kLinkTypeRaw, out);
        put(std::uint16_t{0}, out);
        put(std::uint32_t{0}, out);  // no limit
        put_option(kTimeResolution, {&kNanoseconds, 1}, out);
        end_options(out);
    });
}

}  // namespace

void section_block(std::string_view application, std::string& out) {
    put_block(BlockType::section, out, [&] {
        put(std::uint32_t{0x1a2b3c4d}, out);  // tells the byte order
        put(std::uint16_t{1}, out);
        put(std::uint16_t{0}, out);
        put(~std::uint64_t{0}, out);  // length of the section: not said
        put_option(kApplication, application, out);
        end_options(out);
    });
    put_interface(out);
}

void packet_block(const Packet& packet, std::string& out) {
    put_block(BlockType::packet, out, [&] {
        put(std::uint32_t{0}, out);  // the number of the interface block
        put(static_cast<std::uint32_t>(packet.utc_ns >> 32U), out);
        put(static_cast<std::uint32_t>(packet.utc_ns), out);
        put(static_cast<std::uint32_t>(packet.bytes.size()), out);
        put(packet.packet_bytes, out);
        const std::size_t begin = out.size();
        out.append(reinterpret_cast<const char*>(packet.bytes.data()), packet.bytes.size());
        pad(out, begin);
        for (const std::string_view comment : {packet.prefix, packet.interfaces}) {
            if (!comment.empty()) {
                put_option(kComment, comment, out);
            }
        }
        std::string flags;
        put(std::uint32_t{packet.is_inbound ? 1U : 2U}, flags);
        put_option(kPacketFlags, flags, out);
        end_options(out);
    });
}

}  // namespace sluice::ctrlplane::pcapng
