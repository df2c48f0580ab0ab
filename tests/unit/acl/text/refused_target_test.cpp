// SPDX-License-Identifier: BSD-3-Clause
//
// Targets that are read and printed but not loaded, as far as golden/elsewhere.v4 has not got them: the
// kernel at hand does not know them, so that the words are those of iptables' own extensions.
#include <gtest/gtest.h>

#include "acl/text/list.h"
#include "parsing.h"

namespace sluice::acl::text {
namespace {

/// The last column of `-L -n` for the one rule.
std::string listed(std::string_view rule, TableId table) {
    const std::string name(kTableNames[static_cast<std::size_t>(table)]);
    const auto rules =
        parse_save_file<V4>(fmt::format("*{}\n-A FORWARD {}\nCOMMIT\n", name, rule), "rules.v4");
    if (!rules) {
        return faults_text(rules.error());
    }
    const std::string text =
        list_table(*rules, {.table = table, .chain = "FORWARD", .number = 1, .numeric = true},
                   initial_counts(*rules))
            .value();
    const std::string_view last = "0.0.0.0/0            0.0.0.0/0            ";
    return text.substr(text.find(last) + last.size());
}

TEST(RefusedTarget, secmark) {
    constexpr std::string_view kRule = "-j SECMARK --selctx system_u:object_r:ssh_packet_t:s0";
    EXPECT_EQ(parsed(kRule, TableId::security), fmt::format("-A FORWARD {}", kRule));
    EXPECT_EQ(listed(kRule, TableId::security), "SECMARK selctx system_u:object_r:ssh_packet_t:s0\n");
    EXPECT_EQ(parsed("-j SECMARK", TableId::mangle), "4: SECMARK: option '--selctx' must be specified");
    EXPECT_EQ(parsed("-j SECMARK --selctx \"a b\"", TableId::mangle),
              "21: invalid security context 'a b': no blanks, no quotes");
}

TEST(RefusedTarget, led) {
    EXPECT_EQ(parsed("-j LED --led-trigger-id foo"), "-A FORWARD -j LED --led-trigger-id \"foo\"");
    EXPECT_EQ(parsed("-j LED --led-trigger-id \"a \\\"b\" --led-delay 0x10 --led-always-blink"),
              "-A FORWARD -j LED --led-trigger-id \"a \\\"b\" --led-delay 16 --led-always-blink");
    EXPECT_EQ(parsed("-j LED --led-trigger-id x --led-delay INFINITY"),
              "-A FORWARD -j LED --led-trigger-id \"x\" --led-delay inf");
    EXPECT_EQ(listed("-j LED --led-trigger-id x", TableId::filter), "led-trigger-id:\"x\" led-delay:0ms\n");
    EXPECT_EQ(parsed("-j LED --led-trigger-id aaaaaaaaaaaaaaaaa"),
              "25: trigger 'aaaaaaaaaaaaaaaaa' is too long: at most 16 characters");
    EXPECT_EQ(parsed("-j LED --led-trigger-id x --led-delay soon"),
              "39: invalid delay 'soon': milliseconds from 0 to 2147483647, or inf");
}

TEST(RefusedTarget, ulog) {
    constexpr std::string_view kRule = "-j ULOG --ulog-prefix \"a b\" --ulog-nlgroup 32 --ulog-cprange 100 --ulog-qthreshold 50";
    EXPECT_EQ(parsed(kRule), fmt::format("-A FORWARD {}", kRule));
    EXPECT_EQ(parsed("-j ULOG --ulog-nlgroup 1 --ulog-qthreshold 1"), "-A FORWARD -j ULOG");
    EXPECT_EQ(listed(kRule, TableId::filter), "ULOG copy_range 100 nlgroup 32 prefix \"a b\" queue_threshold 50\n");
    EXPECT_EQ(parsed("-j ULOG --ulog-nlgroup 33"), "24: invalid --ulog-nlgroup '33': a number from 1 to 32");
    EXPECT_EQ(parsed("-j ULOG --ulog-qthreshold 0"), "27: invalid --ulog-qthreshold '0': a number from 1 to 50");
}

TEST(RefusedTarget, clusterip) {
    constexpr std::string_view kRule =
        "-d 10.0.0.9/32 -i eth0 -j CLUSTERIP --new --hashmode sourceip-sourceport --clustermac "
        "01:00:5E:00:00:0A "
        "--total-nodes 2 --local-node 1 --hash-init 3";
    EXPECT_EQ(parsed(kRule), fmt::format("-A FORWARD {}", kRule));
    EXPECT_EQ(parsed("-j CLUSTERIP"), "-A FORWARD -j CLUSTERIP");
    EXPECT_EQ(
        listed(
            "-j CLUSTERIP --new --hashmode sourceip --clustermac 1:0:5e:0:0:a --total-nodes 2 --local-node 1",
            TableId::filter),
        "CLUSTERIP hashmode=sourceip clustermac=01:00:5E:00:00:0A total_nodes=2 local_node=1 hash_init=0\n");
    EXPECT_EQ(parsed("-j CLUSTERIP --new --clustermac 00:00:5e:00:00:0a"),
              "33: '00:00:5e:00:00:0a' is no MAC address of a group");
    EXPECT_EQ(parsed("-j CLUSTERIP --new --total-nodes 17"),
              "34: invalid --total-nodes '17': a number from 0 to 16");
}

// The words of iptables for it cannot be read back by iptables: the end of a range may be at most 65534
// there.
TEST(RefusedTarget, a_range_of_queues_to_the_last_one_is_read_back) {
    EXPECT_EQ(parsed("-j NFQUEUE --queue-balance 4:"), "-A FORWARD -j NFQUEUE --queue-balance 4:65535");
    EXPECT_EQ(parsed("-j NFQUEUE --queue-balance 4:65535"), "-A FORWARD -j NFQUEUE --queue-balance 4:65535");
}

}  // namespace
}  // namespace sluice::acl::text
