// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/snapshot/load_sets.h"

#include <gtest/gtest.h>

#include <map>

#include "ctrlplane/config/diagnostic_text.h"

namespace sluice::ctrlplane {
namespace {

using Files = std::map<std::string, std::string>;

config::CheckedConfig config_of(std::string_view toml, const Files& files = {}) {
    auto loaded = config::check_config(toml, "etc/t.toml", [&](const std::string& path) -> base::Result<std::string> {
        const auto found = files.find(path);
        return found == files.end() ? base::failure("cannot be read") : base::Result<std::string>(found->second);
    });
    EXPECT_TRUE(loaded.config) << (loaded.diagnostics.empty() ? "" : config::to_string(loaded.diagnostics.front()));
    return std::move(*loaded.config);
}

constexpr std::string_view kSets = R"([ipset.blocked]
type     = "hash:net"
options  = "timeout 300 counters"
elements = ["192.0.2.0/24", "198.51.100.0/24 timeout 0", "192.0.2.0/24"]
file     = "blocked.zone"
[firewall]
sets = "sets.save"
)";
const Files kFiles = {{"etc/blocked.zone", "# known\n10.1.0.0/16\n\n10.2.0.0/16 nomatch # but not this\n"},
                      {"etc/sets.save", "create hosts hash:ip\nadd hosts 10.0.0.1\n"}};

// OPS-4, MAT-7
TEST(LoadSets, takes_the_file_and_each_section) {
    const auto book = load_sets(config_of(kSets, kFiles), 1000);
    ASSERT_TRUE(book);
    const std::vector<acl::sets::Word> words = {{"save", 0}, {"-sorted", 0}, {"blocked", 0}};
    const auto saved = (*book)->run(words, 1000);
    ASSERT_TRUE(saved);
    const std::string text = saved->text.substr(saved->text.find('\n') + 1);
    EXPECT_EQ(text, "add blocked 10.1.0.0/16 timeout 300 packets 0 bytes 0\n"
                    "add blocked 10.2.0.0/16 timeout 300 nomatch packets 0 bytes 0\n"
                    "add blocked 192.0.2.0/24 timeout 300 packets 0 bytes 0\n"
                    "add blocked 198.51.100.0/24 timeout 0 packets 0 bytes 0\n");
    EXPECT_NE((*book)->find("hosts"), nullptr);
}

TEST(LoadSets, tells_where_a_fault_is) {
    const auto faults_of = [](const Files& files, std::string_view toml) {
        const auto book = load_sets(config_of(toml, files), 0);
        return book ? "" : config::to_string(book.error().front());
    };
    EXPECT_EQ(faults_of({{"etc/blocked.zone", "10.1.0.0/16\nnonsense\n"}, {"etc/sets.save", ""}}, kSets),
              "etc/blocked.zone:2:1: error: Syntax error: cannot parse nonsense: resolving to IPv4 address failed");
    EXPECT_EQ(faults_of({}, "[ipset.a]\ntype = \"hash:nothing\"\n"),
              "etc/t.toml:2:8: error: Syntax error: typename 'hash:nothing' is unknown");
    EXPECT_EQ(faults_of({{"etc/s", "create a hash:ip\nadd b 1.1.1.1\n"}}, "[firewall]\nsets = \"s\"\n"),
              "etc/s:2:5: error: The set with the given name does not exist");
}

TEST(LoadSets, sees_whether_anything_has_changed) {
    Files other = kFiles;
    EXPECT_TRUE(have_same_sets(config_of(kSets, kFiles), config_of(kSets, other)));
    other["etc/blocked.zone"] += "10.3.0.0/16\n";
    EXPECT_FALSE(have_same_sets(config_of(kSets, kFiles), config_of(kSets, other)));
    EXPECT_FALSE(have_same_sets(config_of(kSets, kFiles), config_of("")));
}

}  // namespace
}  // namespace sluice::ctrlplane
