// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <random>

#include "parsing.h"

namespace sluice::acl::text {
namespace {

/// Writes random rules of all that is built, in the forms that a person may use.
class Writer {
public:
    explicit Writer(unsigned seed) : random_(seed) {}

    std::string file() {
        std::string out = "*nat\n:n0 - [0:0]\n";
        for (int i = 0; i < 20; ++i) {
            out += fmt::format("-A POSTROUTING {}{}\n", general(true), nat_source());
            out += fmt::format("-A PREROUTING {}{}\n", general(false), nat_destination());
        }
        out += fmt::format("COMMIT\n*filter\n:INPUT {} [5:6]\n:b - [0:0]\n:a - [0:0]\n",
                           pick({"ACCEPT", "DROP"}));
        for (int i = 0; i < 40; ++i) {
            const std::string target = pick({"", "-j ACCEPT", "-j DROP", "-j b", "-g b", "-j RETURN",
                                             "-j REJECT", "-j REJECT --reject-with host-prohib"});
            out += fmt::format("{}{} {}{}\n", counters(), pick({"-A FORWARD", "-A a", "-I FORWARD"}),
                               general(false), target);
        }
        return out + "-A FORWARD -j a\nCOMMIT\n";
    }

private:
    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
    std::string pick(std::initializer_list<std::string_view> words) {
        return std::string(*(words.begin() + below(static_cast<unsigned>(words.size()))));
    }
    std::string not_or() { return pick({"", "", "! "}); }
    std::string counters() { return below(2) == 0 ? "" : fmt::format("[{}:{}] ", below(1000), random_()); }
    std::string address() {
        return fmt::format("{}.{}.{}.{}{}", 1 + below(223), below(256), below(256), below(256),
                           pick({"", "/8", "/24", "/31", "/32", "/255.0.255.0"}));
    }
    std::string port() { return fmt::format("{}", below(65536)); }
    std::string ports() {
        const unsigned low = below(65535);
        return pick({"", "x"}).empty() ? port() : fmt::format("{}:{}", low, low + below(65535 - low) + 1);
    }
    std::string states(bool nat) {
        std::string list = pick({"NEW", "ESTABLISHED", "INVALID"});
        for (unsigned i = below(3); i > 0; --i) {
            list += fmt::format(
                ",{}", pick({"RELATED", "UNTRACKED", nat ? "SNAT" : "NEW", nat ? "DNAT" : "INVALID"}));
        }
        return list;
    }

    /// Standard matches and extensions; always with a protocol that has ports.
    std::string general(bool out_interface) {
        std::string rule;
        const auto maybe = [&](unsigned one_in, std::string text) { rule += below(one_in) == 0 ? text : ""; };
        maybe(2, fmt::format("{}-s {} ", not_or(), address()));
        maybe(2, fmt::format("{}-d {} ", not_or(), address()));
        maybe(2, fmt::format("{}-{} {} ", not_or(), out_interface ? "o" : "i",
                             pick({"eth0", "eth+", "wan.100"})));
        const std::string protocol = pick({"tcp", "udp"});
        rule += fmt::format("-p {} ", protocol);
        maybe(4, fmt::format("-m iprange {}--{} {}.1.2.3-240.{}.0.9 ", not_or(),
                             pick({"src-range", "dst-range"}), 1 + below(223), below(256)));
        maybe(9, not_or() + "-f ");
        if (protocol == "tcp") {
            maybe(3, fmt::format("{}--tcp-flags {} {} ", not_or(), pick({"ALL", "SYN,RST", "fin,syn,ack"}),
                                 pick({"NONE", "SYN", "SYN,FIN"})));
            maybe(4, fmt::format("{}--tcp-option {} ", not_or(), 1 + below(255)));
        }
        maybe(2, fmt::format("{}--dport {} ", not_or(), ports()));
        maybe(3, fmt::format("{}--sport {} ", not_or(), ports()));
        // Behind the ports: without -m tcp before it, --dport would be short for --dports of multiport.
        maybe(4, fmt::format("-m multiport {}--{} {},{} ", not_or(), pick({"sports", "dports", "ports"}),
                             port(), ports()));
        maybe(3, fmt::format("-m conntrack {}--ctstate {} ", not_or(), states(true)));
        maybe(4, fmt::format("-m state {}--state {} ", not_or(), states(false)));
        maybe(4, fmt::format("-m comment --comment \"{}\" ",
                             pick({"plain", "two words", "q\\\"uote", "a'b\\\\", ""})));
        return rule;
    }

    std::string flags(std::initializer_list<std::string_view> known) {
        std::string out;
        for (const std::string_view flag : known) {
            out += below(3) == 0 ? fmt::format(" {}", flag) : "";
        }
        return out;
    }
    std::string to() {
        const unsigned low = 1 + below(60000);
        const unsigned high = low + (below(2) == 0 ? 0 : below(5000));
        return fmt::format("{}:{}-{}", pick({"198.51.100.7", "198.51.100.7-198.51.100.9", ""}), low, high);
    }
    std::string nat_source() {
        if (below(4) == 0) {
            return fmt::format("-j NETMAP --to {}.2.3.4/{}", below(256), below(33));
        }
        if (below(2) == 0) {
            return fmt::format("-j MASQUERADE{}",
                               flags({"--to-ports 1024-2047", "--random", "--random-fully",
                                      "--endpoint-independent filtering"}));
        }
        return fmt::format("-j SNAT --to-source {}{}", to(),
                           flags({"--random", "--random-fully", "--persistent", "--endpoint-independent mapping"}));
    }
    std::string nat_destination() {
        if (below(4) == 0) {
            return fmt::format("-j NETMAP --to {}.2.3.4", below(256));
        }
        if (below(2) == 0) {
            return fmt::format("-j REDIRECT{}", flags({"--to-ports 8080", "--random"}));
        }
        const std::string base = below(3) == 0 ? fmt::format(":{}-65535/{}", 1 + below(60000), 1 + below(65535)) : "";
        return fmt::format("-j DNAT --to-destination {}{}", base.empty() ? to() : base,
                           flags({"--random", "--persistent"}));
    }

    std::mt19937 random_;
};

// OPS-5
TEST(RoundTrip, what_is_printed_is_read_back_and_printed_the_same) {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        const std::string written = Writer(seed).file();
        const auto ruleset = parse_save_file<V4>(written, "random");
        ASSERT_TRUE(ruleset.has_value()) << "seed " << seed << '\n'
                                         << faults_text(ruleset.error()) << written;
        const std::string once = loaded(written);
        ASSERT_EQ(once, loaded(once)) << "seed " << seed;
    }
}

}  // namespace
}  // namespace sluice::acl::text
