// SPDX-License-Identifier: BSD-3-Clause
#include "tests/model/random_gateway.h"

#include <fmt/format.h>

#include <array>

namespace sluice::model {

namespace {

constexpr unsigned kWanMtu = 1400;
constexpr std::size_t kUserChains = 3;

constexpr const char* kWorld = R"(
[runtime]
hugepages = false

[[interface]]
name    = "lan"
device  = "net_null0"
address = ["10.0.0.1/24"]

[[interface]]
name    = "dmz"
device  = "net_null1"
address = ["172.16.0.1/24"]

[[interface]]
name    = "wan"
device  = "net_null2"
address = ["198.51.100.1/24", "198.51.100.2/24"]
mtu     = 1400

[[route]]
to  = "192.0.2.0/24"
via = "172.16.0.254"

[[route]]
to   = "203.0.113.128/25"
type = "unreachable"

[[route]]
to   = "192.168.0.0/16"
type = "prohibit"

[[route]]
to   = "10.9.0.0/16"
type = "blackhole"

# Errors are not limited here by type, and redirects are not sent: both have tests of their own.
[sysctl]
"net.netfilter.nf_conntrack_max" = 16384
"net.ipv4.icmp_ratemask" = 0
"net.ipv4.conf.all.send_redirects" = 0
"net.ipv4.conf.default.send_redirects" = 0
)";

constexpr const char* kDefaultRoute = R"(
[[route]]
to  = "0.0.0.0/0"
via = "198.51.100.254"
)";

/// The same where there is no default route: the few hosts of the internet have routes of their own.
constexpr const char* kFewRoutes = R"(
[[route]]
to  = "8.0.0.0/8"
via = "198.51.100.254"

[[route]]
to  = "1.1.1.1/32"
via = "198.51.100.254"

[[route]]
to  = "203.0.113.0/24"
via = "198.51.100.254"
)";

net::Ipv4Prefix prefix(const char* text) {
    return *net::parse_ipv4_prefix(text);
}

std::string quoted_list(const std::vector<std::string>& rules) {
    std::string text = "[\n";
    for (const std::string& rule : rules) {
        text += fmt::format("  \"{}\",\n", rule);
    }
    return text + "]\n";
}

}  // namespace

const std::vector<Host>& hosts() {
    static const std::vector<Host> all = {
        {"10.0.0.5", "lan"},    {"10.0.0.6", "lan"},     {"10.0.0.7", "lan"}, {"172.16.0.10", "dmz"},
        {"172.16.0.11", "dmz"}, {"192.0.2.5", "dmz"},    {"8.8.8.8", "wan"},  {"1.1.1.1", "wan"},
        {"203.0.113.9", "wan"}, {"198.51.100.77", "wan"}};
    return all;
}

const std::vector<std::string>& router_addresses() {
    static const std::vector<std::string> all = {"10.0.0.1", "172.16.0.1", "198.51.100.1", "198.51.100.2"};
    return all;
}

const std::vector<std::string>& dead_ends() {
    static const std::vector<std::string> all = {"203.0.113.200", "192.168.3.3",  "10.9.1.1",    "10.0.0.255",
                                                 "100.64.0.1",    "198.51.100.7", "198.51.100.8"};
    return all;
}

const std::vector<std::uint16_t>& client_ports() {
    static const std::vector<std::uint16_t> all = {123, 600, 4000, 4001, 40000};
    return all;
}

const std::vector<std::uint16_t>& server_ports() {
    static const std::vector<std::uint16_t> all = {53, 80, 443, 2222};
    return all;
}

Setup setup_of(bool has_default_route) {
    Setup setup;
    setup.links = {{"lan", {prefix("10.0.0.1/24")}, 1500},
                   {"dmz", {prefix("172.16.0.1/24")}, 1500},
                   {"wan", {prefix("198.51.100.1/24"), prefix("198.51.100.2/24")}, kWanMtu}};
    const auto gateway = *net::parse_ipv4("198.51.100.254");
    setup.routes = {{prefix("192.0.2.0/24"), Way::forward, "dmz", *net::parse_ipv4("172.16.0.254")},
                    {prefix("203.0.113.128/25"), Way::unreachable, "", {}},
                    {prefix("192.168.0.0/16"), Way::prohibit, "", {}},
                    {prefix("10.9.0.0/16"), Way::blackhole, "", {}}};
    if (has_default_route) {
        setup.routes.push_back({prefix("0.0.0.0/0"), Way::forward, "wan", gateway});
    } else {
        setup.routes.push_back({prefix("8.0.0.0/8"), Way::forward, "wan", gateway});
        setup.routes.push_back({prefix("1.1.1.1/32"), Way::forward, "wan", gateway});
        setup.routes.push_back({prefix("203.0.113.0/24"), Way::forward, "wan", gateway});
    }
    return setup;
}

