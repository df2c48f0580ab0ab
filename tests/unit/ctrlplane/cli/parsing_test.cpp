// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "ctrlplane/cli/command.h"

namespace sluice::ctrlplane::cli {
namespace {

Parsed parse(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return parse_command(words.at(0), Words(words).subspan(1));
}

struct Case {
    friend void PrintTo(const Case& one, std::ostream* out) { *out << one.line; }
    std::string line;
    std::string method;
    std::string params;
};

class Understood : public testing::TestWithParam<Case> {};

TEST_P(Understood, becomes_this_call) {
    const Parsed parsed = parse(GetParam().line);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(parsed->method, GetParam().method);
    nlohmann::json shown = parsed->params;
    const nlohmann::json presets = {{"table", "filter"}, {"numeric", false},      {"verbose", 0},
                                    {"exact", false},    {"line_numbers", false}, {"counters", false}};
    for (const auto& [name, preset] : presets.items()) {
        if (shown.contains(name) && shown[name] == preset) {
            shown.erase(name);
        }
    }
    EXPECT_EQ(shown, nlohmann::json::parse(GetParam().params));
}

INSTANTIATE_TEST_SUITE_P(
    Words, Understood,
    testing::Values(
        Case{"status", "status", "{}"}, Case{"stats --all", "stats", R"({"all":true})"},
        Case{"iptables -L", "iptables.list", "{}"},
        Case{"iptables -nvL", "iptables.list", R"({"numeric":true,"verbose":1})"},
        Case{"iptables -vvnxL FORWARD 3 --line-numbers", "iptables.list",
             R"({"numeric":true,"verbose":2,"exact":true,"chain":"FORWARD","rule":"3","line_numbers":true})"},
        Case{"iptables -t nat -L POSTROUTING -n", "iptables.list",
             R"({"table":"nat","chain":"POSTROUTING","numeric":true})"},
        Case{"iptables -nt nat -S", "iptables.list_rules", R"({"table":"nat","numeric":true})"},
        Case{"iptables --list-rules INPUT --verb", "iptables.list_rules", R"({"chain":"INPUT","verbose":1})"},
        Case{"iptables -w 5 -L --line", "iptables.list", R"({"line_numbers":true})"},
        Case{"iptables --wait -4 -S", "iptables.list_rules", "{}"},
        Case{"iptables -L -Z", "iptables.list", R"({"zero":true})"},
        Case{"iptables -ZL INPUT -v", "iptables.list", R"({"zero":true,"chain":"INPUT","verbose":1})"},
        Case{"iptables -A FORWARD -j ACCEPT", "iptables.command", R"({"args":["-A","FORWARD","-j","ACCEPT"]})"},
        Case{"iptables -t nat -F", "iptables.command", R"({"args":["-t","nat","-F"]})"},
        Case{"iptables -t L -vF L", "iptables.command", R"({"args":["-t","L","-vF","L"]})"},
        Case{"iptables -Z", "iptables.command", R"({"args":["-Z"]})"},
        Case{"iptables --delete-ch x", "iptables.command", R"({"args":["--delete-ch","x"]})"},
        Case{"iptables-restore", "iptables.restore", R"({"file":"-"})"},
        Case{"iptables-restore -nc --table=nat -w 5 f", "iptables.restore",
             R"({"noflush":true,"counters":true,"table":"nat","file":"f"})"},
        Case{"iptables-restore -tv -T nat", "iptables.restore",
             R"({"test":true,"verbose":true,"table":"nat","file":"-"})"},
        Case{"explain -i lan -s 1.1.1.1", "explain", R"({"args":["-i","lan","-s","1.1.1.1"]})"},
        Case{"save --counters", "save", R"({"counters":true})"}, Case{"save", "save", "{}"},
        Case{"ipset -exist add a 1.1.1.1", "ipset.command", R"({"args":["-exist","add","a","1.1.1.1"]})"},
        Case{"ipset save a -file f", "ipset.command", R"({"args":["save","a"]})"},
        Case{"ipset -! restore -file f", "ipset.restore", R"({"file":"f","exist":true})"},
        Case{"ipset add restore 1.1.1.1", "ipset.command", R"({"args":["add","restore","1.1.1.1"]})"},
        Case{"recent", "recent.names", "{}"}, Case{"recent knock", "recent.show", R"({"name":"knock"})"},
        Case{"recent knock -10.0.0.1", "recent.change", R"({"name":"knock","change":"-10.0.0.1"})"},
        Case{"iptables-save -c -t nat", "iptables.save", R"({"counters":true,"table":"nat"})"},
        Case{"conntrack -L", "conntrack.list", "{}"}, Case{"conntrack -L conntrack", "conntrack.list", "{}"},
        Case{"conntrack -L -p tcp --dport 443 -s 10.0.0.0/8", "conntrack.list",
             R"({"protocol":"tcp","destination_port":"443","source":"10.0.0.0/8"})"},
        Case{"conntrack -p udp --orig-port-src=53 -L", "conntrack.list",
             R"({"protocol":"udp","source_port":"53"})"},
        Case{"conntrack -D -s 10.0.0.1 -m 0x10/0xf0", "conntrack.delete",
             R"({"source":"10.0.0.1","mark":"0x10/0xf0"})"},
        Case{"conntrack -L -j -o extended -p tcp --state CLOSE", "conntrack.list",
             R"({"any_nat":true,"extended":true,"protocol":"tcp","state":"CLOSE"})"},
        Case{"conntrack -L -o labels,extended -l a --label b,c", "conntrack.list",
             R"({"labels":true,"extended":true,"label":"a,b,c"})"},
        Case{"conntrack -D -l a", "conntrack.delete", R"({"label":"a"})"},
        Case{"conntrack -L -ptcp --orig-port-src 1 --mask-src 255.0.0.0 -s 10.0.0.0 -n 1.2.3.4:5 -g", "conntrack.list",
             R"({"protocol":"tcp","source_port":"1","source_mask":"255.0.0.0","source":"10.0.0.0","source_nat_to":"1.2.3.4:5","destination_nat":true})"},
        Case{"conntrack -L -p icmp --icmp-type 8 -o xml,id", "conntrack.list",
             R"({"protocol":"icmp","icmp_type":"8","xml":true,"show_id":true})"},
        Case{"conntrack -G -p gre -s 1.1.1.1 -d 2.2.2.2 --srckey 1 --dstkey 2", "conntrack.get",
             R"({"protocol":"gre","source":"1.1.1.1","destination":"2.2.2.2","source_port":"1","destination_port":"2"})"},
        Case{"conntrack -U -p tcp -m 5/7 -t 9 -u ASSURED --label-add a --label-del", "conntrack.update",
             R"({"protocol":"tcp","set_mark":"5/7","set_timeout":"9","set_status":"ASSURED","label_add":"a","label_clear":true})"},
        Case{"conntrack -A -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 1 --dport 2 -t 9 -w 3", "conntrack.create",
             R"({"protocol":"udp","source":"1.1.1.1","destination":"2.2.2.2","source_port":"1","destination_port":"2","set_timeout":"9","zone":"3","may_exist":true})"},
        Case{"conntrack -E -e NEW,DESTROY -o timestamp", "conntrack.events",
             R"({"event_mask":"NEW,DESTROY","timestamp":true})"},
        Case{"conntrack --save f", "conntrack.save", "{}"},
        Case{"conntrack --load /f", "conntrack.load", R"({"file":"/f"})"},
        Case{"conntrack -F", "conntrack.flush", "{}"}, Case{"conntrack -C", "conntrack.count", "{}"},
        Case{"ip r", "ip.route.show", "{}"},
        Case{"ip route list dev lan", "ip.route.show", R"({"dev":"lan"})"},
        Case{"ip a", "ip.addr.show", "{}"}, Case{"ip addr show lan", "ip.addr.show", R"({"dev":"lan"})"},
        Case{"ip n s", "ip.neigh.show", "{}"}, Case{"ip neigh", "ip.neigh.show", "{}"},
        Case{"ip a add 10.0.0.5/24 brd + dev lan label lan", "ip.addr.change",
             R"({"edit":"add","address":"10.0.0.5/24","dev":"lan"})"},
        Case{"ip addr del dev lan local 10.0.0.5/24", "ip.addr.change",
             R"({"edit":"delete","address":"10.0.0.5/24","dev":"lan"})"},
        Case{"ip r a default via inet 10.0.0.1 dev lan table main", "ip.route.change",
             R"({"edit":"add","type":"","to":"default","nexthops":["via 10.0.0.1 dev lan"]})"},
        Case{"ip ro replace 1.0.0.0/8 nexthop via 10.0.0.1 weight 1 nexthop dev wan", "ip.route.change",
             R"({"edit":"replace","type":"","to":"1.0.0.0/8","nexthops":["via 10.0.0.1","dev wan"]})"},
        Case{"ip route d blackhole 1.0.0.0/8", "ip.route.change",
             R"({"edit":"delete","type":"blackhole","to":"1.0.0.0/8","nexthops":[]})"},
        Case{"ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:09 dev lan nud permanent", "ip.neigh.change",
             R"({"edit":"replace","address":"10.0.0.9","lladdr":"02:00:00:00:00:09","dev":"lan"})"},
        Case{"ip n del 10.0.0.9 dev lan", "ip.neigh.change", R"({"edit":"delete","address":"10.0.0.9","dev":"lan"})"},
        Case{"sysctl -a", "sysctl", R"({"all":true,"words":[]})"},
        Case{"sysctl -n net.ipv4.ip_forward", "sysctl", R"({"values":true,"words":["net.ipv4.ip_forward"]})"},
        Case{"sysctl -w net.ipv4.ip_forward=1", "sysctl", R"({"words":["net.ipv4.ip_forward=1"]})"},
        Case{"ip -4 l ls", "ip.link.show", "{}"}, Case{"ip link", "ip.link.show", "{}"}));

struct Bad {
    friend void PrintTo(const Bad& one, std::ostream* out) { *out << one.line; }
    std::string line;
    Status status;
    std::string word;
};

class NotUnderstood : public testing::TestWithParam<Bad> {};

TEST_P(NotUnderstood, ends_with_this_status) {
    const Parsed parsed = parse(GetParam().line);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().status, GetParam().status) << parsed.error().message;
    EXPECT_NE(parsed.error().message.find(GetParam().word), std::string::npos) << parsed.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Words, NotUnderstood,
    testing::Values(
        Bad{"nonsense", Status::usage, "nonsense"}, Bad{"status --all", Status::usage, "--all"},
        Bad{"iptables", Status::usage, "-L"}, Bad{"iptables -L -S", Status::usage, "cannot use"},
        Bad{"iptables FORWARD", Status::usage, "FORWARD"}, Bad{"iptables -t", Status::usage, "-t"},
        Bad{"iptables -L -q", Status::usage, "-q"}, Bad{"iptables -L --l", Status::usage, "--l"},
        Bad{"ip6tables -L", Status::refused, "not built yet"},
        Bad{"ipset restore x", Status::usage, "Unknown argument x"}, Bad{"ipset save -file", Status::usage, "-file"},
        Bad{"recent a / b", Status::usage, "'b' is one word too many"},
        Bad{"sysctl", Status::usage, "no variables"}, Bad{"sysctl -p f", Status::refused, "'-p'"},
        Bad{"sysctl -w net.x", Status::usage, "name=value"}, Bad{"top", Status::refused, "not built yet"},
        Bad{"trace lan", Status::usage, "which packets are traced is said by rules"},
        Bad{"capture", Status::refused, "not built yet"}, Bad{"save -x", Status::usage, "-x"},
        Bad{"iptables-restore -q", Status::usage, "-q"}, Bad{"iptables-restore a b", Status::usage, "second"},
        Bad{"iptables-restore -T", Status::usage, "-T"}, Bad{"iptables-save x", Status::usage, "x"},
        Bad{"iptables-save -x", Status::usage, "-x"}, Bad{"conntrack", Status::usage, "-L"},
        Bad{"conntrack -L -F", Status::usage, "Invalid commands combination"},
        Bad{"conntrack -L -p", Status::usage, "option `-p' requires an argument"},
        Bad{"conntrack -L -x", Status::usage, "unknown option `-x'"},
        Bad{"conntrack -L --sport 5 -p tcp", Status::usage, "unknown option `--sport'"},
        Bad{"conntrack -L -p udp --state CLOSE", Status::usage, "unknown option `--state'"},
        Bad{"conntrack -L -t 5", Status::usage, "Illegal option `--timeout' with this command"},
        Bad{"conntrack -F -p tcp", Status::usage, "Illegal option `--protonum' with this command"},
        Bad{"conntrack -L -r 1.1.1.0/24", Status::usage, "CIDR notation unavailable for `--reply-src'"},
        Bad{"conntrack -L -o foo,xml", Status::usage, "Bad parameter `foo,xml'"},
        Bad{"conntrack -L nonsense", Status::usage, "unknown type `nonsense'"},
        Bad{"conntrack -G -p udp -s 1.1.1.1 -d 2.2.2.2", Status::usage, "you have to specify `--sport' and `--dport'"},
        Bad{"conntrack -G -p udp -s 1.1.1.1", Status::usage, "you have to specify `--src' and `--dst'"},
        Bad{"conntrack -I -p tcp -s 1.1.1.1 -d 2.2.2.2 -t 5", Status::usage, "You need to supply the `--state' option"},
        Bad{"conntrack -L -z", Status::refused, "conntrack -z is not built"},
        Bad{"conntrack -R f", Status::refused, "--load reads what --save has written"},
        Bad{"conntrack -L dying", Status::refused, "not built yet"},
        Bad{"ip", Status::usage, "object"},
        Bad{"ip xfrm", Status::usage, "xfrm"}, Bad{"ip rule", Status::refused, "not built yet"},
        Bad{"ip -6 r", Status::refused, "not built yet"},
        Bad{"ip route add", Status::usage, "prefix"}, Bad{"ip route add default via", Status::usage, "not complete"},
        Bad{"ip route add default via 1.1.1.1 metric 5", Status::refused, "'metric'"},
        Bad{"ip route add default table 5", Status::refused, "table '5'"},
        Bad{"ip route add 1.0.0.0/8 foo", Status::usage, "\"foo\" is a garbage"},
        Bad{"ip route add 1.0.0.0/8 nexthop via 1.1.1.1 weight 2", Status::refused, "weight"},
        Bad{"ip route get 1.1.1.1", Status::refused, "not built yet"},
        Bad{"ip addr add 1.1.1.1/24", Status::usage, "\"dev\" argument"},
        Bad{"ip addr add 1.1.1.1/24 foo dev lan", Status::usage, "\"foo\" is a garbage"},
        Bad{"ip addr add 1.1.1.1/24 dev lan peer 1.1.1.2", Status::refused, "'peer'"},
        Bad{"ip addr add 1.1.1.1/24 brd 1.1.1.7 dev lan", Status::refused, "'brd 1.1.1.7'"},
        Bad{"ip addr flush dev lan", Status::refused, "not built yet"},
        Bad{"ip neigh add 1.1.1.1 lladdr 02::1", Status::usage, "required"},
        Bad{"ip neigh add 1.1.1.1 lladdr 02:: dev lan nud stale", Status::refused, "'nud stale'"},
        Bad{"ip link set lan mtu 9", Status::refused, "not built yet"},
        Bad{"ip route show table 5", Status::refused, "not built yet"}));

}  // namespace
}  // namespace sluice::ctrlplane::cli
