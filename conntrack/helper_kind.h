// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/net/headers.h"

/// The helpers that there are: by name, as rules speak of them, and what each may expect at most.
namespace sluice::conntrack {

enum class HelperId : std::uint8_t { none, amanda, ftp, irc, pptp, sip, tftp };
inline constexpr std::size_t kHelpers = 7;

/// A helper's expectations are of classes, each with its bound and its patience (nf_conntrack_expect_policy).
struct ExpectPolicy {
    std::uint8_t most = 0;         ///< by one connection at a time; the oldest makes room for a new one
    std::uint16_t timeout_s = 0;
};
inline constexpr std::size_t kExpectClasses = 4;

struct HelperKind {
    std::string_view name;
    bool tcp = false;
    bool udp = false;
    std::array<ExpectPolicy, kExpectClasses> policies{};
};

inline constexpr std::array<HelperKind, kHelpers> kHelperKinds = {{
    {},
    {"amanda", false, true, {{{4, 180}}}},
    {"ftp", true, false, {{{1, 300}}}},
    {"irc", true, false, {{{8, 300}}}},
    {"pptp", true, false, {{{2, 300}}}},
    {"sip", true, true, {{{1, 180}, {4, 180}, {4, 180}, {2, 180}}}},  // signalling, audio, video, image
    {"tftp", false, true, {{{1, 300}}}},
}};

[[nodiscard]] constexpr const HelperKind& kind_of(HelperId id) noexcept {
    return kHelperKinds[static_cast<std::size_t>(id)];
}
/// HelperId::none where there is none of that name.
[[nodiscard]] constexpr HelperId helper_named(std::string_view name) noexcept {
    for (std::size_t i = 1; i < kHelpers; ++i) {
        if (kHelperKinds[i].name == name) {
            return static_cast<HelperId>(i);
        }
    }
    return HelperId::none;
}
[[nodiscard]] constexpr bool helps(HelperId id, std::uint8_t protocol) noexcept {
    return (protocol == net::kProtocolTcp && kind_of(id).tcp) || (protocol == net::kProtocolUdp && kind_of(id).udp);
}

}  // namespace sluice::conntrack
