// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "dataplane/net/checksum.h"
#include "dataplane/packet/packet.h"

/// IPv4 options as the kernel treats them (FWD-8; ip_options.c).
///
/// `receive_options` is asked right after the route of a packet is known, before the rules of FORWARD or
/// INPUT: it finds what is malformed (answered by 12/0 with the byte in question), refuses source routes
/// (silently), writes the address of the side that the packet came from, and the time, into the next free
/// slots. `forward_options` then puts the address of the way out into the slot of record route. So record
/// route shows outgoing addresses and timestamps show incoming ones, as on Linux.
///
/// Example: record route `07 07 04 00000000` arrives at 10.0.1.1 and leaves by 203.0.113.2: after
/// receive_options it is `07 07 08 0a000101`, after forward_options `07 07 08 cb007102`.
///
/// PacketInfo keeps between the two where the options lie and which slots were taken (`Taken`).
namespace sluice::packet {

inline constexpr std::uint8_t kOptionEnd = 0;
inline constexpr std::uint8_t kOptionNoOperation = 1;
inline constexpr std::uint8_t kOptionRecordRoute = 7;
inline constexpr std::uint8_t kOptionTimestamp = 68;
inline constexpr std::uint8_t kOptionLooseRoute = 131;
inline constexpr std::uint8_t kOptionStrictRoute = 137;
inline constexpr std::uint8_t kOptionRouterAlert = 148;
inline constexpr std::uint8_t kOptionCopied = 0x80;  ///< the bit that carries an option into every fragment
inline constexpr std::size_t kMaxOptionBytes = 40;

/// Kinds of timestamp option (RFC 791, section 3.1).
inline constexpr std::uint8_t kTimestampOnly = 0;
inline constexpr std::uint8_t kTimestampWithAddress = 1;
inline constexpr std::uint8_t kTimestampPrespecified = 3;

/// Bits of PacketInfo::options_taken: slots that this router fills in.
struct Taken {
    static constexpr std::uint8_t kRouteAddress = 1;
    static constexpr std::uint8_t kTimeAddress = 2;
    static constexpr std::uint8_t kTime = 4;
    static constexpr std::uint8_t kChanged = 8;  ///< the header checksum is owed
};

/// What the options ask about the router.
struct OptionSource {
    net::Ipv4Address own;       ///< the router's address towards the sender, or that it was called by
    std::uint32_t time_ms = 0;  ///< since midnight UTC
    bool (*is_elsewhere)(const void* self,
                         net::Ipv4Address address) noexcept = nullptr;  ///< some other host's
    const void* self = nullptr;
};

namespace detail {

/// One option in place; indexes into it count from its type byte.
struct OptionAt {
    std::byte* begin;
    std::uint8_t length;

