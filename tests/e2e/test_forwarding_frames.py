# SPDX-License-Identifier: BSD-3-Clause
"""Crafted packets through a plain router, frame by frame as Linux: FWD-1 to FWD-8, FWD-10, FWD-11, ICMP-7, ICMP-8, ICMP-10."""

import pytest
from scapy.layers.inet import IPOption_LSRR, IPOption_RR, IPOption_SSRR, IPOption_Router_Alert

from support.bench_plan import A0, A1, A2, B0, B1, B2, FAR, GW, SIDES, W0, W9, plan
from support.differential import Case
from support.packets import ICMP, IP, TCP, UDP, Ether, Raw, echo, error, tcp, udp
from support.spec import Route, table

# One rule about connections, so that the kernel, too, tracks them (REQUIREMENTS, surprise 1).
SPEC = plan(
    table("filter", "-A FORWARD -m conntrack --ctstate INVALID -j DROP"),
    routes=[Route("203.0.113.0/24", [GW]), Route("203.0.113.128/25", [B2]), Route("203.0.113.200/32", [A2]),
            Route("172.16.0.0/16", [A2]), Route("192.0.2.0/25", type="blackhole"),
            Route("192.0.2.128/26", type="unreachable"), Route("192.0.2.192/26", type="prohibit")])

# For Linux the number of a network has not been a broadcast since 5.14; without a neighbour of that address there would
# be ARP, and an error three seconds later in the middle of another case.
SPEC.neighbors.append(("10.0.2.0", SIDES["b"].host_mac, "b"))


def frame(packet, dst="02:00:00:00:0a:01", src="02:00:00:00:0a:11"):
    return Ether(dst=dst, src=src) / packet


def raw(packet, **edits):
    """The bytes of a frame with some of its IP header's bytes overwritten: raw(p, at_0=0x46)."""
    data = bytearray(bytes(frame(packet)))
    for place, value in edits.items():
        data[14 + int(place.removeprefix("at_"))] = value
    return bytes(data)


