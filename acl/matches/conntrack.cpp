// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/conntrack.h"

#include <fmt/core.h>

#include <bit>
#include <string>

#include "acl/text/address_text.h"
#include "acl/text/names.h"
#include "acl/text/numbers.h"
#include "acl/text/ranges.h"
#include "acl/text/state_list.h"
#include "conntrack/connection.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

using conntrack::Way;

constexpr std::array<std::string_view, 4> kAddressOptions = {"ctorigsrc", "ctorigdst", "ctreplsrc", "ctrepldst"};
constexpr std::array<std::string_view, 4> kPortOptions = {"ctorigsrcport", "ctorigdstport", "ctreplsrcport",
                                                          "ctrepldstport"};

struct NamedStatus {
    std::string_view name;
    std::uint32_t bits;
};

/// NONE is no bit, and printed where there is none.
constexpr NamedStatus kNoStatus = {"NONE", 0};
constexpr std::array<NamedStatus, 5> kStatuses = {{
    kNoStatus,
    {"EXPECTED", conntrack::status::kExpected},
    {"SEEN_REPLY", conntrack::status::kSeenReply},
    {"ASSURED", conntrack::status::kAssured},
    {"CONFIRMED", conntrack::status::kConfirmed},
}};

bool is_same_word(std::string_view a, std::string_view b) {
    return a.size() == b.size() && starts_with_no_case(a, b);
}

// --- reading

Checked parse_protocol(ConntrackMatch& match, const OptionUse& use) {
    std::string name = use.value();
    for (char& c : name) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const auto number = parse_number(name, 0xff);
    const auto protocol = number ? std::optional(static_cast<std::uint8_t>(*number)) : protocol_number(name);
    if (!protocol) {
        return use.refuse(fmt::format("unknown protocol '{}'", use.value()));
    }
    match.protocol = ConnectionProtocol{*protocol, use.inverted};
    return {};
}

Checked parse_end(ConntrackMatch& match, std::size_t end, const OptionUse& use) {
    const auto parsed = parse_host_and_mask(use.value());
    if (!parsed) {
        return use.refuse(parsed.error());
    }
    match.addresses[end] = ConnectionAddress{static_cast<ConnectionEnd>(end), use.inverted,
                                             parsed->address, parsed->mask};
    return {};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto number = parse_digits(text, 0xffff);
    return number ? std::optional(static_cast<std::uint16_t>(*number)) : service_port(text);
}

/// As parse_range, with names of services, and decimal: 010 is 10.
Checked parse_ports_of(ConntrackMatch& match, std::size_t end, const OptionUse& use) {
    const std::string_view text = use.value();
    const std::size_t colon = text.find(':');
    const std::string_view low = text.substr(0, colon);
    const auto min = colon == 0 ? std::optional(std::uint16_t{0}) : parse_port(low);
    auto max = min;
    if (colon != std::string_view::npos) {
        const std::string_view high = text.substr(colon + 1);
        max = high.empty() ? std::optional(std::uint16_t{0xffff}) : parse_port(high);
    }
    if (!min || !max) {
        return use.refuse(fmt::format(
            "invalid port/service or range '{}': numbers from 0 to 65535 or names of /etc/services", text));
    }
    match.ports[end] = ConnectionPorts{static_cast<ConnectionEnd>(end), use.inverted, *min, *max};
    return {};
}

