// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "acl/matches/tcp.h"
#include "acl/text/syntax.h"

namespace sluice::acl {

/// `-p sctp --sport --dport`; `--chunk-types` is refused until it is built. Ports that were given are
/// printed, even if they are all.
struct SctpMatch {
    std::optional<PortRange> source{};
    std::optional<PortRange> destination{};
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