def fix_sum(data, size=20):
    """Makes the header checksum of a frame good again."""
    data = bytearray(data)
    data[24:26] = b"\0\0"
    total = sum(int.from_bytes(data[14 + i: 16 + i], "big") for i in range(0, size, 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    data[24:26] = (0xFFFF - total).to_bytes(2, "big")
    return bytes(data)


PLAIN = udp(A1, B1, 4000, 53)

TRANSIT = [
    Case("udp crosses", ("a", PLAIN)),
    Case("tcp syn crosses", ("a", tcp(A1, B1, 4000, 80))),
    Case("ping crosses and its answer comes back", ("a", echo(A1, B1)), ("b", echo(B1, A1, reply=True))),
    Case("a tos and an odd length stay", ("a", udp(A1, B1, 4000, 53, size=17, tos=0xB8))),
    Case("ttl 2 becomes 1", ("a", udp(A1, B1, 4000, 53, ttl=2))),
    Case("ttl 1 is answered by time exceeded", ("a", udp(A1, B1, 4000, 53, ttl=1))),
    Case("ttl 0 is answered or dropped alike", ("a", udp(A1, B1, 4000, 53, ttl=0))),
    Case("the error quotes no more than 576 bytes hold", ("a", udp(A1, B1, 4000, 53, size=1200, ttl=1))),
    Case("time exceeded about tcp", ("a", tcp(A1, B1, 4000, 80, ttl=1))),
    Case("time exceeded about ping", ("a", echo(A1, B1, ttl=1))),
    Case("too big with DF names the MTU", ("a", udp(A1, B1, 4000, 53, size=1440, flags="DF"))),
    Case("exactly the MTU passes with DF", ("a", udp(A1, B1, 4000, 53, size=1372, flags="DF"))),
    Case("one more than the MTU does not", ("a", udp(A1, B1, 4000, 53, size=1373, flags="DF"))),
    Case("too big without DF is fragmented", ("a", udp(A1, B1, 4000, 53, size=1440))),
    Case("ttl 1 and too big is time exceeded", ("a", udp(A1, B1, 4000, 53, size=1440, flags="DF", ttl=1))),
    Case("the longest prefix wins", ("a", udp(A1, "203.0.113.129", 1, 2)), ("a", udp(A1, FAR, 1, 2))),
    Case("no route is net unreachable", ("a", udp(A1, "100.64.0.1", 1, 2))),
    Case("a blackhole is silent", ("a", udp(A1, "192.0.2.1", 1, 2))),
    Case("an unreachable route says host unreachable", ("a", udp(A1, "192.0.2.129", 1, 2))),
    Case("a prohibited route says so", ("a", udp(A1, "192.0.2.193", 1, 2))),
    # From another host: Linux answers five packets without a route for each sender, then one a second.
    Case("no route for a ping", ("a", echo(A2, "100.64.0.1"))),
    Case("no route for tcp", ("a", tcp(A2, "100.64.0.1", 1, 2))),
    Case("back out of the same port with a redirect", ("a", udp(A1, "172.16.0.1", 1, 2))),
    Case("no redirect to a sender that is not on the link", ("a", udp("10.0.9.9", "172.16.0.1", 1, 2))),
    Case("unknown protocol crosses", ("a", IP(src=A1, dst=B1, proto=99, id=0x7001) / Raw(b"abcdefgh"))),
    Case("gre crosses", ("a", IP(src=A1, dst=B1, proto=47, id=0x7001) / Raw(b"\0\0\x08\0abcd"))),
    Case("udp without a checksum keeps none", ("a", IP(src=A1, dst=B1, id=0x7001) / UDP(sport=1, dport=2, chksum=0) / b"x")),
]

BAD_FRAMES = [
    Case("version 6 in an IPv4 frame", ("a", fix_sum(raw(PLAIN, at_0=0x65)))),
    Case("a header of sixteen bytes", ("a", fix_sum(raw(PLAIN, at_0=0x44)))),
    Case("a header longer than the packet", ("a", fix_sum(raw(PLAIN, at_0=0x4F)))),
    Case("a wrong header checksum", ("a", raw(PLAIN, at_10=0x12))),
    Case("a total length beyond the frame", ("a", fix_sum(raw(PLAIN, at_2=1)))),
    Case("a total length below the header", ("a", fix_sum(raw(PLAIN, at_3=19)))),
    Case("ten bytes of an IP header", ("a", bytes(frame(PLAIN))[:24])),
    Case("an Ethernet header alone", ("a", bytes(frame(PLAIN))[:14])),
    Case("padding beyond the total length is cut", ("a", bytes(frame(PLAIN)) + b"\xAA" * 20)),
    Case("udp with half a header", ("a", IP(src=A1, dst=B1, proto=17, id=0x7001) / Raw(b"\x0f\xa0\x00"))),
    Case("udp with a length beyond the packet", ("a", IP(src=A1, dst=B1, id=0x7001) / UDP(sport=1, dport=2, len=99) / b"x")),
    Case("udp with a wrong checksum", ("a", IP(src=A1, dst=B1, id=0x7001) / UDP(sport=1, dport=2, chksum=0x1234) / b"x")),
    Case("tcp with a wrong checksum", ("a", IP(src=A1, dst=B1, id=0x7001) / TCP(sport=1, dport=2, chksum=0x1234))),
    Case("tcp with a data offset of four words", ("a", IP(src=A1, dst=B1, id=0x7001) / TCP(sport=1, dport=2, dataofs=4))),
    Case("tcp with a data offset beyond the packet", ("a", IP(src=A1, dst=B1, id=0x7001) / TCP(sport=1, dport=2, dataofs=15))),
    Case("tcp without flags", ("a", tcp(A1, B1, 1, 2, flags=""))),
    Case("tcp with SYN and FIN", ("a", tcp(A1, B1, 1, 2, flags="SF"))),
    Case("icmp with a wrong checksum", ("a", IP(src=A1, dst=B1, id=0x7001) / ICMP(type=8, chksum=0x1234) / b"x")),
    Case("icmp with four bytes", ("a", IP(src=A1, dst=B1, proto=1, id=0x7001) / Raw(b"\x08\x00\xf7\xff"))),
    Case("icmp of an unknown type", ("a", IP(src=A1, dst=B1, id=0x7001) / ICMP(type=44))),
    Case("an echo reply out of nowhere", ("a", echo(A1, B1, reply=True))),
    Case("not IP at all", ("a", Ether(dst="02:00:00:00:0a:01", src="02:00:00:00:0a:11", type=0x88B5) / (b"x" * 30))),
    Case("an 802.3 length instead of a type", ("a", bytes.fromhex("0200000000010200000000110026") + b"\x42\x42\x03" + b"\0" * 43)),
]

NOT_FORWARDED = [
    Case("unicast in a broadcast frame", ("a", frame(PLAIN, dst="ff:ff:ff:ff:ff:ff"))),
    Case("unicast in a multicast frame", ("a", frame(PLAIN, dst="01:00:5e:00:00:01"))),
    Case("a frame for another station", ("a", frame(PLAIN, dst="02:00:00:00:99:99"))),
    Case("limited broadcast", ("a", frame(udp(A1, "255.255.255.255", 68, 67), dst="ff:ff:ff:ff:ff:ff"))),
    Case("directed broadcast of another network", ("a", udp(A1, "10.0.2.255", 1, 2))),
    Case("directed broadcast of the own network", ("a", frame(udp(A1, "10.0.1.255", 1, 2), dst="ff:ff:ff:ff:ff:ff"))),
    Case("the network's own number", ("a", udp(A1, "10.0.2.0", 1, 2))),
    Case("multicast", ("a", frame(udp(A1, "239.1.2.3", 1, 2), dst="01:00:5e:01:02:03"))),
    Case("all hosts", ("a", frame(echo(A1, "224.0.0.1"), dst="01:00:5e:00:00:01"))),
    Case("from a loopback address", ("a", udp("127.0.0.1", B1, 1, 2))),
    Case("to a loopback address", ("a", udp(A1, "127.0.0.1", 1, 2))),
    Case("from a multicast address", ("a", udp("224.1.1.1", B1, 1, 2))),
    Case("from the broadcast address", ("a", udp("255.255.255.255", B1, 1, 2))),
    Case("from a directed broadcast address", ("a", udp("10.0.1.255", B1, 1, 2))),
    Case("from nobody", ("a", udp("0.0.0.0", B1, 1, 2))),
    Case("to nobody", ("a", udp(A1, "0.0.0.0", 1, 2))),
    Case("from 0/8", ("a", udp("0.1.2.3", B1, 1, 2))),
    Case("from 240/4", ("a", udp("240.1.2.3", B1, 1, 2))),
    Case("to 240/4", ("a", udp(A1, "240.1.2.3", 1, 2))),
    Case("from an address of the router", ("a", udp(A0, B1, 1, 2))),
    Case("from another address of the router", ("a", udp(B0, B1, 1, 2))),
    Case("from a host of another side", ("a", udp(W9, B1, 1, 2))),
]

NO_ERROR_ABOUT = [
    Case("an error", ("b", udp(B1, A1, 1, 2)), ("a", error(A1, 3, 3, udp(B1, A1, 1, 2), ttl=1))),
    Case("a redirect", ("a", IP(src=A1, dst=B1, id=0x7001, ttl=1) / ICMP(type=5, code=1) / bytes(udp(B1, A1, 1, 2)))),
    Case("a fragment other than the first", ("a", IP(src=A1, dst=B1, id=0x7001, ttl=1, frag=10, proto=17) / Raw(b"x" * 64))),
    Case("a broadcast frame", ("a", frame(udp(A1, B1, 1, 2, ttl=1), dst="ff:ff:ff:ff:ff:ff"))),
    Case("a multicast address", ("a", frame(udp(A1, "239.1.2.3", 1, 2, ttl=1), dst="01:00:5e:01:02:03"))),
    Case("an echo reply is no error", ("a", echo(A1, "100.64.0.1")), ("a", echo(A1, "100.64.0.1", ttl=1))),
    Case("a sender without an address", ("a", udp("0.0.0.0", "100.64.0.1", 1, 2))),
]

LOCAL = [
    Case("ping of the near address", ("a", echo(A1, A0))),
    Case("ping of the far address", ("a", echo(A1, B0))),
    Case("ping of the address towards the world", ("a", echo(A1, W0, tos=0x20, ttl=3))),
    Case("ping with no data", ("a", echo(A1, A0, size=0))),
    Case("ping of 1472 bytes", ("a", echo(A1, A0, size=1472))),
    Case("ping with DF", ("a", echo(A1, A0, flags="DF"))),
    Case("ping with ttl 1", ("a", echo(A1, A0, ttl=1))),
    Case("ping with a code", ("a", IP(src=A1, dst=A0, id=0x7001) / ICMP(type=8, code=5, id=1) / b"x")),
    Case("ping with a wrong checksum", ("a", IP(src=A1, dst=A0, id=0x7001) / ICMP(type=8, chksum=1) / b"x")),
    Case("ping from far away", ("w", echo(FAR, B0))),
    Case("ping of a broadcast address", ("a", frame(echo(A1, "10.0.1.255"), dst="ff:ff:ff:ff:ff:ff"))),
    Case("an echo reply to the router", ("a", echo(A1, A0, reply=True))),
    Case("udp to a closed port", ("a", udp(A1, A0, 4000, 999))),
    Case("udp to a closed port of the far address", ("a", udp(A1, B0, 4000, 999, size=1000))),
    Case("udp to a closed port with a wrong checksum",
         ("a", IP(src=A1, dst=A0, id=0x7001) / UDP(sport=1, dport=2, chksum=0x1234) / b"x")),
    Case("tcp syn to a closed port", ("a", tcp(A1, A0, 4000, 999))),
    Case("tcp syn with data to a closed port", ("a", tcp(A1, A0, 4000, 999, size=40))),
    Case("tcp ack to a closed port", ("a", tcp(A1, A0, 4000, 999, flags="A", ack=99))),
    Case("tcp rst is not answered", ("a", tcp(A1, A0, 4000, 999, flags="R"))),
    Case("tcp fin to a closed port", ("a", tcp(A1, A0, 4000, 999, flags="FA", ack=5))),
    Case("tcp with a wrong checksum to the router", ("a", IP(src=A1, dst=A0, id=0x7001) / TCP(sport=1, dport=2, chksum=1))),
    Case("an unknown protocol to the router", ("a", IP(src=A1, dst=A0, proto=99, id=0x7001) / Raw(b"abcdefgh"))),
    Case("sctp to the router", ("a", IP(src=A1, dst=A0, proto=132, id=0x7001) / Raw(b"abcdefgh1234"))),
]

OPTIONS = [
    Case("record route", ("a", IP(src=A1, dst=B1, id=0x7001, options=[IPOption_RR(pointer=4, routers=["0.0.0.0"] * 3)]) / UDP(sport=1, dport=2))),
    Case("record route that is full",
         ("a", IP(src=A1, dst=B1, id=0x7001, options=[IPOption_RR(pointer=8, routers=["1.2.3.4"])]) / UDP(sport=1, dport=2))),
    Case("strict source route is refused",
         ("a", IP(src=A1, dst=A0, id=0x7001, options=[IPOption_SSRR(pointer=4, routers=[B1])]) / UDP(sport=1, dport=2))),
    Case("loose source route is refused",
         ("a", IP(src=A1, dst=A0, id=0x7001, options=[IPOption_LSRR(pointer=4, routers=[B1])]) / UDP(sport=1, dport=2))),
    # (The timestamp option is filled with the time of day: two routers never agree about its bytes.)
    Case("router alert crosses", ("a", IP(src=A1, dst=B1, id=0x7001, options=[IPOption_Router_Alert()]) / UDP(sport=1, dport=2))),
    Case("no-operation and end", ("a", IP(src=A1, dst=B1, id=0x7001, options=[Raw(b"\x01"), Raw(b"\x00")]) / UDP(sport=1, dport=2))),
    Case("an option longer than the header",
         ("a", IP(src=A1, dst=B1, id=0x7001, options=[Raw(b"\x07\x28\x04\x00")]) / UDP(sport=1, dport=2))),
    Case("an option of length one",
         ("a", IP(src=A1, dst=B1, id=0x7001, options=[Raw(b"\x82\x01\x00\x00")]) / UDP(sport=1, dport=2))),
    Case("a record route with a pointer of three",
         ("a", IP(src=A1, dst=B1, id=0x7001, options=[Raw(b"\x07\x07\x03\x00\x00\x00\x00\x00")]) / UDP(sport=1, dport=2))),
    Case("an echo with record route is answered with it",
         ("a", IP(src=A1, dst=A0, id=0x7001, options=[IPOption_RR(pointer=4, routers=["0.0.0.0"] * 3)]) / ICMP(id=3) / b"abc")),
    Case("options are copied to fragments by their copy bit",
         ("a", IP(src=A1, dst=B1, id=0x7001, options=[Raw(b"\x88\x04\x12\x34"), Raw(b"\x07\x07\x04\0\0\0\0\0")])
          / UDP(sport=1, dport=2) / Raw(b"z" * 1430))),
]


@pytest.mark.parametrize("case", TRANSIT, ids=repr)
def test_transit(bench, case):
    """FWD-1 to FWD-4, FWD-10."""
    bench.check(case)


@pytest.mark.parametrize("case", BAD_FRAMES, ids=repr)
def test_bad_frames(bench, case):
    """FWD-5, FWD-11, CT-4."""
    bench.check(case)


@pytest.mark.parametrize("case", NOT_FORWARDED, ids=repr)
def test_not_forwarded(bench, case):
    """FWD-6, FWD-7."""
    bench.check(case)


@pytest.mark.parametrize("case", NO_ERROR_ABOUT, ids=repr)
def test_no_error_about(bench, case):
    """ICMP-7."""
    bench.check(case)


@pytest.mark.parametrize("case", LOCAL, ids=repr)
def test_local(bench, case):
    """ICMP-10."""
    bench.check(case)


@pytest.mark.parametrize("case", OPTIONS, ids=repr)
def test_ip_options(bench, case):
    """FWD-8, FWD-3."""
    bench.check(case)
