// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ctrlplane/control/figures.h"
#include "ctrlplane/control/method.h"
#include "ctrlplane/control/router_view.h"

/// The methods of the control socket; docs/control-socket.md describes each. A result is an object: `text` as
/// the tool prints that the method stands for, and `note` for stderr; with `json` true in the parameters
/// `data` in their place.
///
/// In: what is referred to must outlive the methods.
namespace sluice::ctrlplane::control {

/// All of those below.
[[nodiscard]] Methods all_methods(const RouterView& view, const Figures& figures);

/// status, stats, reload, version.
void add_own_methods(Methods& methods, const RouterView& view, const Figures& figures);
/// iptables.list, iptables.list_rules, iptables.save.
void add_iptables_methods(Methods& methods, const RouterView& view);
/// trace.
void add_trace_method(Methods& methods, const RouterView& view);
/// explain.
void add_explain_method(Methods& methods, const RouterView& view);
/// iptables.command, iptables.restore, save.
void add_edit_methods(Methods& methods, const RouterView& view);
/// ipset.command, ipset.restore.
void add_ipset_methods(Methods& methods, const RouterView& view);
/// recent.names, recent.show, recent.change.
void add_recent_methods(Methods& methods, const RouterView& view);
/// conntrack.list, conntrack.delete, conntrack.flush, conntrack.count, conntrack.stats, and the next three.
void add_conntrack_methods(Methods& methods, const RouterView& view);
/// conntrack.get, conntrack.update, conntrack.create.
void add_conntrack_change_methods(Methods& methods, const RouterView& view);
/// conntrack.events.
void add_conntrack_event_methods(Methods& methods, const RouterView& view);
/// conntrack.save, conntrack.load.
void add_conntrack_file_methods(Methods& methods, const RouterView& view);
/// expect.list, expect.flush, expect.count.
void add_expect_methods(Methods& methods, const RouterView& view);
/// ip.route.show, ip.neigh.show, ip.addr.show, ip.link.show.
void add_ip_methods(Methods& methods, const RouterView& view);
/// ip.addr.change, ip.route.change, ip.neigh.change.
void add_ip_edit_methods(Methods& methods, const RouterView& view);
/// sysctl.
void add_sysctl_methods(Methods& methods, const RouterView& view);

}  // namespace sluice::ctrlplane::control
