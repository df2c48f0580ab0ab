// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "conntrack/saved.h"
#include "ctrlplane/control/conntrack_walk.h"
#include "ctrlplane/control/methods.h"

// `conntrack -G`, `-U` and `-I`: one connection asked for, some changed, one made.

namespace sluice::ctrlplane::control {

namespace {

using Tuple = net::Tuple<net::Ipv4>;
using Connection = ConnectionWalk::Connection;

Json shown(ConnectionWalk& walk, const Connection& connection, std::string_view done, std::uint64_t count) {
    std::string line(count == 0 ? std::string_view() : walk.style.head());
    if (count != 0) {
        walk.style.add(conntrack::copy_of(*walk.table, connection, walk.now), walk.utc_ns, line);
        line += walk.style.tail();
    }
    return Json{{"text", line}, {"note", fmt::format("{}: {} flow entries have been {}.\n", kConntrack, count, done)}};
}

void look_at_clock(ConnectionWalk& walk) {
    walk.now = base::ticks_from_ns(walk.now_ns());
    walk.utc_ns = walk.utc_ns_now();
}

/// The half of a filter that is a tuple, if it is one: both addresses, and what the protocol has of ports.
std::optional<Tuple> tuple_of(const ConnectionFilter& filter, conntrack::Way way) {
    const bool is_original = way == conntrack::Way::original;
    const AddressFilter& source = is_original ? filter.source : filter.reply_source;
    const AddressFilter& destination = is_original ? filter.destination : filter.reply_destination;
    constexpr std::uint32_t kWhole = 0xffffffffU;
    if (source.mask != kWhole || destination.mask != kWhole || !filter.protocol) {
        return std::nullopt;
    }
    Tuple tuple{};
    tuple.source = net::Ipv4Address::from_host(source.value);
    tuple.destination = net::Ipv4Address::from_host(destination.value);
    tuple.protocol = *filter.protocol;
    const auto port = [](const std::optional<std::uint16_t>& given) { return base::Be16::from_host(given.value_or(0)); };
    tuple.source_port = port(is_original ? filter.source_port : filter.reply_source_port);
    tuple.destination_port = port(is_original ? filter.destination_port : filter.reply_destination_port);
    if (tuple.protocol == net::kProtocolIcmp) {
        const auto type_code =
            static_cast<std::uint16_t>(filter.icmp_type.value_or(0) << 8U | filter.icmp_code.value_or(0));
        tuple.source_port = port(filter.source_port);
        tuple.destination_port = base::Be16::from_host(type_code);
    }
    tuple.zone = (is_original ? filter.original_zone : filter.reply_zone).value_or(filter.zone.value_or(0));
    return tuple;
}

MethodResult get(const RouterView& view, const Json& given) {
    Params params(given);
    (void)params.flag("json");
    auto walk = read_walk(params, view);
    if (!walk) {
        return tl::unexpected(walk.error());
    }
    look_at_clock(*walk);
    std::optional<Tuple> tuple = tuple_of(walk->filter, conntrack::Way::original);
    tuple = tuple ? tuple : tuple_of(walk->filter, conntrack::Way::reply);
    if (!tuple) {
        return conntrack_refusal("you have to specify `--src' and `--dst'");
    }
    const conntrack::Found<net::Ipv4> found = walk->table->find(*tuple, walk->now);
    if (!found) {
        return conntrack_refusal("Operation failed: such conntrack doesn't exist", 1);
    }
    return shown(*walk, *found.connection, "shown", 1);
}

/// What -U sets.
struct Change {
    std::optional<std::pair<std::uint32_t, std::uint32_t>> mark;  ///< bits to clear, then to exchange
    std::optional<std::uint64_t> timeout_s;
    std::uint32_t status = 0;  ///< bits to set
    conntrack::LabelBits labels{};          ///< to add
    conntrack::LabelBits labels_removed{};  ///< to take away
    bool clears_labels = false;
};

/// Returns whether anything is other than before. What is not changed by -U never is: addresses, ports, translation.
bool change(ConnectionWalk& walk, Connection& connection, const Change& change) {
    bool is_changed = false;
    if (change.mark) {
        const std::uint32_t before = connection.shared.mark.load(std::memory_order_relaxed);
        const std::uint32_t after = (before & ~change.mark->second) ^ change.mark->first;
        // a worker may write it at the same time: then one of the two comes later
        connection.shared.mark.store(after, std::memory_order_relaxed);
        if (after != before) {
            connection.note(conntrack::event::kMark);
            is_changed = true;
        }
    }
    if (change.status != 0 && !connection.set(change.status)) {
        connection.note(conntrack::event::kAssured | conntrack::event::kReply);
        is_changed = true;
    }
    if (conntrack::Labels* labels = walk.table->labels(connection)) {
        const conntrack::LabelBits before = labels->bits();
        if (change.clears_labels) {
            labels->clear();
        }
        labels->change(change.labels, change.labels_removed);
        if (labels->bits() != before) {
            connection.note(conntrack::event::kLabel);
            is_changed = true;
        }
    }
    if (change.timeout_s) {
        const std::int32_t left = base::ticks_until(connection.deadline(), walk.now);
        const auto wanted = static_cast<base::Ticks>(*change.timeout_s * base::kTicksPerSecond);
        is_changed = is_changed || left / static_cast<std::int32_t>(base::kTicksPerSecond) !=
                                       static_cast<std::int32_t>(*change.timeout_s);
        walk.table->expire_in(walk.table->control(), connection, wanted, walk.now);
    }
    walk.table->tell(walk.table->control(), connection, walk.now);
    return is_changed;
}

tl::expected<Change, Refusal> read_change(Params& params) {
    constexpr std::uint64_t kLongest_s = 21'000'000;
    Change change;
    if (const auto mark = params.text("set_mark")) {
        change.mark = read_mark(*mark);
        if (!change.mark) {
            return conntrack_refusal(fmt::format("invalid mark '{}'", *mark));
        }
    }
    change.timeout_s = params.number("set_timeout", kLongest_s);
    if (const auto status = params.text("set_status")) {
        const auto words = read_status(*status);
        if (!words) {
            return conntrack_refusal(fmt::format("Bad parameter `{}'", words.error()));
        }
        if (words->unset != 0 || (words->set & conntrack::status::kExpected) != 0) {
            return conntrack_refusal("Operation failed: Device or resource busy", 1);  // the kernel's EBUSY
        }
        change.status = words->set;
    }
    change.clears_labels = params.flag("label_clear");
    for (const auto& [name, to] : {std::pair{"label_add", &change.labels}, {"label_del", &change.labels_removed}}) {
        const auto labels = read_labels(params.text(name).value_or(""));
        if (!labels) {
            return conntrack_refusal(fmt::format("unknown label '{}'", labels.error()));
        }
        *to = *labels;
    }
    return change;
}

MethodResult update(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    auto wanted = read_change(params);
    auto walk = read_walk(params, view);
    if (!walk) {
        return tl::unexpected(walk.error());
    }
    if (!wanted) {
        return tl::unexpected(wanted.error());
    }
    return LongReply([walk = std::move(*walk), wanted = *wanted, json](std::string& out) mutable {
        if (walk.begins()) {
            out += R"({"text":")";
        }
        const bool more = walk.turn(out, [&](Connection& connection, const ConnectionWalk::Copy&) {
            if (change(walk, connection, wanted)) {
                if (!json) {
                    walk.add_line(connection, out);
                }
                ++walk.shown;
            }
        });
        if (!more) {
            out += fmt::format(R"(","data":{{"updated":{}}},"note":"{}: {} flow entries have been updated.\n","status":{}}})",
                               walk.shown, kConntrack, walk.shown, walk.shown == 0 ? 1 : 0);
        }
        return more;
    });
}

