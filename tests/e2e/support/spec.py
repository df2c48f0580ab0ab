# SPDX-License-Identifier: BSD-3-Clause
"""What a router is to be, in words that both the kernel and Sluice are set up from."""

import dataclasses
import re


@dataclasses.dataclass
class Port:
    """One interface of the router. A port with a parent is a VLAN sub-interface."""
    name: str
    address: list
    mtu: int = 1500
    mac: str = ""
    vlan: int = 0
    parent: str = ""


@dataclasses.dataclass
class Route:
    to: str
    via: list = dataclasses.field(default_factory=list)
    dev: str = ""
    type: str = ""


@dataclasses.dataclass
class RouterSpec:
    ports: list
    routes: list = dataclasses.field(default_factory=list)
    neighbors: list = dataclasses.field(default_factory=list)   # (address, mac, interface)
    rules: str = ""                                             # an iptables-save file
    sets: str = ""                                              # an `ipset save` file
    sysctl: dict = dataclasses.field(default_factory=dict)
    timeouts: dict = dataclasses.field(default_factory=dict)    # timeout policies: name -> (protocol, {state: seconds})

    def addresses(self):
        return {address.split("/")[0] for port in self.ports for address in port.address}


def table(name, *lines, chains=(), **policies):
    """One table of an iptables-save file: `table("filter", "-A FORWARD ...", FORWARD="DROP")`.

    Chains that a rule adds to, and that are not built in, are declared as user chains; `chains` are empty ones.
    """
    builtin = {"filter": ["INPUT", "FORWARD", "OUTPUT"],
               "nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"], "raw": ["PREROUTING", "OUTPUT"],
               "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
               "security": ["INPUT", "FORWARD", "OUTPUT"]}[name]
    rules = [line.strip() for text in lines for line in text.splitlines() if line.strip()]
    used = dict.fromkeys([*chains, *(rule.split()[1] for rule in rules)])
    text = [f"*{name}"]
    text += [f":{chain} {policies.get(chain, 'ACCEPT')} [0:0]" for chain in builtin]
    text += [f":{chain} - [0:0]" for chain in used if chain not in builtin]
    return "\n".join([*text, *rules, "COMMIT"]) + "\n"


def counters(saved, only=None):
    """Reads `iptables-save -c`: {(table, "rule or policy", place): (packets, bytes)}, in no particular order of tables."""
    found, current, places = {}, "", {}
    for line in saved.splitlines():
        if line.startswith("*"):
            current = line[1:].strip()
        elif only is not None and current not in only:
            continue
        elif line.startswith(":"):
            chain, policy, count = line[1:].split()
            if policy != "-":
                found[current, f"{chain} policy {policy}", 0] = _pair(count)
        elif line.startswith("["):
            count, rule = line.split(" ", 1)
            places[current, rule] = places.get((current, rule), 0) + 1
            found[current, rule, places[current, rule]] = _pair(count)
    return found


def without_figures(text):
    """A listing of iptables or iptables-save without what is never twice the same: comments, counters, column widths of counters."""
    lines = []
    for line in text.splitlines():
        line = re.sub(r"\[\d+:\d+\]", "[]", line)
        line = re.sub(r"\(policy (\w+) \d+\w? packets, \d+\w? bytes\)", r"(policy \1)", line)
        line = re.sub(r"^(\d+ )? *\d+[KMG]? +\d+[KMG]? (?=\S)", r"\1* * ", line)
        line = re.sub(r"^(num)? +pkts +bytes", r"\1 pkts bytes", line)
        if not line.startswith("#"):
            lines.append(line.rstrip())
    return "\n".join(lines)


def tables_of(rules):
    return {line[1:].strip() for line in rules.splitlines() if line.startswith("*")}


def _pair(text):
    packets, size = text.strip("[]").split(":")
    return int(packets), int(size)
