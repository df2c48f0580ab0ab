// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "tests/model/slow_netfilter.h"

/// What matches on header fields, frames, addresses and connections say, for the slow netfilter.
namespace sluice::model {

[[nodiscard]] bool field_holds(const acl::MarkMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::ConnmarkMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::LengthMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::TtlMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::TosMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::DscpMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::EcnMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::MacMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::PkttypeMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::AddrtypeMatch& match, const Packet& packet);

/// No bridge, no local program, no socket, no IPsec: yes only where nothing but that is asked for.
[[nodiscard]] inline bool field_holds(const acl::PhysdevMatch& match, const Packet&) { return match.asked == match.inverted; }
[[nodiscard]] inline bool field_holds(const acl::OwnerMatch& match, const Packet&) { return match.asked == match.inverted; }
[[nodiscard]] inline bool field_holds(const acl::SocketMatch&, const Packet&) { return false; }
[[nodiscard]] inline bool field_holds(const acl::PolicyMatch& match, const Packet&) { return match.is_none; }

/// Routes are of realm 0, interfaces in group 0, and no helper expects connections.
[[nodiscard]] inline bool field_holds(const acl::RealmMatch& match, const Packet&) {
    return match.inverted ? match.realm.value != 0 : match.realm.value == 0;
}
[[nodiscard]] bool field_holds(const acl::DevgroupMatch& match, const Packet& packet);
[[nodiscard]] inline bool field_holds(const acl::HelperMatch& match, const Packet&) { return match.inverted; }
[[nodiscard]] bool field_holds(const acl::ClusterMatch& match, const Packet& packet);
[[nodiscard]] inline bool field_holds(const acl::CpuMatch& match, const Packet& packet) {
    return match.inverted ? packet.cpu != match.cpu : packet.cpu == match.cpu;
}

[[nodiscard]] bool field_holds(const acl::TimeMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::ConnbytesMatch& match, const Packet& packet);
[[nodiscard]] bool field_holds(const acl::RpfilterMatch& match, const Packet& packet);
/// In a model no interval of an estimator ends: every rate is 0.
[[nodiscard]] bool field_holds(const acl::RateestMatch& match, const Packet& packet);

/// An option of `-m conntrack`, and whether its answer may change while the connection lives.
struct OptionAnswer {
    bool holds = false;
    bool may_change = false;
};

/// All options that are there, state and direction first, then in the order of the kernel's checks.
[[nodiscard]] std::vector<OptionAnswer> options_of(const acl::ConntrackMatch& match, const Packet& packet);

}  // namespace sluice::model
