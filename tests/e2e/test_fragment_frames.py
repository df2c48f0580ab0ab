# SPDX-License-Identifier: BSD-3-Clause
"""Fragments and IP options through a router that tracks, frame by frame as Linux: FRAG-1 to FRAG-3, FRAG-6, FRAG-7, FWD-8."""

import pytest
from scapy.layers.inet import IPOption

from support.bench_plan import A0, A1, B0, B1, B2, FAR, plan
from support.differential import Case
from support.packets import ICMP, IP, TCP, UDP, Raw, echo, error, tcp, udp
from support.spec import table

SPEC = plan(
    table("filter", "-A FORWARD -m conntrack --ctstate INVALID -j DROP", "-A FORWARD -p tcp --dport 99 -j REJECT") +
    table("nat", "-A POSTROUTING -o w -j MASQUERADE"))


def pieces(packet, *sizes, order=None, **edits):
    """The packet cut into pieces of these sizes, the last one takes the rest, as steps from side a."""
    whole = bytes(packet)
    head = packet.ihl if packet.ihl else IP(whole).ihl
    payload, made, at = whole[4 * head:], [], 0
    sizes = list(sizes)
    while at < len(payload):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        part = packet.copy()
        part.remove_payload()
        part.proto, part.frag = IP(whole).proto, at // 8
        part.flags = int(part.flags) | (1 if at + size < len(payload) else 0)
        made.append(part / Raw(payload[at: at + size]))
        at += size
    for place, change in edits.items():
        for name, value in change.items():
            setattr(made[int(place.removeprefix("piece_"))], name, value)
    order = order or range(len(made))
    return [("a", IP(bytes(made[i]))) for i in order]


LARGE = udp(A1, B1, 4000, 53, size=2000)
SMALL = udp(A1, B1, 4000, 53, size=100)
OUT = udp(A1, FAR, 4000, 53, size=2000)
RR = IPOption(bytes([7, 7, 4, 0, 0, 0, 0]))
ALERT = IPOption(bytes([148, 4, 0, 0]))


def raw(size, **fields):
    """Bytes of a protocol that nobody knows."""
    return IP(src=A1, dst=B1, id=0x7001, proto=99, **fields) / Raw(bytes(i & 255 for i in range(size)))


FRAGMENTS = [
    Case("in order", *pieces(LARGE, 1000)),
    Case("reversed", *pieces(LARGE, 1000, order=[2, 1, 0])),
    Case("the middle last", *pieces(LARGE, 800, order=[0, 2, 1])),
    Case("uneven", *pieces(LARGE, 104, 1200, 48, 600)),
    Case("uneven and mixed up", *pieces(LARGE, 104, 1200, 48, 600, order=[2, 0, 3, 1])),
    Case("of eight bytes", *pieces(SMALL, 8)),
    Case("of sixteen bytes, reversed", *pieces(SMALL, 16, order=range(6, -1, -1))),
    Case("that fit together in one frame", *pieces(SMALL, 56)),
    Case("too large for the way out", *pieces(LARGE, 1480)),
    Case("one of them too large for the way out", *pieces(LARGE, 400, 1440, 400)),
    Case("masqueraded", *pieces(OUT, 1000)),
    Case("masqueraded, uneven", *pieces(OUT, 48, 1200, 400)),
    Case("of 60 kB", *pieces(udp(A1, B1, 4000, 53, size=60000), 1376)),
    Case("of tcp, small", *pieces(tcp(A1, B1, 4000, 80, size=200), 24)),
    Case("of tcp, tiny", *pieces(tcp(A1, B1, 4000, 80, size=50), 8)),
    Case("of tcp to a port that is refused, tiny", *pieces(tcp(A1, B1, 4000, 99, size=50), 8)),
    Case("of a ping", *pieces(echo(A1, B1, size=1800), 1000)),
    Case("of an error", ("b", udp(B1, A1, 53, 4000)), *pieces(error(A1, 3, 3, udp(B1, A1, 53, 4000, size=500), length=400), 104)),
    Case("of an unknown protocol", *pieces(raw(500), 200)),
    Case("with dont fragment", *pieces(udp(A1, B1, 4000, 53, size=2000, flags="DF"), 1000)),
    Case("with dont fragment, too large", *pieces(udp(A1, B1, 4000, 53, size=2000, flags="DF"), 1480)),
    Case("with dont fragment in the small one only", *pieces(LARGE, 1200, 808, piece_1={"flags": "DF"})),
    Case("with dont fragment in the large one only", *pieces(LARGE, 1200, 816, piece_0={"flags": "DF+MF"})),
    Case("with marks of congestion", *pieces(udp(A1, B1, 4000, 53, size=2000, tos=2), 1000, piece_1={"tos": 3})),
    Case("with marks that no router makes", *pieces(udp(A1, B1, 4000, 53, size=2000, tos=2), 1000, piece_1={"tos": 0})),
    Case("with another ttl each", *pieces(LARGE, 1000, piece_0={"ttl": 9}, piece_1={"ttl": 1})),
    Case("with ttl 1", *pieces(udp(A1, B1, 4000, 53, size=2000, ttl=1), 1000)),
]