std::string RandomGateway::toml(bool has_default_route) {
    has_labels_ = chance(25);
    remembers_ = chance(50);
    return std::string(kWorld) + (has_default_route ? kDefaultRoute : kFewRoutes) + "\n[firewall.nat]\n" +
           chains(true) + "\n[firewall.filter]\n" + chains(false) + marking_tables();
}

/// raw, mangle and security: marks that are set, saved, restored and asked.
std::string RandomGateway::marking_tables() {
    constexpr std::array kMangle = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};
    constexpr std::array kRaw = {"PREROUTING", "OUTPUT"};
    constexpr std::array kSecurity = {"INPUT", "FORWARD", "OUTPUT"};
    std::string text;
    const auto add = [&](const char* table, const auto& hooks) {
        if (chance(50)) {
            return;
        }
        text += fmt::format("\n[firewall.{}]\n", table);
        for (const char* chain : hooks) {
            std::vector<std::string> rules;
            for (std::uint32_t count = random_.below(4); count > 0; --count) {
                rules.push_back(matches(chain) + way_back_match(chain) + changing_rule(table, chain));
            }
            text += fmt::format("{} = {}", chain, quoted_list(rules));
        }
    };
    add("raw", kRaw);
    add("mangle", kMangle);
    add("security", kSecurity);
    return text;
}

std::string RandomGateway::changing_rule(std::string_view table, std::string_view chain) {
    constexpr std::array kHeader = {"-j TTL --ttl-set 64",
                                    "-j TTL --ttl-set 1",
                                    "-j TTL --ttl-dec 1",
                                    "-j TTL --ttl-inc 3",
                                    "-j TOS --set-tos 0x10",
                                    "-j TOS --xor-tos 0x03",
                                    "-j DSCP --set-dscp-class EF",
                                    "-m ttl --ttl-lt 64 -j MARK --or-mark 1",
                                    "-m tos --tos 0x10 -j MARK --or-mark 2",
                                    "-p tcp -j ECN --ecn-tcp-remove",
                                    "-p tcp -j TCPOPTSTRIP --strip-options mss,wscale",
                                    "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000",
                                    "-p tcp --tcp-option 2 -j MARK --set-mark 3",
                                    "-m string --algo bm --from 8 --to 9 --hex-string |3f| -j MARK --xor-mark 4",
                                    "-m string --algo kmp --from 12 --to 20 ! --hex-string |0a00| -j MARK --xor-mark 8"};
    if (table == "raw" && chance(20)) {
        return "-j CT --notrack";
    }
    if (table != "mangle" || chance(50)) {
        return marking_target();
    }
    if (chance(15) && (chain == "FORWARD" || chain == "POSTROUTING")) {
        return "-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu";
    }
    return one_of(kHeader);
}

std::string RandomGateway::marking_target() {
    constexpr std::array kTargets = {"-j MARK --set-mark 1",
                                     "-j MARK --set-mark 2",
                                     "-j MARK --xor-mark 3",
                                     "-j CONNMARK --set-mark 1",
                                     "-j CONNMARK --set-xmark 2/2",
                                     "-j CONNMARK --save-mark",
                                     "-j CONNMARK --restore-mark",
                                     "-j NFLOG --nflog-size 40",
                                     "-j AUDIT --type accept",
                                     "-j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-rnd 3 --hmark-mod 4",
                                     "-j RATEEST --rateest-name r --rateest-interval 1s --rateest-ewmalog 2s",
                                     "-j TRACE",
                                     "-j ACCEPT"};
    return chance(95) ? one_of(kTargets) : "-j DROP";
}