/// The reply tuple of a connection that is to be made: said, or the opposite of the original one, translated.
Tuple reply_for(const ConnectionFilter& filter, const Tuple& original) {
    Tuple reply = tuple_of(filter, conntrack::Way::reply).value_or(net::reply_of(original));
    if (original.protocol == net::kProtocolIcmp) {
        const Tuple opposite = net::reply_of(original);
        reply.source_port = opposite.source_port;
        reply.destination_port = opposite.destination_port;
    }
    reply.zone = filter.reply_zone.value_or(filter.zone.value_or(0));
    if (filter.source_nat && filter.source_nat->address) {
        reply.destination = *filter.source_nat->address;
        if (filter.source_nat->port) {
            reply.destination_port = base::Be16::from_host(*filter.source_nat->port);
        }
    }
    if (filter.destination_nat && filter.destination_nat->address) {
        reply.source = *filter.destination_nat->address;
        if (filter.destination_nat->port) {
            reply.source_port = base::Be16::from_host(*filter.destination_nat->port);
        }
    }
    return reply;
}

/// The connection that the parameters of -I describe.
tl::expected<conntrack::SavedConnection<net::Ipv4>, Refusal> made_of(const ConnectionFilter& filter,
                                                                     const Change& change) {
    std::optional<Tuple> original = tuple_of(filter, conntrack::Way::original);
    const std::optional<Tuple> given_reply = tuple_of(filter, conntrack::Way::reply);
    if (!original && given_reply) {
        original = net::reply_of(*given_reply);
    }
    if (!original) {
        return conntrack_refusal("you have to specify `--src' and `--dst'");
    }
    if (!change.timeout_s) {
        return conntrack_refusal("You need to supply the `--timeout' option for this command");
    }
    conntrack::SavedConnection<net::Ipv4> made;
    made.original = *original;
    made.reply = reply_for(filter, *original);
    made.left_ms = *change.timeout_s * 1000;
    made.status = change.status;
    const Tuple plain = net::reply_of(*original);
    const bool is_source = made.reply.destination != plain.destination || made.reply.destination_port != plain.destination_port;
    const bool is_destination = made.reply.source != plain.source || made.reply.source_port != plain.source_port;
    made.status |= (is_source ? conntrack::status::kSrcNat : 0U) | (is_destination ? conntrack::status::kDstNat : 0U);
    made.mark = change.mark ? change.mark->first : 0;
    if (change.labels != conntrack::LabelBits{}) {
        made.labels = change.labels;
    }
    for (unsigned i = 0; i < conntrack::kTcpStates; ++i) {
        const auto state = static_cast<conntrack::TcpState>(i);
        made.tcp.state = filter.state == conntrack::tcp_state_name(state) ? state : made.tcp.state;
    }
    for (unsigned i = 0; i < conntrack::kSctpStates; ++i) {
        const auto state = static_cast<conntrack::SctpState>(i);
        made.sctp.state = filter.state == conntrack::sctp_state_name(state) ? state : made.sctp.state;
    }
    return made;
}

