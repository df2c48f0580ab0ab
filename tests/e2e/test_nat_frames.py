# SPDX-License-Identifier: BSD-3-Clause
"""Crafted packets through the nat table, frame by frame as Linux: NAT-1, NAT-4 to 6, NAT-9, NAT-10, HOOK-3, ICMP-1, ICMP-2, TGT-1."""

import pytest

from support.bench_plan import A0, A1, B1, B2, FAR, FAR2, GW, W0, W9, plan
from support.differential import Case
from support.packets import IP, UDP, Raw, answer, dissect, echo, error, tcp, udp
from support.spec import table, without_figures

RULES = table(
    "nat",
    "-A PREROUTING -d 198.51.100.2/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.2.22:80",
    "-A PREROUTING -d 198.51.100.2/32 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.0.2.22:81",
    "-A PREROUTING -d 198.51.100.2/32 -p udp -m udp --dport 8082 -j DNAT --to-destination 10.0.2.22:82",
    "-A PREROUTING -d 198.51.100.2/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.0.2.22",
    "-A PREROUTING -d 198.51.100.2/32 -p udp -m udp --dport 8090 -j DNAT --to-destination 10.0.2.22:6000-6010",
    "-A PREROUTING -d 198.51.100.2/32 -p udp -m udp --dport 8091 -j DNAT --to-destination 192.0.2.1",
    "-A PREROUTING -d 198.51.100.7/32 -p icmp -j DNAT --to-destination 10.0.2.22",
    "-A PREROUTING -p udp -m udp --dport 9000 -j REDIRECT --to-ports 9001",
    "-A PREROUTING -i a -p tcp -m tcp --dport 3128 -j REDIRECT --to-ports 3129",
    "-A PREROUTING -i a -p tcp -m tcp --dport 3127 -j REDIRECT",
    "-A PREROUTING -i a -p udp -m udp --dport 9100 -j RETURN",
    "-A PREROUTING -i a -p udp -m udp --dport 9100:9101 -j DNAT --to-destination 10.0.2.22",
    "-A POSTROUTING -s 10.0.1.0/24 -o w -p udp -m udp --dport 7001 -j SNAT --to-source 198.51.100.3",
    "-A POSTROUTING -s 10.0.1.0/24 -o w -p icmp -d 203.0.113.81/32 -j SNAT --to-source 198.51.100.4",
    "-A POSTROUTING -s 10.0.1.0/24 -o w -p udp -m udp --dport 7003 -j SNAT --to-source 198.51.100.3:4000-4000",
    "-A POSTROUTING -s 10.0.1.0/24 -o w -p udp -m udp --dport 7004 -j ACCEPT",
    "-A POSTROUTING -s 10.0.2.0/24 -d 10.0.2.22/32 -j MASQUERADE",
    "-A POSTROUTING -o w ! -s 198.51.100.0/24 -j MASQUERADE",
) + table(
    "filter",
    "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A FORWARD -m conntrack --ctstate INVALID",
    "-A FORWARD -p tcp -m tcp --dport 81 -j REJECT --reject-with tcp-reset",
    "-A FORWARD -p udp -m udp --dport 82 -j REJECT --reject-with icmp-port-unreachable",
    "-A FORWARD -p udp -m udp --dport 83 -j DROP",
)
SPEC = plan(RULES)
LISTINGS = [["-t", "nat", "-S"], ["-t", "nat", "-L", "-n"], ["-t", "nat", "-L", "-n", "-v", "--line-numbers"], ["-t", "nat", "-L", "POSTROUTING", "-n", "-v", "-x"]]


def back(step="w", **change):
    """What the host outside (or inside) answers to the last packet that reached it."""
    return (step, lambda out: answer(out[step][-1], **change))


def trouble(side, source, kind, code, length=28, mtu=0, **change):
    """An ICMP error about the last packet that came out on the side, from a hop or host there."""
    return (side, lambda out: error(source, kind, code, dissect(out[side][-1]), length=length, mtu=mtu, **change))


FLOW = udp(A1, FAR, 4000, 5000, size=60)

