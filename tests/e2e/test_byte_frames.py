# SPDX-License-Identifier: BSD-3-Clause
"""Matches that go through a packet's bytes, frame by frame and counter by counter as Linux: u32, tcpmss, chunks of sctp,
options of dccp, strings. MAT-2, ROB-1."""

import pytest
from scapy.layers.inet import fragment

from support.bench_plan import A1, B1, FAR, plan
from support.differential import Case
from support.packets import IP, TCP, UDP, Raw, echo, tcp, udp
from support.spec import table

PAYLOAD = "0>>22&0x3C@8"  # of UDP
SPEC = plan(
    table("mangle",
          '-A PREROUTING -m u32 --u32 "6&0xFF=17"', '-A PREROUTING -m u32 --u32 "0&0xFFFF=0x100:0xFFFF"',
          f'-A FORWARD -p udp -m u32 --u32 "{PAYLOAD}=0x01080f16"', f'-A FORWARD -p udp -m u32 ! --u32 "{PAYLOAD}=0x01080f16"',
          '-A FORWARD -m u32 --u32 "0>>22&0x3C@0>>16=4000:4010 && 8>>24=63"', '-A FORWARD -m u32 --u32 "1400=0:0xFFFFFFFF"',
          '-A FORWARD -m u32 --u32 "12=0x0A00010B,0x0A000216"', '-A FORWARD -m u32 --u32 "0&0@65532=1"',
          '-A FORWARD -m u32 --u32 "0@0=0:0xFFFFFFFF"', '-A FORWARD -p icmp -m u32 --u32 "20>>24=8&&24&0xFFFF=1:3"',
          '-A POSTROUTING -m u32 --u32 "12=0xC6336402"', '-A POSTROUTING -m u32 --u32 "8>>24=63"',
          '-A PREROUTING -m string --algo bm --from 8 --to 9 --hex-string "|40|"', '-A FORWARD -m string --algo bm --from 8 --to 9 --hex-string "|3f|"',
          '-A FORWARD -m string --algo kmp --string "needle"', '-A FORWARD -m string --algo bm --icase --string "NEEDLE"',
          '-A FORWARD -m string --algo bm ! --string "NeEdLe"', '-A FORWARD -m string --algo kmp --icase --hex-string "|c4d6df|"',
          '-A FORWARD -m string --algo bm --icase --hex-string "|e4f6ff|"', '-A FORWARD -m string --algo kmp --from 28 --to 34 --string "needle"',
          '-A FORWARD -m string --algo kmp --from 29 --string "needle"', '-A FORWARD -m string --algo bm --to 33 --string "needle"',
          '-A FORWARD -m string --algo kmp --from 28 --to 29 --hex-string "|00|"', '-A FORWARD -m string --algo kmp --from 1400 --string "e"',
          '-A FORWARD -p udp -m udp --dport 54 -m string --algo bm --string "GET /" -m string --algo kmp --string "Host: x"',
          '-A POSTROUTING -m string --algo bm --from 12 --to 16 --hex-string "|c6336402|"', '-A POSTROUTING -m string --algo kmp --hex-string "|0a00010b|"',
          "-A FORWARD -p tcp -m tcpmss --mss 1000:1460", "-A FORWARD -p tcp -m tcpmss ! --mss 1000:1460",
          "-A FORWARD -p tcp --dport 81 --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1200",
          "-A FORWARD -p tcp -m tcpmss --mss 1200", "-A FORWARD -p tcp -m tcpmss --mss 1461:",
          *[f"-A FORWARD -p sctp -m sctp {chunks}" for chunks in (
              "--chunk-types any DATA", "--chunk-types all DATA,SACK", "--chunk-types only DATA,SACK", "! --chunk-types any INIT",
              "! --chunk-types only DATA", "--chunk-types any DATA:Be", "--chunk-types all DATA:UBE,SACK",
              "--chunk-types only DATA:E", "--chunk-types only ABORT:T", "--chunk-types any ALL", "--chunk-types any NONE",
              "--chunk-types all NONE", "--dport 9 ! --chunk-types all DATA,INIT")],
          "-A FORWARD -p dccp -m dccp --dccp-option 33", "-A FORWARD -p dccp -m dccp ! --dccp-option 33",
          "-A FORWARD -p dccp -m dccp --dccp-types DATA --dccp-option 3") +
    table("filter", f'-A FORWARD -p udp -m u32 --u32 "{PAYLOAD}>>24=0x99" -j DROP', "-A FORWARD -p tcp -m tcpmss --mss 0:99 -j DROP") +
    table("nat", "-A POSTROUTING -o w -j MASQUERADE"))


def proto(number, data, src=A1, dst=B1):
    return ("a", IP(src=src, dst=dst, proto=number, id=0x7011) / Raw(bytes(data)))


def text(words, port=53, dst=B1):
    return ("a", IP(src=A1, dst=dst, id=0x7014) / UDP(sport=4000, dport=port) / Raw(words))


def pieces(packet, size=800):
    return [("a", piece) for piece in fragment(packet, size)]


def sctp(*chunks, source=7, target=9, tail=b""):
    """The checksum is left out: the kernel is told not to look at it, and the rules do not."""
    head = source.to_bytes(2, "big") + target.to_bytes(2, "big") + bytes(8)
    return proto(132, head + b"".join(chunks) + tail)


