// SPDX-License-Identifier: BSD-3-Clause
/// The configuration file, with the rules in it (OPS-1). The first line that consists of `###` ends the
/// configuration; what follows is the rules file, for whoever names one.
#include <string>

#include "ctrlplane/config/checked_config.h"
#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/snapshot/load_rules.h"
#include "tests/fuzz/target.h"

namespace sluice::fuzz {

namespace {

void demand_sound(const base::Diagnostics& faults) {
    for (const base::Diagnostic& fault : faults) {
        demand(!ctrlplane::config::to_string(fault).empty() && !fault.message.empty(),
               "a fault has a sentence");
    }
}

bool has_error(const base::Diagnostics& faults) {
    for (const base::Diagnostic& fault : faults) {
        if (fault.severity == base::Diagnostic::Severity::error) {
            return true;
        }
    }
    return false;
}

}  // namespace

void begin() {}

void run(std::span<const std::uint8_t> input) {
    const std::string_view text = text_of(input);
    const std::size_t end = text.find("\n###\n");
    const std::string file(end == std::string_view::npos ? std::string_view{} : text.substr(end + 5));
    const auto loaded = ctrlplane::config::check_config(
        text.substr(0, end), "fuzz.toml",
        [&](const std::string&) -> base::Result<std::string> { return file; });
    demand_sound(loaded.diagnostics);
    demand(loaded.config.has_value() != has_error(loaded.diagnostics),
           "a configuration is refused with an error, and with none it is not");
    if (loaded.config) {
        if (const auto rules = ctrlplane::load_rules(*loaded.config); !rules) {
            demand_sound(rules.error());
        }
    }
}

std::vector<Input> seeds() {
    return {input_of(R"([runtime]
main-core = 0
worker-cores = [1, 2]
hugepages = false
memory = "1G"
idle = "sleep"
control-socket = "/run/sluice/control.sock"

[[interface]]
name = "wan"
device = "net_af_packet,iface=eth1"
address = ["203.0.113.2/24"]
mac = "02:00:00:00:00:01"
mtu = 1500
rx-queues = 2

[[interface]]
name = "guests"
parent = "wan"
vlan = 100
address = ["10.1.0.1/24"]

[[route]]
to = "0.0.0.0/0"
via = ["203.0.113.1", "203.0.113.3"]

[[neighbor]]
address = "203.0.113.9"
mac = "02:00:00:00:00:09"
interface = "wan"

[sysctl]
"net.netfilter.nf_conntrack_max" = 1_000_000
"net.ipv4.conf.wan.rp_filter" = 1

[firewall.nat]
POSTROUTING = ["-o wan -j MASQUERADE"]
[firewall.filter]
policy = { INPUT = "DROP" }
FORWARD = ["-i guests -j out"]
out = ["-p tcp --dport 25 -j REJECT", '-m comment --comment "x y" -j ACCEPT']
)"),
            input_of("[[interface]]\nname = \"lan\"\ndevice = \"0000:03:00.0\"\naddress = [\"10.0.0.1/24\"]\n"
                     "[firewall]\nrules = \"rules.v4\"\n###\n*filter\n-A INPUT -j DROP\nCOMMIT\n"),
            input_of("[[interface]]\nname = 1\nmtu = \"big\"\n[runtime]\nidel = \"spin\"\n[[route]]\nto = "
                     "\"10.0.0.0/33\"\n"
                     "type = \"blackhole\"\nvia = '10.0.0.1'\n"),
            input_of("a = [[[[]]]]\nb = {x = {y = 1979-05-27T07:32:00Z}}\nc = \"\\u00e9\"\nd = '''\nz'''\n")};
}

}  // namespace sluice::fuzz
