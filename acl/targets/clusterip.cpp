// SPDX-License-Identifier: BSD-3-Clause
#include "acl/targets/clusterip.h"

#include <fmt/core.h>

#include <array>
#include <type_traits>

#include "acl/text/mac_text.h"
#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::array<std::string_view, 3> kHashes = {"sourceip", "sourceip-sourceport",
                                                     "sourceip-sourceport-destport"};

enum Given : std::uint8_t { is_new = 1, hash = 2, mac = 4, total = 8, local = 16, random = 32 };
constexpr std::uint8_t kNeeded = is_new | hash | mac | total | local;

Checked set_hash(ClusteripTarget& target, const OptionUse& use) {
    for (std::size_t i = 0; i < kHashes.size(); ++i) {
        if (use.value() == kHashes[i]) {
            target.hash = static_cast<ClusteripTarget::Hash>(i);
            return {};
        }
    }
    return use.refuse(
        fmt::format("unknown hash mode '{}': sourceip, sourceip-sourceport or "
                    "sourceip-sourceport-destport",
                    use.value()));
}

Checked set_mac(ClusteripTarget& target, const OptionUse& use) {
    const auto address = parse_mac(use.value());
    if (!address || (address->bytes[0] & 1U) == 0) {
        return use.refuse(fmt::format("'{}' is no MAC address of a group", use.value()));
    }
    target.mac = *address;
    return {};
}

Checked set_number(std::uint32_t max, const OptionUse& use, auto& value) {
    const auto number = parse_number(use.value(), max);
    if (!number) {
        return use.refuse(
            fmt::format("invalid --{} '{}': a number from 0 to {}", use.option, use.value(), max));
    }
    value = static_cast<std::remove_reference_t<decltype(value)>>(*number);
    return {};
}

}  // namespace

std::span<const Form<ClusteripTarget>> Syntax<ClusteripTarget>::forms() {
    static constexpr std::array kOptions = {
        OptionSpec{.name = "new", .values = 0}, OptionSpec{.name = "hashmode"},
        OptionSpec{.name = "clustermac"},       OptionSpec{.name = "total-nodes"},
        OptionSpec{.name = "local-node"},       OptionSpec{.name = "hash-init"},
    };
    static constexpr std::array kForms = {
        Form<ClusteripTarget>{.name = "CLUSTERIP", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<ClusteripTarget>::parse(ClusteripTarget& target, const OptionUse& use) {
    constexpr std::uint32_t kMaxNodes = 16;
    const auto note = [&](Given option) { target.given = static_cast<std::uint8_t>(target.given | option); };
    if (use.option == "new") {
        note(is_new);
        return {};
    }
    if (use.option == "hashmode") {
        note(hash);
        return set_hash(target, use);
    }
    if (use.option == "clustermac") {
        note(mac);
        return set_mac(target, use);
    }
    if (use.option == "hash-init") {
        note(random);
        return set_number(0xffffffffU, use, target.random);
    }
    note(use.option == "total-nodes" ? total : local);
    return set_number(kMaxNodes, use, use.option == "total-nodes" ? target.total_nodes : target.local_node);
}

Checked Syntax<ClusteripTarget>::finish(const ClusteripTarget& target, const RuleFacts& rule) {
    if (target.given != 0 && (target.given & kNeeded) != kNeeded) {
        return fault(
            "CLUSTERIP: no options, or --new with --hashmode, --clustermac, --total-nodes and --local-node",
            rule.begin);
    }
    return {};
}

void Syntax<ClusteripTarget>::save(const ClusteripTarget& target, std::string& out) {
    if (target.given == 0) {
        return;
    }
    base::append(out, " --new --hashmode {} --clustermac ", kHashes[static_cast<std::size_t>(target.hash)]);
    append_mac(target.mac, true, out);
    base::append(out, " --total-nodes {} --local-node {} --hash-init {}", target.total_nodes,
                 target.local_node, target.random);
}

void Syntax<ClusteripTarget>::list(const ClusteripTarget& target, bool /*numeric*/, std::string& out) {
    out += " CLUSTERIP";
    if (target.given == 0) {
        return;
    }
    base::append(out, " hashmode={} clustermac=", kHashes[static_cast<std::size_t>(target.hash)]);
    append_mac(target.mac, true, out);
    base::append(out, " total_nodes={} local_node={} hash_init={}", target.total_nodes, target.local_node,
                 target.random);
}

}  // namespace sluice::acl::text
