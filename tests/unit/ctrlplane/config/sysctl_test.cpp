// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/config/sysctl.h"

#include <fmt/format.h>

#include "checking.h"

namespace sluice::ctrlplane::config {
namespace {

std::vector<std::string> said_about_sysctl(std::string_view name, std::string_view value) {
    return said_about(with_two_interfaces(fmt::format("[sysctl]\n\"{}\" = {}\n", name, value)));
}

std::string first_said(std::string_view name, std::string_view value) {
    const auto said = said_about_sysctl(name, value);
    return said.empty() ? "" : said.front();
}

// CT-5: every setting that is honoured arrives where it belongs, at both ends of its range and not beyond.
TEST(Sysctl, every_honoured_setting_is_taken_within_its_range_only) {
    for (const SysctlSpec& spec : known_sysctls()) {
        if (spec.field == nullptr) {
            continue;
        }
        for (const std::uint32_t value : {spec.low, spec.high}) {
            const auto config =
                sound(with_two_interfaces(fmt::format("[sysctl]\n\"{}\" = {}\n", spec.name, value)));
            EXPECT_EQ(config.sysctls().*(spec.field), value) << spec.name;
        }
        const std::int64_t below = std::int64_t{spec.low} - 1;
        EXPECT_EQ(first_said(spec.name, std::to_string(below)),
                  fmt::format("t.toml:12:{}: error: {} must be from {} to {}, not {}", spec.name.size() + 6,
                              spec.name, spec.low, spec.high, below));
        EXPECT_EQ(said_about_sysctl(spec.name, std::to_string(std::int64_t{spec.high} + 1)).size(), 1U);
    }
}

TEST(Sysctl, what_is_not_built_is_accepted_at_the_kernels_default_and_refused_otherwise) {
    for (const SysctlSpec& spec : known_sysctls()) {
        if (spec.field != nullptr || spec.low > spec.high) {
            continue;
        }
        EXPECT_EQ(first_said(spec.name, std::to_string(spec.kernel_default)), "") << spec.name;
        EXPECT_EQ(said_about_sysctl(spec.name, std::to_string(spec.kernel_default + 1)).size(), 1U)
            << spec.name;
    }
    EXPECT_EQ(
        first_said("net.netfilter.nf_conntrack_log_invalid", "1"),
        "t.toml:12:44: error: net.netfilter.nf_conntrack_log_invalid = 1 is refused: not built yet; only 0 "
        "is accepted");
    EXPECT_EQ(
        first_said("net.netfilter.nf_conntrack_buckets", "262144"),
        "t.toml:12:1: error: net.netfilter.nf_conntrack_buckets is refused: the table has no buckets to set; "
        "net.netfilter.nf_conntrack_max alone sizes it");
}

TEST(Sysctl, an_unknown_name_is_an_error_with_the_nearest) {
    EXPECT_EQ(first_said("net.ipv4.ip_foward", "1"),
              "t.toml:12:1: error: unknown sysctl \"net.ipv4.ip_foward\"; the nearest known one is "
              "\"net.ipv4.ip_forward\"");
    EXPECT_EQ(first_said("net.ipv4.conf.wan.rpfilter", "1"),
              "t.toml:12:1: error: unknown sysctl \"net.ipv4.conf.wan.rpfilter\"; the nearest known one is "
              "\"net.ipv4.conf.wan.rp_filter\"");
    EXPECT_EQ(
        first_said("net.ipv4.conf.wam.rp_filter", "1"),
        "t.toml:12:1: error: net.ipv4.conf: \"wam\" is no interface of this file; the nearest known one is "
        "\"wan\"");
    EXPECT_EQ(first_said("net.ipv6.conf.all.forwarding", "1"),
              "t.toml:12:1: error: \"net.ipv6.conf.all.forwarding\" is refused: IPv6 is not built yet");
}

TEST(Sysctl, a_value_is_an_integer) {
    EXPECT_EQ(first_said("net.ipv4.ip_forward", "true"),
              "t.toml:12:25: error: net.ipv4.ip_forward must be an integer, not a boolean");
    EXPECT_EQ(first_said("net.ipv4.ip_forward", "\"1\""),
              "t.toml:12:25: error: net.ipv4.ip_forward must be an integer, not a string");
}

TEST(Sysctl, names_may_be_written_without_quotes_and_with_slashes) {
    const auto config =
        sound(with_two_interfaces("[sysctl]\nnet.ipv4.ip_default_ttl = 32\n"
                                  "\"net/ipv4/conf/lan/rp_filter\" = 2\n"));
    EXPECT_EQ(config.sysctls().ip_default_ttl, 32U);
    EXPECT_EQ(config.interfaces()[1].sysctls.rp_filter, 2);
    EXPECT_EQ(canonical_sysctl_name("net/ipv4/conf/wan.100/rp_filter"), "net.ipv4.conf.wan/100.rp_filter");
    EXPECT_EQ(canonical_sysctl_name("net.ipv4.conf.wan/100.rp_filter"), "net.ipv4.conf.wan/100.rp_filter");
}

TEST(Sysctl, the_same_setting_under_two_writings_is_an_error) {
    EXPECT_EQ(said_about(with_two_interfaces(
                  "[sysctl]\n\"net.ipv4.ip_forward\" = 1\n\"net/ipv4/ip_forward\" = 1\n")),
              std::vector<std::string>{"t.toml:13:1: error: \"net.ipv4.ip_forward\" is set twice"});
}

TEST(Sysctl, an_interface_with_a_dot_in_its_name_is_written_with_a_slash) {
    const auto config =
        sound(with_two_interfaces("[[interface]]\nname = \"lan.100\"\nvlan = 100\nparent = \"lan\"\n"
                                  "[sysctl]\n\"net.ipv4.conf.lan/100.rp_filter\" = 1\n"));
    EXPECT_EQ(config.find_interface("lan.100")->sysctls.rp_filter, 1);
    EXPECT_EQ(config.find_interface("lan")->sysctls.rp_filter, 0);
}

// FWD-6, FWD-10: the kernel's combination of conf.all and conf.<interface>.
TEST(Sysctl, rp_filter_is_the_larger_and_send_redirects_either_of_all_and_interface) {
    const auto config =
        sound(with_two_interfaces("[sysctl]\n"
                                  "\"net.ipv4.conf.all.rp_filter\" = 1\n"
                                  "\"net.ipv4.conf.wan.rp_filter\" = 2\n"
                                  "\"net.ipv4.conf.lan.rp_filter\" = 0\n"
                                  "\"net.ipv4.conf.all.send_redirects\" = 0\n"
                                  "\"net.ipv4.conf.wan.send_redirects\" = 0\n"));
    EXPECT_EQ(config.find_interface("wan")->sysctls, (InterfaceSysctls{2, false, true}));
    EXPECT_EQ(config.find_interface("lan")->sysctls, (InterfaceSysctls{1, true, true}));
}

TEST(Sysctl, conf_default_is_what_an_interface_starts_with) {
    const auto config =
        sound(with_two_interfaces("[sysctl]\n"
                                  "\"net.ipv4.conf.default.rp_filter\" = 1\n"
                                  "\"net.ipv4.conf.lan.rp_filter\" = 0\n"));
    EXPECT_EQ(config.find_interface("wan")->sysctls.rp_filter, 1);
    EXPECT_EQ(config.find_interface("lan")->sysctls.rp_filter, 0);
}

TEST(Sysctl, forwarding_of_an_interface_overrides_ip_forward) {
    const auto config =
        sound(with_two_interfaces("[sysctl]\n"
                                  "\"net.ipv4.ip_forward\" = 0\n"
                                  "\"net.ipv4.conf.lan.forwarding\" = 1\n"));
    EXPECT_EQ(config.sysctls().ip_forward, 0U);
    EXPECT_FALSE(config.find_interface("wan")->sysctls.forwarding);
    EXPECT_TRUE(config.find_interface("lan")->sysctls.forwarding);
}

TEST(Sysctl, ip_forward_and_all_forwarding_are_one_switch) {
    EXPECT_EQ(
        sound(with_two_interfaces("[sysctl]\n\"net.ipv4.conf.all.forwarding\" = 0\n")).sysctls().ip_forward,
        0U);
    EXPECT_EQ(said_about(with_two_interfaces("[sysctl]\n\"net.ipv4.ip_forward\" = 1\n"
                                             "\"net.ipv4.conf.all.forwarding\" = 0\n")),
              std::vector<std::string>{
                  "t.toml:13:1: error: net.ipv4.ip_forward and net.ipv4.conf.all.forwarding are "
                  "one switch, and are set to different values here"});
}

TEST(Sysctl, of_source_routes_and_redirects_only_what_has_no_effect_is_accepted) {
    EXPECT_EQ(first_said("net.ipv4.conf.all.accept_source_route", "0"), "");
    EXPECT_EQ(first_said("net.ipv4.conf.wan.accept_source_route", "1"), "");
    EXPECT_EQ(
        first_said("net.ipv4.conf.all.accept_source_route", "1"),
        "t.toml:12:43: error: net.ipv4.conf.all.accept_source_route = 1 is refused: source routes are never "
        "followed; only 0 is accepted");
    EXPECT_EQ(first_said("net.ipv4.conf.all.accept_redirects", "0"), "");
    EXPECT_EQ(first_said("net.ipv4.conf.all.log_martians", "0"), "");
    EXPECT_NE(first_said("net.ipv4.conf.all.log_martians", "1"), "");
    EXPECT_NE(first_said("net.ipv4.conf.lan.arp_ignore", "1"), "");
}

}  // namespace
}  // namespace sluice::ctrlplane::config
