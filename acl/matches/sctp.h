// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "acl/matches/tcp.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `--chunk-types any|all|only TYPE[:FLAGS],...`: what a packet is made of (RFC 9260, section 3.2).
struct SctpChunks {
    enum class How : std::uint8_t {
        any,   ///< one of the types is there
        all,   ///< each of them is
        only,  ///< nothing else is
    };
    /// Flags that a type must have: those of `mask` as in `flags`.
    struct Flags {
        std::uint8_t type = 0;
        std::uint8_t mask = 0;
        std::uint8_t flags = 0;
        bool operator==(const Flags&) const = default;
    };
    static constexpr std::size_t kMostFlags = 4;

    std::array<std::uint32_t, 8> types{};  ///< bits
    std::array<Flags, kMostFlags> flags{};
    std::uint8_t flag_count = 0;
    How how = How::any;
    bool inverted = false;
    bool operator==(const SctpChunks&) const = default;

    [[nodiscard]] constexpr bool has(std::size_t type) const noexcept {
        return (types[type / 32] >> type % 32 & 1U) != 0;
    }
};

/// `-p sctp --sport --dport --chunk-types`. Ports that were given are printed, even if they are all.
struct SctpMatch {
    std::optional<PortRange> source{};
    std::optional<PortRange> destination{};
    std::optional<SctpChunks> chunks{};
    bool operator==(const SctpMatch&) const = default;
};

namespace text {

template <>
struct Syntax<SctpMatch> {
    static std::span<const Form<SctpMatch>> forms();
    static Checked parse(SctpMatch& match, const OptionUse& use);
    static void save(const SctpMatch& match, std::string& out);
    static void list(const SctpMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
