// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ctrlplane/config/config.h"
#include "ctrlplane/config/faults.h"
#include "ctrlplane/config/read_file.h"
#include "ctrlplane/config/toml_tree.h"

/// One reader a section. Each reports what is wrong and gives what is right, so that the checker can go on.
namespace sluice::ctrlplane::config {

/// The whole file: `root` as parse_toml gives it. Reads the rules file that it names.
[[nodiscard]] Config read_config(const Value& root, Faults& faults, const FileReader& read_file);

[[nodiscard]] Runtime read_runtime(const Value& section, Faults& faults);
[[nodiscard]] Interface read_interface(const Value& section, Faults& faults);
[[nodiscard]] Route read_route(const Value& section, Faults& faults);
[[nodiscard]] Neighbor read_neighbor(const Value& section, Faults& faults);
[[nodiscard]] Tracking read_conntrack(const Value& section, Faults& faults);
/// [conntrack.timeout.NAME], each of them.
[[nodiscard]] std::vector<TimeoutPolicy> read_timeouts(const Value& section, Faults& faults);
/// In: `preset`: what holds where the section says nothing.
[[nodiscard]] SysctlSection read_sysctl(const Value& section, const Sysctls& preset, Faults& faults);
/// Nothing where there is no file to keep packets in.
[[nodiscard]] std::optional<NflogFile> read_nflog(const Value& section, Faults& faults);
/// [ipset.NAME], each of them.
[[nodiscard]] std::vector<IpsetSection> read_ipsets(const Value& section, Faults& faults, const FileReader& read_file);
[[nodiscard]] Firewall read_firewall(const Value& section, Faults& faults, const FileReader& read_file);

/// The file that a value names, relative to the configuration's folder; or a report: "the WHAT PATH cannot be read".
[[nodiscard]] std::optional<RulesFile> read_named_file(const Located<std::string>& written, std::string_view what,
                                                       Faults& faults, const FileReader& read_file);

/// A PCI address or a DPDK vdev with its arguments; nothing where it is neither.
[[nodiscard]] std::optional<Device> parse_device(std::string_view text);

/// What is wrong with an address of an interface, as a phrase after it; empty: nothing.
[[nodiscard]] std::string_view address_fault(net::Ipv4Prefix prefix);
/// What is wrong with the name of an interface, as a phrase after the name; empty: nothing.
[[nodiscard]] std::string interface_name_fault(std::string_view name);

}  // namespace sluice::ctrlplane::config
