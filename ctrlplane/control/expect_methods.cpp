// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"
#include "dataplane/base/append.h"

/// `conntrack -L expect`, `-F expect` and `-C expect`: what helpers expect, in the words of conntrack(8).
namespace sluice::ctrlplane::control {

namespace {

using Expectation = conntrack::Expectation<net::Ipv4>;

constexpr std::string_view kTool = "conntrack v1.4.7 (conntrack-tools)";

/// Bounded by nf_conntrack_expect_max, so that one turn will do.
template <class Use>
void each(const RouterView& view, Use use) {
    const base::Ticks now = base::ticks_from_ns(view.now_ns());
    view.connections->expectations().each(now, [&](const Expectation& expectation) {
        const auto& master = view.connections->at(expectation.master);
        if (master.is_confirmed() && master.shared.began == expectation.master_began) {
            use(expectation, net::Tuple<net::Ipv4>(master[conntrack::Way::original].tuple), now);
        }
    });
}

void append_ports(std::string& line, std::uint8_t protocol, std::uint16_t source, std::uint16_t destination) {
    if (protocol == net::kProtocolGre) {
        base::append(line, "srckey=0x{:x} dstkey=0x{:x} ", source, destination);
    } else {
        base::append(line, "sport={} dport={} ", source, destination);
    }
}

void append_line(const Expectation& expectation, const net::Tuple<net::Ipv4>& master, base::Ticks now, std::string& text) {
    const net::Tuple<net::Ipv4>& tuple = expectation.tuple;
    const std::uint8_t protocol = tuple.protocol;
    base::append(text, "{} proto={} src={} dst={} ", base::ticks_until(expectation.deadline, now) / base::kTicksPerSecond,
                 protocol, net::to_string(tuple.source), net::to_string(tuple.destination));
    append_ports(text, protocol, tuple.source_port.host(), tuple.destination_port.host());
    base::append(text, "mask-src={} mask-dst=255.255.255.255 ", expectation.any_source ? "0.0.0.0" : "255.255.255.255");
    append_ports(text, protocol, expectation.any_source_port ? 0 : 0xffff, 0xffff);
    base::append(text, "master-src={} master-dst={} ", net::to_string(master.source), net::to_string(master.destination));
    append_ports(text, master.protocol, master.source_port.host(), master.destination_port.host());
    if (tuple.zone != 0) {
        base::append(text, "zone={} ", tuple.zone);
    }
    if (expectation.permanent || expectation.inactive) {
        base::append(text, "{}{}{} ", expectation.permanent ? "PERMANENT" : "",
                     expectation.permanent && expectation.inactive ? "," : "", expectation.inactive ? "INACTIVE" : "");
    }
    base::append(text, "class={} helper={}\n", expectation.expect_class, conntrack::kind_of(expectation.expected_by).name);
}

MethodResult list(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    std::string text;
    Json data = Json::array();
    unsigned shown = 0;
    each(view, [&](const Expectation& expectation, const net::Tuple<net::Ipv4>& master, base::Ticks now) {
        ++shown;
        append_line(expectation, master, now, text);
        data.push_back({{"timeout", base::ticks_until(expectation.deadline, now) / base::kTicksPerSecond},
                        {"protocol", expectation.tuple.protocol},
                        {"src", expectation.any_source ? Json() : Json(net::to_string(expectation.tuple.source))},
                        {"dst", net::to_string(expectation.tuple.destination)},
                        {"dport", expectation.tuple.destination_port.host()},
                        {"permanent", expectation.permanent},
                        {"inactive", expectation.inactive},
                        {"helper", conntrack::kind_of(expectation.expected_by).name}});
    });
    return json ? Json{{"data", std::move(data)}}
                : Json{{"text", std::move(text)}, {"note", fmt::format("{}: {} expectations have been shown.\n", kTool, shown)}};
}

MethodResult flush(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    const std::uint32_t removed = view.connections->expectations().clear();
    return json ? Json{{"data", {{"removed", removed}}}}
                : Json{{"text", ""}, {"note", fmt::format("{}: expectation table has been emptied.\n", kTool)}};
}

MethodResult count(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    if (auto fault = params.fault()) {
        return *fault;
    }
    unsigned number = 0;
    each(view, [&](const auto&, const auto&, base::Ticks) { ++number; });
    return json ? Json{{"data", {{"count", number}, {"max", view.connections->expectations().max()}}}}
                : Json{{"text", fmt::format("{}\n", number)}};
}

}  // namespace

void add_expect_methods(Methods& methods, const RouterView& view) {
    methods["expect.list"] = [&view](const Json& params) { return list(view, params); };
    methods["expect.flush"] = [&view](const Json& params) { return flush(view, params); };
    methods["expect.count"] = [&view](const Json& params) { return count(view, params); };
}

}  // namespace sluice::ctrlplane::control
