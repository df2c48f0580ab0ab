// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "ctrlplane/config/checker.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/nearest.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::size_t kMostDevices = 32;        // RTE_MAX_ETHPORTS of Debian's DPDK
constexpr std::size_t kMostInterfaces = 65534;  // InterfaceId, less kNoInterface
constexpr std::uint16_t kUsualMtu_bytes = 1500;

/// What of a device can be had only once: the PCI device, the instance of a vdev, the kernel's interface
/// behind it.
std::vector<std::string> claims_of(const Device& device) {
    if (device.kind == Device::Kind::pci) {
        return {device.name};
    }
    std::vector<std::string> claims;
    const char last = device.name.back();
    if (last >= '0' && last <= '9') {
        claims.push_back(device.name);
    }
    std::string_view rest = device.arguments;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        if (rest.starts_with("iface=")) {
            claims.emplace_back(rest.substr(0, comma));
        }
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    if (claims.empty() && device.name != "net_null") {
        claims.push_back(device.text());
    }
    return claims;
}

/// An address of an interface, for the sweep over all of them.
struct Assigned {
    Located<net::Ipv4Prefix> prefix;
    base::InterfaceId interface;
};

}  // namespace

std::string line_of(const base::Location& where) {
    return fmt::format("line {}", where.line);
}

std::optional<base::InterfaceId> Checker::find(const Located<std::string>& name, std::string_view who) {
    if (const auto found = by_name_.find(name.value); found != by_name_.end()) {
        return found->second;
    }
    std::vector<std::string_view> known;
    for (const auto& [known_name, id] : by_name_) {
        known.push_back(known_name);
    }
    faults_->error(name.where, fmt::format("{} {} is no interface of this file{}", who, in_quotes(name.value),
                                           nearest_hint(name.value, known)));
    return std::nullopt;
}

void Checker::check_interfaces(std::vector<Interface> interfaces) {
    if (interfaces.empty()) {
        if (!faults_->has_error()) {
            faults_->warning(Place{1, 1}, "there is no [[interface]], so there is nothing to route");
        }
        return;
    }
    if (interfaces.size() > kMostInterfaces) {
        faults_->error(interfaces[kMostInterfaces].where,
                       fmt::format("there may be at most {} interfaces", kMostInterfaces));
        interfaces.resize(kMostInterfaces);
    }
    for (Interface& interface : interfaces) {
        CheckedInterface& checked = checked_.interfaces_.emplace_back();
        checked.id = static_cast<base::InterfaceId>(checked_.interfaces_.size() - 1);
        checked.where = interface.where;
        checked.name = interface.name.value;
        checked.device = interface.device;
        checked.addresses = interface.addresses;
        checked.mac = interface.mac;
        checked.mtu_bytes = interface.mtu_bytes.value_or(Located<std::uint16_t>{0, interface.where});
        checked.rx_queues = interface.rx_queues;
        if (interface.name.value.empty()) {
            continue;
        }
        const auto [first, is_new] = by_name_.emplace(interface.name.value, checked.id);
        if (!is_new) {
            faults_->error(
                interface.name.where,
                fmt::format("name {} is taken by the interface of {}", in_quotes(interface.name.value),
                            line_of(checked_.interface(first->second).where)));
        }
    }
    check_devices();
    check_vlans(interfaces);
    inherit_mtu();
    check_addresses();
}

void Checker::check_devices() {
    std::map<std::string, base::InterfaceId> owners;
    std::size_t devices = 0;
    for (const CheckedInterface& interface : checked_.interfaces_) {
        if (!interface.device) {
            continue;
        }
        if (++devices == kMostDevices + 1) {
            faults_->error(interface.device->where,
                           fmt::format("there may be at most {} devices", kMostDevices));
        }
        for (const std::string& claim : claims_of(interface.device->value)) {
            const auto [owner, is_new] = owners.emplace(claim, interface.id);
            if (!is_new) {
                faults_->error(interface.device->where,
                               fmt::format("device {} has {}, which the interface {} of {} has already",
                                           in_quotes(interface.device->value.text()), in_quotes(claim),
                                           in_quotes(name_of(owner->second)),
                                           line_of(checked_.interface(owner->second).where)));
                break;
            }
        }
    }
}