TROUBLE = [
    Case("twice the same", *pieces(LARGE, 1000, order=[0, 0, 1, 1, 2])),
    Case("overlap", *pieces(LARGE, 1000, piece_1={"frag": 124}), *pieces(LARGE, 1000)[2:]),
    Case("after an overlap all is forgotten", *pieces(LARGE, 1000, order=[0, 1]), *pieces(LARGE, 1000, piece_1={"frag": 124})[1:2],
         *pieces(LARGE, 1000, order=[0, 2, 1])),
    Case("inside what came in order is a duplicate", *pieces(SMALL, 24, order=[0, 1]),
         ("a", IP(src=A1, dst=B1, id=0x7001, proto=17, flags="MF", frag=2) / Raw(b"z" * 16)), *pieces(SMALL, 24, order=[2, 3, 4])),
    Case("inside what came out of order overlaps", *pieces(SMALL, 24, order=[1, 0]),
         ("a", IP(src=A1, dst=B1, id=0x7001, proto=17, flags="MF", frag=2) / Raw(b"z" * 16)), *pieces(SMALL, 24, order=[2, 3, 4])),
    Case("two ends", *pieces(LARGE, 1000, order=[0, 2]),
         ("a", IP(src=A1, dst=B1, id=0x7001, proto=17, frag=200) / Raw(b"z" * 16)), *pieces(LARGE, 1000, order=[1])),
    Case("beyond the end", *pieces(LARGE, 1000, order=[2]),
         ("a", IP(src=A1, dst=B1, id=0x7001, proto=17, flags="MF", frag=400) / Raw(b"z" * 16)), *pieces(LARGE, 1000, order=[0, 1])),
    Case("an odd size that is not the last", ("a", IP(src=A1, dst=B1, id=0x7001, proto=99, flags="MF") / Raw(b"x" * 21)),
         ("a", IP(src=A1, dst=B1, id=0x7001, proto=99, frag=2) / Raw(b"y" * 21))),
    Case("a piece of nothing", ("a", IP(src=A1, dst=B1, id=0x7001, proto=99, flags="MF") / Raw(b"x" * 7)),
         *pieces(raw(100), 48)),
    Case("beyond 65535", ("a", IP(src=A1, dst=B1, id=0x7001, proto=99, frag=8189) / Raw(b"x" * 100)),
         ("a", IP(src=A1, dst=B1, id=0x7001, proto=99, flags="MF") / Raw(b"x" * 104))),
    Case("a reserved bit", *pieces(LARGE, 1000, piece_0={"flags": "MF+evil"})),
    Case("ids of two senders", *pieces(LARGE, 1000, order=[0]),
         *pieces(udp("10.0.1.12", B1, 4000, 53, size=2000), 1000, order=[1, 0]), *pieces(LARGE, 1000, order=[2, 1]),
         *pieces(udp("10.0.1.12", B1, 4000, 53, size=2000), 1000, order=[2])),
]