Checked parse_status(ConntrackMatch& match, const OptionUse& use) {
    ConnectionStatus status{0, use.inverted};
    std::string_view text = use.value();
    for (bool more = true; more;) {
        const std::size_t comma = text.find(',');
        const std::string_view name = text.substr(0, comma);
        const NamedStatus* found = nullptr;
        for (const NamedStatus& known : kStatuses) {
            if (found == nullptr && !name.empty() && starts_with_no_case(known.name, name)) {
                found = &known;
            }
        }
        if (found == nullptr) {
            return use.refuse(fmt::format("bad connection status '{}': a list of NONE, EXPECTED, SEEN_REPLY, "
                                          "ASSURED, CONFIRMED without blanks",
                                          name));
        }
        status.bits |= found->bits;
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    match.status = status;
    return {};
}

Checked parse_way(ConntrackMatch& match, const OptionUse& use) {
    if (is_same_word("ORIGINAL", use.value())) {
        match.way = Way::original;
    } else if (is_same_word("REPLY", use.value())) {
        match.way = Way::reply;
    } else {
        return use.refuse(fmt::format("bad direction '{}': ORIGINAL or REPLY", use.value()));
    }
    return {};
}

Checked parse_states(ConntrackMatch& match, const OptionUse& use) {
    const auto list = parse_state_list(use.value(), true);
    if (!list) {
        return use.refuse(list.error());
    }
    match.states = list->states;
    match.snat = list->snat;
    match.dnat = list->dnat;
    match.inverted = use.inverted;
    match.asks_state = true;
    return {};
}

// --- printing

/// What stands before an option or its name: ` ! --ctproto `, ` ctproto `.
void append_option(bool inverted, bool is_list, std::string_view name, std::string& out) {
    base::append(out, "{}{}{} ", inverted ? " ! " : " ", is_list ? "" : "--", name);
}

void append_address(const ConnectionAddress& address, bool numeric, std::string& out) {
    const auto length = static_cast<unsigned>(std::countl_one(address.mask.host()));
    if (!numeric && address.address.is_unspecified()) {
        out += "anywhere";
        return;
    }
    out += net::to_string(address.address);
    if (length != 32) {
        base::append(out, "/{}", length);
    }
}

void append_status(const ConnectionStatus& status, std::string& out) {
    if (status.bits == 0) {
        out += kNoStatus.name;
        return;
    }
    bool first = true;
    for (const NamedStatus& known : kStatuses) {
        if ((status.bits & known.bits) != 0) {
            out += first ? "" : ",";
            out += known.name;
            first = false;
        }
    }
}

/// `-S` and `-L` differ in the dashes, and in the name of any address.
void append_all(const ConntrackMatch& match, bool is_list, bool numeric, std::string& out) {
    const auto option = [&](bool inverted, std::string_view name) { append_option(inverted, is_list, name, out); };
    if (match.asks_state) {
        option(match.inverted, "ctstate");
        append_state_list({match.states, match.snat, match.dnat}, out);
    }
    if (match.protocol) {
        option(match.protocol->inverted, "ctproto");
        base::append(out, "{}", match.protocol->number);
    }
    for (std::size_t i = 0; i < kAddressOptions.size(); ++i) {
        if (const auto& address = match.addresses[i]) {
            option(address->inverted, kAddressOptions[i]);
            append_address(*address, numeric, out);
        }
    }
    for (std::size_t i = 0; i < kPortOptions.size(); ++i) {
        if (const auto& ports = match.ports[i]) {
            option(ports->inverted, kPortOptions[i]);
            append_range({ports->min, ports->max}, out);
        }
    }
    if (match.status) {
        option(match.status->inverted, "ctstatus");
        append_status(*match.status, out);
    }
    if (match.expiry) {
        option(match.expiry->inverted, "ctexpire");
        append_range({match.expiry->min_s, match.expiry->max_s}, out);
    }
    if (match.way) {
        option(false, "ctdir");
        out += *match.way == Way::original ? "ORIGINAL" : "REPLY";
    }
}

}  // namespace

std::span<const Form<ConntrackMatch>> Syntax<ConntrackMatch>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "ctstate", .invertible = true},
        OptionSpec{.name = "ctproto", .invertible = true},
        OptionSpec{.name = "ctorigsrc", .invertible = true},
        OptionSpec{.name = "ctorigdst", .invertible = true},
        OptionSpec{.name = "ctreplsrc", .invertible = true},
        OptionSpec{.name = "ctrepldst", .invertible = true},
        OptionSpec{.name = "ctorigsrcport", .invertible = true},
        OptionSpec{.name = "ctorigdstport", .invertible = true},
        OptionSpec{.name = "ctreplsrcport", .invertible = true},
        OptionSpec{.name = "ctrepldstport", .invertible = true},
        OptionSpec{.name = "ctstatus", .invertible = true},
        OptionSpec{.name = "ctexpire", .invertible = true},
        OptionSpec{.name = "ctdir"},
    };
    static constexpr std::array kForms = {Form<ConntrackMatch>{
        .name = "conntrack", .initial = {.asks_state = false}, .options = kOptions, .needs_an_option = true}};
    return kForms;
}

Checked Syntax<ConntrackMatch>::parse(ConntrackMatch& match, const OptionUse& use) {
    for (std::size_t i = 0; i < kAddressOptions.size(); ++i) {
        if (use.option == kAddressOptions[i]) {
            return parse_end(match, i, use);
        }
        if (use.option == kPortOptions[i]) {
            return parse_ports_of(match, i, use);
        }
    }
    if (use.option == "ctproto") {
        return parse_protocol(match, use);
    }
    if (use.option == "ctstatus") {
        return parse_status(match, use);
    }
    if (use.option == "ctdir") {
        return parse_way(match, use);
    }
    if (use.option == "ctstate") {
        return parse_states(match, use);
    }
    const auto range = parse_range(use.value(), 0xffffffffU);
    if (!range) {
        return use.refuse(range.error());
    }
    match.expiry = ConnectionExpiry{range->min, range->max, use.inverted};
    return {};
}

void Syntax<ConntrackMatch>::save(const ConntrackMatch& match, std::string& out) {
    append_all(match, false, true, out);
}

void Syntax<ConntrackMatch>::list(const ConntrackMatch& match, bool numeric, std::string& out) {
    append_all(match, true, numeric, out);
}

}  // namespace sluice::acl::text
