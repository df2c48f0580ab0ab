# SPDX-License-Identifier: BSD-3-Clause
"""Matches on the headers behind IP, frame by frame and counter by counter as Linux: MAT-1, MAT-2, FRAG-6."""

import pytest

from support.bench_plan import A1, A2, B1, B2, plan
from support.differential import Case
from support.packets import IP, TCP, Raw, tcp, udp
from support.spec import table

# Rules that count come first; those that decide have ports or protocols of their own.
RULES = table(
    "filter",
    "-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN",
    "-A FORWARD -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN",
    "-A FORWARD -p tcp -m tcp --tcp-flags FIN FIN",
    "-A FORWARD -p tcp -m tcp --tcp-flags RST RST",
    "-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP",
    "-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG -j DROP",
    "-A FORWARD -p tcp -m tcp --dport 1000:1099 --tcp-option 8",
    "-A FORWARD -p tcp -m tcp --dport 1000:1099 ! --tcp-option 8",
    "-A FORWARD -p tcp -m tcp --dport 1001 --tcp-option 30 -j DROP",
    "-A FORWARD -p tcp -m tcp --dport 1002 ! --tcp-option 2 --tcp-flags FIN,SYN,RST,ACK SYN -j REJECT --reject-with tcp-reset",
    "-A FORWARD -p tcp -m tcp --dport 1003 --tcp-flags SYN,RST SYN -m conntrack --ctstate ESTABLISHED -j DROP",
    "-A FORWARD -p udp -m multiport --dports 53,123,2000:2010 -j DROP",
    "-A FORWARD -p udp -m multiport ! --dports 1:9999 -j DROP",
    "-A FORWARD -p udp -m multiport --ports 3000,3001 -j REJECT --reject-with icmp-port-unreachable",
    "-A FORWARD -p tcp -m multiport --sports 4100,4200:4300 -m tcp --tcp-flags SYN SYN -j DROP",
    "-A FORWARD -p udplite -m multiport --dports 7,9 -j DROP",
    "-A FORWARD -p sctp -m multiport --sports 7,9 -j DROP",
    "-A FORWARD -p sctp -m sctp --sport 1:100 ! --dport 20:30 -j DROP",
    "-A FORWARD -p dccp -m dccp --dport 5 --dccp-types REQUEST,RESET",
    "-A FORWARD -p dccp -m dccp ! --dccp-types REQUEST,INVALID",
    "-A FORWARD -m iprange --src-range 10.0.1.5-10.0.1.11 --dst-range 10.0.2.23-10.0.2.23 -j DROP",
    "-A FORWARD -m iprange ! --src-range 10.0.1.0-10.0.2.255",
    "-A FORWARD -p udp -m iprange --dst-range 10.0.2.9-10.0.2.1 -j DROP",
    "-A FORWARD -p ah -m ah --ahspi 5:6 -j DROP",
    "-A FORWARD -p ah -m ah ! --ahspi 7",
    "-A FORWARD -p esp -m esp --espspi 258 -j DROP",
    "-A FORWARD -p esp -m esp --espspi 1000:4294967295",
    "-A FORWARD -p ipcomp -m ipcomp --ipcompspi 258 -j DROP",
    "-A FORWARD -p ipcomp -m ipcomp ! --ipcompspi 3:9 --compres",
    "-A FORWARD -p esp -m conntrack --ctstate INVALID -m esp -j DROP",
    "-A FORWARD -f -j DROP",
    "-A FORWARD -p udp ! -f",
)
SPEC = plan(RULES)


def proto(number, data, src=A1, dst=B1):
    return ("a", IP(src=src, dst=dst, proto=number, id=0x7011) / Raw(bytes(data)))


def word(number):
    return number.to_bytes(4, "big")


def ports(source, target):
    return source.to_bytes(2, "big") + target.to_bytes(2, "big")


def segment(port, flags="S", options=(), seq=1000, ack=0, sport=4000, **fields):
    return ("a", IP(src=A1, dst=B1, id=0x7012) / TCP(sport=sport, dport=port, flags=flags, seq=seq, ack=ack, options=list(options), **fields))


def conversation(port):
    """The three packets that open a connection."""
    return [("a", tcp(A1, B1, 4000, port, "S", 100)), ("b", tcp(B1, A1, port, 4000, "SA", 500, 101)),
            ("a", tcp(A1, B1, 4000, port, "A", 101, 501))]


def data(port, flags, seq=101, size=10):
    return ("a", tcp(A1, B1, 4000, port, flags, seq, 501, size=size))


FLAGS = [Case(f"flags {flags or 'none'}", segment(900, flags)) for flags in ("S", "SA", "A", "PA", "FA", "R", "RA", "", "FPU", "SF", "SEC", "SU", "FSRPAU")] + [
    Case("a conversation to its end", *conversation(80), *[data(80, "PA" if i % 3 == 0 else "A", 101 + 10 * i) for i in range(9)],
         ("a", tcp(A1, B1, 4000, 80, "FA", 191, 501)), ("b", tcp(B1, A1, 80, 4000, "A", 501, 192)),
         ("b", tcp(B1, A1, 80, 4000, "FA", 501, 192)), ("a", tcp(A1, B1, 4000, 80, "A", 192, 502))),
    Case("a conversation that is reset", *conversation(80), data(80, "PA"), data(80, "A", 111), ("b", tcp(B1, A1, 80, 4000, "RA", 501, 101))),
    Case("a syn within an established connection", *conversation(1003), data(1003, "A"), data(1003, "A"), ("a", tcp(A1, B1, 4000, 1003, "S", 100)),
         data(1003, "A")),
]

