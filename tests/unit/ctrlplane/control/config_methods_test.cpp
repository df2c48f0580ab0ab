// SPDX-License-Identifier: BSD-3-Clause
/// `ip … add|del|replace` and `sysctl` over a configuration: OPS-2, CT-5.
#include <gtest/gtest.h>

#include "ctrlplane/control/methods.h"
#include "fake_router.h"

namespace sluice::ctrlplane::control {
namespace {

class ConfigMethods : public testing::Test {
protected:
    ConfigMethods() {
        view_ = router_.view();
        view_.change_config = [this](const RouterView::ConfigChange& change) {
            config::ConfigEdit edit(config_);
            auto done = change(edit);
            if (done) {
                config_ = std::move(edit).take();
                ++changes_;
            }
            return done;
        };
        view_.sysctls = [this] { return config::sysctl_values(config_); };
        add_ip_edit_methods(methods_, view_);
        add_sysctl_methods(methods_, view_);
    }
    /// What it prints, or says why not.
    std::string say(const std::string& method, const Json& params) {
        const MethodResult made = methods_.at(method)(params);
        return made ? std::get<Json>(*made).value("text", "") : made.error().message;
    }

    test::FakeRouter router_;
    RouterView view_;
    Methods methods_;
    config::CheckedConfig config_ = *config::check_config(R"(
[[interface]]
name = "lan"
device = "net_null0"
address = "10.0.0.1/24"
[[interface]]
name = "wan"
device = "net_null1"
address = "203.0.113.2/24"
)", "t.toml").config;
    int changes_ = 0;
};

TEST_F(ConfigMethods, addresses_routes_and_neighbours) {
    EXPECT_EQ(say("ip.addr.change", {{"edit", "add"}, {"address", "10.0.7.1/24"}, {"dev", "lan"}}), "");
    EXPECT_EQ(say("ip.addr.change", {{"edit", "add"}, {"address", "10.0.7.1/24"}, {"dev", "dmz"}}), "Cannot find device \"dmz\"");
    EXPECT_EQ(say("ip.addr.change", {{"edit", "add"}, {"address", "10.0.7.1/33"}, {"dev", "lan"}}),
              "Error: any valid prefix is expected rather than \"10.0.7.1/33\".");
    EXPECT_EQ(say("ip.addr.change", {{"edit", "adds"}, {"address", "10.0.7.1/24"}, {"dev", "lan"}}),
              "edit 'adds' is none of add, change, replace and delete");
    EXPECT_EQ(say("ip.route.change", {{"edit", "add"}, {"to", "default"}, {"nexthops", {"via 10.0.7.7", "via 203.0.113.1 dev wan"}}}), "");
    EXPECT_EQ(say("ip.route.change", {{"edit", "add"}, {"to", "1.2.3.4/8"}, {"nexthops", {"via 10.0.7.7"}}}),
              "Error: Invalid prefix for given prefix length.");
    EXPECT_EQ(say("ip.route.change", {{"edit", "add"}, {"to", "1.0.0.0/8"}, {"nexthops", {"via lan"}}}),
              "Error: inet address is expected rather than \"lan\".");
    EXPECT_EQ(say("ip.route.change", {{"edit", "add"}, {"to", "1.0.0.0/8"}, {"type", "throw"}}), "routes of type 'throw' are not built yet");
    EXPECT_EQ(say("ip.neigh.change", {{"edit", "add"}, {"address", "10.0.7.7"}, {"lladdr", "02:00:00:00:00:07"}, {"dev", "lan"}}), "");
    EXPECT_EQ(say("ip.neigh.change", {{"edit", "add"}, {"address", "10.0.7.8"}, {"lladdr", "03:00:00:00:00:07"}, {"dev", "lan"}}),
              "\"03:00:00:00:00:07\" is invalid lladdr.");
    EXPECT_EQ(changes_, 3);
    ASSERT_EQ(config_.routes().size(), 1U);
    EXPECT_EQ(config_.routes()[0].hops.size(), 2U);
}

TEST_F(ConfigMethods, sysctl_sets_all_or_nothing) {
    EXPECT_EQ(say("sysctl", {{"words", {"net.ipv4.ip_default_ttl=70", "net/ipv4/ip_forward"}}}),
              "net.ipv4.ip_default_ttl = 70\nnet.ipv4.ip_forward = 1\n");
    EXPECT_EQ(say("sysctl", {{"words", {"net.ipv4.ip_default_ttl=80", "net.ipv4.nope=1"}}}),
              "sysctl: cannot stat /proc/sys/net/ipv4/nope: No such file or directory");
    EXPECT_EQ(say("sysctl", {{"words", {"net.ipv4.ip_default_ttl"}}, {"values", true}}), "70\n");
    EXPECT_EQ(say("sysctl", {{"words", {"net.ipv4.ip_default_ttl=80"}}, {"quiet", true}}), "");
    EXPECT_EQ(say("sysctl", {{"words", {"net.netfilter.nf_conntrack_count"}}}), "net.netfilter.nf_conntrack_count = 0\n");
    EXPECT_NE(say("sysctl", {{"all", true}}).find("net.ipv4.conf.wan.rp_filter = 0\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ctrlplane::control
