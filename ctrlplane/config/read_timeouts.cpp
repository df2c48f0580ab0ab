// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/sections.h"
#include "ctrlplane/config/sysctl.h"
#include "ctrlplane/config/table_reader.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::size_t kLongestName = 31;  // as xt_CT has room for

/// The protocol as nfct calls it; nothing: it has been reported.
const conntrack::TimeoutProtocol* read_protocol(TableReader& reader) {
    reader.require("protocol", "protocol = \"tcp\"");
    const auto written =
        reader.word("protocol", {"tcp", "udp", "udplite", "icmp", "sctp", "gre", "generic"});
    return written ? &conntrack::timeout_protocols()[written->value] : nullptr;
}

TimeoutPolicy read_policy(const Entry& entry, Faults& faults) {
    TimeoutPolicy policy;
    policy.name = {entry.key, faults.location(entry.key_where)};
    if (entry.key.empty() || entry.key.size() > kLongestName) {
        faults.error(entry.key_where, fmt::format("the name of a timeout policy has 1 to {} bytes", kLongestName));
    }
    const auto* table = std::get_if<Table>(&entry.value.data);
    if (table == nullptr) {
        faults.error(entry.value.where,
                     fmt::format("conntrack.timeout.{0} must be a table, such as [conntrack.timeout.{0}], not {1}",
                                 entry.key, kind_of(entry.value)));
        return policy;
    }
    TableReader reader(*table, entry.value.where, fmt::format("[conntrack.timeout.{}]", entry.key), faults);
    const conntrack::TimeoutProtocol* protocol = read_protocol(reader);
    if (protocol == nullptr) {
        return policy;  // which keys are right is not known
    }
    policy.protocol = protocol->number;
    for (const conntrack::TimeoutState& state : protocol->states) {
        if (const auto seconds = reader.integer(state.name, 1, kLongestTimeout_s)) {
            policy.timeouts.push_back({state.field, static_cast<std::uint32_t>(seconds->value)});
        }
    }
    reader.finish();
    return policy;
}

}  // namespace

std::vector<TimeoutPolicy> read_timeouts(const Value& section, Faults& faults) {
    std::vector<TimeoutPolicy> policies;
    for (const Entry& entry : std::get<Table>(section.data).entries) {
        policies.push_back(read_policy(entry, faults));
    }
    return policies;
}

}  // namespace sluice::ctrlplane::config
