// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/acl_context.h"

#include <fmt/core.h>
#include <rte_acl.h>
#include <rte_lcore.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include "acl/program/masked.h"

namespace sluice::acl {

namespace {

/// More distinct port ranges than this are not put into one context: ranges that overlap at random cut a trie
/// to pieces (10,000 rules with two each: 1.5 s, 120 MiB; eight contexts of 1,250: 0.3 s, 20 MiB). Widening
/// them to aligned blocks was tried instead: the false candidates cost thousands of cycles a packet.
constexpr std::size_t kMaxRanges = 4096;

template <net::Family F>
constexpr std::size_t kWords = sizeof(typename F::Address) / 4;

template <net::Family F>
constexpr std::size_t kMaxFields = 1 + 2 * kWords<F> + 4;

/// An rte_acl_rule with room for our fields.
template <net::Family F>
struct AclRule {
    rte_acl_rule_data data;
    std::array<rte_acl_field, kMaxFields<F>> field;
};
static_assert(offsetof(AclRule<net::Ipv4>, field) == sizeof(rte_acl_rule));

/// Which groups of fields a context has; a field that no rule asks about costs steps for nothing.
struct Groups {
    bool source = false;
    bool destination = false;
    bool ports = false;
    bool interfaces = false;
};

template <net::Family F>
Groups groups_of(std::span<const Outline<F>> rules) {
    Groups groups;
    for (const Outline<F>& rule : rules) {
        groups.source = groups.source || rule.source_length != 0;
        groups.destination = groups.destination || rule.destination_length != 0;
        groups.ports = groups.ports || !rule.source_ports.is_any() || !rule.destination_ports.is_any();
        groups.interfaces = groups.interfaces || rule.has_in || rule.has_out;
    }
    return groups;
}

template <net::Family F>
bool has_too_many_ranges(std::span<const Outline<F>> rules) {
    std::set<std::pair<std::uint16_t, std::uint16_t>> ranges;
    for (const Outline<F>& rule : rules) {
        for (const auto& ports : {rule.source_ports, rule.destination_ports}) {
            if (ports.min != ports.max && !ports.is_any()) {
                ranges.emplace(ports.min, ports.max);
            }
        }
        if (ranges.size() > kMaxRanges) {
            return true;
        }
    }
    return false;
}

/// Lists the fields of a context, in the order in which `rule_of` fills them.
template <net::Family F>
std::uint32_t define_fields(const Groups& groups, std::span<rte_acl_field_def> fields) {
    std::uint32_t count = 0;
    std::uint8_t group = 0;
    const auto add = [&](std::uint8_t type, std::uint8_t size, std::size_t offset) {
        fields[count] = {type, size, static_cast<std::uint8_t>(count), group,
                         static_cast<std::uint32_t>(offset)};
        ++count;
    };
    const auto add_address = [&](std::size_t offset) {
        for (std::size_t i = 0; i < kWords<F>; ++i, ++group) {
            add(RTE_ACL_FIELD_TYPE_MASK, 4, offset + 4 * i);
        }
    };
    add(RTE_ACL_FIELD_TYPE_BITMASK, 1, offsetof(Key<F>, protocol));
    ++group;
    if (groups.source) {
        add_address(offsetof(Key<F>, source));
    }
    if (groups.destination) {
        add_address(offsetof(Key<F>, destination));
    }
    if (groups.ports) {
        add(RTE_ACL_FIELD_TYPE_RANGE, 2, offsetof(Key<F>, source_port));
        add(RTE_ACL_FIELD_TYPE_RANGE, 2, offsetof(Key<F>, destination_port));
        ++group;
    }
    if (groups.interfaces) {
        add(RTE_ACL_FIELD_TYPE_BITMASK, 2, offsetof(Key<F>, in));
        add(RTE_ACL_FIELD_TYPE_BITMASK, 2, offsetof(Key<F>, out));
    }
    return count;
}

template <net::Family F>
AclRule<F> rule_of(const Outline<F>& outline, const Groups& groups) {
    AclRule<F> rule{};
    std::size_t next = 0;
    const auto add_address = [&](const typename F::Address& address, unsigned length) {
        for (std::size_t i = 0; i < kWords<F>; ++i) {
            const auto skipped = static_cast<unsigned>(32 * i);
            rte_acl_field& field = rule.field[next++];
            field.value.u32 = word(address, i);
            field.mask_range.u32 = length <= skipped ? 0 : std::min(32U, length - skipped);
        }
    };
    const auto add_ports = [&](const typename Outline<F>::Ports& ports) {
        rte_acl_field& field = rule.field[next++];
        field.value.u16 = ports.min;
        field.mask_range.u16 = ports.max;
    };
    const auto add_interface = [&](bool present, std::uint16_t id) {
        rte_acl_field& field = rule.field[next++];
        field.value.u16 = present ? id : std::uint16_t{0};
        field.mask_range.u16 = present ? std::uint16_t{0xffff} : std::uint16_t{0};
    };
    rte_acl_field& protocol = rule.field[next++];
    protocol.value.u8 = outline.protocol;
    protocol.mask_range.u8 = outline.protocol == 0 ? std::uint8_t{0} : std::uint8_t{0xff};
    if (groups.source) {
        add_address(outline.source, outline.source_length);
    }
    if (groups.destination) {
        add_address(outline.destination, outline.destination_length);
    }
    if (groups.ports) {
        add_ports(outline.source_ports);
        add_ports(outline.destination_ports);
    }
    if (groups.interfaces) {
        add_interface(outline.has_in, outline.in);
        add_interface(outline.has_out, outline.out);
    }
    return rule;
}

rte_acl_ctx* create(std::uint32_t fields, std::size_t rules) {
    static std::atomic<std::uint32_t> serial{0};  // rte_acl returns the old context for a name in use
    const std::string name = fmt::format("sluice-{}", serial.fetch_add(1, std::memory_order_relaxed));
    rte_acl_param parameters{};
    parameters.name = name.c_str();
    parameters.socket_id = -1;  // any
    parameters.rule_size = static_cast<std::uint32_t>(RTE_ACL_RULE_SZ(fields));
    parameters.max_rule_num = static_cast<std::uint32_t>(rules);
    return rte_acl_create(&parameters);
}

}  // namespace

template <net::Family F>
std::unique_ptr<const AclContext<F>> AclContext<F>::build(std::span<const Outline<F>> rules,
                                                          std::uint32_t block, std::uint32_t blocks) {
    const bool is_dpdk_running =
        rte_lcore_count() != 0;  // rte_acl crashes without: `sluice check` never starts it
    if (!is_dpdk_running || has_too_many_ranges(rules)) {
        return nullptr;
    }
    const Groups groups = groups_of(rules);
    rte_acl_config configuration{};
    configuration.num_categories = blocks;
    configuration.num_fields = define_fields<F>(groups, configuration.defs);
    // max_size stays 0: rte_acl then splits the rules over several small tries rather than let one explode.
    std::unique_ptr<AclContext> result(
        new AclContext(create(configuration.num_fields, rules.size()), blocks));
    if (result->context_ == nullptr) {
        return nullptr;
    }
    bool empty = true;
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
        if (rules[i].never) {
            continue;
        }
        AclRule<F> rule = rule_of(rules[i], groups);
        rule.data.category_mask = 1U << (i / block);
        rule.data.priority = static_cast<std::int32_t>(RTE_ACL_MAX_PRIORITY - i);
        rule.data.userdata = i + 1;
        if (rte_acl_add_rules(result->context_, reinterpret_cast<const rte_acl_rule*>(&rule), 1) != 0) {
            return nullptr;
        }
        empty = false;
    }
    if (empty || rte_acl_build(result->context_, &configuration) != 0) {
        return nullptr;
    }
    return result;
}

template <net::Family F>
AclContext<F>::~AclContext() {
    rte_acl_free(context_);
}

template class AclContext<net::Ipv4>;
template class AclContext<net::Ipv6>;

}  // namespace sluice::acl
