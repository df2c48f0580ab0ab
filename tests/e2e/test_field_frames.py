# SPDX-License-Identifier: BSD-3-Clause
"""Matches on header fields, frames, addresses and connections, packet by packet and counter by counter as Linux: MAT-1, MAT-3."""

import pytest

from support.bench_plan import A0, A1, A2, B0, B1, FAR, W0, plan
from support.differential import Case
from support.packets import Ether, answer, echo, error, tcp, udp
from support.spec import table

# Rules that count and go on, so that each packet is put to all of them.
CONNTRACK = [
    "--ctproto 17", "! --ctproto 6", "--ctproto 1", "--ctorigsrc 10.0.1.11", "! --ctorigsrc 10.0.1.11",
    "--ctorigsrc 10.0.1.99/24", "--ctorigsrc 10.0.1.99/0", "--ctorigdst 203.0.113.80", "--ctreplsrc 10.0.2.22",
    "--ctreplsrc 203.0.113.80", "--ctrepldst 198.51.100.2", "! --ctrepldst 198.51.100.0/24", "--ctorigsrcport 4000",
    "! --ctorigsrcport 4000:4001", "--ctorigdstport 53", "--ctorigdstport 2048", "--ctreplsrcport 53",
    "--ctreplsrcport 77", "--ctrepldstport 4000:4002", "--ctrepldstport 0", "--ctrepldstport 90:80",
    "--ctdir ORIGINAL", "--ctdir REPLY", "--ctstatus NONE", "! --ctstatus NONE", "--ctstatus SEEN_REPLY",
    "--ctstatus ASSURED", "--ctstatus CONFIRMED", "! --ctstatus CONFIRMED,ASSURED", "--ctstatus EXPECTED",
    "--ctstate INVALID --ctproto 17", "--ctstate ESTABLISHED --ctdir REPLY", "! --ctstate ESTABLISHED --ctdir REPLY",
]
# Bounds far from the values that occur: the two routers do not meet a packet in the same instant.
EXPIRE = ["--ctexpire 0:5", "--ctexpire 20:40", "! --ctexpire 20:40", "--ctexpire 90:125", "--ctexpire 300000:"]
FORWARD = [
    "-m length --length 44", "-m length --length 45:500", "-m length ! --length 0:500", "-m length --length 9:8",
    "-m ttl --ttl-eq 63", "-m ttl ! --ttl-eq 63", "-m ttl --ttl-lt 63", "-m ttl --ttl-gt 63", "-m ttl --ttl-lt 0",
    "-m tos --tos 0x10/0xff", "-m tos --tos Minimize-Delay", "-m tos ! --tos 0x08/0x3f", "-m tos --tos 0x1f/0x10",
    "-m dscp --dscp-class EF", "-m dscp ! --dscp 0x2e", "-m dscp --dscp 0x04",
    "-m ecn --ecn-ip-ect 1", "-m ecn ! --ecn-ip-ect 3", "-p tcp -m ecn --ecn-tcp-ece", "-p tcp -m ecn ! --ecn-tcp-cwr",
    "-p tcp -m ecn --ecn-tcp-cwr --ecn-tcp-ece",
    "-m mac --mac-source 02:00:00:00:0a:11", "-m mac ! --mac-source 02:00:00:00:0a:11",
    "-m mac --mac-source 02:00:00:00:0a:77",
    "-m pkttype --pkt-type unicast", "-m pkttype --pkt-type broadcast", "-m pkttype ! --pkt-type multicast",
    "-m addrtype --src-type UNICAST", "-m addrtype --src-type LOCAL", "-m addrtype --dst-type UNICAST,LOCAL",
    "-m addrtype ! --dst-type UNICAST", "-m addrtype --dst-type BLACKHOLE,UNREACHABLE,PROHIBIT,UNSPEC,ANYCAST",
    "-m addrtype --dst-type LOCAL --limit-iface-in", "-m addrtype --dst-type UNICAST --limit-iface-out",
    *(f"-m conntrack {options}" for options in CONNTRACK + EXPIRE),
]
INPUT = [
    "-m addrtype --dst-type LOCAL", "-m addrtype --dst-type LOCAL --limit-iface-in", "-m addrtype --dst-type BROADCAST",
    "-m addrtype --dst-type BROADCAST --limit-iface-in", "-m addrtype --dst-type MULTICAST",
    "-m addrtype --dst-type UNICAST", "-m addrtype ! --src-type UNICAST", "-m addrtype --src-type LOCAL",
    "-m pkttype --pkt-type unicast", "-m pkttype --pkt-type broadcast", "-m pkttype --pkt-type multicast",
    "-m pkttype --pkt-type otherhost", "-m mac --mac-source 02:00:00:00:0a:11", "-m mac ! --mac-source 02:00:00:00:0a:11",
    "-m ttl --ttl-eq 64", "-m ttl --ttl-eq 1", "-m length --length 44", "-m conntrack --ctstatus CONFIRMED",
    "-m conntrack --ctdir REPLY", "-g came_in",
]
OUTPUT = [
    "-m addrtype --src-type LOCAL", "-m addrtype --src-type LOCAL --limit-iface-out", "-m addrtype --dst-type UNICAST",
    "-m pkttype --pkt-type unicast", "-m ttl --ttl-eq 64", "-m tos --tos 0x10/0xff", "-m conntrack --ctdir REPLY",
    "-m conntrack --ctstatus SEEN_REPLY", "-m conntrack --ctstate RELATED --ctstatus NONE", "-g goes_out",
]
SPEC = plan(
    table("filter", *(f"-A FORWARD {rule}" for rule in FORWARD), *(f"-A INPUT {rule}" for rule in INPUT),
          *(f"-A OUTPUT {rule}" for rule in OUTPUT),
          "-A came_in -m addrtype --dst-type LOCAL --limit-iface-in -m mac --mac-source 02:00:00:00:0a:11",
          "-A goes_out -m addrtype --src-type LOCAL --limit-iface-out") +
    table("nat", "-A PREROUTING -m ttl --ttl-eq 9 -p udp -d 198.51.100.2/32 -j DNAT --to-destination 10.0.2.22",
          "-A PREROUTING -m mac --mac-source 02:00:00:00:0a:11 -m addrtype --dst-type LOCAL --limit-iface-in",
          "-A PREROUTING -m addrtype --dst-type UNICAST", "-A PREROUTING -m conntrack --ctstatus NONE",
          "-A PREROUTING -m conntrack --ctreplsrc 203.0.113.80",
          "-A POSTROUTING -m ttl --ttl-eq 63", "-A POSTROUTING -m addrtype --src-type LOCAL --limit-iface-out",
          "-A POSTROUTING -o w -m ttl ! --ttl-eq 5 -j MASQUERADE"))


