// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/check_command.h"

#include <cstdio>
#include <ctime>

#include "acl/literal/shadow.h"
#include "acl/literal/strictness.h"
#include "acl/text/counts.h"
#include "acl/text/save.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/explain/packet_words.h"
#include "ctrlplane/loaded.h"
#include "ctrlplane/snapshot/describe.h"

namespace sluice::ctrlplane {

namespace {

void say(const base::Diagnostics& diagnostics) {
    for (const base::Diagnostic& diagnostic : diagnostics) {
        std::fprintf(stderr, "%s\n", config::to_string(diagnostic).c_str());
    }
}

void dump(const acl::Ruleset<net::Ipv4>& rules) {
    acl::text::SaveStyle style;
    style.date = acl::text::date_text(std::time(nullptr));
    std::fputs(acl::text::save_ruleset(rules, style, acl::text::initial_counts(rules)).c_str(), stdout);
}

/// The packet of a command line through the rules of files.
base::Result<void> explain_packet(const Loaded& loaded, const std::string& line) {
    const auto packet = explain::read_packet(line);
    if (!packet) {
        return tl::unexpected(packet.error());
    }
    const auto routes = routes_of(*loaded.config);
    if (!routes) {
        return tl::unexpected(routes.error());
    }
    const std::vector<OpenedDevice> devices(loaded.config->interfaces().size());
    const std::vector<pipeline::Interface> interfaces = interfaces_of(*loaded.config, devices);
    const auto explained = explain::explain({*loaded.rules, interfaces, *routes, loaded.sets.get()}, *packet);
    if (!explained) {
        return tl::unexpected(explained.error());
    }
    for (const std::string& said : explained->lines) {
        std::puts(said.c_str());
    }
    return {};
}

}  // namespace

int check_command(const std::string& config, const CheckOptions& options) {
    const Loaded loaded = load(config, base::Diagnostic::Severity::warning);
    say(loaded.diagnostics);
    const auto& rules = loaded.rules ? loaded.rules : loaded.refused;
    if (rules && options.dump) {
        dump(*rules);
    }
    if (!loaded.is_sound()) {
        return 1;
    }
    if (!options.explain.empty()) {
        if (const auto done = explain_packet(loaded, options.explain); !done) {
            std::fprintf(stderr, "explain: %s\n", done.error().message.c_str());
            return 1;
        }
        return 0;
    }
    say(acl::literal::shadowed_rules(*loaded.rules));
    if (!loaded.config->tracking().strict) {
        say(acl::literal::untranslated_leaks(*loaded.rules));
    }
    if (!options.dump) {
        std::puts("ok");
    }
    return 0;
}

}  // namespace sluice::ctrlplane
