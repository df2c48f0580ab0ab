// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/config/sections.h"
#include "ctrlplane/config/table_reader.h"

namespace sluice::ctrlplane::config {

namespace {

constexpr std::size_t kLongestName = 15;  // IFNAMSIZ less its zero
constexpr std::uint16_t kLeastMtu = 68;   // RFC 791, section 3.2
constexpr std::uint16_t kMostMtu = 65535;
constexpr std::uint16_t kMostQueues = 256;
constexpr std::uint16_t kLastVlan = 4094;

bool is_hex(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// [DDDD:]BB:DD.F to DDDD:BB:DD.F in lower case.
std::optional<std::string> parse_pci(std::string_view text) {
    std::string full(text);
    if (std::count(full.begin(), full.end(), ':') == 1) {
        full.insert(0, "0000:");
    }
    const std::string_view f(full);
    const bool fits = f.size() == 12 && f[4] == ':' && f[7] == ':' && f[10] == '.' &&
                      is_hex(f.substr(0, 4)) && is_hex(f.substr(5, 2)) && is_hex(f.substr(8, 2)) &&
                      f[11] >= '0' && f[11] <= '7';
    if (!fits) {
        return std::nullopt;
    }
    std::transform(full.begin(), full.end(), full.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return full;
}

bool is_vdev_name(std::string_view name) {
    const bool known =
        name.starts_with("net_") || name.starts_with("eth_") || name.starts_with("virtio_user");
    return known && name.size() > 4 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_';
           });
}

std::optional<Located<std::uint16_t>> small_integer(TableReader& reader, std::string_view key,
                                                    std::uint16_t low, std::uint16_t high) {
    const auto value = reader.integer(key, low, high);
    if (!value) {
        return std::nullopt;
    }
    return Located<std::uint16_t>{static_cast<std::uint16_t>(value->value), value->where};
}

void read_addresses(TableReader& reader, Interface& interface) {
    Faults& faults = reader.faults();
    for (const Located<std::string>& text : reader.texts("address")) {
        const auto prefix = read_ipv4_prefix(text, "address", faults);
        if (!prefix) {
            continue;
        }
        if (const auto fault = address_fault(*prefix); !fault.empty()) {
            faults.error(text.where, fmt::format("address {} {}", in_quotes(text.value), fault));
            continue;
        }
        if (text.value.find('/') == std::string::npos) {
            faults.warning(text.where,
                           fmt::format("address {} has no length and is taken as \"{}/32\", a host "
                                       "without a network",
                                       in_quotes(text.value), text.value));
        } else if (prefix->length <= 30 && prefix->address == prefix->network()) {
            faults.warning(text.where, fmt::format("address {} is the network's own; hosts may take it for a "
                                                   "broadcast",
                                                   in_quotes(text.value)));
        }
        interface.addresses.push_back({*prefix, text.where});
    }
}

void read_device(TableReader& reader, Interface& interface) {
    const auto text = reader.text("device");
    if (!text) {
        return;
    }
    auto device = parse_device(text->value);
    if (!device) {
        reader.faults().error(
            text->where,
            fmt::format("device {} is neither a PCI address, such as \"0000:03:00.0\", nor a DPDK "
                        "vdev, such as \"net_af_xdp,iface=eth1\"",
                        in_quotes(text->value)));
        return;
    }
    interface.device = {std::move(*device), text->where};
}

/// What a VLAN has from its parent and must not say itself; and what only a VLAN has.
void check_vlan_keys(TableReader& reader) {
    Faults& faults = reader.faults();
    const bool has_vlan = reader.has("vlan");
    const bool has_parent = reader.has("parent");
    if (has_vlan != has_parent) {
        faults.error(reader.entry(has_vlan ? "vlan" : "parent")->key_where,
                     has_vlan ? "a VLAN needs its parent; add parent = \"NAME\" of the interface it runs on"
                              : "parent is for a VLAN; add vlan = NUMBER, from 1 to 4094");
    }
    if (!has_vlan && !has_parent) {
        reader.require("device", "\"net_af_xdp,iface=eth1\"");
        return;
    }
    for (const std::string_view key : {"device", "rx-queues", "mac"}) {
        if (reader.has(key)) {
            faults.error(reader.entry(key)->key_where,
                         fmt::format("{} cannot stand with a VLAN, which has that of its parent", key));
        }
    }
}

}  // namespace

std::optional<Device> parse_device(std::string_view text) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view name = text.substr(0, comma);
    const std::string arguments(comma < text.size() ? text.substr(comma + 1) : std::string_view());
    if (auto pci = parse_pci(name)) {
        return Device{Device::Kind::pci, std::move(*pci), arguments};
    }
    if (is_vdev_name(name)) {
        return Device{Device::Kind::vdev, std::string(name), arguments};
    }
    return std::nullopt;
}

std::string_view address_fault(net::Ipv4Prefix prefix) {
    const net::Ipv4Address address = prefix.address;
    if (prefix.length == 0) {
        return "leaves no network; write a length from 1 to 32";
    }
    if (address.is_zeronet()) {
        return "is in 0.0.0.0/8, which no host has";
    }
    if (address.is_loopback()) {
        return "is a loopback address, which never leaves a host";
    }
    if (address.is_multicast()) {
        return "is a multicast address";
    }
    if (address.is_limited_broadcast() || (prefix.length <= 30 && address == prefix.broadcast())) {
        return "is the broadcast address of its network";
    }
    return {};
}

std::string interface_name_fault(std::string_view name) {
    if (name.size() > kLongestName) {
        return fmt::format("has {} bytes; an interface's name has at most {}", name.size(), kLongestName);
    }
    const auto bad = std::find_if(name.begin(), name.end(), [](char c) {
        return c <= ' ' || c > '~' || c == '/' || c == ':' || c == '%' || c == '"';
    });
    if (bad != name.end()) {
        return "may not have blanks, / : % \" or characters outside of ASCII in it";
    }
    if (name.back() == '+') {
        return "ends in +, which rules take for \"any name that begins so\"";
    }
    if (name == "." || name == ".." || name == "all" || name == "default" || name == "lo") {
        return "is taken: the kernel and its sysctls mean something else by it";
    }
    return {};
}

Interface read_interface(const Value& section, Faults& faults) {
    TableReader reader(std::get<Table>(section.data), section.where, "[[interface]]", faults);
    Interface interface;
    interface.where = reader.location();
    const auto name = reader.text("name");
    reader.require("name", "\"wan\"");
    read_device(reader, interface);
    read_addresses(reader, interface);
    interface.mac = reader.unicast_mac("mac");
    interface.mtu_bytes = small_integer(reader, "mtu", kLeastMtu, kMostMtu);
    interface.rx_queues = small_integer(reader, "rx-queues", 1, kMostQueues);
    interface.vlan = small_integer(reader, "vlan", 1, kLastVlan);
    interface.parent = reader.text("parent");
    check_vlan_keys(reader);
    if (const auto host = reader.boolean("host"); host && host->value) {
        faults.error(host->where,
                     "host = true is refused: interfaces shared with the kernel are not built yet");
    }
    reader.refuse("vrf", "only the main routing instance is built yet");
    reader.finish();
    if (!name) {
        return interface;
    }
    if (const std::string fault = interface_name_fault(name->value); !fault.empty()) {
        faults.error(name->where, fmt::format("name {} {}", in_quotes(name->value), fault));
    }
    interface.name = *name;
    return interface;
}

}  // namespace sluice::ctrlplane::config