std::string RandomGateway::chains(bool is_nat) {
    constexpr std::array kNatChains = {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"};
    constexpr std::array kFilterChains = {"INPUT", "FORWARD", "OUTPUT"};
    std::string text;
    if (!is_nat && chance(30)) {
        text += fmt::format("policy = {{ {} = \"DROP\" }}\n", one_of(kFilterChains));
    }
    const auto add = [&](const std::string& chain, std::uint32_t most, std::size_t next_user_chain) {
        std::vector<std::string> rules;
        if (!is_nat && next_user_chain == 0 && chance(50)) {
            rules.emplace_back("-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT");
        }
        for (std::uint32_t count = random_.below(most + 1); count > 0; --count) {
            rules.push_back(rule(chain, is_nat, next_user_chain));
        }
        text += fmt::format("{} = {}", chain, quoted_list(rules));
    };
    if (is_nat) {
        for (const char* chain : kNatChains) {
            add(chain, 5, 0);
        }
    } else {
        for (const char* chain : kFilterChains) {
            add(chain, 10, 0);
        }
    }
    for (std::size_t i = 0; i < kUserChains; ++i) {
        add(fmt::format("user{}", i), 4, i + 1);
    }
    return text;
}

std::string RandomGateway::address() {
    if (chance(25)) {
        constexpr std::array kNetworks = {"10.0.0.0/24",    "172.16.0.0/24",     "198.51.100.0/24",
                                          "10.0.0.4/31",    "0.0.0.0/1",         "8.0.0.0/7",
                                          "203.0.113.0/25", "10.0.0.5/0.0.0.255"};
        return one_of(kNetworks);
    }
    return chance(25) ? one_of(router_addresses()) : one_of(hosts()).address;
}

std::string RandomGateway::matches(const std::string& chain) {
    constexpr std::array kInterfaces = {"lan", "dmz", "wan", "d+", "gone"};
    std::string text;
    const auto inverted = [&] { return chance(20) ? "! " : ""; };
    if (chance(25)) {
        text += fmt::format("{}-s {} ", inverted(), address());
    }
    if (chance(30)) {
        text += fmt::format("{}-d {} ", inverted(), address());
    }
    if (chance(20) && chain != "OUTPUT" && chain != "POSTROUTING") {
        text += fmt::format("{}-i {} ", inverted(), one_of(kInterfaces));
    }
    if (chance(20) && chain != "INPUT" && chain != "PREROUTING") {
        text += fmt::format("{}-o {} ", inverted(), one_of(kInterfaces));
    }
    if (chance(12)) {
        text += fmt::format("-m {} {}--mark {} ", chance(50) ? "mark" : "connmark", inverted(), random_.below(4));
    }
    if (has_labels_ && chance(40)) {
        text += fmt::format("-m connlabel {}--label {} {}", inverted(), random_.below(3), chance(50) ? "--set " : "");
    }
    if (chance(25)) {
        constexpr std::array kStates = {
            "NEW",  "ESTABLISHED", "RELATED",  "INVALID", "NEW,ESTABLISHED", "INVALID,RELATED",
            "SNAT", "DNAT",        "UNTRACKED"};
        text += chance(70)
                    ? fmt::format("-m conntrack {}--ctstate {} ", inverted(), one_of(kStates))
                    : fmt::format("-m state {}--state {} ", inverted(), chance(50) ? "NEW" : "INVALID");
    }
    if (chance(12)) {
        text += asking_match();
    }
    if (remembers_ && chance(30)) {
        text += remembering_match();
    }
    return text;
}

/// What is asked of each packet: the clock, the connection.
std::string RandomGateway::asking_match() {
    constexpr std::array kMatches = {
        "-m time --timestart 12:00:00 --timestop 12:00:30 ",
        "-m time --timestart 12:00:20 --timestop 11:59:55 --weekdays Sun,Tue ",
        "-m time --datestart 2024-05-26T12:00:10 --monthdays 25,26 ",
        "-m cluster --cluster-total-nodes 3 --cluster-local-node 1 --cluster-hash-seed 5 ",
        "-m cluster --cluster-total-nodes 2 ! --cluster-local-node 2 --cluster-hash-seed 77 ",
        "-m conntrack --ctstatus SEEN_REPLY,ASSURED ",
        "-m conntrack ! --ctstatus CONFIRMED ",
        "-m conntrack --ctdir REPLY ",
        "-m conntrack --ctorigdst 10.0.0.0/8 ",
        "-m conntrack ! --ctrepldst 198.51.100.0/24 ",
        "-m length --length 40:60 "};
    return one_of(kMatches);
}

/// Where the way out is not known yet, in mangle and raw only.
std::string RandomGateway::way_back_match(std::string_view chain) {
    constexpr std::array kMatches = {"-m rpfilter ", "-m rpfilter --loose ", "-m rpfilter --invert ",
                                     "-m rpfilter --accept-local --loose "};
    return chain == "PREROUTING" && chance(20) ? one_of(kMatches) : "";
}

/// A table of hashlimit is what the first rule with its name says: all of them say the same here.
std::string RandomGateway::remembering_match() {
    constexpr std::array kTables = {
        " 2/sec --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name two ",
        " 10/min --hashlimit-mode dstip,dstport --hashlimit-htable-expire 700 --hashlimit-name ten ",
        " 1/sec --hashlimit-burst 1 --hashlimit-mode srcip,srcport --hashlimit-htable-gcinterval 300 --hashlimit-name one ",
        " 500b/s --hashlimit-mode srcip,dstip --hashlimit-srcmask 24 --hashlimit-name bytes ",
        " 3kb/s --hashlimit-burst 7kb --hashlimit-name all ",
        " 2/sec --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-rate-match --hashlimit-rate-interval 2 --hashlimit-name rate "};
    constexpr std::array kMatches = {
        "-m limit --limit 2/sec --limit-burst 3 ",
        "-m limit --limit 20/min ",
        "-m limit --limit 7/sec --limit-burst 1 ",
        "-m statistic --mode nth --every 3 --packet 0 ",
        "-m statistic --mode nth ! --every 2 --packet 1 ",
        "-m quota --quota 3000 ",
        "-m quota ! --quota 900 ",
        "-m connlimit --connlimit-above 2 ",
        "-m connlimit --connlimit-upto 1 --connlimit-daddr ",
        "-m connlimit --connlimit-above 4 --connlimit-mask 24 ",
        "-m connlimit --connlimit-above 9 --connlimit-mask 0 ",
        "-m connbytes --connbytes 2:5 --connbytes-dir original --connbytes-mode packets ",
        "-m connbytes --connbytes 200 --connbytes-dir both --connbytes-mode bytes ",
        "-m connbytes ! --connbytes 45:70 --connbytes-dir reply --connbytes-mode avgpkt "};
    if (chance(25)) {
        return fmt::format("-m hashlimit --hashlimit-{}{}", chance(50) ? "upto" : "above", one_of(kTables));
    }
    return chance(30) ? recent_match() : one_of(kMatches);
}

std::string RandomGateway::recent_match() {
    constexpr std::array kOperations = {"--set",
                                        "--set",
                                        "--remove",
                                        "--rcheck --seconds 4",
                                        "--update --seconds 6 --hitcount 3",
                                        "--rcheck --hitcount 5 --rttl",
                                        "--update --seconds 2 --reap",
                                        "--rcheck --seconds 3 --reap --hitcount 2"};
    constexpr std::array kMasks = {"", "", "--mask 255.255.255.0 ", "--mask 0.0.0.3 "};
    return fmt::format("-m recent {}{} --name {} {}--{} ", chance(25) ? "! " : "", one_of(kOperations),
                       chance(50) ? "knock" : "seen", one_of(kMasks), chance(70) ? "rsource" : "rdest");
}

std::uint16_t RandomGateway::any_port() {
    return chance(50) ? one_of(client_ports()) : one_of(server_ports());
}

std::string RandomGateway::port_range(const std::vector<std::uint16_t>& ports) {
    const std::uint16_t port = one_of(ports);
    return chance(40) ? fmt::format("{}-{}", port, port + random_.below(4)) : std::to_string(port);
}

/// Ports that stand for those from a base on; the base may be below, among and above the ports that are called.
std::string RandomGateway::based_ports() {
    const std::uint16_t first = one_of(server_ports());
    const std::uint32_t last = first + 1 + random_.below(chance(80) ? 6 : 400);
    const std::uint32_t base = one_of(server_ports()) + random_.below(4);
    return fmt::format(":{}-{}/{}", first, last, base);
}

std::string RandomGateway::rule(const std::string& chain, bool is_nat, std::size_t next_user_chain) {
    std::string text = matches(chain);
    std::string protocol;
    if (chance(65)) {
        constexpr std::array kProtocols = {"tcp", "tcp", "udp", "udp", "icmp", "gre", "99"};
        protocol = one_of(kProtocols);
        const bool is_not = chance(10);
        text += fmt::format("{}-p {} ", is_not ? "! " : "", protocol);
        const bool has_ports = protocol == "tcp" || protocol == "udp";
        if (!is_not && has_ports && chance(50)) {
            text += fmt::format("{}{} {} ", chance(20) ? "! " : "", chance(75) ? "--dport" : "--sport",
                                any_port());
        } else if (!is_not && has_ports && chance(30)) {
            text += fmt::format("--dport {}:65535 ", any_port());
        } else if (!is_not && protocol == "icmp" && chance(50)) {
            constexpr std::array kTypes = {"echo-request",  "echo-reply", "3",  "3/1",
                                           "time-exceeded", "5",          "any"};
            text += fmt::format("{}--icmp-type {} ", chance(20) ? "! " : "", one_of(kTypes));
        }
        if (is_not) {
            protocol.clear();
        }
    }
    return text + (is_nat ? nat_target(chain, protocol, next_user_chain)
                          : filter_target(chain, protocol == "tcp", next_user_chain));
}

std::string RandomGateway::filter_target(const std::string& chain, bool is_tcp, std::size_t next_user_chain) {
    if (next_user_chain < kUserChains && chance(30)) {
        const auto left = static_cast<std::uint32_t>(kUserChains - next_user_chain);
        return fmt::format("-{} user{}", chance(20) ? "g" : "j", next_user_chain + random_.below(left));
    }
    if (chance(20)) {
        return "";
    }
    if (chance(20)) {
        return chain.starts_with("user") || chance(30) ? "-j RETURN" : "";
    }
    if (chance(45)) {
        constexpr std::array kTypes = {"icmp-net-unreachable",   "icmp-host-unreachable",
                                       "icmp-proto-unreachable", "icmp-port-unreachable",
                                       "icmp-net-prohibited",    "icmp-host-prohibited",
                                       "icmp-admin-prohibited"};
        if (is_tcp && chance(60)) {
            return "-j REJECT --reject-with tcp-reset";
        }
        return chance(30) ? "-j REJECT" : fmt::format("-j REJECT --reject-with {}", one_of(kTypes));
    }
    return chance(60) ? "-j ACCEPT" : "-j DROP";
}

std::string RandomGateway::nat_target(const std::string& chain, const std::string& protocol,
                                      std::size_t next_user_chain) {
    const bool has_ports = protocol == "tcp" || protocol == "udp";
    const std::string flags = chance(10) ? " --random" : "";
    constexpr std::array kSources = {"198.51.100.2", "198.51.100.7", "198.51.100.7-198.51.100.9",
                                     "172.16.0.1", "10.0.0.1"};
    constexpr std::array kDestinations = {"172.16.0.10", "172.16.0.11", "10.0.0.5", "172.16.0.10-172.16.0.11",
                                          "8.8.8.8",     "198.51.100.2"};
    const bool is_source = chain == "POSTROUTING";
    const bool ranges = has_ports && chain != "INPUT" && chance(45);
    const std::string range =
        ranges ? fmt::format(":{}", port_range(is_source ? client_ports() : server_ports())) : "";
    if (chain.starts_with("user") || chance(15)) {
        if (next_user_chain < kUserChains && chance(40)) {
            return fmt::format("-j user{}", next_user_chain);
        }
        return chance(50) ? "-j ACCEPT" : chain.starts_with("user") ? "-j RETURN" : "";
    }
    if (chance(25)) {
        constexpr std::array kInside = {"172.16.0.10/31", "10.0.0.6/31", "198.51.100.0/30", "172.16.0.0/24",
                                        "8.8.8.8",        "192.0.2.0/26"};
        constexpr std::array kOutside = {"198.51.100.0/24", "198.51.100.8/30", "172.16.0.0/28", "10.0.0.4/30",
                                         "203.0.113.9",     "0.0.0.0/0"};
        const bool is_destination = chain == "PREROUTING" || chain == "OUTPUT";
        return fmt::format("-j NETMAP --to {}", is_destination ? one_of(kInside) : one_of(kOutside));
    }
    if (chain == "PREROUTING" || chain == "OUTPUT") {
        if (chance(30)) {
            return fmt::format("-j REDIRECT{}{}",
                               range.empty() ? "" : fmt::format(" --to-ports {}", range.substr(1)), flags);
        }
        const std::string ports = (has_ports || protocol == "icmp") && chance(45) ? based_ports() : range;
        return fmt::format("-j DNAT --to-destination {}{}{}", one_of(kDestinations), ports, flags);
    }
    if (chain == "POSTROUTING" && chance(50)) {
        return fmt::format("-j MASQUERADE{}{}",
                           range.empty() ? "" : fmt::format(" --to-ports {}", range.substr(1)), flags);
    }
    return fmt::format("-j SNAT --to-source {}{}{}", one_of(kSources), range, flags);
}

}  // namespace sluice::model
