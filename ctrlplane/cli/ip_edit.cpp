// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/cli/ip_edit.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

/// The words behind `ip address|route|neighbour add|change|replace|delete`, as iproute2 6.1 takes them. What it knows and is not
/// built is refused by its word.
namespace sluice::ctrlplane::cli {

namespace {

constexpr std::string_view kIncomplete = "Command line is not complete. Try option \"help\"";

/// Reads words from the left.
class Reader {
public:
    explicit Reader(Words words) : words_(words) {}

    [[nodiscard]] bool at_end() const { return next_ == words_.size(); }
    [[nodiscard]] const std::string& peek() const { return words_[next_]; }
    const std::string& take() { return words_[next_++]; }
    /// The word behind a key; null: there is none.
    const std::string* value() { return at_end() ? nullptr : &take(); }

private:
    Words words_;
    std::size_t next_ = 0;
};

template <std::size_t N>
bool is_among(const std::string& word, const std::array<std::string_view, N>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

tl::unexpected<Complaint> garbage(std::string_view of, const std::string& word) {
    return usage(fmt::format("Error: either \"{}\" is duplicate, or \"{}\" is a garbage.", of, word));
}

Parsed read_address(Reader words, const std::string& edit) {
    constexpr std::array<std::string_view, 12> kLater = {"peer",    "remote",    "anycast",       "metric",       "valid_lft", "preferred_lft",
                                                         "home",    "nodad",     "mngtmpaddr",    "noprefixroute", "autojoin", "proto"};
    std::string address;
    std::string dev;
    std::string label;
    while (!words.at_end()) {
        const std::string word = words.take();
        if (is_among(word, kLater)) {
            return not_built(fmt::format("'{}' of ip address {}", word, edit));
        }
        const bool is_broadcast = word == "brd" || word == "broadcast";
        if (word == "dev" || word == "local" || word == "scope" || word == "label" || is_broadcast) {
            const std::string* value = words.value();
            if (value == nullptr) {
                return usage(std::string(kIncomplete));
            }
            if ((is_broadcast && *value != "+") || (word == "scope" && *value != "global" && *value != "universe")) {
                return not_built(fmt::format("'{} {}' of ip address {}", word, *value, edit));
            }
            if (word == "dev") {
                dev = *value;
            } else if (word == "label") {
                label = *value;
            } else if (word == "local") {
                address = *value;
            }
        } else if (address.empty()) {
            address = word;
        } else {
            return garbage("local", word);
        }
    }
    if (dev.empty()) {
        return usage("Not enough information: \"dev\" argument is required.");
    }
    if (address.empty()) {
        return not_built(fmt::format("ip address {} without an address", edit));
    }
    if (!label.empty() && label != dev) {
        return not_built(fmt::format("a label other than the interface's name, '{}',", label));
    }
    return Call{"ip.addr.change", {{"edit", edit}, {"address", address}, {"dev", dev}}};
}

/// One next hop in its words; `key` is the first of them.
std::optional<Complaint> read_hop(Reader& words, std::string& hop) {
    while (!words.at_end() && (words.peek() == "via" || words.peek() == "dev" || words.peek() == "oif" || words.peek() == "weight")) {
        const std::string key = words.take();
        const std::string* value = words.value();
        if (value != nullptr && key == "via" && *value == "inet") {
            value = words.value();
        }
        if (value == nullptr) {
            return Complaint{Status::usage, std::string(kIncomplete)};
        }
        if (key == "weight") {
            if (*value != "1") {
                return Complaint{Status::refused, "a weight other than 1 is not built yet"};
            }
            continue;
        }
        hop += fmt::format("{}{} {}", hop.empty() ? "" : " ", key == "via" ? "via" : "dev", *value);
    }
    return std::nullopt;
}

Parsed read_route(Reader words, const std::string& edit) {
    constexpr std::array<std::string_view, 8> kTypes = {"unicast", "local",  "broadcast", "multicast",
                                                        "throw",   "unreachable", "prohibit",  "blackhole"};
    constexpr std::array<std::string_view, 25> kLater = {
        "src",  "metric", "priority", "preference", "proto",  "protocol", "mtu",  "advmss", "onlink", "tos",     "dsfield", "realms", "realm",
        "rtt",  "window", "cwnd",     "initcwnd",   "hoplimit", "encap",  "nhid", "pref",   "expires", "quickack", "as",      "from"};
    std::string type;
    std::string to;
    std::string scope;
    std::vector<std::string> hops;
    std::string hop;
    if (!words.at_end() && is_among(words.peek(), kTypes)) {
        type = words.take();
    }
    while (!words.at_end()) {
        if (words.peek() == "via" || words.peek() == "dev" || words.peek() == "oif") {
            if (auto complaint = read_hop(words, hop)) {
                return tl::unexpected<Complaint>(std::move(*complaint));
            }
            continue;
        }
        const std::string word = words.take();
        if (word == "nexthop") {
            std::string& one = hops.emplace_back();
            if (auto complaint = read_hop(words, one)) {
                return tl::unexpected<Complaint>(std::move(*complaint));
            }
        } else if (word == "table" || word == "scope" || word == "to") {
            const std::string* value = words.value();
            if (value == nullptr) {
                return usage(std::string(kIncomplete));
            }
            if (word == "table" && *value != "main" && *value != "254") {
                return not_built(fmt::format("table '{}'", *value));
            }
            (word == "to" ? to : word == "scope" ? scope : type) = word == "table" ? type : *value;
        } else if (is_among(word, kLater)) {
            return not_built(fmt::format("'{}' of ip route {}", word, edit));
        } else if (to.empty()) {
            to = word;
        } else {
            return garbage("to", word);
        }
    }
    if (to.empty()) {
        return usage(fmt::format("ip route {}: a prefix is wanted, such as 192.0.2.0/24 or default", edit));
    }
    if (!hop.empty()) {
        hops.insert(hops.begin(), hop);
    }
    const bool has_gateway = hop.find("via ") != std::string::npos || hops.size() > 1;
    if (!scope.empty() && scope != (has_gateway ? "global" : "link")) {
        return not_built(fmt::format("'scope {}' of such a route", scope));
    }
    return Call{"ip.route.change", {{"edit", edit}, {"type", type}, {"to", to}, {"nexthops", hops}}};
}

Parsed read_neighbor(Reader words, const std::string& edit) {
    constexpr std::array<std::string_view, 7> kLater = {"proxy", "router", "extern_learn", "use", "managed", "protocol", "vni"};
    std::string address;
    Call call{"ip.neigh.change", {{"edit", edit}}};
    while (!words.at_end()) {
        const std::string word = words.take();
        if (is_among(word, kLater)) {
            return not_built(fmt::format("'{}' of ip neighbour {}", word, edit));
        }
        if (word == "lladdr" || word == "dev" || word == "nud" || word == "to") {
            const std::string* value = words.value();
            if (value == nullptr) {
                return usage(std::string(kIncomplete));
            }
            if (word == "nud" && *value != "permanent") {
                return not_built(fmt::format("'nud {}' of ip neighbour {}", *value, edit));
            }
            if (word == "to") {
                address = *value;
            } else if (word != "nud") {
                call.params[word] = *value;
            }
        } else if (address.empty()) {
            address = word;
        } else {
            return garbage("to", word);
        }
    }
    if (address.empty() || !call.params.contains("dev")) {
        return usage("Device and destination are required arguments.");
    }
    call.params["address"] = address;
    return call;
}

}  // namespace

std::string ip_edit_named(std::string_view word) {
    constexpr std::array<std::array<std::string_view, 2>, 5> kEdits = {
        {{"add", "add"}, {"change", "change"}, {"chg", "change"}, {"replace", "replace"}, {"delete", "delete"}}};
    for (const auto& [whole, edit] : kEdits) {
        if (!word.empty() && whole.starts_with(word)) {
            return std::string(edit);
        }
    }
    return {};
}

Parsed parse_ip_edit(std::string_view object, const std::string& edit, Words words) {
    if (object == "address") {
        return read_address(Reader(words), edit);
    }
    if (object == "route") {
        return read_route(Reader(words), edit);
    }
    if (object == "neighbour" || object == "neighbor") {
        return read_neighbor(Reader(words), edit);
    }
    return not_built(fmt::format("ip {} {}", object, edit));
}

}  // namespace sluice::ctrlplane::cli
