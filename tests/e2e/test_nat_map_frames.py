# SPDX-License-Identifier: BSD-3-Clause
"""Ports that keep their distance from a base port, frame by frame as Linux: NAT-4."""

import pytest

from scapy.layers.sctp import SCTP, SCTPChunkInit

from support.bench_plan import A1, B1, FAR, FAR2, W0, plan
from support.differential import Case
from support.packets import IP, answer, dissect, echo, error, tcp, udp
from support.spec import table, without_figures

OTHER = "198.51.100.7"
RULES = table(
    "nat",
    "-A PREROUTING -i w -p udp -m udp --dport 80:99 -j DNAT --to-destination 10.0.2.22:6000-6009/80",
    "-A PREROUTING -i w -p udp -m udp --dport 200:299 -j DNAT --to-destination 10.0.2.22-10.0.2.23:7000-7999/100 --random",
    "-A PREROUTING -i w -p udp -j DNAT --to-destination :53-1000/5000 --persistent",
    "-A PREROUTING -i w -p tcp -j DNAT --to-destination 10.0.2.22:8000-8003/8080",
    "-A PREROUTING -i w -p icmp -j DNAT --to-destination 10.0.2.22:100-199/7",
    "-A PREROUTING -i w -p sctp -j DNAT --to-destination 10.0.2.22:3000-3009/36412",
    "-A POSTROUTING -o w -j MASQUERADE",
) + table("filter", "-A FORWARD -s 203.0.113.81/32 -p tcp -m tcp --dport 8003 -j REJECT --reject-with tcp-reset")
SPEC = plan(RULES)
LISTINGS = [["-t", "nat", "-S"], ["-t", "nat", "-L", "-n"], ["-t", "nat", "-L", "-n", "-v", "--line-numbers"]]


def back(step="b", **change):
    """What the host answers to the last packet that reached it."""
    return (step, lambda out: answer(out[step][-1], **change))


def sctp(sport, dport):
    return IP(src=FAR, dst=W0, id=0x7006) / SCTP(sport=sport, dport=dport, tag=0) / SCTPChunkInit(init_tag=9)


BASE = [
    *[Case(f"udp {port} and back", ("w", udp(FAR, W0, 4000, port)), back(), ("w", udp(FAR, W0, 4000, port)))
      for port in (80, 81, 89, 90, 99)],
    *[Case(f"tcp {port}, below and above the base, and back", ("w", tcp(FAR, W0, 4000, port)), back(flags="SA", seq=500, ack=1001))
      for port in (8080, 8081, 8079, 1, 65535, 8002, 22)],
    *[Case(f"a ping with the number {number}", ("w", echo(FAR, W0, number=number)), back()) for number in (7, 8, 6, 107, 0, 65535)],
    *[Case(f"sctp {port}", ("w", sctp(4000, port))) for port in (36412, 36413, 5)],
    Case("a range of addresses", *[("w", udp(f"203.0.113.{host}", W0, 4000, port)) for host in (1, 2, 3) for port in (200, 250)]),
    Case("no address, to a port of the router", ("w", udp(FAR, W0, 4000, 5001))),
    Case("no address, to a port of a host", ("w", udp(FAR, B1, 4000, 5001)), back()),
    Case("two that become one take the next port", ("w", udp(FAR, W0, 4000, 99)), ("w", udp(FAR, OTHER, 4000, 99)),
         ("w", udp(FAR, OTHER, 4000, 89)), ("w", udp(FAR2, W0, 4000, 99)), back()),
    Case("a whole range of them", *[("w", tcp(FAR, f"198.51.100.{host}", 4000, 8081)) for host in (2, 30, 31)]),
    Case("an error about it", ("w", udp(FAR, W0, 4000, 87)), ("b", lambda out: error(B1, 3, 3, dissect(out["b"][-1]), length=44))),
    Case("our own error about it", ("w", udp(FAR, W0, 4000, 87, ttl=1))),
    Case("a reset in the name of the port that was called", ("w", tcp(FAR2, W0, 4000, 8083))),
    Case("from inside, no base", ("a", udp(A1, FAR, 4000, 80)), back("w")),
]


@pytest.mark.parametrize("case", BASE, ids=repr)
def test_base_ports(bench, case):
    bench.check(case)


@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_listings_are_those_of_iptables(bench, words):
    """HOOK-5, OPS-5."""
    said = [without_figures(lab.router.iptables(*words)) for lab in bench.labs]
    assert all(text == said[0] for text in said), "\n---\n".join(said)


def test_the_saved_rules_are_those_of_iptables(bench):
    """OPS-5."""
    said = [without_figures(lab.router.save()) for lab in bench.labs]
    assert all(text == said[0] for text in said), "\n---\n".join(said)
