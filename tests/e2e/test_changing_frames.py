# SPDX-License-Identifier: BSD-3-Clause
"""Targets that change packets and marks, and matches that count, packet by packet and counter by counter as Linux:
TGT-2, TGT-3, TGT-5, TGT-6, MAT-4."""

import pytest

from support.bench_plan import A1, A2, B1, FAR, plan
from support.differential import Case
from support.packets import answer, echo, error, tcp, udp
from support.spec import table

SYN = "-p tcp --tcp-flags SYN,RST SYN"
SPEC = plan(
    table("raw", "-A PREROUTING -p udp --dport 9 -j NOTRACK", "-A PREROUTING -m conntrack --ctstate UNTRACKED",
          "-A PREROUTING -m length --length 300:400 -j MARK --set-mark 0x40", "-A PREROUTING -p udp --dport 10 -j CT --notrack") +
    table("mangle",
          "-A PREROUTING -j CONNMARK --restore-mark", "-A PREROUTING -m mark --mark 0x7",
          "-A PREROUTING -m ttl --ttl-eq 77 -j TTL --ttl-inc 100", "-A PREROUTING -m ttl --ttl-lt 5 -j TTL --ttl-set 64",
          f"-A PREROUTING {SYN} -j TCPMSS --set-mss 1200",
          "-A FORWARD -m tos --tos 0x10/0xff -j TOS --set-tos 0x08", "-A FORWARD -m tos --tos 0x08/0xff -j DSCP --set-dscp-class EF",
          "-A FORWARD -p tcp -m ecn --ecn-tcp-ece -j ECN --ecn-tcp-remove", "-A FORWARD -p tcp -m ecn --ecn-tcp-ece",
          f"-A FORWARD {SYN} -j TCPMSS --clamp-mss-to-pmtu", f"-A FORWARD {SYN} -m tcp --tcp-option 2",
          "-A FORWARD -p tcp --dport 81 -j TCPOPTSTRIP --strip-options mss,wscale,timestamp", "-A FORWARD -p tcp --tcp-option 2",
          "-A FORWARD -m length --length 200:299 -j MARK --set-mark 0x7", "-A FORWARD -m mark --mark 0x7 -j CONNMARK --save-mark",
          "-A FORWARD -m connmark --mark 0x7", "-A FORWARD -m mark --mark 0x40/0x40 -j MARK --xor-mark 0x41",
          "-A POSTROUTING -m mark --mark 0x1", "-A POSTROUTING -m ttl --ttl-eq 60 -j TTL --ttl-dec 60",
          "-A POSTROUTING -j CLASSIFY --set-class 1:1", "-A OUTPUT -p icmp -j TOS --set-tos 0x04") +
    table("filter", "-A FORWARD -m conntrack --ctstate UNTRACKED", "-A FORWARD -m statistic --mode nth --every 3 --packet 1",
          "-A FORWARD -m statistic --mode nth ! --every 4 --packet 0", "-A FORWARD -p udp -m quota --quota 700",
          "-A FORWARD -p udp -m quota ! --quota 700", "-A FORWARD -p icmp -m limit --limit 1/hour --limit-burst 3 -j ACCEPT",
          "-A FORWARD -p icmp -m limit --limit 2/hour -m ttl --ttl-lt 70", "-A FORWARD -p icmp -m ttl --ttl-lt 60 -j DROP",
          "-A FORWARD -m statistic --mode random --probability 1", "-A FORWARD -m statistic --mode random --probability 0") +
    table("security", "-A FORWARD -m mark ! --mark 0") +
    table("nat", "-A POSTROUTING -o w -j MASQUERADE"))



def offer(packet, options):
    """The segment with these TCP options."""
    packet["TCP"].options = options
    return packet


OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]

CASES = [
    Case("TTLs and types of service", *[("a", udp(A1, B1, 4000, 53, ttl=ttl, tos=tos))
                                       for ttl in (64, 77, 4, 2, 61, 64) for tos in (0, 0x10, 0x08, 0x13)],
         *[("b", udp(B1, A1, 53, 4000, ttl=ttl)) for ttl in (64, 77, 61, 3)]),
    Case("a mark moves to the connection and back", *[("a", udp(A1, B1, 4001, 53, size=size)) for size in (16, 250, 16, 16)],
         *[("b", udp(B1, A1, 53, 4001, size=size)) for size in (16, 350, 16)],
         *[("a", udp(A1, B1, 4001, 53, size=size)) for size in (16, 350, 250, 16)]),
    Case("segment sizes", ("a", offer(tcp(A1, B1, 4000, 80), OPTIONS)),
         ("b", offer(tcp(B1, A1, 80, 4000, flags="SA", seq=5000, ack=1001), [("MSS", 900)])),
         ("a", tcp(A1, B1, 4000, 80, flags="A", seq=1001, ack=5001)), ("a", tcp(A1, B1, 4001, 80)),
         ("b", tcp(B1, A1, 80, 4001, flags="SA", seq=5000, ack=1001))),
    Case("options are stripped", ("a", offer(tcp(A1, B1, 4000, 81), OPTIONS)),
         ("b", offer(tcp(B1, A1, 81, 4000, flags="SA", seq=5000, ack=1001), OPTIONS)),
         *[("a", offer(tcp(A1, B1, 4000, 81, flags="A", seq=1001, ack=5001, window=8000 + i), [("Timestamp", (2, 1))]))
           for i in range(3)]),
    Case("congestion is not told", ("a", tcp(A1, B1, 4000, 80, flags="SEC")),
         ("b", tcp(B1, A1, 80, 4000, flags="SAE", seq=5000, ack=1001)),
         *[("a", tcp(A1, B1, 4000, 80, flags=flags, seq=1001, ack=5001, window=8000 + i))
           for i, flags in enumerate(("A", "AE", "AC", "AEC"))]),
    Case("every third, all but every fourth, and 700 bytes", *[("a", udp(A1, B1, 4002, 53, size=60))] * 7,
         *[("b", udp(B1, A1, 53, 4002, size=60))] * 6, *[("a", udp(A2, B1, 4002, 53, size=16))] * 5),
    Case("three an hour", *[("a", echo(A1, B1, number=5, seq=i, ttl=50)) for i in range(5)],
         *[("b", echo(B1, A1, number=5, seq=i, ttl=50, reply=True)) for i in range(3)],
         *[("a", echo(A1, B1, number=5, seq=i, ttl=64)) for i in range(4)]),
    Case("not tracked, both ways", *[("a", udp(A1, B1, 4000, 9))] * 3, *[("b", udp(B1, A1, 9, 4000))] * 2,
         ("a", udp(A1, FAR, 4000, 10)), ("b", error(B1, 3, 3, udp(A1, B1, 4000, 9, ttl=63)))),
    Case("translated with marks", ("a", udp(A1, FAR, 4000, 53, size=250)), ("w", lambda out: answer(out["w"][-1])),
         *[("a", udp(A1, FAR, 4000, 53, size=size)) for size in (16, 350)], ("w", lambda out: answer(out["w"][-1], size=350))),
    Case("the router's own errors", ("a", udp(A1, "203.0.113.200", 4000, 53, ttl=3)), ("a", udp(A1, B1, 4000, 53, ttl=1))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_packets_are_changed_and_counted_as_in_linux(bench, case):
    bench.check(case)
