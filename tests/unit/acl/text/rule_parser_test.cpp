// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/rule_parser.h"

#include <gtest/gtest.h>

#include "parsing.h"

namespace sluice::acl::text {
namespace {

struct Case {
    std::string_view rule;
    std::string_view expected;  ///< `-S`, or `COLUMN: message`
};

// MAT-1
TEST(RuleParser, standard_matches_are_read_with_every_negation) {
    const std::array cases = {
        Case{"", "-A FORWARD"},
        Case{"-s 10.0.0.5 -d 10.1.0.0/16", "-A FORWARD -s 10.0.0.5/32 -d 10.1.0.0/16"},
        Case{"! -s 10.0.0.5 ! -d 10.1.2.3/16", "-A FORWARD ! -s 10.0.0.5/32 ! -d 10.1.0.0/16"},
        Case{"! -i eth+ ! -o lo ! -p udp", "-A FORWARD ! -i eth+ ! -o lo ! -p udp"},
        Case{"-s 10.0.0.1,10.0.0.2 -j DROP",
             "-A FORWARD -s 10.0.0.1/32 -j DROP\n-A FORWARD -s 10.0.0.2/32 -j DROP"},
        Case{"--protocol tcp --source 1.1.1.1 --in-interface a --jump ACCEPT",
             "-A FORWARD -s 1.1.1.1/32 -i a -p tcp -j ACCEPT"},
        Case{"-p ipv4", "-A FORWARD -p ipencap"},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(parsed(one.rule), one.expected) << one.rule;
    }
}

// OPS-1: a fault names the word.
TEST(RuleParser, a_fault_points_at_the_word_in_question) {
    const std::array cases = {
        Case{"-s 10.0.0.0/33 -j ACCEPT", "4: invalid mask '33': a length from 0 to 32, or a dotted mask"},
        Case{"-s example.com",
             "4: 'example.com' is not an IPv4 address (names are not looked up: write the address)"},
        Case{"-p tcp --dport 80:70", "16: invalid port range '80:70' (min > max)"},
        Case{"-p tpc", "4: unknown protocol 'tpc': a number from 0 to 255 or a name of /etc/protocols"},
        Case{"-j ACCEPT extra", "11: bad argument 'extra': an option is expected here"},
        Case{"! -j ACCEPT", "1: cannot have '!' before '-j'"},
        Case{"-s ! 1.2.3.4", "6: bad argument '1.2.3.4': an option is expected here"},
        Case{"-s 1.2.3.4 !", "12: nothing appropriate follows this '!'"},
        Case{"-j ACCEPT -j DROP", "11: multiple '-j' are not allowed in one rule"},
        Case{"-m conntrack --ctstate ESTABLISHD -j ACCEPT",
             "24: bad connection state 'ESTABLISHD': a list such as ESTABLISHED,RELATED without blanks; "
             "did you mean 'ESTABLISHED'?"},
        Case{"-m conntrack", "4: conntrack: at least one option is required"},
        Case{"-m state -j DROP", "4: state: option '--state' must be specified"},
        Case{"-m conntrak --ctstate NEW", "4: unknown match 'conntrak'; did you mean 'conntrack'?"},
        Case{"--dport 80", "1: unknown option '--dport': it needs -p tcp or -p udp or -p sctp or -p dccp before it"},
        Case{"--ctstate NEW", "1: unknown option '--ctstate': it needs -m conntrack before it"},
        Case{"-p tcp --dprot 80", "8: unknown option '--dprot'; did you mean '--dport'?"},
        Case{"-p tcp -m tcp --s 80",
             "15: option '--s' is ambiguous: --source-port, --sport, --syn, --source, --src, --set-counters"},
        Case{"-m tcp --dport 80", "4: match 'tcp' requires '-p tcp'"},
        Case{"-p tcp -j REJECT --reject-with tcp-rest",
             "32: unknown reject type 'tcp-rest'; did you mean 'tcp-reset'?"},
        Case{"-p udp -j REJECT --reject-with tcp-reset", "11: REJECT --reject-with tcp-reset needs -p tcp"},
        Case{"-A INPUT -j DROP",
             "1: '-A' has no place here: the chain is named by the key, write what follows it"},
        Case{"-ptcp",
             "1: put a blank between '-p' and its value: iptables 1.8.9 takes all of '-ptcp' for it"},
        Case{"-i", "1: option '-i' requires an argument"},
        Case{"-p icmp --icmp-type echo-requst",
             "21: unknown ICMP type 'echo-requst': a number, type/code, or a name that `iptables -p icmp -h` "
             "shows"},
        Case{R"(-m comment --comment "a b)", "22: this quote is not closed"},
        Case{"-p tcp --tcp-flags SYN,FOO SYN",
             "20: unknown TCP flag 'FOO': one of FIN, SYN, RST, PSH, ACK, URG, ALL, NONE"},
        Case{"-p tcp --tcp-flags SYN FOO",
             "24: unknown TCP flag 'FOO': one of FIN, SYN, RST, PSH, ACK, URG, ALL, NONE"},
        Case{"-p tcp --syn --tcp-flags SYN SYN", "14: tcp: option '--tcp-flags' can only be used once"},
        Case{"-p tcp --tcp-option 0", "21: bad TCP option '0': a number from 1 to 255"},
        Case{"-p tcp -m multiport --dports 1,foo",
             "30: invalid port/service 'foo': a number from 0 to 65535 or a name of /etc/services"},
        Case{"-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16",
             "30: too many ports: at most 15, and a range counts as two"},
        Case{"-p tcp -m multiport --dports 9:9", "30: invalid port range '9:9' (min >= max)"},
        Case{"-m multiport --dports 1 -p tcp",
             "14: multiport works only with `-p tcp`, `-p udp`, `-p udplite`, `-p sctp` or `-p dccp` before it"},
        Case{"-p tcp -m multiport --dports 1 --ports 2",
             "32: multiport: only one of '--source-ports', '--destination-ports' and '--ports' is allowed"},
        Case{"-m iprange --src-range 1.2.3.4-x",
             "24: bad range '1.2.3.4-x': an address, or two with '-' between them"},
        Case{"-p esp --espspi 1:2:3",
             "17: bad SPI '1:2:3': a number from 0 to 4294967295, or two with ':' between them"},
        Case{"-p dccp --dccp-types OPEN",
             "22: unknown DCCP type 'OPEN': one of REQUEST, RESPONSE, DATA, ACK, DATAACK, CLOSEREQ, CLOSE, "
             "RESET, SYNC, SYNCACK, INVALID"},
        Case{"-m u32 --u32 \"0=1&0=2\"", "14: u32: at character 4: ',' or '&&' is expected"},
        Case{"-m u32 --u32 0>>32=1", "14: u32: at character 6: a shift by more than 31 bits"},
        Case{"-m connlabel --set", "4: connlabel: option '--label' must be specified"},
        Case{"-m connlabel --label 128",
             "22: unknown label '128': a number from 0 to 127, or a name of /etc/xtables/connlabel.conf"},
        Case{"-m connlabel --label nobody",
             "22: unknown label 'nobody': a number from 0 to 127, or a name of /etc/xtables/connlabel.conf"},
        Case{"-m bpf", "4: bpf: one of --bytecode and --object-pinned is required"},
        Case{"-m bpf --bytecode 6", "19: bpf: the number of instructions is expected first, then a comma"},
        Case{"-m bpf --bytecode \"65,6 0 0 0\"", "19: bpf: 65 instructions: there may be 1 to 64"},
        Case{"-m bpf --bytecode \"3,6 0 0 0,6 0 0 0\"", "19: bpf: 2 instructions, where it says 3"},
        Case{"-m bpf --bytecode \"2,48 0 0 9,21 0 1 6\"", "19: bpf: instruction 1 (from 0) jumps out of the program"},
        Case{"-m bpf --bytecode \"2,96 0 0 9,6 0 0 6\"",
             "19: bpf: instruction 0 (from 0) reads a cell that has not been written on every way there"},
        Case{"-m bpf --object-pinned /sys/fs/bpf/mine", "-A FORWARD -m bpf --object-pinned /sys/fs/bpf/mine"},
        Case{"-m bpf --object-pinned \"a b\"", "24: invalid path 'a b': no blanks, no quotes"},
        Case{"-m bpf --bytecode \"1,6 0 0 0\" --object-pinned x",
             "31: bpf: only one of --bytecode and --object-pinned can be used"},
        Case{"-p sctp --chunk-types any DATA,INIT:U", "27: chunk INIT has no flag 'U'"},
        Case{"-p sctp --chunk-types some DATA", "23: unknown 'some': one of any, all and only"},
        Case{"-p dccp --dccp-option 0", "23: invalid DCCP option '0': a number from 1 to 255"},
        Case{"-p tcp -m tcpmss --mss 9:8", "24: invalid range '9:8': it runs backwards"},
        Case{"-m cluster --cluster-total-nodes 32 --cluster-local-nodemask 0x80000000 --cluster-hash-seed 1",
             "-A FORWARD -m cluster --cluster-local-nodemask 0x80000000 --cluster-total-nodes 32 --cluster-hash-seed "
             "0x00000001"},
        Case{"-m devgroup", "4: devgroup: one of --src-group and --dst-group is required"},
        // As the installed libxt_ipvs.so prints it: the kernel of the test machine has no IPVS to ask.
        Case{"-m ipvs ! --ipvs", "-A FORWARD -m ipvs ! --ipvs"},
        Case{"-m ipvs --ipvs ! --vproto tcp --vaddr 10.1.2.3/8 --vport http --vdir reply --vmethod Masq --vportctl 21",
             "-A FORWARD -m ipvs ! --vproto 6 --vaddr 10.0.0.0/8 --vport 80 --vdir REPLY --vmethod MASQ --vportctl 21"},
        Case{"-m ipvs", "4: ipvs: at least one option is required"},
        Case{"-m ipvs --vmethod nat", "19: unknown method 'nat': one of GATE, IPIP, MASQ"},
        Case{"-m rpfilter", "4: match 'rpfilter' has no place in table 'filter'"},
        Case{"-m time --timestart 25:00", "21: invalid time '25:00': HH:MM or HH:MM:SS"},
        Case{"-m time --weekdays Mon,Xyz", "20: 'Xyz' is no day of the week: Mon to Sun, or 1 to 7"},
        Case{"-m time --datestart 2024-13", "21: invalid date '2024-13': YYYY[-MM[-DD[Thh[:mm[:ss]]]]], from 1970 to 2038"},
        Case{"-m time --utc --kerneltz", "15: time: only one of --utc and --kerneltz can be used"},
        Case{"-m connbytes --connbytes 5:4 --connbytes-dir both --connbytes-mode bytes",
             "26: invalid range '5:4': it runs backwards"},
        Case{"-f -f", "4: multiple '-f' are not allowed in one rule"},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(parsed(one.rule), one.expected) << one.rule;
    }
}

TEST(RuleParser, what_is_gone_or_for_ipv6_is_refused_by_name) {
    const std::array cases = {
        Case{"-m unclean", "4: match 'unclean' is gone from Linux since 2.6"},
        Case{"-j MIRROR", "4: target 'MIRROR' is gone from Linux since 2.6"},
        Case{"-j QUEUE", "4: target 'QUEUE' is gone from Linux since 3.5; NFQUEUE does its work"},
        Case{"-m frag", "4: match 'frag' is for IPv6 only"},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(parsed(one.rule), one.expected) << one.rule;
    }
}

// NAT-4
TEST(RuleParser, nat_targets_stand_in_the_nat_table_only) {
    EXPECT_EQ(parsed("-j MASQUERADE", TableId::filter),
              "4: target 'MASQUERADE' has no place in table 'filter'");
    EXPECT_EQ(parsed("-j REJECT", TableId::nat, "POSTROUTING"),
              "4: target 'REJECT' has no place in table 'nat'");
    EXPECT_EQ(parsed("-j MASQUERADE --to-ports 80", TableId::nat, "POSTROUTING"),
              "26: ports need -p tcp, udp, sctp, dccp or icmp before this option");
    EXPECT_EQ(parsed("-p tcp -j DNAT --to-destination 1.2.3.4:80-90/http-alt2", TableId::nat, "PREROUTING"),
              "33: base port 'http-alt2' is not valid: a number from 1 to 65535, or a service");
    EXPECT_EQ(parsed("-p tcp -j REDIRECT --to-ports 80-90/8080", TableId::nat, "PREROUTING"),
              "31: a base port ('/8080') is for DNAT only");
}

// An option that iptables has not: RFC 4787's words (docs/nat.md).
TEST(RuleParser, what_is_endpoint_independent_is_mapping_or_filtering) {
    EXPECT_EQ(parsed("-o wan -j MASQUERADE --endpoint-independent filtering", TableId::nat, "POSTROUTING"),
              "-A POSTROUTING -o wan -j MASQUERADE --endpoint-independent filtering");
    EXPECT_EQ(parsed("-j SNAT --endpoint mapping --persistent --to-source 1.2.3.4", TableId::nat, "POSTROUTING"),
              "-A POSTROUTING -j SNAT --to-source 1.2.3.4 --persistent --endpoint-independent mapping");
    EXPECT_EQ(parsed("-j MASQUERADE --endpoint-independent cone", TableId::nat, "POSTROUTING"),
              "38: 'cone' is not what can be endpoint-independent: mapping, or filtering (and mapping)");
    for (const char* other : {"-j REDIRECT", "-j DNAT --to-destination 1.2.3.4"}) {
        EXPECT_NE(parsed(std::string(other) + " --endpoint-independent mapping", TableId::nat, "PREROUTING")
                      .find("endpoint-independent"),
                  std::string::npos);
        EXPECT_NE(parsed(std::string(other) + " --endpoint-independent mapping", TableId::nat, "PREROUTING").find(": "),
                  std::string::npos);
    }
}

TEST(RuleParser, an_interface_that_the_chain_does_not_know_is_refused) {
    EXPECT_EQ(parsed("-o eth0", TableId::filter, "INPUT"),
              "1: can't use -o with INPUT: the packet has no outgoing interface there");
    EXPECT_EQ(parsed("-j DROP -i eth0", TableId::filter, "OUTPUT"),
              "9: can't use -i with OUTPUT: the packet has no incoming interface there");
}

TEST(RuleParser, places_of_rule_and_target_are_kept) {
    const auto rules = parse_rule<V4>("-p tcp -j proxy", TableId::filter, "FORWARD", at_column);
    ASSERT_TRUE(rules.has_value());
    EXPECT_EQ(rules->front().where.column, 1U);
    EXPECT_EQ(rules->front().target_where.column, 11U);
}

}  // namespace
}  // namespace sluice::acl::text
