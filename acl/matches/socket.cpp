// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/socket.h"

#include <array>

#include "acl/tables.h"

namespace sluice::acl::text {

namespace {

void append(const SocketMatch& match, std::string& out) {
    out += match.transparent ? " --transparent" : "";
    out += match.no_wildcard ? " --nowildcard" : "";
    out += match.restore_mark ? " --restore-skmark" : "";
}

}  // namespace

std::span<const Form<SocketMatch>> Syntax<SocketMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "transparent", .values = 0},
        OptionSpec{.name = "nowildcard", .values = 0},
        OptionSpec{.name = "restore-skmark", .values = 0},
    };
    static constexpr std::array kForms = {Form<SocketMatch>{
        .name = "socket", .initial = {}, .options = kOptions, .hooks = bit(Hook::prerouting) | bit(Hook::input)}};
    return kForms;
}

Checked Syntax<SocketMatch>::parse(SocketMatch& match, const OptionUse& use) {
    match.transparent = match.transparent || use.option == "transparent";
    match.no_wildcard = match.no_wildcard || use.option == "nowildcard";
    match.restore_mark = match.restore_mark || use.option == "restore-skmark";
    return {};
}

void Syntax<SocketMatch>::save(const SocketMatch& match, std::string& out) { append(match, out); }

void Syntax<SocketMatch>::list(const SocketMatch& match, bool /*numeric*/, std::string& out) {
    out += " socket";
    append(match, out);
}

}  // namespace sluice::acl::text
