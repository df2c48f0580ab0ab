// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/pkttype.h"

#include <fmt/core.h>

#include <array>

namespace sluice::acl::text {

namespace {

struct NamedKind {
    std::string_view name;
    FrameKind kind;
};

/// The first name of a kind is the one that is printed.
constexpr std::array<NamedKind, 7> kKinds = {{
    {"unicast", FrameKind::unicast},
    {"broadcast", FrameKind::broadcast},
    {"multicast", FrameKind::multicast},
    {"otherhost", FrameKind::otherhost},
    {"bcast", FrameKind::broadcast},
    {"mcast", FrameKind::multicast},
    {"host", FrameKind::unicast},
}};

std::string_view name_of(FrameKind kind) {
    for (const NamedKind& known : kKinds) {
        if (known.kind == kind) {
            return known.name;
        }
    }
    return {};
}

}  // namespace

std::span<const Form<PkttypeMatch>> Syntax<PkttypeMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "pkt-type", .invertible = true, .required = true},
    };
    static constexpr std::array kForms = {
        Form<PkttypeMatch>{.name = "pkttype", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<PkttypeMatch>::parse(PkttypeMatch& match, const OptionUse& use) {
    for (const NamedKind& known : kKinds) {
        if (known.name.size() == use.value().size() && starts_with_no_case(known.name, use.value())) {
            match = {known.kind, use.inverted};
            return {};
        }
    }
    return use.refuse(
        fmt::format("unknown packet type '{}': one of unicast, broadcast, multicast, otherhost", use.value()));
}

void Syntax<PkttypeMatch>::save(const PkttypeMatch& match, std::string& out) {
    out += match.inverted ? " ! --pkt-type " : " --pkt-type ";
    out += name_of(match.kind);
}

void Syntax<PkttypeMatch>::list(const PkttypeMatch& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " PKTTYPE != " : " PKTTYPE = ";
    out += name_of(match.kind);
}

}  // namespace sluice::acl::text