MethodResult create(const RouterView& view, const Json& given) {
    Params params(given);
    (void)params.flag("json");
    const bool may_exist = params.flag("may_exist");
    auto properties = read_change(params);
    const auto original_tag = params.number("original_tag", 0xffffffffU);
    const auto reply_tag = params.number("reply_tag", 0xffffffffU);
    auto walk = read_walk(params, view);
    if (!walk) {
        return tl::unexpected(walk.error());
    }
    if (!properties) {
        return tl::unexpected(properties.error());
    }
    auto made = made_of(walk->filter, *properties);
    if (!made) {
        return tl::unexpected(made.error());
    }
    // tags stand as in the packet
    made->sctp.tags = {base::Be32::from_host(static_cast<std::uint32_t>(original_tag.value_or(0))).raw(),
                       base::Be32::from_host(static_cast<std::uint32_t>(reply_tag.value_or(0))).raw()};
    look_at_clock(*walk);
    if (walk->tracking.acct) {
        made->counted.emplace();
    }
    if (walk->tracking.labels && !made->labels) {
        made->labels.emplace();
    }
    const conntrack::Restored done =
        conntrack::restore(*walk->table, walk->table->control(), *made, walk->tracking, walk->now);
    if (done == conntrack::Restored::clash && !may_exist) {
        return conntrack_refusal("Operation failed: Such conntrack exists, try -U to update", 1);
    }
    if (done == conntrack::Restored::full) {
        return conntrack_refusal("Operation failed: not enough memory", 1);
    }
    const unsigned count = done == conntrack::Restored::restored ? 1 : 0;
    return Json{{"text", ""},
                {"note", fmt::format("{}: {} flow entries have been {}.\n", kConntrack, count, may_exist ? "added" : "created")}};
}

}  // namespace

void add_conntrack_change_methods(Methods& methods, const RouterView& view) {
    methods["conntrack.get"] = [&view](const Json& params) { return get(view, params); };
    methods["conntrack.update"] = [&view](const Json& params) { return update(view, params); };
    methods["conntrack.create"] = [&view](const Json& params) { return create(view, params); };
}

}  // namespace sluice::ctrlplane::control