def chunk(kind, flags=0, size=4, length=None):
    length = size if length is None else length
    return bytes([kind, flags]) + length.to_bytes(2, "big") + bytes(-(-size // 4) * 4 - 4)


def dccp(kind, words, options=b"", is_long=1):
    head = bytes([0x0F, 0xA0, 0, 80, words, 0, 0, 0, kind * 2 + is_long, 0, 0, 1])
    return proto(33, head + options)


def offer(mss, port=80, flags="S", sport=4000):
    return ("a", IP(src=A1, dst=B1, id=0x7012) / TCP(sport=sport, dport=port, flags=flags, seq=1000, options=mss))


CASES = [
    Case("words of the header", ("a", udp(A1, B1, 4000, 53)), ("a", udp(A1, B1, 4005, 53, size=300)), ("a", udp(A1, B1, 4011, 53, ttl=63)),
         ("a", udp(A1, B1, 4000, 53, size=1372)), ("a", udp(A1, B1, 4000, 53, size=1371))),
    Case("words of the payload", *[("a", udp(A1, B1, 4000, 53, size=size)) for size in (16, 3, 4, 0, 16)],
         ("a", IP(src=A1, dst=B1, id=0x7013, proto=17) / Raw(bytes([15, 160, 0, 53, 0, 12, 0, 0, 0x99, 1, 2, 3]))),
         ("a", udp(A1, B1, 4000, 53)), ("b", udp(B1, A1, 53, 4000))),
    Case("strings", *[text(words) for words in (
        b"needle", b"a needle", b"Needle in hay", b"hay", b"", b"needl", b"needle" * 3, b"neeneedle", b"n" * 40 + b"eedle",
        "\u00e4\u00f6\u00df".encode("latin1"), "\u00c4\u00d6\u00df".encode("latin1"), "\u00e4\u00f6\u00ff".encode("latin1"), b"\xc4\xd6\xdf\0", b"\0needle")],
         *[text(words, 54) for words in (b"GET /", b"GET / Host: x", b"Host: x GET /", b"GET /Host: x" * 20)], text(b"x" * 1380 + b"needle"), text(b"needle")),
    Case("strings of an established connection", text(b"needle"), ("b", udp(B1, A1, 53, 4000)), *[text(words) for words in (
        b"needle", b"NEEDLE", b"none", b"needle", b"hay", b"needle")] * 2),
    Case("strings behind a translation", *[("a", udp(A1, FAR, 4000, 53))] * 3, *[text(b"needle", dst=FAR)] * 3),
    Case("pings", *[("a", echo(A1, B1, number=5, seq=seq)) for seq in (0, 1, 2, 3, 4)]),
    Case("behind a translation", *[("a", udp(A1, FAR, 4000, 53))] * 3, *[("a", udp(A1, FAR, 4000, 53, ttl=63))] * 2),
    Case("in pieces that are put together", *pieces(udp(A1, B1, 4000, 53, size=1390)), *pieces(udp(A1, B1, 4000, 53, size=1390))),
    Case("segment sizes", offer([("MSS", 1460)]), offer([("MSS", 1461)], sport=4001), offer([("NOP", None), ("MSS", 999)], sport=4002),
         offer([], sport=4003), offer([("MSS", 1400)], 81), offer([("SAckOK", b""), ("WScale", 7), ("MSS", 1000)], sport=4005),
         offer([("MSS", 50)], sport=4006), offer([(2, b"\x05")], sport=4007), offer([(2, b"\x05\x06\x07")], sport=4008),
         offer([("MSS", 100), ("MSS", 1300)], sport=4009)),
    Case("no segment at all", ("a", tcp(A1, B1, 4000, 80, "S")), ("b", tcp(B1, A1, 80, 4000, "SA", 500, 1001)),
         *[("a", tcp(A1, B1, 4000, 80, "A", 1001, 501))] * 3),
    Case("chunks", *[sctp(*chunks) for chunks in (
        [chunk(1, size=20)], [chunk(0, 3, 17)], [chunk(0, 2, 17)], [chunk(0, 1, 18)], [chunk(0, 3, 20), chunk(3, size=16)],
        [chunk(3, size=16)], [chunk(6)], [chunk(6, 1)], [chunk(64, size=20)], [chunk(0, 1, 16), chunk(0, 2, 16)])]),
    Case("chunks that lead nowhere", sctp(), sctp(chunk(0, 3, 20, length=0)), sctp(chunk(3, size=16), tail=b"\0\0"), sctp(chunk(1, size=20, length=200)),
         sctp(chunk(3, size=16), chunk(0, size=4, length=0)), sctp(chunk(3, size=16, length=1)), proto(132, bytes(10))),
    Case("options of dccp", *[dccp(2, words, options) for words, options in (
        (4, bytes(4)), (5, bytes(4) + bytes([33, 4, 0, 0])), (5, bytes(4) + bytes([3, 0, 1, 33])), (5, bytes(4) + bytes([32, 4, 33, 33])),
        (5, bytes(4) + bytes([40, 0, 33, 0])), (5, bytes(4) + bytes([1, 1, 1, 44])))]),
    Case("a dccp header out of shape", dccp(2, 3, bytes(4)), dccp(2, 9, bytes(4)), dccp(0, 4, bytes(8)), dccp(0, 5, bytes(8)), dccp(7, 7, bytes(16)),
         dccp(2, 3, b"", is_long=0), dccp(12, 7, bytes(16)), dccp(3, 6, bytes(12)), proto(33, bytes(11))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bytes_are_read_as_in_linux(bench, case):
    bench.check(case)
