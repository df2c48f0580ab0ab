// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/replace_file.h"
#include "fake_router.h"

/// Live edits over the socket (OPS-2): what is loaded, what is answered, and how it is refused.
namespace sluice::ctrlplane::control {
namespace {

class EditMethodsTest : public testing::Test {
protected:
    /// The text, or `STATUS: message`.
    std::string call(const std::string& method, const Json& params) {
        const MethodResult made = methods_.at(method)(params);
        if (!made) {
            return fmt::format("{}: {}", made.error().tool_status, made.error().message);
        }
        return std::get<Json>(*made).value("text", "");
    }
    std::string iptables(const std::string& line) {
        std::istringstream stream(line);
        Json args = Json::array();
        for (std::string word; stream >> word;) {
            args.push_back(word);
        }
        return call("iptables.command", {{"args", args}});
    }
    std::string restore(const std::string& text, Json params = Json::object()) {
        params["text"] = text;
        return call("iptables.restore", params);
    }
    std::string rules(const std::string& chain) {
        return call("iptables.list_rules", {{"chain", chain}});
    }

    test::FakeRouter router_;
    const RouterView view_ = router_.view();
    Figures figures_{view_};
    Methods methods_ = all_methods(view_, figures_);
};

TEST_F(EditMethodsTest, a_command_loads_one_new_ruleset) {
    EXPECT_EQ(iptables("-v -I FORWARD 2 -s 10.1.1.1 -j DROP"),
              "DROP  all opt -- in * out *  10.1.1.1  -> 0.0.0.0/0  \n");
    EXPECT_EQ(router_.changes, 1);
    EXPECT_EQ(rules("FORWARD"),
              "-P FORWARD DROP\n-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
              "-A FORWARD -s 10.1.1.1/32 -j DROP\n-A FORWARD -i lan -j proxy\n");
    EXPECT_EQ(iptables("-t nat -N x"), "");
    EXPECT_EQ(router_.changes, 2);
}

TEST_F(EditMethodsTest, a_check_loads_nothing) {
    EXPECT_EQ(iptables("-C FORWARD -i lan -j proxy"), "");
    EXPECT_EQ(iptables("-C FORWARD -i wan -j proxy"),
              "1: iptables: Bad rule (does a matching rule exist in that chain?).");
    EXPECT_EQ(router_.changes, 0);
}

TEST_F(EditMethodsTest, refusals_have_the_words_and_the_status_of_iptables) {
    EXPECT_EQ(iptables("-A FORWARD --nonsense"),
              "2: iptables v1.8.9 (sluice): unknown option '--nonsense'\n"
              "Try `iptables -h' or 'iptables --help' for more information.");
    EXPECT_EQ(iptables("-t raws -F"),
              "1: iptables v1.8.9 (sluice): table 'raws' does not exist; there are raw, mangle, nat, filter and security");
    router_.change_fault = "too much";
    EXPECT_EQ(iptables("-F"), "1: iptables: too much");
    EXPECT_EQ(call("iptables.list", {{"chain", "none"}}), "1: iptables: No chain/target/match by that name.");
    EXPECT_EQ(router_.changes, 0);
    EXPECT_EQ(call("iptables.command", {{"args", "-F"}}), "0: parameter 'args' must be a list of strings");
    EXPECT_EQ(call("iptables.command", {{"args", {1}}}), "0: parameter 'args' must be a list of strings");
}

TEST_F(EditMethodsTest, a_listing_may_zero_what_it_shows) {
    const std::string text = call("iptables.list", {{"chain", "proxy"}, {"verbose", 1}, {"zero", true}});
    EXPECT_NE(text.find("Chain proxy (1 references)"), std::string::npos) << text;
    EXPECT_NE(text.find("Zeroing chain `proxy'\n"), std::string::npos) << text;
    EXPECT_EQ(router_.changes, 1);
}

TEST_F(EditMethodsTest, a_file_is_one_change_or_none) {
    EXPECT_EQ(restore("*filter\n-A INPUT -p udp\n-A INPUT -p tcp\nCOMMIT\n*nat\nCOMMIT\n"), "");
    EXPECT_EQ(router_.changes, 1);
    EXPECT_EQ(rules("INPUT"), "-P INPUT ACCEPT\n-A INPUT -p udp\n-A INPUT -p tcp\n");
    EXPECT_EQ(restore("*filter\n-A INPUT -p icmp\n-A INPUT --oops\n-D INPUT 9\nCOMMIT\n", {{"noflush", true}}),
              "2: iptables-restore v1.8.9 (sluice): line 3, column 10: unknown option '--oops'\n"
              "iptables-restore: line 4 failed: Index of deletion too big.");
    EXPECT_EQ(restore("*filter\n-D INPUT 9\nCOMMIT\n", {{"noflush", true}}),
              "1: iptables-restore: line 2 failed: Index of deletion too big.");
    EXPECT_EQ(restore("*filter\nCOMMIT\n", {{"test", true}}), "");
    EXPECT_EQ(router_.changes, 1);
    EXPECT_EQ(restore("*filter\nCOMMIT\n", {{"table", "filter"}}), "");
    EXPECT_EQ(rules("INPUT"), "-P INPUT ACCEPT\n");
}

TEST_F(EditMethodsTest, save_writes_the_rules_file_but_not_the_tables_of_the_configuration) {
    EXPECT_NE(call("save", Json::object()).find("names no rules file"), std::string::npos);
    std::string folder = "/tmp/sluice-save-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    router_.rules_file = {folder + "/rules.v4", {"nat"}};
    std::ofstream(router_.rules_file.path) << "old";
    ASSERT_EQ(::chmod(router_.rules_file.path.c_str(), 0604), 0);
    EXPECT_EQ(call("save", {{"counters", true}}), "the rules are saved in " + router_.rules_file.path + "\n");
    std::stringstream text;
    text << std::ifstream(router_.rules_file.path).rdbuf();
    EXPECT_NE(text.str().find("[5:500] -A FORWARD -m conntrack"), std::string::npos) << text.str();
    EXPECT_EQ(text.str().find("*nat"), std::string::npos);
    struct stat now {};
    ASSERT_EQ(::stat(router_.rules_file.path.c_str(), &now), 0);
    EXPECT_EQ(now.st_mode & 07777U, 0604U);
    EXPECT_FALSE(replace_file(folder + "/none/rules.v4", ""));
    ::unlink(router_.rules_file.path.c_str());
    EXPECT_EQ(::rmdir(folder.c_str()), 0) << "nothing is left beside the file";
}

}  // namespace
}  // namespace sluice::ctrlplane::control
