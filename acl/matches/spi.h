// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "acl/text/syntax.h"

namespace sluice::acl {

/// An inclusive range of security parameter indexes, with `!`.
struct SpiRange {
    std::uint32_t min = 0;
    std::uint32_t max = 0xffffffff;
    bool inverted = false;
    bool operator==(const SpiRange&) const = default;
};

/// `-p ah --ahspi`.
struct AhMatch {
    SpiRange spi{};
    bool operator==(const AhMatch&) const = default;
};

/// `-p ipcomp --ipcompspi`, the 16-bit index of RFC 3173.
struct IpcompMatch {
    SpiRange spi{0, 0, false};   ///< as xt_ipcomp, which takes 0 where none is written
    bool checks_header = false;  ///< --compres, which the kernel ignores
    bool operator==(const IpcompMatch&) const = default;
};

/// `-p esp --espspi`.
struct EspMatch {
    SpiRange spi{};
    bool operator==(const EspMatch&) const = default;
};

namespace text {

template <>
struct Syntax<AhMatch> {
    static std::span<const Form<AhMatch>> forms();
    static Checked parse(AhMatch& match, const OptionUse& use);
    static void save(const AhMatch& match, std::string& out);
    static void list(const AhMatch& match, bool numeric, std::string& out);
};

template <>
struct Syntax<EspMatch> {
    static std::span<const Form<EspMatch>> forms();
    static Checked parse(EspMatch& match, const OptionUse& use);
    static void save(const EspMatch& match, std::string& out);
    static void list(const EspMatch& match, bool numeric, std::string& out);
};

template <>
struct Syntax<IpcompMatch> {
    static std::span<const Form<IpcompMatch>> forms();
    static Checked parse(IpcompMatch& match, const OptionUse& use);
    static void save(const IpcompMatch& match, std::string& out);
    static void list(const IpcompMatch& match, bool numeric, std::string& out);
};

}  // namespace text

}  // namespace sluice::acl