OPTIONS = [
    Case("fragments with options", *pieces(udp(A1, B1, 4000, 53, size=500, options=[RR, ALERT]), 200)),
    Case("a large packet with options", ("a", udp(A1, B1, 4000, 53, size=1420, options=[ALERT, RR]))),
    Case("ttl 1 with record route", ("a", udp(A1, B1, 4000, 53, ttl=1, options=[RR]))),
    Case("no such port with record route", ("a", udp(A1, A0, 4000, 999, options=[IPOption(bytes([7, 15, 4] + [0] * 12))]))),
    Case("refused with record route", ("a", tcp(A1, B1, 4000, 99, options=[IPOption(bytes([7, 15, 4] + [0] * 12))]))),
    Case("record route twice", ("a", udp(A1, B1, 1, 2, options=[IPOption(bytes([7, 3, 4])), IPOption(bytes([7, 3, 4]))]))),
    Case("malformed behind record route", ("a", udp(A1, B1, 1, 2, options=[RR, IPOption(bytes([68, 3, 5]))]))),
    Case("malformed to a broadcast", ("a", udp(A1, "10.0.1.255", 1, 2, options=[IPOption(bytes([7, 7, 3, 0, 0, 0, 0]))]))),
    Case("malformed to the router", ("a", udp(A1, B0, 1, 2, options=[IPOption(bytes([7, 7, 3, 0, 0, 0, 0]))]))),
    Case("timestamps that are full", ("a", udp(A1, B1, 1, 2, options=[IPOption(bytes([68, 8, 9, 0, 1, 2, 3, 4]))]))),
    Case("timestamps that overflow", ("a", udp(A1, B1, 1, 2, options=[IPOption(bytes([68, 8, 9, 0xF0, 1, 2, 3, 4]))]))),
    Case("a timestamp asked of another", ("a", udp(A1, B1, 1, 2, options=[IPOption(bytes([68, 12, 5, 3, 8, 8, 8, 8, 0, 0, 0, 0]))]))),
    Case("bytes behind the end", ("a", udp(A1, B1, 1, 2, options=[IPOption(bytes([1, 0, 7, 3]))]))),
    Case("security and stream id cross", ("a", udp(A1, B1, 1, 2, options=[IPOption(bytes([130, 11] + [0] * 9)), IPOption(bytes([136, 4, 1, 2]))]))),
]

LOCAL = [
    Case("a large ping", *pieces(echo(A1, A0, size=3000), 1480)),
    Case("a large ping, tiny pieces", *pieces(echo(A1, A0, size=60), 8)),
    Case("udp in pieces to a closed port", *pieces(udp(A1, A0, 4000, 999, size=1000), 504)),
    Case("tcp in pieces to a closed port", *pieces(tcp(A1, A0, 4000, 999, size=100), 16)),
    Case("udp with more behind it", ("a", IP(src=A1, dst=A0, id=0x7001) / UDP(sport=1, dport=2, len=8, chksum=0) / b"xyz")),
    Case("tos of a reset", ("a", tcp(A1, A0, 4000, 999, tos=0xFF))),
    Case("tos of an error", ("a", udp(A1, A0, 4000, 999, tos=0xFF))),
    Case("gre, esp, ipip", *(("a", IP(src=A1, dst=A0, proto=proto, id=0x7001) / Raw(b"abcdefgh12345678")) for proto in (47, 50, 4, 33))),
    Case("igmp", ("a", IP(src=A1, dst=A0, proto=2, id=0x7001) / Raw(b"abcdefgh"))),
    Case("a question for the mask", ("a", IP(src=A1, dst=A0, id=0x7001) / ICMP(type=17) / b"abcd")),
    Case("an error to the router about nothing", ("a", error(A1, 3, 3, udp(A0, B2, 1, 2)))),
]


@pytest.mark.parametrize("case", FRAGMENTS, ids=repr)
def test_fragments(bench, case):
    """FRAG-1, FRAG-6, FRAG-7."""
    bench.check(case)


@pytest.mark.parametrize("case", TROUBLE, ids=repr)
def test_troubled_fragments(bench, case):
    """FRAG-2, FRAG-3."""
    bench.check(case)


@pytest.mark.parametrize("case", OPTIONS, ids=repr)
def test_options(bench, case):
    """FWD-8."""
    bench.check(case)


@pytest.mark.parametrize("case", LOCAL, ids=repr)
def test_local(bench, case):
    """FRAG-1, ICMP-10, TGT-1."""
    bench.check(case)
