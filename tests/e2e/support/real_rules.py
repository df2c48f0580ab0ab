# SPDX-License-Identifier: BSD-3-Clause
"""Rulesets of real machines, brought into the laboratory: their interfaces become the router's, and packets are made
from their own rules, so that they meet many of them."""

import ipaddress
import pathlib
import re

from .bench_plan import A1, B1, FAR, W0
from .packets import echo, tcp, udp
from .spec import table

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "shared" / "rulesets"
_SIDES = ["a", "b", "w"]
_ON_LINK = [ipaddress.ip_network(net) for net in ("10.0.1.0/24", "10.0.2.0/24", "198.51.100.0/24")]
_WITHOUT = ("TPROXY", "SYNPROXY", "--helper Q.931", "--helper RAS", "--helper netbios-ns", "--helper sane", "--helper snmp")  # refused at load by name, and taken out for the kernel, too


def files():
    return sorted(FOLDER.glob("*.v4")) if FOLDER.is_dir() else []


def sets():
    """All sets that the rulesets ask."""
    return "".join((FOLDER / name).read_text() for name in ("calico-ipvs.ipset", "iot-home-sets.ipset") if FOLDER.is_dir())


def ruleset(path):
    """The rules of a file for the routers of the laboratory, without what is left to chance."""
    lines, places = [], {}
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#") or any(word in line for word in _WITHOUT):
            continue
        line = re.sub(r"(?<=-p )ipv4\b", "4", line)
        line = re.sub(r"--mode random (! )?--probability [0-9.]+", r"--mode nth \1--every 2 --packet 0", line)
        line = re.sub(r" --random(-fully)?\b", "", line)
        # Rates that give a packet more while the test runs would count by how fast the machine is.
        line = re.sub(r"(?<=--limit )\d+/[a-z]+", "1/hour", line)
        line = re.sub(r"(?<=-[io] )(?!lo\b)(\S+)", lambda found: _place(found[1], places), line)
        lines.append(line)
    text = "\n".join(lines) + "\n"
    missing = [name for name in ("raw", "mangle", "nat", "filter", "security") if not re.search(rf"^\* *{name}$", text, re.M)]
    return text + "".join(table(name) for name in missing)


def _place(name, places):
    return places.setdefault(name.rstrip("+"), _SIDES[len(places) % len(_SIDES)])


class RuleTraffic:
    """Packets that the rules speak of, and answers to what came through."""

    def __init__(self, text, dice):
        self.dice, self.rules, self._serial = dice, [line for line in text.splitlines() if line.startswith("-A")], 0

    def next(self):
        self._serial += 1
        rule = self.dice.choice(self.rules)
        side = self.dice.choice(re.findall(r"(?<!! )-i ([abw])\b", rule) or _SIDES)
        source = self._address(rule, "-s", {"a": A1, "b": B1, "w": FAR}[side])
        target = self._address(rule, "-d", self.dice.choice([A1, B1, FAR, W0]))
        sport, dport = self._port(rule, "s", 4000 + self._serial), self._port(rule, "d", self.dice.choice([53, 80, 4050]))
        ident = 0x6000 + self._serial
        if "-p icmp" in rule or self.dice.random() < 0.1:
            return side, echo(source, target, number=self._serial, ident=ident)
        if "-p udp" in rule or ("-p tcp" not in rule and self.dice.random() < 0.5):
            return side, udp(source, target, sport, dport, ident=ident)
        return side, tcp(source, target, sport, dport, self.dice.choice(["S", "S", "S", "A", "FPU", "SF"]), ident=ident)

    def _address(self, rule, option, default):
        found = re.search(rf"(?<!! ){option} (\S+)", rule)
        if not found or self.dice.random() < 0.2:
            return default
        net = ipaddress.ip_network(self.dice.choice(found[1].split(",")), strict=False)
        address = net[self.dice.randrange(min(net.num_addresses, 1 << 16))]
        usable = not (address.is_multicast or address.is_loopback or address.is_reserved or address in ipaddress.ip_network("0.0.0.0/8")
                      or any(address in link for link in _ON_LINK))
        return str(address) if usable else default

    def _port(self, rule, side, default):
        found = re.search(rf"(?<!! )--(?:{side}port|{side}ports|ports) (\S+)", rule)
        if not found or self.dice.random() < 0.1:
            return default
        ends = [word for word in re.split("[:,]", found[1]) if word.isdigit()]
        return int(self.dice.choice(ends)) if ends else default
