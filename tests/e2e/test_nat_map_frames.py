# SPDX-License-Identifier: BSD-3-Clause
"""Ports that keep their distance from a base port, and networks mapped to others, frame by frame as Linux: NAT-4."""

import pytest

from scapy.layers.sctp import SCTP, SCTPChunkInit

from support.bench_plan import A1, A2, B0, B1, B2, FAR, FAR2, GW, W0, plan
from support.differential import Case
from support.packets import IP, answer, dissect, echo, error, tcp, udp
from support.spec import table, without_figures

OTHER = "198.51.100.7"
RULES = table(
    "nat",
    "-A PREROUTING -d 192.0.2.0/24 -j NETMAP --to 10.0.2.0/24",
    "-A PREROUTING -d 192.0.3.0/24 -p tcp -j NETMAP --to 10.0.2.22",
    "-A PREROUTING -i a -d 10.0.3.0/24 -j NETMAP --to 10.0.1.0/28",
    "-A PREROUTING -i a -d 10.0.4.0/24 -j NETMAP --to 0.0.0.0/0",
    "-A INPUT -i b -p udp -j NETMAP --to 172.31.0.0/16",
    "-A INPUT -i b -p icmp -j NETMAP --to 10.0.2.16/29",
    "-A OUTPUT -d 10.0.2.0/24 -j NETMAP --to 10.0.2.0/30",
    "-A POSTROUTING -s 10.0.2.0/24 -o w -j NETMAP --to 192.0.2.0/24",
    "-A POSTROUTING -s 10.0.1.0/24 -o w -p udp -m udp --dport 7000 -j NETMAP --to 198.51.100.128/30",
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


NETS = [
    *[Case(f"a call from outside for {host}", ("w", packet(f"192.0.2.{host}")), back())
      for host in (22, 23) for packet in (lambda to: udp(FAR, to, 4000, 53), lambda to: tcp(FAR, to, 4000, 80), lambda to: echo(FAR, to))],
    *[Case(f"a call from {host} to outside", ("b", udp(host, FAR, 4000, 53)), back("w"), ("b", echo(host, FAR)), back("w"),
           ("b", tcp(host, FAR, 4000, 80)), back("w")) for host in (B1, B2)],
    Case("protocols without ports", ("b", IP(src=B1, dst=FAR, proto=99, id=0x7001) / b"12345678"),
         ("w", IP(src=FAR, dst="192.0.2.22", proto=99, id=0x7005) / b"87654321")),
    Case("a network of one address", ("w", tcp(FAR, "192.0.3.1", 4000, 80)), back(),
         ("w", tcp(FAR, "192.0.3.77", 4001, 80, seq=7)), ("w", udp(FAR, "192.0.3.77", 4000, 80))),
    Case("a small network for a large one", ("a", udp(A1, "10.0.3.12", 4000, 53)), back("a"),
         ("a", udp(A1, "10.0.3.188", 4001, 53)), ("a", udp(A1, "10.0.3.1", 4002, 53))),
    Case("all addresses for a network", ("a", udp(A1, "10.0.4.1", 4000, 53))),
    Case("the sources of two become one", ("a", udp(A1, FAR, 4000, 7000)), back("w"), ("a", udp(A2, FAR, 4001, 7000)), back("w"),
         ("a", udp(A2, FAR2, 4000, 7000)), back("w")),
    Case("to the router, from a mapped source", ("b", echo(B1, B0)), ("b", udp(B1, B0, 4000, 999)), ("b", udp(B2, B0, 4000, 999))),
    Case("hairpin, the destination mapped", ("b", udp(B2, "192.0.2.22", 4000, 53)), back("b")),
    Case("an error about a call", ("w", udp(FAR, "192.0.2.22", 4000, 53)),
         ("b", lambda out: error(B1, 3, 3, dissect(out["b"][-1]), length=44))),
    Case("an error about an answer's flow", ("b", tcp(B2, FAR, 4000, 80)),
         ("w", lambda out: error(GW, 3, 1, dissect(out["w"][-1]), length=40))),
    Case("our own error about a call", ("w", udp(FAR, "192.0.2.22", 4000, 53, ttl=1))),
    Case("a packet out of nowhere", ("w", tcp(FAR, "192.0.2.22", 4000, 80, "R", 1, 0)), ("b", tcp(B1, FAR, 4000, 80, "SA", 1, 2))),
]


@pytest.mark.parametrize("case", NETS, ids=repr)
def test_networks(bench, case):
    bench.check(case)


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
