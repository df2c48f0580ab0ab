// SPDX-License-Identifier: BSD-3-Clause
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "ctrlplane/check_command.h"
#include "ctrlplane/run_command.h"
#include "ctrlplane/version.h"

/// `sluice`: the router. Status 2 for a command line that it does not understand.
int main(int argc, char** argv) {
    constexpr int kUsage = 2;
    std::string config = "/etc/sluice/sluice.toml";
    sluice::ctrlplane::CheckOptions options;

    CLI::App app{"Sluice: a router with the rules of netfilter at the speed of DPDK"};
    app.require_subcommand(1);
    CLI::App* run = app.add_subcommand("run", "runs the router in the foreground");
    run->add_option("CONFIG", config, "the configuration")->capture_default_str();
    CLI::App* check = app.add_subcommand("check", "reports every fault of a configuration; needs no root and no device");
    check->add_option("CONFIG", config, "the configuration")->capture_default_str();
    check->add_flag("--dump", options.dump, "prints the ruleset as iptables-save would");
    check->add_option("--explain", options.explain,
                      "walks a made-up packet through the rules: \"-i lan -s 10.0.0.5 -d 1.1.1.1 -p udp --dport 53\"");
    CLI::App* version = app.add_subcommand("version", "prints the version");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    if (*version) {
        std::printf("sluice %s\n", std::string(sluice::ctrlplane::version()).c_str());
        return 0;
    }
    return *check ? sluice::ctrlplane::check_command(config, options) : sluice::ctrlplane::run_command(config);
}