SOURCE = [
    Case("masquerade udp and back", ("a", FLOW), back(), ("a", FLOW)),
    Case("masquerade a ping and back", ("a", echo(A1, FAR)), back()),
    Case("masquerade tcp, a whole conversation",
         ("a", tcp(A1, FAR, 4000, 80, seq=100)), back(seq=500, ack=101),
         ("a", tcp(A1, FAR, 4000, 80, "A", 101, 501)), ("a", tcp(A1, FAR, 4000, 80, "PA", 101, 501, size=99)),
         ("w", tcp(FAR, W0, 80, 4000, "PA", 501, 200, size=1200)), ("a", tcp(A1, FAR, 4000, 80, "FA", 200, 1701)),
         ("w", tcp(FAR, W0, 80, 4000, "FA", 1701, 201)), ("a", tcp(A1, FAR, 4000, 80, "A", 201, 1702))),
    Case("masquerade tcp, refused", ("a", tcp(A1, FAR, 4000, 80, seq=100)), back(flags="RA", seq=0, ack=101)),
    Case("the same source to two places keeps its port", ("a", FLOW), ("a", udp(A1, FAR2, 4000, 5000)), ("w", udp(FAR2, W0, 5000, 4000))),
    Case("from both inside networks", ("a", FLOW), ("b", udp(B1, FAR, 4001, 5000)), back()),
    Case("the router's neighbour is not masked", ("a", udp(W9, FAR, 4000, 5000))),
    Case("snat to another address and back", ("a", udp(A1, FAR, 4000, 7001)), back()),
    Case("snat of a ping and back", ("a", echo(A1, FAR2)), back()),
    Case("snat to a port and back", ("a", udp(A1, FAR, 1234, 7003)), back()),
    Case("accept in nat means as it is", ("a", udp(A1, FAR, 4000, 7004)), back()),
    Case("checksum zero stays zero",
         ("a", IP(src=A1, dst=FAR, id=0x7001) / UDP(sport=4000, dport=5000, chksum=0) / b"abc")),
    Case("unknown protocol", ("a", IP(src=A1, dst=FAR, proto=99, id=0x7001) / Raw(b"12345678")),
         ("w", IP(src=FAR, dst=W0, proto=99, id=0x7005) / Raw(b"87654321"))),
    Case("invalid packets leave as they are", ("a", tcp(A1, FAR, 4000, 80, "SA", 1, 2)), ("a", tcp(A1, FAR, 4000, 80, "R", 1, 0))),
    Case("a bad udp checksum leaves as it is", ("a", IP(src=A1, dst=FAR, id=0x7001) / UDP(sport=1, dport=2, chksum=0x1234) / b"x")),
    Case("another host outside does not get in", ("a", FLOW), ("w", udp(FAR2, W0, 5000, 4000)), ("w", udp(FAR, W0, 5001, 4000))),
    Case("ttl and tos are the sender's", ("a", udp(A1, FAR, 4000, 5000, ttl=9, tos=0x48)), back(ttl=7)),
    Case("a flow that was dropped leaves nothing", ("a", udp(A1, FAR, 4000, 83)), ("w", udp(FAR, W0, 83, 4000))),
]

DESTINATION = [
    Case("dnat tcp to address and port, and back", ("w", tcp(FAR, W0, 4000, 8080)), back("b"),
         ("w", tcp(FAR, W0, 4000, 8080, "A", 1001, 5001))),
    Case("dnat udp keeps the port", ("w", udp(FAR, W0, 4000, 53)), back("b"), ("w", udp(FAR, W0, 4000, 53))),
    Case("dnat to a range of ports", ("w", udp(FAR, W0, 4000, 8090)), back("b")),
    Case("dnat of a ping", ("w", echo(FAR, "198.51.100.7")), back("b")),
    Case("dnat to a place outside", ("w", udp(FAR, W0, 4000, 8091)), back("w")),
    Case("dnat from inside", ("a", tcp(A1, W0, 4000, 8080)), back("b")),
    Case("hairpin", ("b", tcp(B2, W0, 4000, 8080)), back("b")),
    Case("hairpin of the server to itself", ("b", tcp(B1, W0, 4000, 8080)), back("b")),
    Case("return, then no dnat", ("a", udp(A1, FAR, 4000, 9100)), ("a", udp(A1, FAR, 4000, 9101))),
    Case("redirect udp to a closed port", ("a", udp(A1, FAR, 4000, 9000))),
    Case("redirect udp from outside", ("w", udp(FAR, B1, 4000, 9000))),
    Case("redirect tcp to a closed port", ("a", tcp(A1, FAR, 4000, 3128))),
    Case("redirect tcp without a port", ("a", tcp(A1, FAR, 4000, 3127))),
    Case("a port without dnat is closed", ("w", tcp(FAR, W0, 4000, 8083)), ("w", udp(FAR, W0, 4000, 8083))),
]

REFUSED = [
    Case("a reset comes from the address that was called", ("w", tcp(FAR, W0, 4000, 8081))),
    Case("port unreachable comes from the address that was called", ("w", udp(FAR, W0, 4000, 8082))),
    Case("the refused flow from inside", ("a", tcp(A1, FAR, 4000, 81)), ("a", udp(A1, FAR, 4000, 82))),
]