    [[nodiscard]] std::uint8_t at(std::size_t i) const noexcept {
        return std::to_integer<std::uint8_t>(begin[i]);
    }
    void set(std::size_t i, unsigned value) const noexcept { begin[i] = static_cast<std::byte>(value); }
    /// `pointer` counts from 1, as on the wire.
    void put(unsigned pointer, const void* four_bytes) const noexcept {
        std::memcpy(begin + pointer - 1, four_bytes, 4);
    }
};

/// The kernel's checks of record route: the byte that is wrong, counted from the option's type, or none.
template <net::Family F>
std::optional<unsigned> receive_record_route(PacketInfo<F>& info, const OptionAt& option, std::uint8_t offset,
                                             const OptionSource& source) noexcept {
    if (info.record_route != 0) {
        return 0;
    }
    if (option.length < 3) {
        return 1;
    }
    const unsigned pointer = option.at(2);
    if (pointer < 4 || (pointer <= option.length && pointer + 3U > option.length)) {
        return 2;
    }
    if (pointer <= option.length) {
        option.put(pointer, &source.own);
        option.set(2, pointer + 4U);
        info.options_taken |= Taken::kRouteAddress | Taken::kChanged;
    }
    info.record_route = offset;
    return std::nullopt;
}

/// Fills the slot that a timestamp's pointer shows. Returns the byte in question, or none.
template <net::Family F>
std::optional<unsigned> take_timestamp(PacketInfo<F>& info, const OptionAt& option,
                                       const OptionSource& source) noexcept {
    const unsigned pointer = option.at(2);
    const net::Be32 time = net::Be32::from_host(source.time_ms);
    switch (option.at(3) & 0xfU) {
        case kTimestampOnly:
            option.put(pointer, &time);
            option.set(2, pointer + 4U);
            info.options_taken |= Taken::kTime | Taken::kChanged;
            return std::nullopt;
        case kTimestampWithAddress:
            if (pointer + 7U > option.length) {
                return 2;
            }
            option.put(pointer, &source.own);
            option.put(pointer + 4U, &time);
            option.set(2, pointer + 8U);
            info.options_taken |= Taken::kTimeAddress | Taken::kTime | Taken::kChanged;
            return std::nullopt;
        case kTimestampPrespecified: {
            if (pointer + 7U > option.length) {
                return 2;
            }
            net::Ipv4Address asked;
            std::memcpy(&asked, option.begin + pointer - 1, 4);
            if (source.is_elsewhere(source.self, asked)) {
                return std::nullopt;
            }
            option.put(pointer + 4U, &time);
            option.set(2, pointer + 8U);
            info.options_taken |= Taken::kTime | Taken::kChanged;
            return std::nullopt;
        }
        default:
            return std::nullopt;
    }
}

template <net::Family F>
std::optional<unsigned> receive_timestamp(PacketInfo<F>& info, const OptionAt& option, std::uint8_t offset,
                                          const OptionSource& source) noexcept {
    if (info.timestamp != 0) {
        return 0;
    }
    if (option.length < 4) {
        return 1;
    }
    const unsigned pointer = option.at(2);
    if (pointer < 5) {
        return 2;
    }
    if (pointer <= option.length) {
        if (pointer + 3U > option.length) {
            return 2;
        }
        if (const auto fault = take_timestamp(info, option, source)) {
            return fault;
        }
    } else if ((option.at(3) & 0xfU) != kTimestampPrespecified) {
        const unsigned overflow = option.at(3) >> 4U;
        if (overflow == 15) {
            return 3;
        }
        option.set(3, (option.at(3) & 0xfU) | (overflow + 1U) << 4U);
        info.options_taken |= Taken::kChanged;
    }
    info.timestamp = offset;
    return std::nullopt;
}

}  // namespace detail

/// Checks the options of a packet and fills the slots of the incoming side; see above.
///
/// Out: record_route, timestamp, options_taken of PacketInfo. The header checksum stays as it was until
/// forward_options, as in the kernel: an error that is sent in between quotes it so.
/// Returns accept; bad_options with PacketInfo::error_pointer set; source_route_refused.
template <net::Family F>
[[nodiscard]] Verdict receive_options(Packet<F> packet, const OptionSource& source) noexcept {
    auto& ip = packet.ip();
    PacketInfo<F>& info = packet.info();
    std::byte* const header = packet.bytes().data();
    const unsigned end = ip.header_bytes();
    bool has_source_route = false;
    std::optional<unsigned> fault;  // from the beginning of the header
    for (unsigned at = sizeof(ip); at < end && !fault;) {
        const auto type = std::to_integer<std::uint8_t>(header[at]);
        if (type == kOptionEnd) {
            for (; at < end; ++at) {
                if (header[at] != std::byte{kOptionEnd}) {
                    header[at] = std::byte{kOptionEnd};
                    info.options_taken |= Taken::kChanged;
                }
            }
            break;
        }
        if (type == kOptionNoOperation) {
            ++at;
            continue;
        }
        const unsigned left = end - at;
        const unsigned length = left < 2 ? 0U : std::to_integer<unsigned>(header[at + 1]);
        if (length < 2 || length > left) {
            fault = at;
            break;
        }
        const detail::OptionAt option{header + at, static_cast<std::uint8_t>(length)};
        const auto offset = static_cast<std::uint8_t>(at);
        std::optional<unsigned> within;
        switch (type) {
            case kOptionLooseRoute:
            case kOptionStrictRoute:
                if (length < 3) {
                    within = 1;
                } else if (option.at(2) < 4) {
                    within = 2;
                } else if (has_source_route) {
                    within = 0;
                }
                has_source_route = true;
                break;
            case kOptionRecordRoute:
                within = detail::receive_record_route(info, option, offset, source);
                break;
            case kOptionTimestamp:
                within = detail::receive_timestamp(info, option, offset, source);
                break;
            case kOptionRouterAlert:
                if (length < 4) {
                    within = 1;
                }
                break;
            default:
                break;
        }
        if (within) {
            fault = at + *within;
        }
        at += length;
    }
    if (fault) {
        info.error_pointer = static_cast<std::uint8_t>(*fault);
        return Verdict::bad_options;
    }
    return has_source_route ? Verdict::source_route_refused : Verdict::accept;
}

/// Puts the address of the way out into the slot that record route has taken, and makes good the header
/// checksum; for the Forward stage. In: receive_options has accepted the packet.
template <net::Family F>
void forward_options(Packet<F> packet, net::Ipv4Address outgoing) noexcept {
    const PacketInfo<F>& info = packet.info();
    if ((info.options_taken & Taken::kRouteAddress) != 0) {
        std::byte* const option = packet.bytes().data() + info.record_route;
        std::memcpy(option + std::to_integer<unsigned>(option[2]) - 5, &outgoing, 4);
    }
    if ((info.options_taken & Taken::kChanged) != 0) {
        net::set_header_checksum(packet.ip());
    }
}

/// Replaces by no-operation what is not to be copied into fragments other than the first (RFC 791,
/// section 3.1). In: `header` with its options.  Out: header checksum is left alone.
inline void keep_copied_options(std::span<std::byte> header) noexcept {
    for (std::size_t at = sizeof(net::Ipv4Header); at < header.size();) {
        const auto type = std::to_integer<std::uint8_t>(header[at]);
        if (type == kOptionEnd) {
            return;
        }
        if (type == kOptionNoOperation) {
            ++at;
            continue;
        }
        const std::size_t left = header.size() - at;
        const std::size_t length = left < 2 ? 0 : std::to_integer<std::size_t>(header[at + 1]);
        if (length < 2 || length > left) {
            return;
        }
        if ((type & kOptionCopied) == 0) {
            std::memset(header.data() + at, kOptionNoOperation, length);
        }
        at += length;
    }
}

/// Options of an answer.
struct OptionBytes {
    std::array<std::byte, kMaxOptionBytes> bytes{};
    std::uint8_t size = 0;  ///< a multiple of 4
};

namespace detail {

/// Timestamp of an answer: room for one more stamp, taken at once. Returns false where there is half a slot.
inline bool echo_timestamp(const OptionAt& option, std::uint8_t taken, const OptionSource& source) noexcept {
    unsigned pointer = option.at(2);
    if (pointer > option.length) {
        return true;
    }
    const net::Be32 time = net::Be32::from_host(source.time_ms);
    if ((taken & Taken::kTimeAddress) != 0) {
        if (pointer + 3U > option.length) {
            return false;
        }
        option.put(pointer, &source.own);
        pointer += 4;
    }
    if ((taken & Taken::kTime) != 0) {
        if (pointer + 3U > option.length) {
            return false;
        }
        if ((option.at(3) & 0xfU) != kTimestampPrespecified) {
            option.put(pointer, &time);
            pointer += 4;
        } else if (pointer + 7U <= option.length) {
            net::Ipv4Address asked;
            std::memcpy(&asked, option.begin + pointer - 1, 4);
            if (!source.is_elsewhere(source.self, asked)) {
                option.put(pointer + 4U, &time);
                pointer += 8;
            }
        }
    }
    option.set(2, pointer);
    return true;
}

}  // namespace detail

/// The options that an answer carries (ip_options_echo): record route and timestamp of the packet answered,
/// with this router's next slot filled in. Nothing where the packet has too little room: then there is no
/// answer.
template <net::Family F>
[[nodiscard]] std::optional<OptionBytes> echo_options(Packet<F> packet, const OptionSource& source) noexcept {
    const PacketInfo<F>& info = packet.info();
    OptionBytes echo;
    const std::byte* const header = packet.bytes().data();
    const auto copy = [&](std::uint8_t offset) {
        const auto length = std::to_integer<std::uint8_t>(header[offset + 1]);
        detail::OptionAt option{echo.bytes.data() + echo.size, length};
        std::memcpy(option.begin, header + offset, length);
        echo.size = static_cast<std::uint8_t>(echo.size + length);
        return option;
    };
    if (info.record_route != 0) {
        const detail::OptionAt option = copy(info.record_route);
        const unsigned pointer = option.at(2);
        if ((info.options_taken & Taken::kRouteAddress) != 0 && pointer <= option.length) {
            if (pointer + 3U > option.length) {
                return std::nullopt;
            }
            option.put(pointer, &source.own);
            option.set(2, pointer + 4U);
        }
    }
    if (info.timestamp != 0 && !detail::echo_timestamp(copy(info.timestamp), info.options_taken, source)) {
        return std::nullopt;
    }
    echo.size = static_cast<std::uint8_t>((echo.size + 3U) & ~3U);
    return echo;
}

}  // namespace sluice::packet
