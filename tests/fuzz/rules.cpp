// SPDX-License-Identifier: BSD-3-Clause
/// The text of rules: an iptables-save file, and words on a line (OPS-1, OPS-5). What is read is printed,
/// read again and printed the same; and it compiles.
#include <array>
#include <string>

#include "acl/all_matches.h"
#include "acl/all_targets.h"
#include "acl/program/program.h"
#include "acl/text/save.h"
#include "acl/text/save_file.h"
#include "tests/fuzz/target.h"
#include "tests/packet/eal.h"

namespace sluice::fuzz {

namespace {

using Ruleset = acl::Ruleset<net::Ipv4>;

std::string printed(const Ruleset& rules) {
    return acl::text::save_ruleset(rules, {.table = {}, .counters = true, .generator = "", .date = ""},
                                   acl::text::initial_counts(rules));
}

/// Whether a rule has something that is known and cannot be loaded.
bool is_refused(const Ruleset& rules) {
    bool refused = false;
    const auto look = [&](const auto& held) { refused = refused || !acl::why_refused(held).empty(); };
    for (const auto& table : rules.tables) {
        for (std::size_t i = 0; table && i < table->chains.size(); ++i) {
            for (const auto& rule : table->chains[i].rules) {
                for (const acl::AnyMatch& match : rule.matches) {
                    acl::visit_match(match, look);
                }
                acl::visit_target(rule.target, look);
            }
        }
    }
    return refused;
}

}  // namespace

void begin() {
    test::start_eal();
}

void run(std::span<const std::uint8_t> input) {
    const auto rules = acl::text::parse_save_file<net::Ipv4>(text_of(input), "fuzz.v4");
    if (!rules) {
        demand(!rules.error().empty(), "what is refused has a reason");
        for (const base::Diagnostic& fault : rules.error()) {
            demand(!fault.message.empty() && fault.where.line > 0, "a fault has a place and a sentence");
        }
        return;
    }
    const std::string once = printed(*rules);
    const auto again = acl::text::parse_save_file<net::Ipv4>(once, "printed.v4");
    demand(again.has_value(), "what is printed is read again");
    demand(printed(*again) == once, "what is printed, read and printed is the same (OPS-5)");
    std::size_t count = 0;
    for (const auto& table : rules->tables) {
        for (std::size_t i = 0; table && i < table->chains.size(); ++i) {
            count += table->chains[i].rules.size();
        }
    }
    constexpr std::size_t kMost = 2000;
    if (count > kMost) {
        return;
    }
    const std::array<std::string, 3> names = {"lan", "dmz", "wan"};
    if (is_refused(*rules)) {
        return;  // read and printed, never loaded
    }
    const auto program = acl::Program<net::Ipv4>::compile(*rules, names);
    demand(program.has_value(), "what the parser takes, the compiler takes");
}

std::vector<Input> seeds() {
    return {
        input_of(
            "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [12:3456]\n:OUTPUT ACCEPT [0:0]\n:web - [0:0]\n"
            "[1:60] -A INPUT -i lan -p tcp -m tcp --dport 22 -j ACCEPT\n"
            "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
            "-A FORWARD ! -s 10.0.0.0/8 ! -d 192.0.2.1,192.0.2.2 -i eth+ -o wan -g web\n"
            "-A web -p udp -m udp --sport 1024:65535 ! --dport 53 -m comment --comment \"no \\\"dns\\\"\" -j "
            "REJECT --reject-with icmp-host-prohibited\n"
            "-A web -p icmp -m icmp --icmp-type 3/4 -j RETURN\nCOMMIT\n"),
        input_of(
            "*nat\n:PREROUTING ACCEPT\n:POSTROUTING ACCEPT\n"
            "-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1-10.0.0.9:8080-8090 --random\n"
            "-A PREROUTING -p udp -j REDIRECT --to-ports 53\n"
            "-A POSTROUTING -o wan -j MASQUERADE --random-fully\n"
            "-A POSTROUTING -j SNAT --to-source 198.51.100.1:1024-2047 --persistent --endpoint-independent mapping\nCOMMIT\n"),
        input_of("# a comment\n*filter\n-N a\n-P INPUT DROP\n-I INPUT -p tcp -j a\n-A a -m state --state "
                 "NEW,INVALID\n"
                 "-A a -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n*raw\n:PREROUTING ACCEPT "
                 "[0:0]\nCOMMIT\n"),
        input_of("*filter\n-A INPUT -p 132 -s 10.0.0.1/255.0.255.0 -j DROP\n-A NOWHERE -j ACCEPT\n"
                 "-A INPUT --dport 5\n-A INPUT -j nobody\n-A FORWARD -m conntrack ! --ctstate "
                 "SNAT,DNAT,UNTRACKED\n"
                 "COMMIT\n"),
        input_of("*mangle\n-A FORWARD -m u32 ! --u32 \"6&0xFF=1,2:3&&0>>22&0x3C@0<<4=:5\"\n"
                 "-A FORWARD -m u32 --u32 \"0>>22&0x3C@8=0x1:5,7 && 4&0x1FFF=0\"\n"
                 "-A FORWARD -m bpf --bytecode \"5,2 0 0 3,177 0 0 0,80 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0\"\n"
                 "-A FORWARD -m bpf --bytecode \"4,5 0 0 1,97 0 0 3,40 0 0 4294963200,22 0 0 0,\"\n"
                 "-A FORWARD -m connlabel ! --label 5 --set\n-A FORWARD -m connlabel --label 0x7f\n"
                 "-A FORWARD -m bpf --object-pinned /sys/fs/bpf/a\n"
                 "-A FORWARD -p sctp --chunk-types any DATA:UBe,INIT,ABORT:T -m tcpmss --mss 5\n"
                 "-A FORWARD -p sctp ! --chunk-types only DATA:Ub,SACK\n-A FORWARD -p dccp ! --dccp-option 33\n"
                 "-A FORWARD -p tcp -m tcpmss ! --mss 5:1000\n-A FORWARD -m cpu ! --cpu 1\nCOMMIT\n"),
        input_of("*mangle\n-A PREROUTING -m rpfilter --loose --invert\n-A FORWARD -m realm ! --realm 5/0xff\n"
                 "-A FORWARD -m devgroup --src-group 5 ! --dst-group 0/3\n-A FORWARD -m helper ! --helper \"a b\"\n"
                 "-A FORWARD -m cluster --cluster-total-nodes 9 ! --cluster-local-node 7 --cluster-hash-seed 0x5\n"
                 "-A FORWARD -m time --timestart 22:00 --timestop 6:00 --contiguous --weekdays Mon,2 --monthdays 1,31\n"
                 "-A FORWARD -m time --datestart 2024-02-29T12 --datestop 2030 --kerneltz ! --weekdays Su\n"
                 "-A FORWARD -m connbytes ! --connbytes 5:9 --connbytes-dir both --connbytes-mode avgpkt\nCOMMIT\n"),
        input_of("*mangle\n-A PREROUTING -p tcp -m osf ! --genre \"a b\" --ttl 1\n-A OUTPUT -m cgroup --path \"a\\\"b\"\n"
                 "-A FORWARD -m nfacct --nfacct-name \"a b\"\n-A FORWARD -m ipvs ! --vaddr 10.0.0.0/8 --vdir reply --vport 80\n"
                 "COMMIT\n")};
}

}  // namespace sluice::fuzz