ERRORS = [
    Case("time exceeded from a hop outside", ("a", FLOW), trouble("w", GW, 11, 0)),
    Case("port unreachable from outside", ("a", FLOW), trouble("w", FAR, 3, 3, length=88)),
    Case("fragmentation needed from outside", ("a", FLOW), trouble("w", GW, 3, 4, mtu=1280)),
    Case("about snat", ("a", udp(A1, FAR, 4000, 7001)), trouble("w", GW, 11, 0)),
    Case("about snat to a port", ("a", udp(A1, FAR, 1234, 7003)), trouble("w", GW, 11, 0, length=44)),
    Case("about tcp, eight bytes", ("a", tcp(A1, FAR, 4000, 80)), trouble("w", GW, 3, 1)),
    Case("about tcp, all of it", ("a", tcp(A1, FAR, 4000, 80)), trouble("w", GW, 3, 1, length=40)),
    Case("about a ping", ("a", echo(A1, FAR)), trouble("w", GW, 11, 0, length=60)),
    Case("about an established flow", ("a", FLOW), back(), ("a", FLOW), trouble("w", FAR, 3, 3)),
    Case("about the answer, from inside", ("a", FLOW), back(),
         ("a", lambda out: error(A1, 3, 3, dissect(out["a"][-1]), length=44))),
    Case("about dnat, from the server", ("w", udp(FAR, W0, 4000, 53)), trouble("b", B1, 3, 3, length=44)),
    Case("about dnat, from a hop behind", ("w", tcp(FAR, W0, 4000, 8080)), trouble("b", B2, 3, 1)),
    Case("about hairpin", ("b", udp(B2, W0, 4000, 53)), trouble("b", B1, 3, 3, length=44)),
    Case("with a bad quoted header checksum", ("a", FLOW),
         ("w", lambda out: error(GW, 11, 0, _spoil(dissect(out["w"][-1]))))),
    Case("about nothing", ("w", error(GW, 11, 0, udp(W0, FAR, 4444, 5000)))),
    Case("our own time exceeded about a masqueraded flow", ("a", FLOW), ("a", udp(A1, FAR, 4000, 5000, ttl=1))),
    Case("our own time exceeded about dnat", ("w", udp(FAR, W0, 4000, 53, ttl=1))),
    Case("our own fragmentation needed about dnat", ("w", udp(FAR, W0, 4000, 53, size=1440, flags="DF"))),
    Case("our own fragmentation needed about dnat of a port", ("w", tcp(FAR, W0, 4000, 8080, size=1440, flags="S", ident=0x7002))),
]

FRAGMENTS = [
    Case("one datagram in two pieces, masqueraded",
         ("a", IP(src=A1, dst=FAR, id=0x7009, flags="MF") / UDP(sport=4000, dport=5000, len=1008, chksum=0) / Raw(b"x" * 792)),
         ("a", IP(src=A1, dst=FAR, id=0x7009, frag=100, proto=17) / Raw(b"y" * 208))),
    Case("the second piece first",
         ("a", IP(src=A1, dst=FAR, id=0x700A, frag=100, proto=17) / Raw(b"y" * 208)),
         ("a", IP(src=A1, dst=FAR, id=0x700A, flags="MF") / UDP(sport=4000, dport=5000, len=1008, chksum=0) / Raw(b"x" * 792))),
    Case("pieces to the router's closed port",
         ("a", IP(src=A1, dst=A0, id=0x700B, flags="MF") / UDP(sport=4000, dport=999, len=1008, chksum=0) / Raw(b"x" * 792)),
         ("a", IP(src=A1, dst=A0, id=0x700B, frag=100, proto=17) / Raw(b"y" * 208))),
    Case("a piece alone comes to nothing", ("a", IP(src=A1, dst=FAR, id=0x700C, frag=100, proto=17) / Raw(b"y" * 208))),
]


def _spoil(packet):
    packet.chksum ^= 0x5555
    return packet


@pytest.mark.parametrize("case", SOURCE, ids=repr)
def test_source(bench, case):
    """NAT-1, NAT-4, NAT-5, NAT-9, NAT-10, HOOK-3."""
    bench.check(case)


@pytest.mark.parametrize("case", DESTINATION, ids=repr)
def test_destination(bench, case):
    """NAT-4, NAT-6."""
    bench.check(case)


@pytest.mark.parametrize("case", REFUSED, ids=repr)
def test_refused(bench, case):
    """TGT-1."""
    bench.check(case)


@pytest.mark.parametrize("case", ERRORS, ids=repr)
def test_icmp_errors(bench, case):
    """ICMP-1, ICMP-2, ICMP-4, NAT-6, FWD-3."""
    bench.check(case)


@pytest.mark.parametrize("case", FRAGMENTS, ids=repr)
def test_fragments(bench, case):
    """FRAG-1, FRAG-7."""
    bench.check(case)


@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_listings_are_those_of_iptables(bench, words):
    """HOOK-5, OPS-5: the words, the order and the columns; the figures are compared case by case above."""
    said = [without_figures(lab.router.iptables(*words)) for lab in bench.labs]
    assert all(text == said[0] for text in said), "\n---\n".join(said)


def test_the_saved_rules_are_those_of_iptables(bench):
    """OPS-5."""
    said = [without_figures(lab.router.save()) for lab in bench.labs]
    assert all(text == said[0] for text in said), "\n---\n".join(said)
