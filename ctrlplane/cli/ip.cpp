// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <array>
#include <string_view>

#include "ctrlplane/cli/command.h"
#include "ctrlplane/cli/ip_edit.h"

/// `ip`: `show` of ip-route(8), ip-neighbour(8), ip-address(8) and ip-link(8), with ip's own abbreviations; what changes
/// them is in ip_edit.h.
namespace sluice::ctrlplane::cli {

namespace {

struct Object {
    std::string_view name;
    std::string_view method;
};
/// In ip's order: the first that begins with the word is meant (`ip a` is address, `ip r` route, `ip n`
/// neigh).
constexpr std::array<Object, 6> kObjects = {{{"address", "ip.addr.show"},
                                             {"link", "ip.link.show"},
                                             {"neighbour", "ip.neigh.show"},
                                             {"neighbor", "ip.neigh.show"},
                                             {"route", "ip.route.show"},
                                             {"rule", ""}}};

bool abbreviates(std::string_view word, std::string_view whole) {
    return !word.empty() && whole.starts_with(word);
}

}  // namespace

Parsed parse_ip(Words words) {
    while (!words.empty() && words[0].starts_with("-")) {
        if (words[0] != "-4") {
            return not_built("ip " + words[0]);
        }
        words = words.subspan(1);
    }
    if (words.empty()) {
        return usage("ip: an object is wanted: route, neigh, addr or link");
    }
    for (const Object& object : kObjects) {
        if (!abbreviates(words[0], object.name)) {
            continue;
        }
        if (object.method.empty()) {
            return not_built("ip " + std::string(object.name));
        }
        const Words rest = words.subspan(1);
        if (const std::string edit = rest.empty() ? "" : ip_edit_named(rest[0]); !edit.empty()) {
            return parse_ip_edit(object.name, edit, rest.subspan(1));
        }
        if (!rest.empty() && !abbreviates(rest[0], "show") && !abbreviates(rest[0], "list") &&
            !abbreviates(rest[0], "lst")) {
            return not_built(fmt::format("ip {} {}", object.name, rest[0]));
        }
        Call call{std::string(object.method)};
        if (rest.size() == 3 && rest[1] == "dev") {
            call.params["dev"] = rest[2];
        } else if (rest.size() == 2 && (object.name == "address" || object.name == "link")) {
            call.params["dev"] = rest[1];
        } else if (rest.size() > 1) {
            return not_built(fmt::format("the selector '{}' of ip {} show", rest[1], object.name));
        }
        return call;
    }
    return usage(fmt::format("ip: object '{}' is unknown; route, neigh, addr and link are known", words[0]));
}

}  // namespace sluice::ctrlplane::cli