def back(out, side="w", **change):
    return answer(out[side][-1], **change)


def frame(packet, source="02:00:00:00:0a:11", destination="02:00:00:00:0a:01"):
    return Ether(src=source, dst=destination) / packet


CASES = [
    Case("lengths and TTLs of one connection",
         *[("a", udp(A1, B1, 4000, 53, size=size, ttl=ttl)) for size in (16, 17, 400, 600, 16) for ttl in (64, 65, 5, 2, 64)],
         *[("b", udp(B1, A1, 53, 4000, size=size, ttl=ttl)) for size in (16, 400, 600) for ttl in (64, 65, 64, 64)]),
    Case("types of service of one connection",
         *[("a", udp(A1, B1, 4000, 53, tos=tos)) for tos in (0, 0x10, 0x50, 0xB8, 0xBA, 0xBB, 0x11, 0x08, 0x10, 0)],
         ("b", udp(B1, A1, 53, 4000)),
         *[("a", udp(A1, B1, 4000, 53, tos=tos)) for tos in (0, 0x10, 0x50, 0xB8, 0xBA, 0xBB, 0x11, 0x08, 0x10, 0)]),
    Case("flags of congestion", ("a", tcp(A1, B1, 4000, 80, flags="SEC")),
         ("b", tcp(B1, A1, 80, 4000, flags="SAE", seq=5000, ack=1001)),
         # Another window each: Linux shortens the life of a connection whose packets are sent again and again.
         *[("a", tcp(A1, B1, 4000, 80, flags=flags, seq=1001, ack=5001, tos=tos, window=8000 + 10 * number + tos))
           for number, flags in enumerate(("A", "AE", "AC", "AEC", "A")) for tos in (0, 1, 2, 3)]),
    Case("the frame's sender changes within a connection",
         *[("a", frame(udp(A1, B1, 4000, 53), source)) for source in ("02:00:00:00:0a:11", "02:00:00:00:0a:77") * 4],
         ("b", udp(B1, A1, 53, 4000)),
         *[("a", frame(udp(A1, B1, 4000, 53), source)) for source in ("02:00:00:00:0a:11", "02:00:00:00:0a:77") * 4]),
    Case("frames to all and to a group", ("a", frame(udp(A1, "10.0.1.255", 4000, 53), destination="ff:ff:ff:ff:ff:ff")),
         ("a", frame(udp(A1, "255.255.255.255", 4000, 53), destination="ff:ff:ff:ff:ff:ff")),
         ("a", frame(udp(A1, A0, 4001, 53), destination="ff:ff:ff:ff:ff:ff")),
         ("a", frame(udp(A1, A0, 4002, 53), destination="01:00:5e:00:00:01")),
         ("a", frame(udp(A1, B1, 4003, 53), destination="01:00:5e:00:00:01"))),
    Case("the router's own addresses", ("a", echo(A1, A0)), ("a", echo(A1, B0)), ("a", echo(A1, W0)), ("b", echo(B1, B0)),
         ("a", echo(A1, A0, ttl=1)), ("a", echo(A1, "10.0.2.255")), ("a", echo(A1, A0, tos=0x10)),
         ("a", udp(A1, A0, 4000, 9)), ("a", tcp(A1, B0, 4000, 9))),
    Case("a connection in its states", *[("a", udp(A1, B1, 4000, 53))] * 3, *[("b", udp(B1, A1, 53, 4000))] * 2,
         *[("a", udp(A1, B1, 4000, 53))] * 3),
    Case("TCP, assured", ("a", tcp(A1, B1, 4000, 80)), ("b", tcp(B1, A1, 80, 4000, flags="SA", seq=5000, ack=1001)),
         *[("a", tcp(A1, B1, 4000, 80, flags="A", seq=1001, ack=5001))] * 3,
         *[("b", tcp(B1, A1, 80, 4000, flags="A", seq=5001, ack=1001))] * 3),
    Case("translated, both ways", ("a", udp(A1, FAR, 4000, 53)), ("w", lambda out: back(out)),
         ("a", udp(A1, FAR, 4000, 53)), ("w", lambda out: back(out)), ("a", udp(A1, FAR, 4000, 53, ttl=3)),
         ("a", udp(A2, FAR, 4002, 53)), ("w", lambda out: back(out))),
    Case("the TTL decides about a translation", ("a", udp(A1, FAR, 4000, 53, ttl=6)),
         ("w", udp(FAR, W0, 4001, 53, ttl=9)), ("b", udp(B1, FAR, 53, 4001)), ("w", udp(FAR, W0, 4001, 53, ttl=64))),
    Case("an echo's id and type stand where ports do", ("a", echo(A1, B1, number=4000)),
         ("b", echo(B1, A1, number=4000, reply=True)), ("a", echo(A1, B1, number=4000, seq=2)),
         ("a", echo(A1, FAR, number=77)), ("w", lambda out: back(out))),
    Case("errors, related", ("a", udp(A1, B1, 4000, 53)), ("b", error(B1, 3, 3, udp(A1, B1, 4000, 53, ttl=63))),
         ("a", udp(A1, B1, 4000, 53, ttl=1))),
    Case("without a connection", ("a", tcp(A1, B1, 4000, 80, flags="SF")), ("a", error(A1, 3, 3, udp(B1, A1, 1, 2)))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_field_matches_answer_as_in_linux(bench, case):
    bench.check(case)