TIMES = ("Timestamp", (1, 2))
OPTIONS = [
    Case("timestamps", segment(1000, "S", [("MSS", 1460), TIMES, ("WScale", 7)])),
    Case("none", segment(1000, "S")),
    Case("some packets with, some without", *conversation(1000), *[segment(1000, "A", [TIMES] if i % 2 else [], 101, 501) for i in range(6)]),
    Case("option 30 in the middle of a conversation", *conversation(1001), segment(1001, "A", [], 101, 501), segment(1001, "A", [], 101, 501),
         segment(1001, "A", [(30, b"ab")], 101, 501), segment(1001, "A", [], 101, 501)),
    Case("a syn without MSS is reset", segment(1002, "S", [("NOP", None)])),
    Case("a syn with MSS is not", segment(1002, "S", [("MSS", 1400)])),
]


def with_options(octets, port=1000, sport=4000):
    """A SYN with these option bytes, whatever they mean."""
    head = TCP(sport=sport, dport=port, flags="S", seq=1000, dataofs=5 + len(octets) // 4)
    return ("a", IP(bytes(IP(src=A1, dst=B1, id=0x7013) / head / Raw(octets))))


OPTIONS += [Case(f"options {octets.hex()}", with_options(octets)) for octets in (
    b"\x09\x00\x08\x02", b"\x00\x08\x02\x00", b"\x09\x28\x08\x02", b"\x01\x01\x01\x08", b"\x09\x02\x08\x02", b"\x00\x00\x00\x00")]
OPTIONS += [Case(f"a header of {words} words", segment(port, "S", dataofs=words)) for words in (0, 4, 6, 15) for port in (900, 1000)]

PORTS = [Case(f"udp to port {port}", ("a", udp(A1, B1, 4000, port))) for port in (53, 54, 123, 1999, 2000, 2010, 2011, 3000, 9999, 10000)] + [
    Case("udp from a port of either side", ("a", udp(A1, B1, 3001, 500))),
    Case("tcp from a list of ports", *[segment(700, "S", sport=sport) for sport in (4099, 4100, 4101, 4200, 4300, 4301)]),
    Case("udplite", *[proto(136, ports(40, port) + b"\0\0\0\0data") for port in (7, 8, 9)]),
    Case("sctp", *[proto(132, ports(source, target) + word(1) + word(0) + b"\x01\0\0\x14" + word(7) + word(65535) + b"\0\x05\0\x05" + word(9))
                   for source, target in ((7, 25), (8, 25), (8, 19), (101, 19))]),
    Case("udp cut behind the ports", proto(17, ports(40, 53)), proto(17, ports(40, 54)), proto(17, b"\0\x28\0")),
]

RANGES = [
    Case("in the range", ("a", udp(A1, B2, 4000, 500)), ("a", udp(A2, B2, 4000, 500)), ("a", udp("10.0.1.5", B2, 4000, 500)), ("a", udp("10.0.1.4", B2, 4000, 500))),
    Case("outside of all", ("w", udp("203.0.113.80", B1, 4000, 500))),
    Case("in one that runs backwards", ("a", udp(A1, "10.0.2.5", 4000, 500))),
]

SPIS = [Case(f"ah with spi {spi}", proto(51, b"\x06\x04\0\0" + word(spi) + word(1) + bytes(12))) for spi in (4, 5, 6, 7)] + [
    Case(f"esp with spi {spi}", proto(50, word(spi) + word(1) + bytes(24))) for spi in (257, 258, 259, 1000, 0xFFFFFFFF)] + [
    Case("ipcomp", *[proto(108, b"\x06\0" + index.to_bytes(2, "big") + bytes(8)) for index in (2, 3, 258, 9, 10, 0)]),
    Case("a cut header of ipcomp", proto(108, b"\x06\0\0"), proto(108, b"\x06\0\0\x05"), proto(108, b"\x06\0\0"), proto(108, b"\x06")),
    Case("several spis in one connection", *[proto(50, word(spi) + word(1) + bytes(24)) for spi in (300, 300, 1000, 300, 258, 1000, 300)]),
    Case("cut headers", proto(50, word(300) + b"\0\0\0"), proto(50, word(300) + word(1)), proto(51, b"\x06\x04\0\0" + word(9) + b"\0\0\0"),
         proto(51, b"\x06\x04\0\0" + word(9) + word(1))),
    Case("a cut header in a connection that lives", *[proto(50, word(300) + word(1) + bytes(24))] * 4, proto(50, word(300)), proto(50, word(300) + word(1))),
]

CASES = [*FLAGS, *OPTIONS, *PORTS, *RANGES, *SPIS]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_same_frames_and_counters(bench, case):
    bench.check(case)
