// SPDX-License-Identifier: BSD-3-Clause
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "ctrlplane/version.h"
#include "dataplane/net/address.h"
#include "pktgen/bench.h"

namespace {

using sluice::pktgen::BenchOptions;

constexpr int kUsage = 2;

/// CLI11 reads a prefix: ADDRESS/LENGTH.
std::string read_prefix(const std::string& text, std::optional<sluice::net::Ipv4Prefix>& into) {
    const auto prefix = sluice::net::parse_ipv4_prefix(text);
    if (!prefix) {
        return "'" + text + "' is no network: ADDRESS/LENGTH";
    }
    into = *prefix;
    return {};
}

void add_bench_options(CLI::App& bench, BenchOptions& options, bool& json) {
    bench.add_option("--config", options.config, "the router's configuration")->required();
    bench
        .add_option("--scenario", options.scenario,
                    "which packets are sent; what is done with them is the configuration's affair")
        ->check(CLI::IsMember({"forward", "snat", "dnat", "masquerade", "filter", "new-connections"}))
        ->capture_default_str();
    bench.add_option("--flows", options.flows, "flows; with new-connections: connections that live at a time")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32U))
        ->capture_default_str();
    bench.add_option("--size", options.size, "bytes of a frame on the wire")
        ->check(CLI::Range(64, 1518))
        ->capture_default_str();
    bench.add_option("--seconds", options.seconds, "how long to measure")
        ->check(CLI::Range(0.01, 3600.0))
        ->capture_default_str();
    bench.add_flag("--sequential", options.sequential, "flows in order instead of at random");
    bench
        .add_option_function<std::string>(
            "--proto",
            [&options](const std::string& name) {
                options.protocol = name == "tcp" ? sluice::net::kProtocolTcp : sluice::net::kProtocolUdp;
            },
            "udp (default) or tcp")
        ->check(CLI::IsMember({"udp", "tcp"}));
    bench.add_option("--in", options.in, "interface of the flows' first packets (default: the first; dnat: the last)");
    const auto prefix = [&bench](const char* name, std::optional<sluice::net::Ipv4Prefix>& into, const char* what) {
        bench.add_option_function<std::string>(name, [&into](const std::string& text) {
            if (const std::string fault = read_prefix(text, into); !fault.empty()) {
                throw CLI::ValidationError(fault);
            }
        }, what);
    };
    prefix("--src", options.sources, "sources (default: the network of --in; dnat: 198.18.0.0/15)");
    prefix("--dst", options.destinations, "destinations (default: 198.18.0.0/15; dnat: the address of --in)");
    bench.add_option("--dport", options.destination_port, "destination port (default: 53, for TCP and dnat 80)");
    bench.add_flag("--no-hugepages", options.ordinary_memory, "ordinary memory, whatever the configuration says");
    bench.add_flag("--json", json, "prints one JSON object");
}

}  // namespace

/// `sluice-pktgen`: traffic and benchmarks. Status 1: it could not be done; 2: not understood.
int main(int argc, char** argv) {
    CLI::App app{"sluice-pktgen: traffic, throughput tests and benchmarks"};
    app.require_subcommand(1);
    BenchOptions options;
    bool json = false;
    CLI::App* bench = app.add_subcommand("bench", "measures the router of a configuration on in-memory ports");
    add_bench_options(*bench, options, json);
    CLI::App* version = app.add_subcommand("version", "prints the version");
    // Refused by name until they are built, whatever stands behind.
    CLI::App* tx = app.add_subcommand("tx", "sends packets (not built yet)");
    CLI::App* rfc2544 = app.add_subcommand("rfc2544", "finds the throughput (not built yet)");
    tx->allow_extras();
    rfc2544->allow_extras();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    if (*tx || *rfc2544) {
        std::fprintf(stderr, "sluice-pktgen: %s is not built yet; bench is\n", *tx ? "tx" : "rfc2544");
        return kUsage;
    }
    if (*version) {
        std::printf("sluice-pktgen %s\n", std::string(sluice::ctrlplane::version()).c_str());
        return 0;
    }
    const auto result = sluice::pktgen::bench(options);
    if (!result) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
        return 1;
    }
    std::puts((json ? json_of(options, *result) : text_of(options, *result)).c_str());
    return 0;
}