void Checker::check_vlans(const std::vector<Interface>& interfaces) {
    std::map<std::pair<base::InterfaceId, std::uint16_t>, base::InterfaceId> taken;
    for (std::size_t i = 0; i < interfaces.size(); ++i) {
        if (!interfaces[i].vlan || !interfaces[i].parent) {
            if (interfaces[i].parent) {
                (void)find(*interfaces[i].parent, "parent");
            }
            continue;
        }
        CheckedInterface& interface = checked_.interfaces_[i];
        interface.vlan = interfaces[i].vlan->value;
        const Located<std::string>& name = *interfaces[i].parent;
        const auto parent = find(name, "parent");
        if (!parent) {
            continue;
        }
        interface.parent = *parent;
        if (interfaces[base::index_of(*parent)].vlan) {
            faults_->error(name.where,
                           fmt::format("parent {} is {}; a VLAN needs an interface with a device of its "
                                       "own",
                                       in_quotes(name.value),
                                       *parent == interface.id ? "the VLAN itself" : "a VLAN too"));
        }
        const auto [other, is_new] = taken.emplace(std::pair(*parent, interface.vlan), interface.id);
        if (!is_new) {
            faults_->error(interfaces[i].vlan->where,
                           fmt::format("VLAN {} of {} is taken by the interface {} of {}", interface.vlan,
                                       in_quotes(name.value), in_quotes(name_of(other->second)),
                                       line_of(checked_.interface(other->second).where)));
        }
    }
}

void Checker::inherit_mtu() {
    for (CheckedInterface& interface : checked_.interfaces_) {
        if (interface.vlan == 0 && interface.mtu_bytes.value == 0) {
            interface.mtu_bytes.value = kUsualMtu_bytes;
        }
    }
    for (CheckedInterface& interface : checked_.interfaces_) {
        if (interface.vlan == 0) {
            continue;
        }
        std::uint16_t parents = kUsualMtu_bytes;
        if (interface.parent != base::kNoInterface) {
            const CheckedInterface& parent = checked_.interface(interface.parent);
            parents = parent.vlan == 0 ? parent.mtu_bytes.value : kUsualMtu_bytes;
        }
        if (interface.mtu_bytes.value == 0) {
            interface.mtu_bytes.value = parents;
        } else if (interface.parent != base::kNoInterface && interface.mtu_bytes.value > parents) {
            faults_->error(
                interface.mtu_bytes.where,
                fmt::format("mtu {} is more than the {} of its parent {}", interface.mtu_bytes.value, parents,
                            in_quotes(name_of(interface.parent))));
        }
    }
}

void Checker::check_addresses() {
    std::vector<Assigned> all;
    for (const CheckedInterface& interface : checked_.interfaces_) {
        for (const auto& prefix : interface.addresses) {
            all.push_back({prefix, interface.id});
            const auto [owner, is_new] = own_addresses_.emplace(prefix.value.address, interface.id);
            if (!is_new) {
                faults_->error(prefix.where, fmt::format("address {} is already one of the interface {}",
                                                         net::to_string(prefix.value.address),
                                                         in_quotes(name_of(owner->second))));
            }
        }
    }
    // Networks are nested or apart; with the wider ones first, those around the present one form a stack.
    std::erase_if(all, [](const Assigned& a) { return a.prefix.value.length == 32; });
    std::stable_sort(all.begin(), all.end(), [](const Assigned& a, const Assigned& b) {
        return std::tuple(a.prefix.value.network(), a.prefix.value.length) <
               std::tuple(b.prefix.value.network(), b.prefix.value.length);
    });
    std::vector<const Assigned*> around;
    for (const Assigned& present : all) {
        while (!around.empty() && !around.back()->prefix.value.contains(present.prefix.value.network())) {
            around.pop_back();
        }
        const auto other = std::find_if(around.rbegin(), around.rend(),
                                        [&](const Assigned* a) { return a->interface != present.interface; });
        if (other != around.rend() && (*other)->prefix.value.address != present.prefix.value.address) {
            const bool is_later = std::tie(present.prefix.where.line, present.prefix.where.column) >
                                  std::tie((*other)->prefix.where.line, (*other)->prefix.where.column);
            const Assigned& later = is_later ? present : **other;
            const Assigned& earlier = is_later ? **other : present;
            faults_->error(
                later.prefix.where,
                fmt::format("address {} overlaps with {} of the interface {}; each network belongs to one "
                            "interface",
                            net::to_string(later.prefix.value), net::to_string(earlier.prefix.value),
                            in_quotes(name_of(earlier.interface))));
        }
        const bool is_same =
            !around.empty() && around.back()->prefix.value.length == present.prefix.value.length;
        if (!is_same) {
            around.push_back(&present);  // so the stack is never deeper than there are lengths
        }
    }
}

void Checker::apply_sysctls(const SysctlSection& sysctl) {
    checked_.sysctls_ = sysctl.values;
    checked_.conf_all_ = sysctl.all;
    checked_.conf_preset_ = sysctl.preset;
    for (const InterfaceSetting& setting : sysctl.interfaces) {
        const auto id = find(setting.interface, "net.ipv4.conf:");
        if (id && setting.field != nullptr) {
            checked_.interfaces_[base::index_of(*id)].own_sysctls.*(setting.field) = setting.value;
        }
    }
    for (CheckedInterface& interface : checked_.interfaces_) {
        interface.sysctls =
            effective(sysctl.all, sysctl.preset, interface.own_sysctls, sysctl.values.ip_forward != 0);
    }
}

}  // namespace sluice::ctrlplane::config
